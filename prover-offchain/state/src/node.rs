//! Nodes as they are stored.

use zkfusion_primitives::{
    field::Fr,
    ids::Hash,
    merkle::{leaf_hash, node_hash, Leaf, EMPTY_HASHES},
};

use crate::StateError;

/// A subtree that is not empty. Where it is is not stored: whoever reaches it knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A subtree with one leaf that is not empty.
    Single {
        /// The leaf's index.
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
        .fold(leaf_hash(leaf), |hash, (level, empty)| {
            let [left, right] = beside(hash, *empty, index, level);
            node_hash(left, right)
        })
}

/// Returns a hash at a level and that of its empty sibling, in order.
pub(crate) fn beside(hash: Fr, empty: Fr, index: u32, level: usize) -> [Fr; 2] {
    match index >> level & 1 {
        0 => [hash, empty],
        _ => [empty, hash],
    }
}
