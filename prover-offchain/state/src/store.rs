//! The store: nodes by hash, and how often each is wanted.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use redb::{Database, ReadableDatabase, Table, TableDefinition, WriteTransaction};
use zkfusion_primitives::{ids::Hash, merkle::Leaf};

use crate::{
    node::Node,
    open::open,
    place::{Key, Subtree},
    tree::{self, LEAF_IS_BRANCH},
    view::{Nodes, View},
    work::Made,
    StateError,
};

/// Nodes by place and hash.
const NODES: TableDefinition<'_, Key, &[u8]> = TableDefinition::new("nodes");
/// How many trees and nodes want a node, where these are several.
const WANTED: TableDefinition<'_, Key, u32> = TableDefinition::new("wanted");
/// Numbers of subtrees by who keeps them.
const KEPT: TableDefinition<'_, (&[u8], Key), u64> = TableDefinition::new("kept");

/// A store of trees.
#[derive(Debug)]
pub struct Store {
    database: Database,
    /// Held while trees are made or released.
    writing: Mutex<()>,
}

impl Store {
    /// Opens the store in a folder, creating it when absent. It uses up to `cache` bytes of memory. A
    /// damaged store is set aside, and an empty one begun.
    ///
    /// # Errors
    /// [`StateError::InUse`] when another process has it open, else whatever the database says.
    pub fn open(folder: &Path, cache: usize) -> Result<Self, StateError> {
        let database = open(folder, cache, |database| {
            let write = database.begin_write()?;
            write.open_table(NODES)?;
            write.open_table(WANTED)?;
            write.open_table(KEPT)?;
            write.commit()?;
            Ok(())
        })?;
        Ok(Self {
            database,
            writing: Mutex::default(),
        })
    }

    /// Returns whether the store has the tree with this root.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn has(&self, root: &Hash) -> Result<bool, StateError> {
        self.nodes()?.has(&Subtree::whole(*root))
    }

    /// Makes the tree that has these writes in addition to the leaves of another, retains it, and
    /// returns its root. Of two writes to the same leaf the later one counts.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn update(
        &self,
        root: &Hash,
        writes: impl IntoIterator<Item = (u32, Leaf)>,
    ) -> Result<Hash, StateError> {
        self.make(root, writes, add)
    }

    /// Makes a tree as [`Self::update`] does, for an owner as [`Self::keep`] does: no crash leaves
    /// it without one.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn advance(
        &self,
        owner: &[u8],
        root: &Hash,
        writes: impl IntoIterator<Item = (u32, Leaf)>,
        number: u64,
    ) -> Result<Hash, StateError> {
        self.make(root, writes, |write, whole, made| {
            keep(write, owner, whole, number, made)
        })
    }

    /// Retains a tree once more.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn retain(&self, root: &Hash) -> Result<(), StateError> {
        let _writing = self.writing();
        self.known(root)?;
        self.commit(|write| add(write, &Subtree::whole(*root), Made::new()))
    }

    /// Takes back that a tree was made or retained once. When that was the last time, nodes that no
    /// other tree has are removed.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn release(&self, root: &Hash) -> Result<(), StateError> {
        let _writing = self.writing();
        self.known(root)?;
        self.commit(|write| remove(write, Subtree::whole(*root)))
    }

    /// Retains a tree for an owner, who gives it a number. A tree that the owner has already only
    /// gets the new number.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn keep(&self, owner: &[u8], root: &Hash, number: u64) -> Result<(), StateError> {
        let _writing = self.writing();
        self.known(root)?;
        let whole = Subtree::whole(*root);
        let kept = self.database.begin_read()?.open_table(KEPT)?;
        // Most often it is kept already: nothing has to reach the disk.
        if kept
            .get((owner, whole.key()))?
            .is_some_and(|old| old.value() == number)
        {
            return Ok(());
        }
        self.commit(|write| keep(write, owner, &whole, number, Made::new()))
    }

    /// Returns the trees that an owner keeps, with their numbers.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn kept(&self, owner: &[u8]) -> Result<Vec<(Hash, u64)>, StateError> {
        let kept = self.kept_subtrees(owner)?.into_iter();
        Ok(kept.map(|(subtree, number)| (subtree.hash, number)).collect())
    }

    /// Releases a tree that an owner keeps; one that it does not keep stays as it is.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn forget(&self, owner: &[u8], root: &Hash) -> Result<(), StateError> {
        let _writing = self.writing();
        self.commit(|write| forget(write, owner, Subtree::whole(*root)))
    }

    /// Releases all but the trees with the highest numbers that an owner keeps.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn forget_all_but(&self, owner: &[u8], newest: usize) -> Result<(), StateError> {
        let mut kept = self.kept(owner)?;
        kept.sort_unstable_by_key(|(_, number)| Reverse(*number));
        kept.iter()
            .skip(newest)
            .try_for_each(|(root, _)| self.forget(owner, root))
    }

    /// Begins to read a tree.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn view(&self, root: &Hash) -> Result<View, StateError> {
        Ok(View::new(*root, self.known(root)?))
    }

    /// Returns the number of nodes.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn node_count(&self) -> Result<u64, StateError> {
        use redb::ReadableTableMetadata as _;
        Ok(self.nodes()?.0.len()?)
    }

    fn make(
        &self,
        root: &Hash,
        writes: impl IntoIterator<Item = (u32, Leaf)>,
        store: impl FnOnce(&WriteTransaction, &Subtree, Made) -> Result<(), StateError>,
    ) -> Result<Hash, StateError> {
        let writes: Vec<_> = writes
            .into_iter()
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect();
        // What it is made from must not be removed meanwhile.
        let _writing = self.writing();
        let (new, made) = tree::write(&Subtree::whole(*root), &writes, &self.known(root)?)?;
        self.commit(|write| store(write, &Subtree::whole(new), made))?;
        Ok(new)
    }

    /// Returns the subtrees that an owner keeps, with their numbers.
    pub(crate) fn kept_subtrees(&self, owner: &[u8]) -> Result<Vec<(Subtree, u64)>, StateError> {
        let kept = self.database.begin_read()?.open_table(KEPT)?;
        let mut subtrees = Vec::new();
        for entry in kept.range((owner, [0; 37])..=(owner, [u8::MAX; 37]))? {
            let (key, number) = entry?;
            let subtree = Subtree::from_key(&key.value().1);
            let subtree = subtree.ok_or(StateError::Damaged("a subtree that is kept is at no place"))?;
            subtrees.push((subtree, number.value()));
        }
        Ok(subtrees)
    }

    /// Returns the nodes if the tree is among them.
    fn known(&self, root: &Hash) -> Result<Nodes, StateError> {
        let nodes = self.nodes()?;
        match nodes.has(&Subtree::whole(*root))? {
            true => Ok(nodes),
            false => Err(StateError::UnknownRoot(*root)),
        }
    }

    pub(crate) fn nodes(&self) -> Result<Nodes, StateError> {
        Ok(Nodes(self.database.begin_read()?.open_table(NODES)?))
    }

    pub(crate) fn writing(&self) -> MutexGuard<'_, ()> {
        // The database takes back what a panic interrupted.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes all or nothing.
    pub(crate) fn commit(
        &self,
        change: impl FnOnce(&WriteTransaction) -> Result<(), StateError>,
    ) -> Result<(), StateError> {
        let write = self.database.begin_write()?;
        change(&write)?;
        write.commit()?;
        Ok(())
    }
}

/// Stores nodes of a subtree that was made, and that it is wanted once more.
pub(crate) fn add(write: &WriteTransaction, whole: &Subtree, made: Made) -> Result<(), StateError> {
    // In order: the database writes neighbours together.
    let mut made: Vec<_> = made
        .into_iter()
        .map(|(subtree, node)| (subtree.key(), subtree.place, node))
        .collect();
    made.sort_unstable_by_key(|(key, _, _)| *key);
    made.dedup_by_key(|(key, _, _)| *key);
    let mut nodes = write.open_table(NODES)?;
    let (mut new, mut wants) = (HashSet::new(), Vec::new());
    let mut want = |subtree: Subtree| {
        if !subtree.is_empty() {
            wants.push(subtree.key());
        }
    };
    want(*whole);
    for (key, place, node) in made {
        if nodes.insert(key, node.encode().as_slice())?.is_some() {
            continue;
        }
        new.insert(key);
        if let Node::Branch { left, right } = node {
            let (low, high) = place.halves().ok_or(LEAF_IS_BRANCH)?;
            want(Subtree {
                place: low,
                hash: left,
            });
            want(Subtree {
                place: high,
                hash: right,
            });
        }
    }
    wants.sort_unstable();
    let mut wanted = write.open_table(WANTED)?;
    for same in wants.chunk_by(|a, b| a == b) {
        let (key, more) = (same[0], u32::try_from(same.len()).unwrap_or(u32::MAX));
        let count = match new.contains(&key) {
            // Once is what is not written down.
            true if more == 1 => continue,
            true => more,
            false => more.saturating_add(1),
        };
        let before = wanted.insert(key, count)?.map(|before| before.value());
        if let Some(before) = before {
            wanted.insert(key, before.saturating_add(more))?;
        }
    }
    Ok(())
}

/// Takes back that a subtree is wanted once, and removes what nobody wants any more.
pub(crate) fn remove(write: &WriteTransaction, whole: Subtree) -> Result<(), StateError> {
    let mut nodes = write.open_table(NODES)?;
    let mut wanted = write.open_table(WANTED)?;
    let mut released = vec![whole];
    while let Some(subtree) = released.pop() {
        if subtree.is_empty() || !unwant(&mut wanted, &subtree.key())? {
            continue;
        }
        let node = nodes.remove(subtree.key())?;
        let node = node.ok_or(StateError::Damaged("a node is missing"))?;
        if let Node::Branch { left, right } = Node::decode(node.value())? {
            let (low, high) = subtree.place.halves().ok_or(LEAF_IS_BRANCH)?;
            let half = |place, hash| Subtree { place, hash };
            // The lower half next: neighbours are removed together.
            released.extend([half(high, right), half(low, left)]);
        }
    }
    Ok(())
}

/// Lets an owner keep a subtree of which these nodes may not be in the store.
pub(crate) fn keep(
    write: &WriteTransaction,
    owner: &[u8],
    subtree: &Subtree,
    number: u64,
    made: Made,
) -> Result<(), StateError> {
    let known = write
        .open_table(KEPT)?
        .insert((owner, subtree.key()), number)?
        .is_some();
    match known {
        true => Ok(()),
        false => add(write, subtree, made),
    }
}

/// Releases a subtree if an owner keeps it.
pub(crate) fn forget(write: &WriteTransaction, owner: &[u8], subtree: Subtree) -> Result<(), StateError> {
    let known = write.open_table(KEPT)?.remove((owner, subtree.key()))?.is_some();
    match known {
        true => remove(write, subtree),
        false => Ok(()),
    }
}

/// Takes back that a node is wanted once. Returns whether it is not wanted any more.
fn unwant(wanted: &mut Table<'_, Key, u32>, key: &Key) -> Result<bool, StateError> {
    let count = wanted.remove(key)?.map(|count| count.value());
    if let Some(count @ 3..) = count {
        wanted.insert(key, count - 1)?;
    }
    Ok(count.is_none())
}
