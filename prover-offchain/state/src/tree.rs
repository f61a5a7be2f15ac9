//! Makes trees from trees and writes.

use rayon::join;
use zkfusion_primitives::{
    field::to_bytes,
    ids::Hash,
    merkle::{Leaf, EMPTY_LEAF},
};

use crate::{
    node::{branch_hash, empty_hash, single_hash, Node},
    StateError,
};

/// Writes to a subtree below this number are made on one thread: more threads would take longer.
const SPLIT: usize = 64;

/// A subtree, of which no more is known than is needed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tree {
    /// No leaf was written.
    Empty,
    /// One leaf is not empty.
    Single { index: u32, leaf: Leaf },
    /// Several are not; the store has it or will have it.
    Branch(Hash),
    /// Not empty, and in the store.
    Stored(Hash),
}

/// Leaves by their indices.
type Leaves<'a> = &'a [(u32, Leaf)];

/// Nodes that were made, each behind those below it, with their hashes.
pub(crate) type Made = Vec<(Hash, Node)>;

/// Reads nodes of a store.
pub(crate) trait Read: Sync {
    /// Returns a node.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    fn node(&self, hash: &Hash) -> Result<Node, StateError>;
}

impl Tree {
    /// Returns the subtree of a height with this hash.
    pub(crate) fn of(hash: &Hash, height: usize) -> Self {
        if *hash == empty_hash(height) {
            Self::Empty
        } else {
            Self::Stored(*hash)
        }
    }

    /// Returns the subtree with writes. They are sorted by index, each once, and all of this
    /// subtree: above its height their indices have the same bits, which do not count.
    ///
    /// # Errors
    /// Why nodes cannot be read.
    pub(crate) fn with(
        self,
        height: usize,
        writes: Leaves<'_>,
        store: &impl Read,
    ) -> Result<(Self, Made), StateError> {
        let Some((some, _)) = writes.first() else {
            return Ok((self, Made::new()));
        };
        let (left, right) = match self.load(store)? {
            Loaded::Branch { left, right } => (left, right),
            Loaded::Empty => return build(height, writes),
            Loaded::Single(index, leaf) => {
                let index = some & !mask(height) | index;
                let mut leaves = writes.to_vec();
                if let Err(place) = leaves.binary_search_by_key(&index, |(index, _)| *index) {
                    leaves.insert(place, (index, leaf));
                }
                return build(height, &leaves);
            }
        };
        // A branch is not a leaf.
        let below = height.saturating_sub(1);
        let (left, right) = (Self::of(&left, below), Self::of(&right, below));
        let (low, high) = split(writes, below);
        let (left, right) = if writes.len() < SPLIT {
            (left.with(below, low, store), right.with(below, high, store))
        } else {
            join(|| left.with(below, low, store), || right.with(below, high, store))
        };
        merge(below, left?, right?, store)
    }

    /// Returns the hash of the subtree of a height, having added its node to those that were made
    /// if it may not be in the store.
    pub(crate) fn finish(self, height: usize, made: &mut Made) -> Hash {
        match self {
            Self::Empty => empty_hash(height),
            Self::Branch(hash) | Self::Stored(hash) => hash,
            Self::Single { index, leaf } => {
                let hash = to_bytes(&single_hash(height, index, &leaf));
                made.push((hash, Node::Single { index, leaf }));
                hash
            }
        }
    }

    /// Returns the only leaf that is not empty, if there is only one.
    fn single(self, store: &impl Read) -> Result<Option<(u32, Leaf)>, StateError> {
        Ok(match self {
            Self::Empty | Self::Branch(_) => None,
            Self::Single { index, leaf } => Some((index, leaf)),
            Self::Stored(hash) => match store.node(&hash)? {
                Node::Single { index, leaf } => Some((index, leaf)),
                Node::Branch { .. } => None,
            },
        })
    }

    fn load(self, store: &impl Read) -> Result<Loaded, StateError> {
        Ok(match self {
            Self::Empty => Loaded::Empty,
            Self::Single { index, leaf } => Loaded::Single(index, leaf),
            Self::Branch(hash) | Self::Stored(hash) => match store.node(&hash)? {
                Node::Single { index, leaf } => Loaded::Single(index, leaf),
                Node::Branch { left, right } => Loaded::Branch { left, right },
            },
        })
    }
}

/// A subtree of which the kind is known.
enum Loaded {
    Empty,
    Single(u32, Leaf),
    Branch { left: Hash, right: Hash },
}

/// Makes a subtree of nothing but leaves, as [`Tree::with`] takes them.
fn build(height: usize, leaves: Leaves<'_>) -> Result<(Tree, Made), StateError> {
    let mut filled = leaves.iter().filter(|(_, leaf)| *leaf != EMPTY_LEAF);
    match (filled.next(), filled.next()) {
        (None, _) => return Ok((Tree::Empty, Made::new())),
        (Some((index, leaf)), None) => {
            let (index, leaf) = (index & mask(height), *leaf);
            return Ok((Tree::Single { index, leaf }, Made::new()));
        }
        _ => {}
    }
    // Several leaves are higher than one.
    let below = height.saturating_sub(1);
    let (low, high) = split(leaves, below);
    let (left, right) = if leaves.len() < SPLIT {
        (build(below, low), build(below, high))
    } else {
        join(|| build(below, low), || build(below, high))
    };
    merge(below, left?, right?, &Nothing)
}

/// Makes a subtree of its halves, which are of height `below`.
fn merge(
    below: usize,
    (left, mut made): (Tree, Made),
    (right, made_right): (Tree, Made),
    store: &impl Read,
) -> Result<(Tree, Made), StateError> {
    made.extend(made_right);
    // One leaf alone is one node, at whatever height.
    let alone = match (left, right) {
        (Tree::Empty, Tree::Empty) => return Ok((Tree::Empty, made)),
        (half, Tree::Empty) => half.single(store)?,
        (Tree::Empty, half) => half
            .single(store)?
            .map(|(index, leaf)| (index | 1 << below, leaf)),
        _ => None,
    };
    if let Some((index, leaf)) = alone {
        return Ok((Tree::Single { index, leaf }, made));
    }
    let (left, right) = (left.finish(below, &mut made), right.finish(below, &mut made));
    let hash = branch_hash(&left, &right)?;
    made.push((hash, Node::Branch { left, right }));
    Ok((Tree::Branch(hash), made))
}

/// Reads nothing.
struct Nothing;

impl Read for Nothing {
    fn node(&self, _hash: &Hash) -> Result<Node, StateError> {
        Err(StateError::Damaged("a node is missing"))
    }
}

/// Splits leaves by bit `below` of their indices, the highest that tells them apart.
fn split(leaves: Leaves<'_>, below: usize) -> (Leaves<'_>, Leaves<'_>) {
    leaves.split_at(leaves.partition_point(|(index, _)| index >> below & 1 == 0))
}

/// Returns the bits of an index that tell leaves of a subtree of a height apart.
pub(crate) fn mask(height: usize) -> u32 {
    u32::MAX.checked_shr(32 - height as u32).unwrap_or_default()
}
