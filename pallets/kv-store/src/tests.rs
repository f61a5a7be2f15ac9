use crate::{mock::*, KvState, Leaves, Roots};
use zkfusion_primitives::merkle::{empty_root, Leaf, SparseTree, EMPTY_LEAF};

/// Applies writes with the root that a proof would vouch for.
fn apply(app: u32, writes: &[(u32, Leaf)]) {
    let mut tree = SparseTree::from_leaves(KvStore::leaves(app));
    writes.iter().for_each(|(index, leaf)| tree.set(*index, *leaf));
    KvStore::apply(app, writes.iter(), tree.root());
}

#[test]
fn root_should_be_the_empty_trees_when_nothing_was_written() {
    execute(|| {
        assert_eq!(KvStore::root(0), empty_root());
        assert_eq!(KvStore::leaf(0, 5), EMPTY_LEAF);
        assert!(KvStore::prove(0, 5).verify(&empty_root()));
    });
}

#[test]
fn writes_should_replace_leaves_in_order() {
    execute(|| {
        apply(3, &[(7, [1; 32]), (u32::MAX, [2; 32]), (7, [3; 32])]);
        assert_eq!(KvStore::leaf(3, 7), [3; 32]);
        assert_eq!(KvStore::leaf(3, u32::MAX), [2; 32]);
        assert_eq!(
            KvStore::root(3),
            SparseTree::from_leaves([(7, [3; 32]), (u32::MAX, [2; 32])]).root()
        );
    });
}

#[test]
fn leaf_should_be_forgotten_when_overwritten_with_zeroes() {
    execute(|| {
        apply(3, &[(7, [1; 32])]);
        apply(3, &[(7, EMPTY_LEAF)]);
        assert_eq!(Leaves::<Test>::iter().count(), 0);
        assert_eq!(KvStore::root(3), empty_root());
    });
}

#[test]
fn apps_should_not_see_each_others_leaves() {
    execute(|| {
        apply(1, &[(7, [1; 32])]);
        apply(2, &[(7, [2; 32])]);
        assert_eq!(KvStore::leaf(1, 7), [1; 32]);
        assert_eq!(KvStore::leaf(2, 7), [2; 32]);
        assert_ne!(KvStore::root(1), KvStore::root(2));
    });
}

#[test]
fn proof_should_hold_for_the_stored_root_when_leaf_is_there_or_not() {
    execute(|| {
        apply(1, &[(0, [1; 32]), (1, [2; 32]), (900, [3; 32])]);
        for index in [0, 1, 2, 900, u32::MAX] {
            let path = KvStore::prove(1, index);
            assert_eq!(path.leaf, KvStore::leaf(1, index));
            assert!(path.verify(&KvStore::root(1)), "leaf {index}");
        }
    });
}

#[test]
fn pages_should_cover_every_leaf_once() {
    execute(|| {
        let writes: Vec<_> = (1..=25).map(|index| (index * 1_000, [index as u8; 32])).collect();
        apply(1, &writes);
        apply(2, &[(5, [9; 32])]);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let page = KvStore::leaves_page(1, after, 10);
            assert!(page.len() <= 10);
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            seen.extend(page);
        }
        seen.sort();
        assert_eq!(seen, writes);
    });
}

#[test]
fn invariants_should_fail_when_root_is_not_of_the_leaves() {
    execute(|| {
        apply(1, &[(0, [1; 32])]);
        let root = KvStore::root(1);
        Roots::<Test>::insert(1, [1; 32]);
        assert!(KvStore::check_state().is_err());
        Roots::<Test>::insert(1, root);
        Leaves::<Test>::insert(1, 3, EMPTY_LEAF);
        assert!(KvStore::check_state().is_err());
        Leaves::<Test>::remove(1, 3);
    });
}
