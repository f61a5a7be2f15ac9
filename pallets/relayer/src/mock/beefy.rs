//! The finality of the mock's chain: its Merkle mountain range, its validators and what they sign.

use super::{Sequencer, System};
use crate::{
    offchain::{commitment_key, KEY_NEWEST_SET},
    order::{Commitment, Leaf, MountainRange, ProvedLeaf},
};
use binary_merkle_tree::merkle_root;
use codec::{Decode, Encode};
use frame_support::{crypto::ecdsa::ECDSAExt, storage::unhashed};
use sp_consensus_beefy::{
    known_payloads::MMR_ROOT_ID,
    mmr::{BeefyAuthoritySet, MmrLeafVersion},
    Commitment as Unsigned, Payload, SignedCommitment,
};
use sp_core::{ecdsa, Pair, H256};
use sp_io::hashing::{blake2_256, keccak_256};
use sp_mmr_primitives::mmr_lib::{self, leaf_index_to_pos, util::MemStore, Merge, MMR};
use sp_runtime::{offchain::storage::StorageValueRef, traits::Keccak256};

/// Inner nodes of the range, as `pallet-mmr` makes them.
struct Pairs;

impl Merge for Pairs {
    type Item = H256;

    fn merge(left: &H256, right: &H256) -> mmr_lib::Result<H256> {
        Ok(hash_pair(left, right))
    }
}

/// Returns the inner node over two nodes.
pub(crate) fn hash_pair(left: &H256, right: &H256) -> H256 {
    H256(keccak_256(&[left.0, right.0].concat()))
}

/// Returns the root of the range of leaves with these hashes.
pub(crate) fn range_root(leaves: &[H256]) -> H256 {
    with_range(leaves, |range| range.get_root().expect("the range is not empty"))
}

/// Returns the items of the proof for one of the leaves with these hashes.
pub(crate) fn range_proof(leaves: &[H256], index: u64) -> Vec<H256> {
    with_range(leaves, |range| {
        let proof = range.gen_proof(vec![leaf_index_to_pos(index)]);
        proof.expect("the leaf is there").proof_items().to_vec()
    })
}

fn with_range<R>(leaves: &[H256], part: impl FnOnce(&MMR<H256, Pairs, &MemStore<H256>>) -> R) -> R {
    let store = MemStore::default();
    let mut range = MMR::<_, Pairs, _>::new(0, &store);
    for leaf in leaves {
        range.push(*leaf).expect("nothing is missing");
    }
    part(&range)
}

/// Returns the keys of a set of validators: three to five.
pub(crate) fn validators(set: u64) -> Vec<ecdsa::Pair> {
    (0..3 + set % 3)
        .map(|index| ecdsa::Pair::from_seed(&(b"validator", set, index).using_encoded(blake2_256)))
        .collect()
}

/// Returns a set of validators as leaves name it.
pub(crate) fn authority_set(id: u64) -> BeefyAuthoritySet<H256> {
    let addresses: Vec<_> = validators(id)
        .iter()
        .map(|pair| pair.public().to_eth_address().expect("the key is a point"))
        .collect();
    BeefyAuthoritySet {
        id,
        len: addresses.len() as u32,
        keyset_commitment: merkle_root::<Keccak256, _>(addresses),
    }
}

/// Returns a commitment of these validators, signed by those with a place in `signers`.
pub(crate) fn commit(
    validators: &[ecdsa::Pair],
    signers: &[usize],
    set: u64,
    block: u32,
    root: H256,
) -> Commitment {
    let commitment = Unsigned {
        payload: Payload::from_single_entry(MMR_ROOT_ID, root.encode()),
        block_number: block,
        validator_set_id: set,
    };
    let digest = commitment.using_encoded(keccak_256);
    let sign = |(index, pair): (usize, &ecdsa::Pair)| {
        signers
            .contains(&index)
            .then(|| pair.sign_prehashed(&digest).into())
    };
    Commitment {
        signed: SignedCommitment {
            signatures: validators.iter().enumerate().map(sign).collect(),
            commitment,
        },
        validators: validators.iter().map(|pair| pair.public().into()).collect(),
    }
}

/// The finality of the chain, as it is stored.
#[derive(Default, Encode, Decode)]
struct Finality {
    /// The leaf that each block added, from the first.
    leaves: Vec<Leaf>,
    /// The set of each block, from the first.
    sets: Vec<u64>,
    /// The set of the next block.
    session: u64,
    /// The newest block that is signed.
    signed: u64,
    /// Whether validators sign nothing.
    silent: bool,
    /// Whether the node lost the nodes of the range.
    lost: bool,
}

const KEY: &[u8] = b"mock::finality";

fn change(part: impl FnOnce(&mut Finality)) {
    let mut finality = load();
    part(&mut finality);
    unhashed::put(KEY, &finality);
}

fn load() -> Finality {
    unhashed::get_or_default(KEY)
}

/// Adds the current block's leaf.
pub(super) fn add_leaf() {
    let parent = System::block_number() - 1;
    change(|finality| {
        finality.sets.push(finality.session);
        finality.leaves.push(Leaf {
            version: MmrLeafVersion::new(0, 3),
            parent_number_and_hash: (parent as u32, System::block_hash(parent)),
            beefy_next_authority_set: authority_set(finality.session + 1),
            leaf_extra: Sequencer::order_root(),
        });
    });
}

/// Lets the next set of validators sign, from the next block on.
pub(crate) fn begin_session() {
    change(|finality| finality.session += 1);
}

/// Lets validators sign nothing, or again.
pub(crate) fn silence(silent: bool) {
    change(|finality| finality.silent = silent);
}

/// Takes the nodes of the range from the node, or gives them back.
pub(crate) fn lose_range(lost: bool) {
    change(|finality| finality.lost = lost);
}

/// Lets validators sign the blocks up to this one, and the node see it.
pub(super) fn sign_up_to(block: u64) {
    let Finality { silent, signed, .. } = load();
    if silent {
        return;
    }
    for block in signed + 1..=block {
        see(&commitment(block));
    }
    change(|finality| finality.signed = block.max(signed));
}

/// Lets the node see a commitment.
pub(crate) fn see(commitment: &Commitment) {
    StorageValueRef::persistent(&commitment_key(commitment.set())).set(commitment);
    StorageValueRef::persistent(KEY_NEWEST_SET).set(&commitment.set());
}

/// Returns the commitment to a block.
pub(crate) fn commitment(block: u64) -> Commitment {
    let set = load().sets[block as usize - 1];
    let validators = validators(set);
    let needed = validators.len() * 2 / 3 + 1;
    // Others sign each time, and no more than needed.
    let signers: Vec<_> = (0..needed)
        .map(|n| (n + block as usize) % validators.len())
        .collect();
    commit(&validators, &signers, set, block as u32, root_after(block))
}

/// Returns the root of the range after a block.
pub(crate) fn root_after(block: u64) -> H256 {
    range_root(&hashes(&load().leaves[..block as usize]))
}

/// Returns the newest block that is signed, its root and the set that signed it.
pub(crate) fn newest_signed() -> Option<(u64, H256, u64)> {
    let finality = load();
    let index = finality.signed.checked_sub(1)?;
    Some((
        finality.signed,
        root_after(finality.signed),
        finality.sets[index as usize],
    ))
}

fn hashes(leaves: &[Leaf]) -> Vec<H256> {
    leaves
        .iter()
        .map(|leaf| H256(leaf.using_encoded(keccak_256)))
        .collect()
}

/// The node's copy of the range.
pub struct MockRange;

impl MountainRange<u64> for MockRange {
    fn prove(block: u64, known: u64) -> Option<ProvedLeaf> {
        let finality = load();
        let leaves = finality.leaves.get(..known as usize).filter(|_| !finality.lost)?;
        let index = block.checked_sub(1)?;
        Some(ProvedLeaf {
            leaf: leaves.get(index as usize)?.clone(),
            index,
            count: known,
            items: range_proof(&hashes(leaves), index),
        })
    }
}
