//! The tree in memory.

use super::{
    leaf_hash, leaf_hashes, node_hash, node_hashes, Leaf, MerklePath, DEPTH, EMPTY_HASHES, EMPTY_LEAF,
};
use crate::{
    field::{from_bytes, to_bytes, Fr},
    ids::Hash,
};
use alloc::{collections::BTreeMap, vec::Vec};
use core::fmt;

/// A path is not one of the tree with the root that it was said to be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrongPath {
    /// Index of its leaf.
    pub index: u32,
}

impl fmt::Display for WrongPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the path of leaf {} is not one of the tree with this root",
            self.index
        )
    }
}

impl core::error::Error for WrongPath {}

/// A tree of which only what was written is kept.
#[derive(Clone, Debug, Default)]
pub struct SparseTree {
    leaves: BTreeMap<u32, Leaf>,
    /// Hashes by level (0 for leaves) and position in the level.
    nodes: BTreeMap<(u8, u32), Fr>,
}

impl SparseTree {
    /// Returns the tree in which no leaf was written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the tree with these leaves; of two with the same index the later one counts.
    pub fn from_leaves(leaves: impl IntoIterator<Item = (u32, Leaf)>) -> Self {
        let mut tree = Self::new();
        leaves.into_iter().for_each(|(index, leaf)| tree.set(index, leaf));
        tree
    }

    /// Returns the part of a tree that has these paths. Their leaves can be read and replaced, and
    /// proved, as in the whole tree; of the other leaves it knows nothing.
    ///
    /// # Errors
    ///
    /// [`WrongPath`] naming the first path that is not one of the tree with this root.
    pub fn from_paths(root: &Hash, paths: &[MerklePath]) -> Result<Self, WrongPath> {
        let mut tree = Self::new();
        let leaves: Vec<Leaf> = paths.iter().map(|path| path.leaf).collect();
        let mut hashes = leaf_hashes(&leaves);
        for level in 0..DEPTH {
            let mut pairs = Vec::with_capacity(paths.len());
            for (path, hash) in paths.iter().zip(&hashes) {
                let position = path.index >> level;
                let sibling = from_bytes(&path.siblings[level]);
                let sibling = sibling.map_err(|_| WrongPath { index: path.index })?;
                tree.nodes.insert((level as u8, position), *hash);
                tree.nodes.insert((level as u8, position ^ 1), sibling);
                pairs.push(match position & 1 {
                    0 => [*hash, sibling],
                    _ => [sibling, *hash],
                });
            }
            hashes = node_hashes(&pairs);
        }
        for (path, hash) in paths.iter().zip(hashes) {
            if to_bytes(&hash) != *root {
                return Err(WrongPath { index: path.index });
            }
        }
        let hash = from_bytes(root).map_err(|_| WrongPath { index: 0 })?;
        tree.nodes.insert((DEPTH as u8, 0), hash);
        tree.leaves = paths.iter().map(|path| (path.index, path.leaf)).collect();
        Ok(tree)
    }

    /// Returns the leaf at `index`.
    pub fn get(&self, index: u32) -> Leaf {
        self.leaves.get(&index).copied().unwrap_or(EMPTY_LEAF)
    }

    /// Replaces the leaf at `index`: 33 hashes.
    pub fn set(&mut self, index: u32, leaf: Leaf) {
        self.leaves.insert(index, leaf);
        let mut hash = leaf_hash(&leaf);
        for level in 0..DEPTH {
            let position = index >> level;
            self.nodes.insert((level as u8, position), hash);
            let sibling = self.node(level, position ^ 1);
            hash = match position & 1 {
                0 => node_hash(hash, sibling),
                _ => node_hash(sibling, hash),
            };
        }
        self.nodes.insert((DEPTH as u8, 0), hash);
    }

    /// Returns the root.
    pub fn root(&self) -> Hash {
        to_bytes(&self.node(DEPTH, 0))
    }

    /// Returns the hash of a node: `level` 0 are the leaves, [`DEPTH`] is the root; beyond it there
    /// is nothing but the root's default.
    pub fn node(&self, level: usize, position: u32) -> Fr {
        let level = level.min(DEPTH);
        self.nodes
            .get(&(level as u8, position))
            .copied()
            .unwrap_or(EMPTY_HASHES[level])
    }

    /// Returns the hashes of the siblings of the path to `index`, from the leaf's own up.
    pub fn siblings(&self, index: u32) -> [Fr; DEPTH] {
        core::array::from_fn(|level| self.node(level, (index >> level) ^ 1))
    }

    /// Returns the proof that the leaf at `index` is what [`Self::get`] says.
    pub fn prove(&self, index: u32) -> MerklePath {
        let siblings = self.siblings(index).map(|sibling| to_bytes(&sibling));
        MerklePath {
            index,
            leaf: self.get(index),
            siblings,
        }
    }

    /// Returns the leaves that were written, by index.
    pub fn leaves(&self) -> impl Iterator<Item = (u32, &Leaf)> {
        self.leaves.iter().map(|(index, leaf)| (*index, leaf))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::empty_root;
    use proptest::prelude::*;

    #[test]
    fn empty_hashes_follow_from_the_empty_leaf() {
        assert_eq!(EMPTY_HASHES[0], leaf_hash(&EMPTY_LEAF));
        for level in 0..DEPTH {
            assert_eq!(
                EMPTY_HASHES[level + 1],
                node_hash(EMPTY_HASHES[level], EMPTY_HASHES[level])
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]

        #[test]
        fn part_of_a_tree_is_as_the_whole_where_it_was_asked_for(
            leaves in prop::collection::btree_map(0u32..50, any::<Leaf>(), 0..20),
            touched in prop::collection::btree_map(0u32..50, any::<Leaf>(), 0..10),
        ) {
            let mut whole = SparseTree::from_leaves(leaves);
            let paths: Vec<_> = touched.keys().map(|index| whole.prove(*index)).collect();
            let mut part = SparseTree::from_paths(&whole.root(), &paths).unwrap();
            prop_assert_eq!(part.root(), whole.root());
            for (index, leaf) in touched {
                prop_assert_eq!(part.prove(index), whole.prove(index));
                part.set(index, leaf);
                whole.set(index, leaf);
                prop_assert_eq!(part.root(), whole.root());
            }
        }
    }

    #[test]
    fn part_of_a_tree_is_refused_when_a_path_is_of_another() {
        let tree = SparseTree::from_leaves([(1, [1; 32]), (2, [2; 32])]);
        let (root, good) = (tree.root(), tree.prove(1));
        let mut wrong = tree.prove(2);
        wrong.leaf = [3; 32];
        let refused = SparseTree::from_paths(&root, &[good.clone(), wrong]).unwrap_err();
        assert_eq!(refused, WrongPath { index: 2 });
        let mut wrong = good;
        wrong.siblings[31] = [255; 32];
        assert!(SparseTree::from_paths(&root, &[wrong]).is_err());
        assert_eq!(SparseTree::from_paths(&root, &[]).unwrap().root(), root);
    }

    #[test]
    fn writing_the_empty_leaf_changes_nothing() {
        let mut tree = SparseTree::new();
        tree.set(7, [1; 32]);
        tree.set(7, EMPTY_LEAF);
        assert_eq!(tree.root(), empty_root());
    }

    #[test]
    fn bit_0_of_the_index_decides_at_the_leaf_level() {
        let tree = SparseTree::from_leaves([(1, [5; 32])]);
        assert_eq!(tree.node(1, 0), node_hash(EMPTY_HASHES[0], leaf_hash(&[5; 32])));
    }

    proptest! {
        #[test]
        fn proofs_hold_for_their_root_only(
            leaves in prop::collection::vec((any::<u32>(), any::<[u8; 32]>()), 1..6),
            probe: u32,
        ) {
            let mut tree = SparseTree::from_leaves(leaves.clone());
            for index in leaves.iter().map(|(index, _)| *index).chain([probe, u32::MAX, 0]) {
                let path = tree.prove(index);
                prop_assert!(path.verify(&tree.root()));
                let moved = MerklePath { index: index ^ 1, ..path.clone() };
                let same = tree.get(index) == tree.get(index ^ 1);
                prop_assert_eq!(moved.verify(&tree.root()), same);
                let mut forged = path;
                forged.leaf[0] ^= 1;
                prop_assert!(!forged.verify(&tree.root()));
            }
            let before = tree.root();
            tree.set(probe, [0xaa; 32]);
            prop_assert_eq!(tree.get(probe), [0xaa; 32]);
            prop_assert_ne!(tree.root(), before);
        }

        #[test]
        fn root_does_not_depend_on_the_order_of_writes(a: [u8; 32], b: [u8; 32], i: u32, j: u32) {
            prop_assume!(i != j);
            let one = SparseTree::from_leaves([(i, a), (j, b)]);
            let other = SparseTree::from_leaves([(j, b), (i, a)]);
            prop_assert_eq!(one.root(), other.root());
        }
    }
}
