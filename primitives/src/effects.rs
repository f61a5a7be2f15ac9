//! The effects of a batch: the outcome of each message, the KV writes, the outbox.

use crate::{
    field::{halves, pack_u128, pack_words, to_bytes, Fr},
    ids::Hash,
    merkle::{Leaf, SparseTree, EMPTY_LEAF},
    poseidon::hash2,
    status::MessageStatus,
};
use alloc::vec::Vec;
use ark_ff::AdditiveGroup;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// A KV write: leaf index and new leaf.
pub type Write = (u32, Leaf);

/// Outcome of one message.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct MessageOutcome {
    /// Success or the trap.
    pub status: MessageStatus,
    /// Steps (trace rows) used.
    pub fuel_used: u64,
    /// KV writes in the order in which the guest made them; none if the message failed.
    pub writes: Vec<Write>,
}

/// Effects of a batch: one outcome a message, and the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct BatchEffects {
    /// Outcomes in the order of the messages.
    pub outcomes: Vec<MessageOutcome>,
    /// Messages to Ethereum from the messages that succeeded, in order. Empty ones at the end are
    /// left out: the root does not tell them from none.
    pub outbox: Vec<[u8; 32]>,
}

impl BatchEffects {
    /// Returns effects with this outbox, without the empty entries at its end.
    pub fn new(outcomes: Vec<MessageOutcome>, mut outbox: Vec<[u8; 32]>) -> Self {
        while outbox.last() == Some(&EMPTY_LEAF) {
            outbox.pop();
        }
        Self { outcomes, outbox }
    }

    /// Returns whether the outbox has an empty entry at its end, and is not the one list of its
    /// root.
    pub fn is_padded(&self) -> bool {
        self.outbox.last() == Some(&EMPTY_LEAF)
    }

    /// Returns the hash that the statement carries as `writes_hash`.
    ///
    /// It covers what is listed: writes under a failed message change it, and no proof exists for
    /// such a list.
    pub fn writes_hash(&self) -> Hash {
        let mut hash = WritesHash::new();
        for outcome in &self.outcomes {
            outcome
                .writes
                .iter()
                .for_each(|(index, leaf)| hash.write(*index, leaf));
            hash.end_message(outcome.status, outcome.fuel_used);
        }
        hash.finish()
    }

    /// Returns the root that the statement carries as `outbox_root`.
    pub fn outbox_root(&self) -> Hash {
        outbox_tree(&self.outbox).root()
    }

    /// Returns all writes in order; the last one to an index is the leaf after the batch.
    pub fn writes(&self) -> impl Iterator<Item = &Write> {
        self.outcomes.iter().flat_map(|outcome| &outcome.writes)
    }
}

/// Returns the tree of an outbox: entry `i` at index `i`, empty otherwise.
pub fn outbox_tree(outbox: &[[u8; 32]]) -> SparseTree {
    let mut tree = SparseTree::new();
    for (index, entry) in (0u32..).zip(outbox) {
        tree.set(index, *entry);
    }
    tree
}

/// The hash chain over writes and ends of messages, step by step.
#[derive(Clone, Debug)]
pub struct WritesHash(Fr);

impl Default for WritesHash {
    fn default() -> Self {
        Self::new()
    }
}

impl WritesHash {
    /// Returns the chain of a batch before its first message.
    pub fn new() -> Self {
        Self(Fr::ZERO)
    }

    /// Takes in a write: `h = P2(P2(h, low + 2^128 index), high)` with the leaf's halves.
    pub fn write(&mut self, index: u32, leaf: &Leaf) {
        let (low, high) = halves(leaf);
        self.0 = hash2(hash2(self.0, pack_u128(low, index.into())), pack_u128(high, 0));
    }

    /// Takes in the end of a message: `h = P2(h, status + 2^8 fuel_used + 2^160)`.
    pub fn end_message(&mut self, status: MessageStatus, fuel_used: u64) {
        let low = u128::from(status.code()) | u128::from(fuel_used) << 8;
        self.0 = hash2(self.0, pack_words([low as u64, (low >> 64) as u64, 1 << 32]));
    }

    /// Returns the hash of what was taken in.
    pub fn finish(&self) -> Hash {
        to_bytes(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chain_follows_its_definition() {
        let mut leaf = [0; 32];
        (leaf[0], leaf[16]) = (3, 4);
        let effects = BatchEffects {
            outcomes: alloc::vec![
                MessageOutcome {
                    status: MessageStatus::Ok,
                    fuel_used: 10,
                    writes: alloc::vec![(9, leaf)]
                },
                MessageOutcome {
                    status: MessageStatus::RequireFailed,
                    fuel_used: u64::MAX,
                    writes: Vec::new()
                },
            ],
            outbox: Vec::new(),
        };
        let two = |bits: u64| (0..bits).fold(Fr::from(1u64), |x, _| x + x);
        let after_write = hash2(
            hash2(Fr::ZERO, Fr::from(3u64) + two(128) * Fr::from(9u64)),
            Fr::from(4u64),
        );
        let after_first = hash2(after_write, Fr::from(10u64) * two(8) + two(160));
        let end = Fr::from(7u64) + Fr::from(u64::MAX) * two(8) + two(160);
        assert_eq!(effects.writes_hash(), to_bytes(&hash2(after_first, end)));
    }

    #[test]
    fn empty_outbox_has_the_empty_root() {
        assert_eq!(BatchEffects::default().outbox_root(), SparseTree::new().root());
    }

    #[test]
    fn empty_entries_at_the_end_of_an_outbox_are_left_out() {
        let padded = alloc::vec![[0; 32], [1; 32], [0; 32], [0; 32]];
        let effects = BatchEffects::new(Vec::new(), padded.clone());
        assert_eq!(effects.outbox, padded[..2]);
        assert!(!effects.is_padded());
        let listed = BatchEffects {
            outcomes: Vec::new(),
            outbox: padded,
        };
        assert!(listed.is_padded());
        assert_eq!(listed.outbox_root(), effects.outbox_root());
    }

    #[test]
    fn outbox_root_depends_on_the_order() {
        let root = |outbox: &[[u8; 32]]| outbox_tree(outbox).root();
        assert_ne!(root(&[[1; 32], [2; 32]]), root(&[[2; 32], [1; 32]]));
    }
}
