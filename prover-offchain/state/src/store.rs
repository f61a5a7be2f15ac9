//! The store: nodes by hash, and how often each is wanted.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use redb::{Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, Table, TableDefinition};
use zkfusion_primitives::{
    field::to_bytes,
    ids::Hash,
    merkle::{Leaf, MerklePath, DEPTH, EMPTY_LEAF},
};

use crate::{
    node::{empty_hash, is_empty, single_hash, Node},
    tree::{mask, Made, Read, Tree},
    StateError,
};

/// Nodes by their hash.
const NODES: TableDefinition<'_, Hash, &[u8]> = TableDefinition::new("nodes");
/// How many trees and nodes want a node, where these are several.
const WANTED: TableDefinition<'_, Hash, u32> = TableDefinition::new("wanted");

/// A store of trees.
#[derive(Debug)]
pub struct Store {
    database: Database,
    /// Held while trees are made or released.
    writing: Mutex<()>,
}

impl Store {
    /// Opens the store in a folder, creating it when absent. It uses up to `cache` bytes of memory.
    ///
    /// # Errors
    /// [`StateError::InUse`] when another process has it open, else whatever the database says.
    pub fn open(folder: &Path, cache: usize) -> Result<Self, StateError> {
        fs::create_dir_all(folder)?;
        let path = folder.join("state.redb");
        let database =
            Database::builder()
                .set_cache_size(cache)
                .create(&path)
                .map_err(|error| match error {
                    DatabaseError::DatabaseAlreadyOpen => StateError::InUse(path.display().to_string()),
                    other => other.into(),
                })?;
        let write = database.begin_write()?;
        write.open_table(NODES)?;
        write.open_table(WANTED)?;
        write.commit()?;
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
        match self.tree(root) {
            Ok(_) => Ok(true),
            Err(StateError::UnknownRoot(_)) => Ok(false),
            Err(error) => Err(error),
        }
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
        let writes: Vec<_> = writes
            .into_iter()
            .collect::<BTreeMap<_, _>>()
            .into_iter()
            .collect();
        // What it is made from must not be removed meanwhile.
        let _writing = self.writing();
        let (tree, mut made) = Tree::of(root, DEPTH).with(DEPTH, &writes, &self.tree(root)?)?;
        let new = tree.finish(DEPTH, &mut made);
        self.store(&new, &made)?;
        Ok(new)
    }

    /// Retains a tree once more.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn retain(&self, root: &Hash) -> Result<(), StateError> {
        let _writing = self.writing();
        self.tree(root)?;
        self.store(root, &Made::new())
    }

    /// Takes back that a tree was made or retained once. When that was the last time, nodes that no
    /// other tree has are removed.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn release(&self, root: &Hash) -> Result<(), StateError> {
        let _writing = self.writing();
        self.tree(root)?;
        let write = self.database.begin_write()?;
        {
            let mut nodes = write.open_table(NODES)?;
            let mut wanted = write.open_table(WANTED)?;
            let mut released = vec![*root];
            while let Some(hash) = released.pop() {
                if is_empty(&hash) || !unwant(&mut wanted, &hash)? {
                    continue;
                }
                let node = nodes.remove(&hash)?;
                let node = node.ok_or(StateError::Damaged("a node is missing"))?;
                if let Node::Branch { left, right } = Node::decode(node.value())? {
                    released.extend([left, right]);
                }
            }
        }
        write.commit()?;
        Ok(())
    }

    /// Returns a leaf of a tree.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn leaf(&self, root: &Hash, index: u32) -> Result<Leaf, StateError> {
        let (leaf, _) = self.tree(root)?.descend(root, index)?;
        Ok(leaf)
    }

    /// Returns a leaf of a tree with the proof that the tree has it.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn path(&self, root: &Hash, index: u32) -> Result<MerklePath, StateError> {
        let (leaf, siblings) = self.tree(root)?.descend(root, index)?;
        Ok(MerklePath {
            index,
            leaf,
            siblings,
        })
    }

    /// Returns up to `limit` leaves of a tree that are not empty and whose indices are at least
    /// `from`, ascending.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`], or whatever the database says.
    pub fn leaves(&self, root: &Hash, from: u32, limit: usize) -> Result<Vec<(u32, Leaf)>, StateError> {
        let nodes = self.tree(root)?;
        let mut leaves = Vec::new();
        // Subtrees with their height and first index, the next one last.
        let mut ahead = vec![(*root, DEPTH, 0u32)];
        while let Some((hash, height, first)) = ahead.pop() {
            if leaves.len() >= limit {
                break;
            }
            let last = u64::from(first) + (1u64 << height) - 1;
            if is_empty(&hash) || last < u64::from(from) {
                continue;
            }
            match nodes.node(&hash)? {
                Node::Single { index, leaf } if first | index >= from => leaves.push((first | index, leaf)),
                Node::Single { .. } => {}
                Node::Branch { left, right } => {
                    let below = height.saturating_sub(1);
                    ahead.extend([(right, below, first | 1 << below), (left, below, first)]);
                }
            }
        }
        Ok(leaves)
    }

    /// Returns the number of nodes.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn node_count(&self) -> Result<u64, StateError> {
        use redb::ReadableTableMetadata as _;
        Ok(self.nodes()?.len()?)
    }

    /// Begins to read a tree.
    fn tree(&self, root: &Hash) -> Result<Nodes, StateError> {
        let nodes = self.nodes()?;
        match is_empty(root) || nodes.get(root)?.is_some() {
            true => Ok(Nodes(nodes)),
            false => Err(StateError::UnknownRoot(*root)),
        }
    }

    fn nodes(&self) -> Result<ReadOnlyTable<Hash, &'static [u8]>, StateError> {
        Ok(self.database.begin_read()?.open_table(NODES)?)
    }

    fn writing(&self) -> MutexGuard<'_, ()> {
        // The database takes back what a panic interrupted.
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stores nodes of a tree that was made, and that the tree is wanted once more.
    fn store(&self, root: &Hash, made: &Made) -> Result<(), StateError> {
        let write = self.database.begin_write()?;
        {
            let mut nodes = write.open_table(NODES)?;
            let mut wanted = write.open_table(WANTED)?;
            // In order: the database writes neighbours together.
            let made: BTreeMap<_, _> = made.iter().copied().collect();
            let mut new = HashSet::new();
            for (hash, node) in &made {
                if nodes.insert(hash, node.encode().as_slice())?.is_none() {
                    new.insert(*hash);
                }
            }
            let mut more: BTreeMap<Hash, u32> = BTreeMap::new();
            let mut want = |hash: &Hash| {
                if is_empty(hash) {
                    return;
                }
                let count = more.entry(*hash).or_default();
                *count = count.saturating_add(1);
            };
            want(root);
            for (hash, node) in &made {
                match node {
                    Node::Branch { left, right } if new.contains(hash) => {
                        want(left);
                        want(right);
                    }
                    _ => {}
                }
            }
            for (hash, count) in more {
                if new.contains(&hash) && count == 1 {
                    continue;
                }
                let before = match (new.contains(&hash), wanted.get(&hash)?) {
                    (true, _) => 0,
                    (false, Some(count)) => count.value(),
                    (false, None) => 1,
                };
                wanted.insert(&hash, before.saturating_add(count))?;
            }
        }
        write.commit()?;
        Ok(())
    }
}

/// Takes back that a node is wanted once. Returns whether it is not wanted any more.
fn unwant(wanted: &mut Table<'_, Hash, u32>, hash: &Hash) -> Result<bool, StateError> {
    let count = wanted.get(hash)?.map(|count| count.value());
    match count {
        None => return Ok(true),
        Some(..=2) => wanted.remove(hash)?,
        Some(count) => wanted.insert(hash, count - 1)?,
    };
    Ok(false)
}

/// The nodes as they were when they were begun to be read.
struct Nodes(ReadOnlyTable<Hash, &'static [u8]>);

impl Read for Nodes {
    fn node(&self, hash: &Hash) -> Result<Node, StateError> {
        let node = self.0.get(hash)?;
        Node::decode(node.ok_or(StateError::Damaged("a node is missing"))?.value())
    }
}

impl Nodes {
    /// Returns a leaf and the hashes beside its path, from the lowest on.
    fn descend(&self, root: &Hash, index: u32) -> Result<(Leaf, [Hash; DEPTH]), StateError> {
        let mut siblings: [Hash; DEPTH] = std::array::from_fn(empty_hash);
        let mut hash = *root;
        for height in (0..=DEPTH).rev() {
            if is_empty(&hash) {
                break;
            }
            let below = height.saturating_sub(1);
            match self.node(&hash)? {
                Node::Single { index: other, leaf } => {
                    let differ = (index ^ other) & mask(height);
                    if differ == 0 {
                        return Ok((leaf, siblings));
                    }
                    // The other leaf is beside the path where the two part.
                    let part = differ.ilog2() as usize;
                    siblings[part] = to_bytes(&single_hash(part, other & mask(part), &leaf));
                    break;
                }
                Node::Branch { .. } if height == 0 => {
                    return Err(StateError::Damaged("a leaf is a branch"));
                }
                Node::Branch { left, right } => {
                    let goes_right = index >> below & 1 == 1;
                    (hash, siblings[below]) = if goes_right { (right, left) } else { (left, right) };
                }
            }
        }
        Ok((EMPTY_LEAF, siblings))
    }
}
