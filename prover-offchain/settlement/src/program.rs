//! The identity of a program: the digests of its verifying keys, one a size, under one Merkle root.
//!
//! The digest of a key is the hash of the transcript's Poseidon sponge of the sequence
//!
//! `protocol_digest, k, x0 + 2^88 x1, x2 + 2^88 y0, y1 + 2^88 y2, ...`
//!
//! with three elements for each preprocessed commitment `(x, y)`, whose coordinates are cut into
//! limbs of 88 bits from the lowest. `protocol_digest` is a constant of the VM's circuit. The
//! transcript of a batch proof starts with this digest. `program_id` is the root of the tree of
//! depth 3 with `P2` nodes and the digest of the key of size `k` at leaf `k - 14`; leaves of sizes
//! that the program does not have are zero.

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use zkfusion_halo2::convert::halo2_scalar_from_bytes;
use zkfusion_primitives::{
    ids::Hash,
    program::{self, DEPTH, SIZE_COUNT},
};

use crate::poseidon::p2;

/// The size of the key at leaf 0.
pub const SMALLEST_K: u32 = program::SMALLEST_K as u32;
/// Leaves of the tree of a program's keys.
pub const PROGRAM_LEAVES: usize = 1 << DEPTH;

/// The digests of a program's keys by size, zero where it has none.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ProgramKeys {
    /// The digest of the key of size `14 + i`.
    pub digests: [Fr; PROGRAM_LEAVES],
}

impl ProgramKeys {
    /// Returns the keys of a program that has one key.
    pub fn single(k: u32, digest: Fr) -> Self {
        let mut keys = Self::default();
        if let Some(leaf) = leaf_of(k) {
            keys.digests[leaf] = digest;
        }
        keys
    }

    /// Returns the program with these digests for the sizes from the smallest, as chain and jobs
    /// have them: zero for a size without key.
    ///
    /// `None` if a digest is not a field element.
    pub fn from_digests(digests: &[Hash; SIZE_COUNT]) -> Option<Self> {
        let mut keys = Self::default();
        for (leaf, digest) in keys.digests.iter_mut().zip(digests) {
            *leaf = halo2_scalar_from_bytes(digest).ok()?;
        }
        Some(keys)
    }

    /// Returns the digest of the key of size `k`, if the program has one.
    pub fn digest(&self, k: u32) -> Option<Fr> {
        let digest = self.digests[leaf_of(k)?];
        (digest != Fr::ZERO).then_some(digest)
    }

    /// Returns the root of the tree.
    pub fn program_id(&self) -> Fr {
        self.levels()[DEPTH][0]
    }

    /// Returns the siblings on the way from the leaf of size `k` to the root; the first leaf's for
    /// a size without a leaf.
    pub(crate) fn path(&self, k: u32) -> [Fr; DEPTH] {
        let leaf = leaf_of(k).unwrap_or(0);
        let levels = self.levels();
        std::array::from_fn(|level| levels[level][(leaf >> level) ^ 1])
    }

    fn levels(&self) -> Vec<Vec<Fr>> {
        let mut levels = vec![self.digests.to_vec()];
        for level in 0..DEPTH {
            levels.push(levels[level].chunks(2).map(|pair| p2(pair[0], pair[1])).collect());
        }
        levels
    }
}

fn leaf_of(k: u32) -> Option<usize> {
    k.checked_sub(SMALLEST_K)
        .map(|leaf| leaf as usize)
        .filter(|leaf| *leaf < PROGRAM_LEAVES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_its_leaf_to_the_root() {
        let mut keys = ProgramKeys::default();
        for (leaf, digest) in keys.digests.iter_mut().enumerate().take(7) {
            *digest = Fr::from(100 + leaf as u64);
        }
        for leaf in 0..7usize {
            let path = keys.path(SMALLEST_K + leaf as u32);
            let root = (0..DEPTH).fold(keys.digests[leaf], |node, level| match leaf >> level & 1 {
                0 => p2(node, path[level]),
                _ => p2(path[level], node),
            });
            assert_eq!(root, keys.program_id(), "leaf {leaf}");
        }
    }

    #[test]
    fn absent_sizes_have_no_digest() {
        let keys = ProgramKeys::single(16, Fr::from(9));
        assert_eq!(keys.digest(16), Some(Fr::from(9)));
        assert_eq!([13, 14, 15, 17, 21, 22].map(|k| keys.digest(k)), [None; 6]);
    }
}
