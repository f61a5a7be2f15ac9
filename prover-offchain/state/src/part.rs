//! Trees piece by piece, between stores that do not trust each other.
//!
//! Who has a tree asks the other which subtrees it lacks, from the root down, and sends subtrees of
//! few leaves whole and what is above them branch by branch. The receiver hashes what it gets, so
//! nothing but the subtree that was named comes in. What both have already is not sent, and what
//! was sent before an interruption stays.

use codec::{Decode, Encode, Error, Input};
use zkfusion_primitives::{
    field::{from_bytes, to_bytes},
    ids::Hash,
    merkle::{node_hash, Leaf, EMPTY_LEAF},
};

use crate::{
    node::Node,
    place::{Place, Subtree},
    store::{forget, keep},
    tree::{self, Read},
    work::Made,
    StateError, Store,
};

/// The most leaves of a [`Part::Leaves`]: 144 KB.
pub const MAX_PART_LEAVES: usize = 4_096;

/// A piece of a tree.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Part {
    /// All leaves of a subtree that are not empty, ascending.
    Leaves {
        /// The subtree.
        subtree: Subtree,
        /// Its leaves.
        leaves: Vec<(u32, Leaf)>,
    },
    /// A subtree whose halves the receiver has.
    Branch {
        /// Where it is.
        place: Place,
        /// Hash of the half with the lower indices.
        left: Hash,
        /// Hash of the other half.
        right: Hash,
    },
}

/// Why a part was not taken.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PartError {
    /// It is not what it says it is.
    #[error("a part of the tree at leaf {} with {} levels is wrong: {why}", place.first(), place.height())]
    Wrong {
        /// Where it would be.
        place: Place,
        /// What is wrong.
        why: &'static str,
    },
    /// A half of the branch is not there yet.
    #[error("a branch at leaf {} with {} levels came before its halves", _0.first(), _0.height())]
    Early(Place),
    /// The store does not take it.
    #[error(transparent)]
    State(#[from] StateError),
}

impl Encode for Place {
    fn encode(&self) -> Vec<u8> {
        (self.first(), self.height() as u8).encode()
    }
}

impl Decode for Place {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        let (first, height) = Decode::decode(input)?;
        Self::new(first, height).ok_or_else(|| "no subtree is at this place".into())
    }
}

impl Store {
    /// Returns those of some subtrees that the store lacks.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn lacking(&self, subtrees: &[Subtree]) -> Result<Vec<Subtree>, StateError> {
        let nodes = self.nodes()?;
        let mut lacking = Vec::new();
        for subtree in subtrees {
            if !nodes.has(subtree)? {
                lacking.push(*subtree);
            }
        }
        Ok(lacking)
    }

    /// Takes in parts of a tree, each after those below it, and keeps them for `owner` until
    /// [`Self::adopt`].
    ///
    /// # Errors
    /// [`PartError`], after which the parts before the refused one are there.
    pub fn receive(&self, owner: &[u8], parts: &[Part]) -> Result<(), PartError> {
        let _writing = self.writing();
        for part in parts {
            let (subtree, made, halves) = self.check(part)?;
            self.commit(|write| {
                keep(write, owner, &subtree, 0, made)?;
                halves.into_iter().try_for_each(|half| forget(write, owner, half))
            })?;
        }
        Ok(())
    }

    /// Lets `owner` keep a tree of which the parts came for `sender`, and forgets all other parts
    /// that did.
    ///
    /// # Errors
    /// [`StateError::UnknownRoot`] while parts are missing, or whatever the database says.
    pub fn adopt(&self, sender: &[u8], owner: &[u8], root: &Hash, number: u64) -> Result<(), StateError> {
        self.keep(owner, root, number)?;
        let _writing = self.writing();
        let parts = self.kept_subtrees(sender)?;
        self.commit(|write| {
            parts
                .into_iter()
                .try_for_each(|(part, _)| forget(write, sender, part))
        })
    }

    /// Returns the subtree that a part is, its nodes, and the parts that it takes the place of.
    fn check(&self, part: &Part) -> Result<(Subtree, Made, Vec<Subtree>), PartError> {
        match part {
            Part::Leaves { subtree, leaves } => {
                let place = subtree.place;
                let wrong = |why| PartError::Wrong { place, why };
                if leaves.is_empty() || leaves.len() > MAX_PART_LEAVES {
                    return Err(wrong("it has no leaves, or more than a part may have"));
                }
                let inside = leaves
                    .iter()
                    .all(|(index, _)| (place.first()..=place.last()).contains(index));
                if !inside || leaves.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
                    return Err(wrong("its leaves are not ascending, or not all at its place"));
                }
                if leaves.iter().any(|(_, leaf)| *leaf == EMPTY_LEAF) {
                    return Err(wrong("it names an empty leaf"));
                }
                let hash = place.empty_hash();
                let (hash, made) = tree::write(&Subtree { place, hash }, leaves, &self.nodes()?)?;
                if hash != subtree.hash {
                    return Err(wrong("its leaves have another hash"));
                }
                Ok((*subtree, made, Vec::new()))
            }
            Part::Branch { place, left, right } => {
                let place = *place;
                let wrong = |why| PartError::Wrong { place, why };
                let (low, high) = place.halves().ok_or_else(|| wrong("a leaf is a branch"))?;
                let halves = [(low, *left), (high, *right)].map(|(place, hash)| Subtree { place, hash });
                let nodes = self.nodes()?;
                let mut leaves = 0;
                for half in &halves {
                    if !nodes.has(half)? {
                        return Err(PartError::Early(place));
                    }
                    if !half.is_empty() {
                        leaves += match nodes.node(half)? {
                            Node::Single { .. } => 1,
                            Node::Branch { .. } => 2,
                        };
                    }
                }
                if leaves < 2 {
                    return Err(wrong("it has no two leaves"));
                }
                let element = |hash| from_bytes(hash).map_err(|_| wrong("a hash is no field element"));
                let hash = to_bytes(&node_hash(element(left)?, element(right)?));
                let node = Node::Branch {
                    left: *left,
                    right: *right,
                };
                let subtree = Subtree { place, hash };
                Ok((subtree, vec![(subtree, node)], halves.to_vec()))
            }
        }
    }
}
