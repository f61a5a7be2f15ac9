//! Makes trees from trees and writes.

use rayon::join;
use zkfusion_primitives::{
    ids::Hash,
    merkle::{Leaf, EMPTY_LEAF},
};

use crate::{
    node::Node,
    place::{Place, Subtree},
    work::{Half, Made, Ticket, Work},
    StateError,
};

/// Writes to a subtree below this number are made on one thread, whose hashes are made together.
const SPLIT: usize = 512;

/// Leaves by their indices.
type Leaves<'a> = &'a [(u32, Leaf)];

/// Reads nodes of a store.
pub(crate) trait Read: Sync {
    /// Returns a node.
    ///
    /// # Errors
    /// When it is not there, or cannot be read.
    fn node(&self, subtree: &Subtree) -> Result<Node, StateError>;
}

/// Makes the subtree that has these writes in addition to the leaves of another. They are sorted by
/// index, each once, and all at the subtree's place. Returns its hash and the nodes that may not be
/// in the store.
///
/// # Errors
/// Why nodes cannot be read.
pub(crate) fn write(
    subtree: &Subtree,
    writes: Leaves<'_>,
    store: &impl Read,
) -> Result<(Hash, Made), StateError> {
    let (tree, made) = alone(|work| Tree::of(subtree).with(subtree.place, writes, store, work))?;
    let mut work = Work::default();
    work.take(made);
    let wanted = tree.half(subtree.place, &mut work);
    work.finish(wanted)
}

/// A subtree, of which no more is known than is needed.
#[derive(Clone, Copy, Debug)]
enum Tree {
    /// No leaf was written.
    Empty,
    /// One leaf is not empty.
    Single { index: u32, leaf: Leaf },
    /// Several are not; it is being made.
    Branch(Ticket),
    /// Not empty, and in the store or made.
    Stored(Hash),
    /// Several leaves are not empty, and it is made.
    Made(Hash),
}

impl Tree {
    fn of(subtree: &Subtree) -> Self {
        match subtree.is_empty() {
            true => Self::Empty,
            false => Self::Stored(subtree.hash),
        }
    }

    /// Returns the subtree with writes.
    fn with(
        self,
        place: Place,
        writes: Leaves<'_>,
        store: &impl Read,
        work: &mut Work,
    ) -> Result<Self, StateError> {
        if writes.is_empty() {
            return Ok(self);
        }
        let stored = match self {
            Self::Stored(hash) => Some(store.node(&Subtree { place, hash })?),
            _ => None,
        };
        match stored {
            None => build(place, writes, work),
            Some(Node::Single { index, leaf }) => {
                let mut leaves = writes.to_vec();
                if let Err(at) = leaves.binary_search_by_key(&index, |(index, _)| *index) {
                    leaves.insert(at, (index, leaf));
                }
                build(place, &leaves, work)
            }
            Some(Node::Branch { left, right }) => {
                let (low, high) = place.halves().ok_or(LEAF_IS_BRANCH)?;
                let (writes_low, writes_high) = split(writes, high);
                let of = |place, hash| Self::of(&Subtree { place, hash });
                let (left, right) = both(
                    writes.len(),
                    work,
                    |work| of(low, left).with(low, writes_low, store, work),
                    |work| of(high, right).with(high, writes_high, store, work),
                )?;
                merge((low, left), (high, right), place, store, work)
            }
        }
    }

    /// Returns the only leaf that is not empty, if there is only one.
    fn single(self, place: Place, store: &impl Read) -> Result<Option<(u32, Leaf)>, StateError> {
        Ok(match self {
            Self::Empty | Self::Branch(_) | Self::Made(_) => None,
            Self::Single { index, leaf } => Some((index, leaf)),
            Self::Stored(hash) => match store.node(&Subtree { place, hash })? {
                Node::Single { index, leaf } => Some((index, leaf)),
                Node::Branch { .. } => None,
            },
        })
    }

    /// Returns the hash, which is that of a node from now on.
    fn half(self, place: Place, work: &mut Work) -> Half {
        match self {
            Self::Empty => Half::Known(place.empty_hash()),
            Self::Stored(hash) | Self::Made(hash) => Half::Known(hash),
            Self::Branch(ticket) => Half::Branch(ticket),
            Self::Single { index, leaf } => work.single(place, index, leaf),
        }
    }
}

/// A branch has no height.
pub(crate) const LEAF_IS_BRANCH: StateError = StateError::Damaged("a leaf is a branch");

/// Makes a subtree of nothing but leaves, as [`Tree::with`] takes them.
fn build(place: Place, leaves: Leaves<'_>, work: &mut Work) -> Result<Tree, StateError> {
    let mut filled = leaves.iter().filter(|(_, leaf)| *leaf != EMPTY_LEAF);
    let (index, leaf) = match (filled.next(), filled.next()) {
        (None, _) => return Ok(Tree::Empty),
        (Some(single), None) => *single,
        (Some(_), Some(_)) => {
            let (low, high) = place.halves().ok_or(LEAF_IS_BRANCH)?;
            let (leaves_low, leaves_high) = split(leaves, high);
            let (left, right) = both(
                leaves.len(),
                work,
                |work| build(low, leaves_low, work),
                |work| build(high, leaves_high, work),
            )?;
            return merge((low, left), (high, right), place, &Nothing, work);
        }
    };
    Ok(Tree::Single { index, leaf })
}

/// Makes a subtree of its halves.
fn merge(
    (low, left): (Place, Tree),
    (high, right): (Place, Tree),
    place: Place,
    store: &impl Read,
    work: &mut Work,
) -> Result<Tree, StateError> {
    // One leaf alone is one node, at whatever height.
    let alone = match (left, right) {
        (Tree::Empty, Tree::Empty) => return Ok(Tree::Empty),
        (half, Tree::Empty) => half.single(low, store)?,
        (Tree::Empty, half) => half.single(high, store)?,
        _ => None,
    };
    if let Some((index, leaf)) = alone {
        return Ok(Tree::Single { index, leaf });
    }
    let (left, right) = (left.half(low, work), right.half(high, work));
    Ok(Tree::Branch(work.branch(place, left, right)))
}

/// Makes both halves of a subtree, for which there are some number of writes.
fn both(
    writes: usize,
    work: &mut Work,
    left: impl FnOnce(&mut Work) -> Result<Tree, StateError> + Send,
    right: impl FnOnce(&mut Work) -> Result<Tree, StateError> + Send,
) -> Result<(Tree, Tree), StateError> {
    if writes < SPLIT {
        return Ok((left(work)?, right(work)?));
    }
    let (left, right) = join(|| alone(left), || alone(right));
    let ((left, left_made), (right, right_made)) = (left?, right?);
    work.take(left_made);
    work.take(right_made);
    Ok((left, right))
}

/// Makes a subtree for itself, hashes included.
fn alone(make: impl FnOnce(&mut Work) -> Result<Tree, StateError>) -> Result<(Tree, Made), StateError> {
    let mut work = Work::default();
    match make(&mut work)? {
        Tree::Branch(ticket) => {
            let (hash, made) = work.finish(Half::Branch(ticket))?;
            Ok((Tree::Made(hash), made))
        }
        // Nothing below it was made that it has.
        other => Ok((other, Made::new())),
    }
}

/// Reads nothing.
struct Nothing;

impl Read for Nothing {
    fn node(&self, _subtree: &Subtree) -> Result<Node, StateError> {
        Err(StateError::Damaged("a node is missing"))
    }
}

/// Splits leaves where the higher half of their subtree begins.
fn split<'a>(leaves: Leaves<'a>, high: Place) -> (Leaves<'a>, Leaves<'a>) {
    leaves.split_at(leaves.partition_point(|(index, _)| *index < high.first()))
}
