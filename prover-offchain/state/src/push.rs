//! Brings a tree to a store elsewhere.

use zkfusion_primitives::ids::Hash;

use crate::{Part, StateError, Subtree, View, MAX_PART_LEAVES};

/// Subtrees that are asked about at once.
const MAX_ASKED: usize = 4_096;
/// Branches that are sent at once.
const MAX_BRANCHES: usize = 4_096;

/// A store elsewhere. All of this may be called again after a failure: nothing is lost.
pub trait Remote {
    /// Why it does not answer, or does not take what it gets.
    type Error: From<StateError>;

    /// Returns those of some subtrees (at most 4,096) that it lacks.
    ///
    /// # Errors
    /// Why it does not answer.
    fn lacking(&mut self, subtrees: &[Subtree]) -> Result<Vec<Subtree>, Self::Error>;

    /// Gives it parts, each after those below it: at most 4,096 branches, or leaves of about as
    /// many.
    ///
    /// # Errors
    /// Why it does not take them.
    fn receive(&mut self, parts: &[Part]) -> Result<(), Self::Error>;

    /// Tells it that the tree with this root is complete.
    ///
    /// # Errors
    /// Why it does not take it.
    fn adopt(&mut self, root: &Hash) -> Result<(), Self::Error>;
}

/// Sends what a store elsewhere lacks of a tree.
///
/// # Errors
/// [`StateError`] when the tree cannot be read, or what the other store says.
pub fn push<R: Remote>(view: &View, remote: &mut R) -> Result<(), R::Error> {
    let mut branches = Vec::new();
    let mut asked = vec![Subtree::whole(view.root())];
    while !asked.is_empty() {
        let mut below = Vec::new();
        for some in asked.chunks(MAX_ASKED) {
            let (mut parts, mut count) = (Vec::new(), 0);
            for subtree in remote.lacking(some)? {
                match view.part(&subtree)? {
                    Part::Leaves { subtree, leaves } => {
                        if count + leaves.len() > MAX_PART_LEAVES {
                            remote.receive(&std::mem::take(&mut parts))?;
                            count = 0;
                        }
                        count += leaves.len();
                        parts.push(Part::Leaves { subtree, leaves });
                    }
                    Part::Branch { place, left, right } => {
                        if let Some((low, high)) = place.halves() {
                            let half = |place, hash| Subtree { place, hash };
                            below.extend([half(low, left), half(high, right)]);
                        }
                        branches.push(Part::Branch { place, left, right });
                    }
                }
            }
            if !parts.is_empty() {
                remote.receive(&parts)?;
            }
        }
        asked = below;
    }
    // Those further down were found later.
    branches.reverse();
    branches
        .chunks(MAX_BRANCHES)
        .try_for_each(|some| remote.receive(some))?;
    remote.adopt(&view.root())
}
