//! The appchain's finality: what this node knows of it, and what it tells Ethereum.

use crate::{
    abi::OrderState,
    order::{evidence, Commitment, MountainRange, ProvedLeaf},
    Config, LOG_TARGET,
};
use alloc::vec::Vec;
use codec::Encode;
use core::fmt;
use pallet_sequencer::{order::order_key, Batches};
use sp_runtime::{offchain::storage::StorageValueRef, SaturatedConversion};
use zkfusion_primitives::{
    ids::{AppId, BatchIndex},
    order::OrderHead,
};

/// Key of the newest set of validators of which a commitment is stored, as SCALE `u64`. The node
/// writes it.
pub const KEY_NEWEST_SET: &[u8] = b"zkfusion::beefy::newest_set";

/// Key of the set that Ethereum knew as the next when last seen.
const KEY_SEEN_NEXT_SET: &[u8] = b"zkfusion::relayer::next_set";

/// Returns the key under which the node stores the newest [`Commitment`] of a set of validators.
pub fn commitment_key(set: u64) -> Vec<u8> {
    (b"zkfusion::beefy::set::", set).encode()
}

fn read<T: codec::Decode>(key: &[u8]) -> Option<T> {
    StorageValueRef::persistent(key).get().ok().flatten()
}

/// Returns the newest commitment of a set that this node has seen.
fn commitment_of(set: u64) -> Option<Commitment> {
    read(&commitment_key(set))
}

/// Returns whether Ethereum is to be told of a new set of validators, as far as was seen last.
pub(super) fn handover_is_due() -> bool {
    let newest = read::<u64>(KEY_NEWEST_SET);
    let seen = read::<u64>(KEY_SEEN_NEXT_SET);
    newest.is_some_and(|newest| seen.is_none_or(|next| next <= newest))
}

/// Remembers which set Ethereum knows as the next.
pub(super) fn remember(order: &OrderState) {
    StorageValueRef::persistent(KEY_SEEN_NEXT_SET).set(&order.next_set);
}

/// Returns the set of validators that Ethereum has to be told of next, if this node has seen
/// commitments of later sets only.
pub(super) fn missing_set(order: &OrderState) -> Option<u64> {
    let newest = read::<u64>(KEY_NEWEST_SET)?;
    (newest > order.next_set && commitment_of(order.next_set).is_none()).then_some(order.next_set)
}

/// A commitment for Ethereum.
pub(super) struct Due {
    pub(super) set: u64,
    pub(super) block: u64,
    pub(super) calldata: Vec<u8>,
}

/// Returns the commitment that Ethereum is to be told next: that of the set which follows the one
/// that it knows, or one that is as new as `wanted`. Nothing if there is none, or it is not needed.
pub(super) fn due<T: Config>(order: &OrderState, wanted: u64) -> Option<Due> {
    let (commitment, handover) = match commitment_of(order.next_set) {
        Some(handover) => (handover, true),
        None if wanted > order.block => (commitment_of(order.current_set)?, false),
        None => return None,
    };
    if commitment.block() <= order.block || (!handover && commitment.block() < wanted) {
        return None;
    }
    let proved = match handover {
        true => Some(prove_own::<T>(commitment.block())?),
        false => None,
    };
    Some(Due {
        set: commitment.set(),
        block: commitment.block(),
        calldata: commitment.submit(proved.as_ref())?,
    })
}

/// Returns the leaf that a block added, with its proof under the root after the block itself.
fn prove_own<T: Config>(block: u64) -> Option<ProvedLeaf> {
    if block > now::<T>() {
        return None;
    }
    let proved = T::MountainRange::prove(block.saturated_into(), block.saturated_into());
    if proved.is_none() {
        log::warn!(
            target: LOG_TARGET,
            "this node does not have the Merkle mountain range of block {block}, with which validators hand over on \
             Ethereum: it did not execute that block"
        );
    }
    proved
}

/// Returns the block that the worker runs on.
fn now<T: Config>() -> u64 {
    frame_system::Pallet::<T>::block_number().saturated_into()
}

/// Why there is no evidence that a batch is final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoEvidence {
    /// Ethereum has to be told of this block first.
    NotCommitted(u64),
    /// Ethereum knows this block, and the node does not have it yet.
    Behind(u64),
    /// The node does not have what the batch's block put into the Merkle mountain range.
    NotIndexed(BatchIndex),
}

impl fmt::Display for NoEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotCommitted(block) => {
                write!(f, "waits until validators have signed block {block} for Ethereum")
            }
            Self::Behind(block) => write!(f, "waits until this node has block {block}, which Ethereum knows"),
            Self::NotIndexed(batch) => write!(
                f,
                "this node does not have the Merkle mountain range of the block in which batch {batch} ended: it did not \
                 execute that block; relay with a node that did"
            ),
        }
    }
}

/// Returns the evidence that a batch of an app has ended and is final, for the newest root that
/// Ethereum knows.
pub(super) fn evidence_of<T: Config>(
    app: AppId,
    batch: BatchIndex,
    order: &OrderState,
) -> Result<Vec<u8>, NoEvidence> {
    let missing = NoEvidence::NotIndexed(batch);
    let ended = Batches::<T>::get(app, batch)
        .and_then(|batch| batch.end)
        .ok_or(missing)?;
    // The leaf of the next block holds the heads of this one.
    let block = SaturatedConversion::saturated_into::<u64>(ended.at).saturating_add(1);
    if order.block < block {
        return Err(NoEvidence::NotCommitted(block));
    }
    if order.block > now::<T>() {
        return Err(NoEvidence::Behind(order.block));
    }
    let proved =
        T::MountainRange::prove(block.saturated_into(), order.block.saturated_into()).ok_or(missing)?;
    let heads: Vec<OrderHead> = read(&order_key(&proved.leaf.leaf_extra)).ok_or(missing)?;
    let head = heads
        .iter()
        .find(|head| (head.app, head.batch) == (app, batch))
        .ok_or(missing)?;
    evidence(head, &heads, &proved, order.root_slot).ok_or(missing)
}
