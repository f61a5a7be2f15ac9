//! The KV tree of an app: a binary Poseidon tree of depth 32 over 32-byte leaves.
//!
//! A leaf is hashed as `P2(l0 + 2^64 l1, l2 + 2^64 l3)` with its four little-endian words, a node
//! as `P2(left, right)`. Bit `i` of a leaf's index says whether the path goes right at level `i`,
//! counted from the leaves. A leaf that was never written is 32 zero bytes and is hashed like any
//! other.

mod empty;
mod tree;

use crate::{
    field::{from_bytes, halves, pack_u128, to_bytes, Fr, NonCanonical},
    ids::Hash,
    poseidon::{hash2, hash2_each},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

pub use empty::EMPTY_HASHES;
pub use tree::{SparseTree, WrongPath};

/// Levels of nodes above the leaves.
pub const DEPTH: usize = 32;

/// A leaf's value.
pub type Leaf = [u8; 32];

/// The leaf that was never written.
pub const EMPTY_LEAF: Leaf = [0; 32];

/// Returns the hash of a leaf.
pub fn leaf_hash(leaf: &Leaf) -> Fr {
    let [low, high] = leaf_elements(leaf);
    hash2(low, high)
}

/// Returns the hashes of leaves, in less time than one by one.
pub fn leaf_hashes(leaves: &[Leaf]) -> Vec<Fr> {
    hash2_each(&leaves.iter().map(leaf_elements).collect::<Vec<_>>())
}

fn leaf_elements(leaf: &Leaf) -> [Fr; 2] {
    let (low, high) = halves(leaf);
    [pack_u128(low, 0), pack_u128(high, 0)]
}

/// Returns the hash of a node.
pub fn node_hash(left: Fr, right: Fr) -> Fr {
    hash2(left, right)
}

/// Returns the hashes of nodes, left and right, in less time than one by one.
pub fn node_hashes(nodes: &[[Fr; 2]]) -> Vec<Fr> {
    hash2_each(nodes)
}

/// Returns the root of the tree in which no leaf was written.
pub fn empty_root() -> Hash {
    to_bytes(&EMPTY_HASHES[DEPTH])
}

/// Proof that a tree has a leaf at an index.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct MerklePath {
    /// Index of the leaf.
    pub index: u32,
    /// The leaf.
    pub leaf: Leaf,
    /// Hash of the sibling at each level, from the leaf's own up to the one below the root.
    pub siblings: [Hash; DEPTH],
}

impl MerklePath {
    /// Returns the root of the trees that have this leaf and these siblings.
    ///
    /// # Errors
    ///
    /// [`NonCanonical`] if a sibling is not a field element.
    pub fn root(&self) -> Result<Hash, NonCanonical> {
        let siblings = self
            .siblings
            .iter()
            .map(from_bytes)
            .collect::<Result<Vec<_>, _>>()?;
        let root = siblings
            .into_iter()
            .enumerate()
            .fold(leaf_hash(&self.leaf), |hash, (level, sibling)| {
                match self.index >> level & 1 {
                    0 => node_hash(hash, sibling),
                    _ => node_hash(sibling, hash),
                }
            });
        Ok(to_bytes(&root))
    }

    /// Returns whether the tree with this root has the leaf at the index.
    pub fn verify(&self, root: &Hash) -> bool {
        self.root().as_ref() == Ok(root)
    }
}
