//! What Ethereum is shown of the appchain's finality: commitments of BEEFY, and the way from a
//! batch to one of them.

use alloc::vec::Vec;
use alloy_primitives::{keccak256, Address, B256, U256};
use alloy_sol_types::{SolCall, SolValue};
use codec::{Decode, Encode};
use frame_support::crypto::ecdsa::ECDSAExt;
use sp_consensus_beefy::{
    ecdsa_crypto::{AuthorityId, Signature},
    known_payloads::MMR_ROOT_ID,
    mmr::MmrLeaf,
    SignedCommitment,
};
use sp_core::{crypto::Wraps, ecdsa, H256};
use zkfusion_contracts::{self as contracts, IBeefyOrder, MerklePath, OrderEvidence};
use zkfusion_primitives::order::OrderHead;

/// A leaf of the appchain's Merkle mountain range.
pub type Leaf = MmrLeaf<u32, H256, H256, H256>;

/// A block that validators signed for Ethereum.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Commitment {
    /// What they signed, and their signatures.
    pub signed: SignedCommitment<u32, Signature>,
    /// All validators of the set, in its order.
    pub validators: Vec<AuthorityId>,
}

impl Commitment {
    /// Returns the block.
    pub fn block(&self) -> u64 {
        self.signed.commitment.block_number.into()
    }

    /// Returns the set of validators.
    pub fn set(&self) -> u64 {
        self.signed.commitment.validator_set_id
    }

    /// Returns the calldata that submits it; with the proof of the block's leaf if the set is new
    /// to Ethereum. Nothing if the commitment is not one that the contract takes.
    pub fn submit(&self, handover: Option<&ProvedLeaf>) -> Option<Vec<u8>> {
        let root = self.signed.commitment.payload.get_decoded::<H256>(&MMR_ROOT_ID)?;
        let commitment = contracts::Commitment {
            mmrRoot: B256::from(root.0),
            blockNumber: self.signed.commitment.block_number,
            validatorSetId: self.set(),
        };
        let validators = self.validators.iter().map(address).collect();
        let (signers, signatures) = self.signatures()?;
        Some(match handover {
            None => IBeefyOrder::submitCall {
                commitment,
                validators,
                signers,
                signatures,
            }
            .abi_encode(),
            Some(proved) => IBeefyOrder::submitHandoverCall {
                commitment,
                validators,
                signers,
                signatures,
                leaf: leaf(&proved.leaf),
                leafPath: proved.path()?,
            }
            .abi_encode(),
        })
    }

    /// Returns as many signatures as the contract asks for, with the bits of who made them: more
    /// than two thirds of the set. Nothing if there are fewer.
    fn signatures(&self) -> Option<(U256, Vec<contracts::Signature>)> {
        let needed = self.validators.len() * 2 / 3 + 1;
        let mut signers = U256::ZERO;
        let mut signatures = Vec::new();
        let made = self.signed.signatures.iter().enumerate();
        let made = made.filter_map(|(index, made)| Some((index, compact(made.as_ref()?)?)));
        for (index, signature) in made.take(needed) {
            signers.set_bit(index, true);
            signatures.push(signature);
        }
        (signatures.len() == needed).then_some((signers, signatures))
    }
}

/// Returns a validator's Ethereum address; zero, as in the set's root, if the key is not a point.
fn address(validator: &AuthorityId) -> Address {
    let address = ecdsa::Public::from(validator.clone()).to_eth_address();
    address.map_or(Address::ZERO, Address::from)
}

/// Returns a signature in the compact form of EIP-2098; nothing if it has none.
fn compact(signature: &Signature) -> Option<contracts::Signature> {
    // BEEFY also takes the higher of the two possible `s`, and 27 or 28 for the parity.
    let signature = alloy_primitives::Signature::from_raw_array(signature.as_inner_ref().as_ref())
        .ok()?
        .normalized_s();
    let mut vs = signature.s();
    vs.set_bit(255, signature.v());
    Some(contracts::Signature {
        r: signature.r().into(),
        vs: vs.into(),
    })
}

fn leaf(leaf: &Leaf) -> contracts::MmrLeaf {
    let (major, minor) = leaf.version.split();
    let (parent_number, parent_hash) = leaf.parent_number_and_hash;
    let next = &leaf.beefy_next_authority_set;
    contracts::MmrLeaf {
        version: (major << 5) | minor,
        parentNumber: parent_number,
        parentHash: parent_hash.0.into(),
        nextSetId: next.id,
        nextSetLength: next.len,
        nextSetRoot: next.keyset_commitment.0.into(),
        orderRoot: leaf.leaf_extra.0.into(),
    }
}

/// Proves what is in the appchain's Merkle mountain range. For offchain workers.
pub trait MountainRange<BlockNumber> {
    /// Returns the leaf that `block` added, with its proof under the root after block `known`.
    /// Nothing if the node does not have the nodes of the range.
    fn prove(block: BlockNumber, known: BlockNumber) -> Option<ProvedLeaf>;
}

/// A leaf of the Merkle mountain range with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedLeaf {
    /// The leaf.
    pub leaf: Leaf,
    /// Its position.
    pub index: u64,
    /// The number of leaves of the range.
    pub count: u64,
    /// The hashes of `pallet-mmr`'s proof for a single leaf: peaks on the left from the left,
    /// siblings from the leaf upwards, and the peaks on the right, bagged, if there are any.
    pub items: Vec<H256>,
}

impl ProvedLeaf {
    /// Returns the proof as a path of siblings. Nothing if it is not one for this position.
    ///
    /// Peaks are bagged from the right: each bag is the hash of the one to the right of a peak,
    /// then of the peak.
    pub fn path(&self) -> Option<MerklePath> {
        let mut start = 0u64;
        let mut left_peaks = 0usize;
        let height = (0..64u32)
            .rev()
            .filter(|bit| (self.count >> bit) & 1 == 1)
            .find(|bit| {
                let inside = self.index < start.saturating_add(1 << bit);
                if !inside {
                    start = start.saturating_add(1 << bit);
                    left_peaks += 1;
                }
                inside
            })?;
        let position = self.index.checked_sub(start)?;
        let (left, rest) = self.items.split_at_checked(left_peaks)?;
        let (siblings, right) = rest.split_at_checked(height as usize)?;
        let has_right = self.count.trailing_zeros() < height;
        if right.len() != usize::from(has_right) {
            return None;
        }
        let mut path = Path::default();
        for (level, sibling) in siblings.iter().enumerate() {
            path.push(*sibling, (position >> level) & 1 == 1);
        }
        right.iter().for_each(|bag| path.push(*bag, true));
        left.iter().rev().for_each(|peak| path.push(*peak, false));
        Some(path.into())
    }
}

/// A path that is being built.
#[derive(Default)]
struct Path {
    siblings: Vec<B256>,
    order: U256,
}

impl Path {
    fn push(&mut self, sibling: H256, is_left: bool) {
        self.order.set_bit(self.siblings.len(), is_left);
        self.siblings.push(sibling.0.into());
    }
}

impl From<Path> for MerklePath {
    fn from(Path { siblings, order }: Path) -> Self {
        Self { siblings, order }
    }
}

/// Returns the path from a head to the root of the tree of these heads; nothing if it is not among
/// them.
fn head_path(heads: &[OrderHead], head: &OrderHead) -> Option<MerklePath> {
    let mut position = heads.iter().position(|other| other == head)?;
    let mut level = heads
        .iter()
        .map(|head| Some(keccak256(head.abi_encode().ok()?)))
        .collect::<Option<Vec<_>>>()?;
    let mut path = Path::default();
    while level.len() > 1 {
        if let Some(sibling) = level.get(position ^ 1) {
            path.push(H256(sibling.0), position & 1 == 1);
        }
        level = level
            .chunks(2)
            .map(|pair| match pair {
                [left, right] => keccak256([left.0, right.0].concat()),
                // A last node without sibling is its own parent.
                single => single[0],
            })
            .collect();
        position /= 2;
    }
    Some(path.into())
}

/// Returns the evidence for the contract that a head is final: the way to the root in `root_slot`.
/// Nothing if the head is not among those of the leaf.
pub fn evidence(
    head: &OrderHead,
    heads: &[OrderHead],
    proved: &ProvedLeaf,
    root_slot: U256,
) -> Option<Vec<u8>> {
    let evidence = OrderEvidence {
        rootSlot: root_slot,
        headPath: head_path(heads, head)?,
        leaf: leaf(&proved.leaf),
        leafPath: proved.path()?,
    };
    Some(evidence.abi_encode())
}

#[cfg(test)]
mod tests;
