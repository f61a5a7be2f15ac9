//! A tree that is read.

use redb::ReadOnlyTable;
use zkfusion_primitives::{
    field::to_bytes,
    ids::Hash,
    merkle::{Leaf, MerklePath, DEPTH, EMPTY_HASHES, EMPTY_LEAF},
};

use crate::{
    node::{single_hash, Node},
    part::{Part, MAX_PART_LEAVES},
    place::{Key, Subtree},
    tree::{Read, LEAF_IS_BRANCH},
    StateError,
};

/// Reads one tree, as it was when the reading began: releasing the tree meanwhile does not change
/// what is read.
#[derive(Debug)]
pub struct View {
    root: Hash,
    nodes: Nodes,
}

impl View {
    pub(crate) fn new(root: Hash, nodes: Nodes) -> Self {
        Self { root, nodes }
    }

    /// Returns the tree's root.
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Returns a leaf.
    ///
    /// # Errors
    /// [`StateError::Damaged`], or whatever the database says.
    pub fn leaf(&self, index: u32) -> Result<Leaf, StateError> {
        Ok(self.path(index)?.leaf)
    }

    /// Returns a leaf with the proof that the tree has it.
    ///
    /// # Errors
    /// As [`Self::leaf`].
    pub fn path(&self, index: u32) -> Result<MerklePath, StateError> {
        let (leaf, siblings) = self.descend(index)?;
        Ok(MerklePath {
            index,
            leaf,
            siblings,
        })
    }

    /// Returns up to `limit` leaves that are not empty and whose indices are at least `from`,
    /// ascending.
    ///
    /// # Errors
    /// As [`Self::leaf`].
    pub fn leaves(&self, from: u32, limit: usize) -> Result<Vec<(u32, Leaf)>, StateError> {
        self.leaves_of(&Subtree::whole(self.root), from, limit)
    }

    /// Returns one of the tree's subtrees, which is not empty, as a part for another store.
    ///
    /// # Errors
    /// [`StateError::Damaged`] too when the tree has no such subtree, or whatever the database says.
    pub fn part(&self, subtree: &Subtree) -> Result<Part, StateError> {
        let leaves = self.leaves_of(subtree, 0, MAX_PART_LEAVES + 1)?;
        if leaves.len() <= MAX_PART_LEAVES {
            return Ok(Part::Leaves {
                subtree: *subtree,
                leaves,
            });
        }
        match self.nodes.node(subtree)? {
            Node::Branch { left, right } => Ok(Part::Branch {
                place: subtree.place,
                left,
                right,
            }),
            Node::Single { .. } => Err(StateError::Damaged("one leaf is many")),
        }
    }

    fn leaves_of(&self, subtree: &Subtree, from: u32, limit: usize) -> Result<Vec<(u32, Leaf)>, StateError> {
        let mut leaves = Vec::new();
        // The next subtree last.
        let mut ahead = vec![*subtree];
        while let Some(subtree) = ahead.pop() {
            if leaves.len() >= limit {
                break;
            }
            if subtree.is_empty() || subtree.place.last() < from {
                continue;
            }
            match self.nodes.node(&subtree)? {
                Node::Single { index, leaf } if index >= from => leaves.push((index, leaf)),
                Node::Single { .. } => {}
                Node::Branch { left, right } => {
                    let (low, high) = subtree.place.halves().ok_or(LEAF_IS_BRANCH)?;
                    let half = |place, hash| Subtree { place, hash };
                    ahead.extend([half(high, right), half(low, left)]);
                }
            }
        }
        Ok(leaves)
    }

    /// Returns a leaf and the hashes beside its path, from the lowest on.
    fn descend(&self, index: u32) -> Result<(Leaf, [Hash; DEPTH]), StateError> {
        let mut siblings: [Hash; DEPTH] = std::array::from_fn(|level| to_bytes(&EMPTY_HASHES[level]));
        let mut subtree = Subtree::whole(self.root);
        while !subtree.is_empty() {
            match self.nodes.node(&subtree)? {
                Node::Single { index: other, leaf } if other == index => return Ok((leaf, siblings)),
                Node::Single { index: other, leaf } => {
                    // The other leaf is beside the path where the two part.
                    let part = (index ^ other).ilog2() as usize;
                    siblings[part] = to_bytes(&single_hash(part, other, &leaf));
                    break;
                }
                Node::Branch { left, right } => {
                    let (low, high) = subtree.place.halves().ok_or(LEAF_IS_BRANCH)?;
                    let (place, hash, sibling) = match index < high.first() {
                        true => (low, left, right),
                        false => (high, right, left),
                    };
                    siblings[place.height()] = sibling;
                    subtree = Subtree { place, hash };
                }
            }
        }
        Ok((EMPTY_LEAF, siblings))
    }
}

/// The nodes of a store as they were when they were begun to be read.
pub(crate) struct Nodes(pub(crate) ReadOnlyTable<Key, &'static [u8]>);

impl std::fmt::Debug for Nodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Nodes")
    }
}

impl Nodes {
    /// Returns whether a subtree is there, with all that it has.
    ///
    /// # Errors
    /// Whatever the database says.
    pub(crate) fn has(&self, subtree: &Subtree) -> Result<bool, StateError> {
        Ok(subtree.is_empty() || self.0.get(subtree.key())?.is_some())
    }
}

impl Read for Nodes {
    fn node(&self, subtree: &Subtree) -> Result<Node, StateError> {
        let node = self.0.get(subtree.key())?;
        Node::decode(node.ok_or(StateError::Damaged("a node is missing"))?.value())
    }
}
