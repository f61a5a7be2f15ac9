//! The apps that a run looks at.

use super::settings::{finalized, MissingSetting};
use crate::{
    abi::{AppName, Contracts},
    Config,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_sequencer::{Apps, Batches, Inboxes};
use sp_runtime::offchain::storage::StorageValueRef;
use zkfusion_primitives::ids::{AppId, BatchIndex};

/// The most apps that a run looks at.
const MAX_APPS: usize = 16;

/// Apps with nothing to settle are looked at every so many blocks, in case Ethereum went back.
const LOOK_AGAIN: u64 = 10;

/// An app with verified batches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) app: AppId,
    pub(super) name: AppName,
    /// The number of batches that are verified or voided at a final block.
    pub(super) verified: BatchIndex,
}

impl Candidate {
    /// Remembers how far the app was settled when last seen.
    pub(super) fn remember(&self, next_batch: BatchIndex) {
        StorageValueRef::persistent(&key(self.app)).set(&next_batch);
    }

    /// Returns whether all batches were settled when last seen.
    fn seems_settled(&self) -> bool {
        let seen = StorageValueRef::persistent(&key(self.app)).get::<BatchIndex>();
        seen.ok().flatten().is_some_and(|next| next >= self.verified)
    }
}

/// Returns the apps to look at: `needed` if there is such an app, and those that have something to
/// settle, or all. Runs begin with different apps, so that each has its turn.
///
/// # Errors
///
/// When the node does not say which blocks are final.
pub(super) fn candidates<T: Config>(
    now: u64,
    contracts: &Contracts,
    needed: Option<AppId>,
    look_at_all: bool,
) -> Result<Vec<Candidate>, MissingSetting> {
    let Some(finalized) = finalized::<T>()? else {
        let needed = needed.and_then(|app| candidate::<T>(app, contracts, None));
        return Ok(needed.into_iter().collect());
    };
    let look_at_all = look_at_all || now.is_multiple_of(LOOK_AGAIN);
    let mut candidates: Vec<_> = Apps::<T>::iter_keys()
        .filter(|app| Some(*app) != needed)
        .filter_map(|app| candidate::<T>(app, contracts, Some(finalized)))
        .filter(|candidate| candidate.verified > 0 && (look_at_all || !candidate.seems_settled()))
        .collect();
    if let Some(start) = now.checked_rem(candidates.len() as u64) {
        candidates.rotate_left(start as usize);
    }
    let needed = needed.and_then(|app| candidate::<T>(app, contracts, Some(finalized)));
    Ok(needed.into_iter().chain(candidates).take(MAX_APPS).collect())
}

fn candidate<T: Config>(
    app: AppId,
    contracts: &Contracts,
    finalized: Option<BlockNumberFor<T>>,
) -> Option<Candidate> {
    let info = Apps::<T>::get(app)?;
    let genesis_hash = pallet_sequencer::Pallet::<T>::genesis_hash();
    let name = AppName::new(genesis_hash, app, info.first_program_id, contracts);
    Some(Candidate {
        app,
        name: name.ok()?,
        verified: finalized.map_or(0, |finalized| final_batches::<T>(app, finalized)),
    })
}

/// Returns the number of an app's batches that ended up to this block.
fn final_batches<T: Config>(app: AppId, finalized: BlockNumberFor<T>) -> BatchIndex {
    let mut end = Inboxes::<T>::get(app).next_proof;
    while let Some(last) = end.checked_sub(1) {
        match Batches::<T>::get(app, last).and_then(|batch| batch.end) {
            Some(ended) if ended.at > finalized => end = last,
            _ => break,
        }
    }
    end
}

fn key(app: AppId) -> Vec<u8> {
    (b"zkfusion::relayer::settled::", app).encode()
}
