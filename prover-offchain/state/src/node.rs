//! Nodes as they are stored.

use std::{collections::HashSet, sync::LazyLock};

use zkfusion_primitives::{
    field::{from_bytes, to_bytes, Fr},
    ids::Hash,
    merkle::{leaf_hash, node_hash, Leaf, DEPTH, EMPTY_HASHES},
};

use crate::StateError;

/// A subtree that is not empty. Its height is not stored: whoever reaches it knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A subtree with one leaf that is not empty.
    Single {
        /// The leaf's index within the subtree.
        index: u32,
        /// The leaf.
        leaf: Leaf,
    },
    /// A subtree with several.
    Branch {
        /// Hash of the half with the lower indices.
        left: Hash,
        /// Hash of the other half.
        right: Hash,
    },
}

impl Node {
    /// Returns the bytes that are stored: their number tells the kind.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Single { index, leaf } => [&index.to_le_bytes()[..], leaf].concat(),
            Self::Branch { left, right } => [&left[..], right].concat(),
        }
    }

    /// Reads what [`Self::encode`] returned.
    ///
    /// # Errors
    /// [`StateError::Damaged`] for anything else.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, StateError> {
        let damaged = StateError::Damaged("a node has another length than nodes have");
        match bytes.len() {
            36 => {
                let (index, leaf) = bytes.split_first_chunk().ok_or(damaged.clone())?;
                Ok(Self::Single {
                    index: u32::from_le_bytes(*index),
                    leaf: leaf.try_into().map_err(|_| damaged)?,
                })
            }
            64 => {
                let (left, right) = bytes.split_first_chunk().ok_or(damaged.clone())?;
                Ok(Self::Branch {
                    left: *left,
                    right: right.try_into().map_err(|_| damaged)?,
                })
            }
            _ => Err(damaged),
        }
    }
}

/// Returns the hash of a subtree of a height with one leaf that is not empty.
pub(crate) fn single_hash(height: usize, index: u32, leaf: &Leaf) -> Fr {
    EMPTY_HASHES
        .iter()
        .take(height)
        .enumerate()
        .fold(leaf_hash(leaf), |hash, (level, empty)| match index >> level & 1 {
            0 => node_hash(hash, *empty),
            _ => node_hash(*empty, hash),
        })
}

/// Returns the hash of a subtree from those of its halves.
///
/// # Errors
/// [`StateError::Damaged`] when a stored hash is no field element.
pub(crate) fn branch_hash(left: &Hash, right: &Hash) -> Result<Hash, StateError> {
    let element = |hash| from_bytes(hash).map_err(|_| StateError::Damaged("a hash is no field element"));
    Ok(to_bytes(&node_hash(element(left)?, element(right)?)))
}

/// Returns the hash of the empty subtree of a height.
pub(crate) fn empty_hash(height: usize) -> Hash {
    to_bytes(&EMPTY_HASHES[height])
}

/// Returns whether a hash is that of an empty subtree, of any height.
pub(crate) fn is_empty(hash: &Hash) -> bool {
    static HASHES: LazyLock<HashSet<Hash>> = LazyLock::new(|| (0..=DEPTH).map(empty_hash).collect());
    HASHES.contains(hash)
}
