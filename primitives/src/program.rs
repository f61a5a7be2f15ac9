//! The identity of a program: the digests of its verifying keys, one a size, under one Merkle root.

use crate::{
    field::{from_bytes, to_bytes, Fr},
    ids::{Hash, ProgramId},
    merkle::node_hash,
};
use alloc::vec::Vec;
use ark_ff::AdditiveGroup;
use core::{fmt, ops::RangeInclusive};

/// Logarithm of the number of rows of the smallest key.
pub const SMALLEST_K: u8 = 14;
/// Logarithm of the number of rows of the largest key.
pub const LARGEST_K: u8 = 20;

/// Sizes `k` for which a program can have a key.
pub const SIZES: RangeInclusive<u8> = SMALLEST_K..=LARGEST_K;

/// Number of [`SIZES`].
pub const SIZE_COUNT: usize = (LARGEST_K - SMALLEST_K) as usize + 1;

/// Levels of the tree of key digests.
pub const DEPTH: usize = 3;

const _: () = assert!(SIZE_COUNT <= 1 << DEPTH);

/// Why a list of keys has no program id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgramError {
    /// A key's size is none of those that programs have.
    SizeOutOfRange {
        /// The size.
        k: u8,
    },
    /// Two keys have the same size.
    DuplicateSize {
        /// The size.
        k: u8,
    },
    /// A digest is zero, which stands for a size without key, or not a field element.
    BadDigest {
        /// The size.
        k: u8,
    },
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SizeOutOfRange { k } => write!(f, "k = {k} is not in {SMALLEST_K}..={LARGEST_K}"),
            Self::DuplicateSize { k } => write!(f, "two keys with k = {k}"),
            Self::BadDigest { k } => write!(f, "the digest of the key with k = {k} is not a key digest"),
        }
    }
}

impl core::error::Error for ProgramError {}

/// Returns the id of the program with these keys, each given as its `k` and its
/// [digest](crate::verifier::halo2::VerifyingKey::digest).
///
/// It is the root of the tree of depth 3 with P2 nodes and the digest of the key of size `k` at
/// leaf `k - 14`; the other leaves are zero.
///
/// # Errors
///
/// [`ProgramError`] if a size is out of range or given twice, or a digest is none.
pub fn program_id(keys: &[(u8, Hash)]) -> Result<ProgramId, ProgramError> {
    let mut level = alloc::vec![Fr::ZERO; 1 << DEPTH];
    for (k, digest) in keys {
        let k = *k;
        if !SIZES.contains(&k) {
            return Err(ProgramError::SizeOutOfRange { k });
        }
        let digest = from_bytes(digest).map_err(|_| ProgramError::BadDigest { k })?;
        if digest == Fr::ZERO {
            return Err(ProgramError::BadDigest { k });
        }
        let leaf = &mut level[usize::from(k - SMALLEST_K)];
        if *leaf != Fr::ZERO {
            return Err(ProgramError::DuplicateSize { k });
        }
        *leaf = digest;
    }
    for _ in 0..DEPTH {
        level = level
            .chunks_exact(2)
            .map(|pair| node_hash(pair[0], pair[1]))
            .collect::<Vec<_>>();
    }
    Ok(to_bytes(&level[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(value: u64) -> Hash {
        to_bytes(&Fr::from(value))
    }

    #[test]
    fn digests_are_leaves_by_size() {
        let leaf = |value: u64| Fr::from(value);
        let zero = node_hash(leaf(0), leaf(0));
        let left = node_hash(node_hash(leaf(0), leaf(7)), node_hash(leaf(9), leaf(0)));
        let expected = to_bytes(&node_hash(left, node_hash(zero, zero)));
        assert_eq!(program_id(&[(16, digest(9)), (15, digest(7))]), Ok(expected));
    }

    #[test]
    fn lists_that_are_no_program_are_refused() {
        assert_eq!(
            program_id(&[(13, digest(1))]),
            Err(ProgramError::SizeOutOfRange { k: 13 })
        );
        assert_eq!(
            program_id(&[(21, digest(1))]),
            Err(ProgramError::SizeOutOfRange { k: 21 })
        );
        assert_eq!(
            program_id(&[(20, digest(1)), (20, digest(2))]),
            Err(ProgramError::DuplicateSize { k: 20 })
        );
        assert_eq!(
            program_id(&[(20, digest(0))]),
            Err(ProgramError::BadDigest { k: 20 })
        );
        assert_eq!(
            program_id(&[(20, [0xff; 32])]),
            Err(ProgramError::BadDigest { k: 20 })
        );
    }
}
