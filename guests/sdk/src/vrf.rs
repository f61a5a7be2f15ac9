//! The batch's randomness.
//!
//! It is a hash of VRF outputs of blocks after the batch was sealed: nobody knew it when sending a
//! message of the batch. All messages of a batch see the same seed.

use crate::imports::{self, to_bytes};

/// Returns the seed: 31 random bytes and a zero.
pub fn seed() -> [u8; 32] {
    to_bytes(core::array::from_fn(word))
}

/// Returns word `i mod 4` of the seed, little-endian. The top byte of word 3 is zero.
#[inline(always)]
pub fn word(i: usize) -> u64 {
    // SAFETY: the import takes a number and touches no memory.
    unsafe { imports::vrf_seed(i as i32) as u64 }
}
