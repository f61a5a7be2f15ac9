//! Nodes that are being made: first their shape, then their hashes, many at a time.

use zkfusion_primitives::{
    field::{from_bytes, to_bytes, Fr},
    ids::Hash,
    merkle::{leaf_hashes, node_hashes, Leaf, EMPTY_HASHES},
};

use crate::{
    node::{beside, Node},
    place::{Place, Subtree},
    StateError,
};

/// Nodes that were made, with their hashes.
pub(crate) type Made = Vec<(Subtree, Node)>;

/// Names a node of a [`Work`] whose hash is not known yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(usize);

/// A hash that is known or will be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Half {
    /// It is known.
    Known(Hash),
    /// It is that of a branch that is being made.
    Branch(Ticket),
    /// It is that of a subtree with one leaf that is being made.
    Single(Ticket),
}

/// Nodes that are being made.
#[derive(Debug, Default)]
pub(crate) struct Work {
    made: Made,
    singles: Vec<(Place, u32, Leaf)>,
    /// Each after those that it is above.
    branches: Vec<(Place, Half, Half)>,
}

impl Work {
    /// Adds nodes that were made elsewhere.
    pub(crate) fn take(&mut self, made: Made) {
        self.made.extend(made);
    }

    /// Makes a subtree with one leaf.
    pub(crate) fn single(&mut self, place: Place, index: u32, leaf: Leaf) -> Half {
        self.singles.push((place, index, leaf));
        Half::Single(Ticket(self.singles.len() - 1))
    }

    /// Makes a branch at a place.
    pub(crate) fn branch(&mut self, place: Place, left: Half, right: Half) -> Ticket {
        self.branches.push((place, left, right));
        Ticket(self.branches.len() - 1)
    }

    /// Hashes everything. Returns the nodes and the hash that was asked for.
    ///
    /// # Errors
    /// [`StateError::Damaged`] when a stored hash is no field element.
    pub(crate) fn finish(self, wanted: Half) -> Result<(Hash, Made), StateError> {
        let Self {
            mut made,
            singles,
            branches,
        } = self;
        let single_hashes = hash_singles(&singles);
        for ((place, index, leaf), hash) in singles.iter().zip(&single_hashes) {
            let node = Node::Single {
                index: *index,
                leaf: *leaf,
            };
            let (place, hash) = (*place, to_bytes(hash));
            made.push((Subtree { place, hash }, node));
        }
        let mut hashes = vec![Fr::default(); branches.len()];
        let of = |half: &Half, hashes: &[Fr]| match half {
            Half::Known(hash) => {
                from_bytes(hash).map_err(|_| StateError::Damaged("a hash is no field element"))
            }
            Half::Branch(ticket) => Ok(hashes[ticket.0]),
            Half::Single(ticket) => Ok(single_hashes[ticket.0]),
        };
        let mut order: Vec<usize> = (0..branches.len()).collect();
        order.sort_by_key(|branch| branches[*branch].0.height());
        for level in order.chunk_by(|a, b| branches[*a].0.height() == branches[*b].0.height()) {
            let pairs = level
                .iter()
                .map(|branch| {
                    let (_, left, right) = &branches[*branch];
                    Ok([of(left, &hashes)?, of(right, &hashes)?])
                })
                .collect::<Result<Vec<_>, StateError>>()?;
            for ((branch, [left, right]), hash) in level.iter().zip(&pairs).zip(node_hashes(&pairs)) {
                hashes[*branch] = hash;
                let (place, hash) = (branches[*branch].0, to_bytes(&hash));
                let (left, right) = (to_bytes(left), to_bytes(right));
                made.push((Subtree { place, hash }, Node::Branch { left, right }));
            }
        }
        let hash = to_bytes(&of(&wanted, &hashes)?);
        Ok((hash, made))
    }
}

/// Returns the hashes of subtrees with one leaf, level by level.
fn hash_singles(singles: &[(Place, u32, Leaf)]) -> Vec<Fr> {
    let leaves: Vec<Leaf> = singles.iter().map(|(_, _, leaf)| *leaf).collect();
    let mut hashes = leaf_hashes(&leaves);
    let mut lower: Vec<usize> = (0..singles.len()).collect();
    for (level, empty) in EMPTY_HASHES.iter().enumerate() {
        lower.retain(|single| singles[*single].0.height() > level);
        if lower.is_empty() {
            break;
        }
        let pairs: Vec<_> = lower
            .iter()
            .map(|single| beside(hashes[*single], *empty, singles[*single].1, level))
            .collect();
        for (single, hash) in lower.iter().zip(node_hashes(&pairs)) {
            hashes[*single] = hash;
        }
    }
    hashes
}
