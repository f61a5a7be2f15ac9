//! Subtrees by where they are.

use std::sync::LazyLock;

use codec::{Decode, Encode};
use zkfusion_primitives::{
    field::to_bytes,
    ids::Hash,
    merkle::{DEPTH, EMPTY_HASHES},
};

/// Where a subtree is in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    first: u32,
    height: u8,
}

impl Place {
    /// The whole tree.
    pub const ROOT: Self = Self {
        first: 0,
        height: DEPTH as u8,
    };

    /// Returns the place of the subtree of a height (at most [`DEPTH`]; 0 for a leaf) whose lowest
    /// index is `first`; `None` when no subtree is there.
    pub fn new(first: u32, height: u8) -> Option<Self> {
        let place = Self { first, height };
        (usize::from(height) <= DEPTH && first & place.mask() == 0).then_some(place)
    }

    /// Returns the lowest index.
    pub fn first(self) -> u32 {
        self.first
    }

    /// Returns the highest index.
    pub fn last(self) -> u32 {
        self.first | self.mask()
    }

    /// Returns the number of levels below the subtree's root: 0 for a leaf.
    pub fn height(self) -> usize {
        usize::from(self.height)
    }

    /// Returns the places of both halves, the one with the lower indices first; `None` for a leaf.
    pub fn halves(self) -> Option<(Self, Self)> {
        let height = self.height.checked_sub(1)?;
        let half = |first| Self { first, height };
        Some((half(self.first), half(self.first | 1 << height)))
    }

    /// Returns the hash of the subtree here when no leaf was written.
    pub(crate) fn empty_hash(self) -> Hash {
        static HASHES: LazyLock<[Hash; DEPTH + 1]> =
            LazyLock::new(|| EMPTY_HASHES.map(|hash| to_bytes(&hash)));
        HASHES[self.height()]
    }

    /// Returns the bits of an index that tell leaves of this subtree apart.
    fn mask(self) -> u32 {
        u32::MAX
            .checked_shr(DEPTH as u32 - u32::from(self.height))
            .unwrap_or_default()
    }
}

/// A subtree: what it holds, by its hash, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Subtree {
    /// Where it is.
    pub place: Place,
    /// Its hash.
    pub hash: Hash,
}

/// Bytes of a [`Subtree`] as a key.
pub(crate) type Key = [u8; 37];

impl Subtree {
    /// Returns the whole tree with a root.
    pub fn whole(root: Hash) -> Self {
        Self {
            place: Place::ROOT,
            hash: root,
        }
    }

    /// Returns whether no leaf of it was written.
    pub fn is_empty(&self) -> bool {
        self.hash == self.place.empty_hash()
    }

    /// Returns the key: neighbours in a tree are neighbours in the database.
    pub(crate) fn key(&self) -> Key {
        let mut key = [0; 37];
        key[..4].copy_from_slice(&self.place.first.to_be_bytes());
        key[4] = self.place.height;
        key[5..].copy_from_slice(&self.hash);
        key
    }

    /// Reads what [`Self::key`] returned; `None` for anything else.
    pub(crate) fn from_key(key: &Key) -> Option<Self> {
        let (first, rest) = key.split_first_chunk()?;
        let (height, hash) = rest.split_first()?;
        Some(Self {
            place: Place::new(u32::from_be_bytes(*first), *height)?,
            hash: hash.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_cover_a_place() {
        let (low, high) = Place::ROOT.halves().unwrap();
        assert_eq!((low.first(), low.last()), (0, u32::MAX / 2));
        assert_eq!((high.first(), high.last()), (1 << 31, u32::MAX));
        let leaf = Place::new(7, 0).unwrap();
        assert_eq!((leaf.first(), leaf.last(), leaf.halves()), (7, 7, None));
    }

    #[test]
    fn places_begin_at_multiples_of_their_size() {
        assert_eq!(Place::new(4, 3), None);
        assert_eq!(Place::new(0, 33), None);
        assert_eq!(Place::new(0, 32), Some(Place::ROOT));
        assert!(Place::new(8, 3).is_some());
    }
}
