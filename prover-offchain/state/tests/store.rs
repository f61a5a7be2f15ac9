//! The store against the tree in memory.

use std::{collections::BTreeMap, path::Path};

use proptest::{collection::vec, prelude::*};
use zkfusion_primitives::{
    ids::Hash,
    merkle::{empty_root, Leaf, SparseTree, EMPTY_LEAF},
};
use zkfusion_state::{StateError, Store};

fn open(folder: &Path) -> Store {
    Store::open(folder, 1 << 20).unwrap()
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    (folder, store)
}

fn leaf(n: u8) -> Leaf {
    match n {
        0 => EMPTY_LEAF,
        n => [n; 32],
    }
}

/// Indices that are often the same, or near one another at any height.
fn index() -> impl Strategy<Value = u32> {
    prop_oneof![
        0u32..8,
        (0u32..4).prop_map(|n| u32::MAX - n),
        (0u32..32).prop_map(|bit| 1 << bit),
        any::<u32>()
    ]
}

/// Writes, of which a quarter removes a leaf.
fn writes() -> impl Strategy<Value = Vec<(u32, Leaf)>> {
    vec((index(), (0u8..4).prop_map(leaf)), 0..40)
}

fn check(store: &Store, root: &Hash, leaves: &BTreeMap<u32, Leaf>) {
    let tree = SparseTree::from_leaves(leaves.clone());
    assert_eq!(*root, tree.root());
    let filled: Vec<_> = leaves
        .iter()
        .filter(|(_, leaf)| **leaf != EMPTY_LEAF)
        .map(|(index, leaf)| (*index, *leaf))
        .collect();
    assert_eq!(store.view(root).unwrap().leaves(0, usize::MAX).unwrap(), filled);
    let beside = filled
        .iter()
        .flat_map(|(index, _)| [*index, index ^ 1, index ^ 1 << 20]);
    for index in beside.chain([0, 7, u32::MAX]) {
        assert_eq!(store.view(root).unwrap().leaf(index).unwrap(), tree.get(index));
        assert_eq!(store.view(root).unwrap().path(index).unwrap(), tree.prove(index));
        let page = store.view(root).unwrap().leaves(index, 3).unwrap();
        let expected = filled.iter().filter(|(other, _)| *other >= index).take(3);
        assert!(page.iter().eq(expected));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn trees_are_those_of_the_tree_in_memory(batches in vec(writes(), 1..6)) {
        let (_folder, store) = store();
        let mut root = empty_root();
        let mut leaves = BTreeMap::new();
        let mut before = vec![(root, leaves.clone())];
        for batch in batches {
            root = store.update(&root, batch.iter().copied()).unwrap();
            leaves.extend(batch);
            before.push((root, leaves.clone()));
        }
        // Trees that others were made from are still there.
        for (root, leaves) in &before {
            check(&store, root, leaves);
        }
    }

    #[test]
    fn what_no_tree_has_is_removed_and_nothing_else(
        batches in vec((any::<prop::sample::Index>(), writes()), 1..8),
        order in any::<prop::sample::Index>(),
    ) {
        let (_folder, store) = store();
        // Each tree is made from any before it.
        let mut trees = vec![(empty_root(), BTreeMap::new())];
        for (from, batch) in batches {
            let (root, mut leaves) = trees[from.index(trees.len())].clone();
            let root = store.update(&root, batch.iter().copied()).unwrap();
            leaves.extend(batch);
            trees.push((root, leaves));
        }
        while !trees.is_empty() {
            let (released, _) = trees.swap_remove(order.index(trees.len()));
            if released != empty_root() {
                store.release(&released).unwrap();
            }
            for (root, leaves) in &trees {
                check(&store, root, leaves);
            }
        }
        assert_eq!(store.node_count().unwrap(), 0);
    }
}

#[test]
fn a_tree_of_one_leaf_is_one_node() {
    let (_folder, store) = store();
    let root = store.update(&empty_root(), [(77, leaf(1))]).unwrap();
    assert_eq!(store.node_count().unwrap(), 1);
    let other = store.update(&root, [(78, leaf(1))]).unwrap();
    // Both leaves, what branches between them, and empty halves above it.
    assert_eq!(store.node_count().unwrap(), 1 + 2 + 31);
    let again = store.update(&other, [(78, EMPTY_LEAF)]).unwrap();
    assert_eq!(again, root);
}

#[test]
fn trees_are_kept_as_often_as_they_are_retained_and_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path());
    let root = store.update(&empty_root(), [(1, leaf(1)), (2, leaf(2))]).unwrap();
    store.retain(&root).unwrap();
    // The same tree from other writes.
    let other = store.update(&empty_root(), [(2, leaf(2))]).unwrap();
    assert_eq!(store.update(&other, [(1, leaf(1))]).unwrap(), root);
    drop(store);
    let store = open(folder.path());
    for _ in 0..3 {
        assert_eq!(store.view(&root).unwrap().leaf(2).unwrap(), leaf(2));
        store.release(&root).unwrap();
    }
    assert!(!store.has(&root).unwrap());
    assert!(store.has(&other).unwrap());
    for result in [
        store.release(&root),
        store.retain(&root),
        store.view(&root).map(drop),
        store.update(&root, [(1, leaf(1))]).map(drop),
    ] {
        assert!(matches!(result, Err(StateError::UnknownRoot(unknown)) if unknown == root));
    }
}

#[test]
fn the_empty_tree_is_always_there() {
    let (_folder, store) = store();
    let empty = empty_root();
    check(&store, &empty, &BTreeMap::new());
    store.retain(&empty).unwrap();
    store.release(&empty).unwrap();
    store.release(&empty).unwrap();
    assert!(store.has(&empty).unwrap());
}

#[test]
fn a_store_is_used_by_one_process_at_a_time() {
    let (folder, store) = store();
    assert!(matches!(
        Store::open(folder.path(), 1 << 20),
        Err(StateError::InUse(_))
    ));
    drop(store);
    open(folder.path());
}
