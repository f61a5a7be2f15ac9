//! State trees of the apps that were asked about, kept from one question to the next.

use jsonrpsee::core::RpcResult;
use std::collections::{BTreeMap, VecDeque};
use zkfusion_primitives::{
    ids::{AppId, Hash},
    merkle::{Leaf, SparseTree, EMPTY_LEAF},
};

/// The most apps whose trees are kept.
const MAX_TREES: usize = 8;

/// The most recently used trees, the last one last.
#[derive(Default)]
pub(super) struct Trees {
    trees: VecDeque<(AppId, SparseTree)>,
}

impl Trees {
    /// Returns the app's tree with this root, brought there from the app's previous tree: only
    /// leaves that differ are hashed.
    pub(super) fn get(
        &mut self,
        app: AppId,
        root: Hash,
        leaves: impl FnOnce() -> RpcResult<Vec<(u32, Leaf)>>,
    ) -> RpcResult<&SparseTree> {
        let position = self.trees.iter().position(|(known, _)| *known == app);
        let mut tree = position
            .and_then(|at| self.trees.remove(at))
            .map(|(_, tree)| tree)
            .unwrap_or_default();
        if tree.root() != root {
            update(&mut tree, leaves()?);
        }
        if self.trees.len() >= MAX_TREES {
            self.trees.pop_front();
        }
        self.trees.push_back((app, tree));
        let last = self.trees.len() - 1;
        Ok(&self.trees[last].1)
    }
}

fn update(tree: &mut SparseTree, leaves: Vec<(u32, Leaf)>) {
    let leaves: BTreeMap<u32, Leaf> = leaves.into_iter().collect();
    let gone =
        |(index, leaf): (u32, &Leaf)| (*leaf != EMPTY_LEAF && !leaves.contains_key(&index)).then_some(index);
    let gone: Vec<u32> = tree.leaves().filter_map(gone).collect();
    gone.into_iter().for_each(|index| tree.set(index, EMPTY_LEAF));
    for (index, leaf) in leaves {
        if tree.get(index) != leaf {
            tree.set(index, leaf);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(leaves: &[(u32, Leaf)]) -> Hash {
        SparseTree::from_leaves(leaves.iter().copied()).root()
    }

    #[test]
    fn tree_follows_the_leaves() {
        let mut trees = Trees::default();
        for leaves in [
            vec![(1, [1; 32]), (2, [2; 32])],
            vec![(2, [3; 32]), (9, [9; 32])],
            vec![],
        ] {
            let tree = trees.get(0, root(&leaves), || Ok(leaves.clone())).unwrap();
            assert_eq!(tree.root(), root(&leaves));
        }
    }

    #[test]
    fn leaves_are_not_read_when_the_root_is_known() {
        let mut trees = Trees::default();
        let leaves = vec![(1, [1; 32])];
        trees.get(0, root(&leaves), || Ok(leaves.clone())).unwrap();
        trees
            .get(0, root(&leaves), || panic!("the tree is kept"))
            .unwrap();
    }

    #[test]
    fn least_recently_used_tree_is_dropped() {
        let mut trees = Trees::default();
        let leaves = vec![(1, [1; 32])];
        for app in 0..=MAX_TREES as u32 {
            trees.get(app, root(&leaves), || Ok(leaves.clone())).unwrap();
        }
        assert_eq!(trees.trees.len(), MAX_TREES);
        assert!(trees.trees.iter().all(|(app, _)| *app != 0));
    }
}
