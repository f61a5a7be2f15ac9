//! Trees that are brought from one store to another.

use proptest::{collection::btree_map, prelude::*};
use zkfusion_primitives::{
    ids::Hash,
    merkle::{empty_root, SparseTree},
};
use zkfusion_state::{push, Part, PartError, Place, Remote, StateError, Store, Subtree, MAX_PART_LEAVES};

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    (folder, store)
}

/// A store that answers as often as it is told, and counts the leaves and branches that it gets.
struct Counted<'a> {
    store: &'a Store,
    answers: usize,
    leaves: usize,
    branches: usize,
}

impl<'a> Counted<'a> {
    fn new(store: &'a Store, answers: usize) -> Self {
        Self {
            store,
            answers,
            leaves: 0,
            branches: 0,
        }
    }

    fn answer(&mut self) -> Result<(), PartError> {
        self.answers = self.answers.checked_sub(1).ok_or(PartError::Early(Place::ROOT))?;
        Ok(())
    }
}

impl Remote for Counted<'_> {
    type Error = PartError;

    fn lacking(&mut self, subtrees: &[Subtree]) -> Result<Vec<Subtree>, PartError> {
        self.answer()?;
        Ok(self.store.lacking(subtrees)?)
    }

    fn receive(&mut self, parts: &[Part]) -> Result<(), PartError> {
        self.answer()?;
        for part in parts {
            match part {
                Part::Leaves { leaves, .. } => self.leaves += leaves.len(),
                Part::Branch { .. } => self.branches += 1,
            }
        }
        self.store.receive(b"parts", parts)
    }

    fn adopt(&mut self, root: &Hash) -> Result<(), PartError> {
        self.answer()?;
        Ok(self.store.adopt(b"parts", b"tree", root, 1)?)
    }
}

/// A store with a tree of `count` leaves all over, and the tree's root.
fn with_leaves(count: u32) -> (tempfile::TempDir, Store, Hash) {
    let (folder, store) = store();
    let leaves = (0..count).map(|n| (n.wrapping_mul(2_654_435_761), [1 + (n % 200) as u8; 32]));
    let root = store.update(&empty_root(), leaves).unwrap();
    (folder, store, root)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn trees_arrive_whole(leaves in btree_map(any::<u32>(), any::<[u8; 32]>(), 0..60)) {
        let ((_from, from), (_to, to)) = (store(), store());
        let root = from.update(&empty_root(), leaves.clone()).unwrap();
        push(&from.view(&root).unwrap(), &mut Counted::new(&to, usize::MAX)).unwrap();
        let arrived = to.view(&root).unwrap().leaves(0, usize::MAX).unwrap();
        prop_assert_eq!(SparseTree::from_leaves(arrived).root(), root);
        to.forget(b"tree", &root).unwrap();
        prop_assert_eq!(to.node_count().unwrap(), 0);
    }
}

#[test]
fn a_transfer_that_was_cut_goes_on_where_it_stood() {
    let count = 3 * MAX_PART_LEAVES as u32;
    let (_from, from, root) = with_leaves(count);
    let (_to, to) = store();
    let view = from.view(&root).unwrap();
    let (mut leaves, mut branches, mut tries) = (0, 0, 0);
    loop {
        let mut remote = Counted::new(&to, 6);
        let done = push(&view, &mut remote).is_ok();
        leaves += remote.leaves;
        branches += remote.branches;
        tries += 1;
        if done {
            break;
        }
        assert!(!to.has(&root).unwrap());
        assert!(tries < 10, "it gets nowhere");
    }
    assert!(tries > 1);
    assert_eq!(leaves, count as usize, "leaves are sent once");
    assert!(branches > 0);
    assert_eq!(
        to.view(&root).unwrap().leaves(0, usize::MAX).unwrap().len(),
        count as usize
    );
    // Nothing is kept but the tree.
    assert_eq!(to.node_count().unwrap(), from.node_count().unwrap());
    assert_eq!(to.kept(b"parts").unwrap(), []);
}

#[test]
fn only_what_changed_is_sent() {
    let (_from, from, root) = with_leaves(5 * MAX_PART_LEAVES as u32);
    let (_to, to) = store();
    push(&from.view(&root).unwrap(), &mut Counted::new(&to, usize::MAX)).unwrap();
    let next = from.update(&root, [(77, [9; 32])]).unwrap();
    let mut remote = Counted::new(&to, usize::MAX);
    push(&from.view(&next).unwrap(), &mut remote).unwrap();
    assert!(remote.leaves <= MAX_PART_LEAVES, "{} leaves", remote.leaves);
    assert_eq!(to.view(&next).unwrap().leaf(77).unwrap(), [9; 32]);
    assert!(to.has(&root).unwrap());
}

#[test]
fn lying_parts_are_refused_and_change_nothing() {
    let (_from, from, root) = with_leaves(2 * MAX_PART_LEAVES as u32);
    let (_to, to) = store();
    let view = from.view(&root).unwrap();
    let Part::Branch { place, left, right } = view.part(&Subtree::whole(root)).unwrap() else {
        panic!("it has too many leaves for one part");
    };
    let (low, high) = place.halves().unwrap();
    let below = view
        .part(&Subtree {
            place: low,
            hash: left,
        })
        .unwrap();
    let Part::Leaves { subtree, leaves } = below.clone() else {
        panic!("half of the leaves are few enough");
    };
    let with = |change: fn(&mut Vec<(u32, [u8; 32])>)| {
        let mut leaves = leaves.clone();
        change(&mut leaves);
        Part::Leaves { subtree, leaves }
    };
    let lies = [
        with(|leaves| leaves[0].1 = [77; 32]),
        with(|leaves| leaves.swap(0, 1)),
        with(|leaves| leaves.truncate(5)),
        with(|leaves| leaves.clear()),
        with(|leaves| leaves[3].1 = [0; 32]),
        with(|leaves| leaves.last_mut().unwrap().0 = u32::MAX),
        with(|leaves| leaves.extend(leaves.clone())),
        with(|leaves| *leaves = vec![(0, [1; 32]); MAX_PART_LEAVES + 1]),
        Part::Branch {
            place: Place::new(3, 0).unwrap(),
            left,
            right,
        },
    ];
    for lie in lies {
        let refused = to.receive(b"parts", std::slice::from_ref(&lie)).unwrap_err();
        assert!(matches!(refused, PartError::Wrong { .. }), "{refused}");
        assert_eq!(to.node_count().unwrap(), 0);
    }
    let branch = Part::Branch { place, left, right };
    let early = to.receive(b"parts", &[below.clone(), branch]).unwrap_err();
    assert!(matches!(early, PartError::Early(Place::ROOT)));
    let incomplete = to.adopt(b"parts", b"tree", &root, 1).unwrap_err();
    assert!(matches!(incomplete, StateError::UnknownRoot(_)));
    // One leaf and nothing is no branch.
    let one = to.update(&empty_root(), [(3, [1; 32])]).unwrap();
    assert!(to.has(&one).unwrap());
    let (place, hash) = (high, right);
    assert_eq!(to.lacking(&[Subtree { place, hash }]).unwrap().len(), 1);
}

#[test]
fn a_tree_that_is_pruned_while_it_is_read_is_read_to_the_end() {
    let (_from, from, root) = with_leaves(1_000);
    let view = from.view(&root).unwrap();
    from.release(&root).unwrap();
    assert!(!from.has(&root).unwrap());
    assert_eq!(from.node_count().unwrap(), 0);
    assert_eq!(view.leaves(0, usize::MAX).unwrap().len(), 1_000);
    let (_to, to) = store();
    push(&view, &mut Counted::new(&to, usize::MAX)).unwrap();
    assert!(to.view(&root).unwrap().path(7).unwrap().verify(&root));
}

#[test]
fn owners_keep_trees_apart_from_each_other() {
    let (_folder, store, root) = with_leaves(10);
    store.keep(b"a", &root, 5).unwrap();
    store.keep(b"a", &root, 6).unwrap();
    store.keep(b"b", &root, 1).unwrap();
    store.release(&root).unwrap();
    assert_eq!(store.kept(b"a").unwrap(), [(root, 6)]);
    store.forget(b"a", &root).unwrap();
    store.forget(b"a", &root).unwrap();
    assert!(store.has(&root).unwrap());
    let newer: Vec<Hash> = (1..4)
        .map(|n| {
            let writes = [(5, [n; 32])];
            store.advance(b"b", &root, writes, 1 + u64::from(n)).unwrap()
        })
        .collect();
    store.forget_all_but(b"b", 2).unwrap();
    let mut kept: Vec<Hash> = store
        .kept(b"b")
        .unwrap()
        .into_iter()
        .map(|(root, _)| root)
        .collect();
    let mut expected = newer[1..].to_vec();
    kept.sort();
    expected.sort();
    assert_eq!(kept, expected);
    assert!(!store.has(&root).unwrap());
}

#[test]
fn a_damaged_store_is_set_aside() {
    let (folder, store, root) = with_leaves(100);
    drop(store);
    let file = folder.path().join("state.redb");
    std::fs::write(&file, vec![7; 10_000]).unwrap();
    let store = Store::open(folder.path(), 1 << 20).unwrap();
    assert!(!store.has(&root).unwrap());
    assert!(folder.path().join("state.redb.damaged").exists());
}
