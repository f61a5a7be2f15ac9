//! The app's state: 2^32 leaves of 32 bytes, zero until written.
//!
//! A read costs 236 units of fuel and a write 440, the step included: each walks the Merkle tree in
//! the proof.

use crate::imports::{self, fill_leaf, to_bytes, to_words};

/// Returns leaf `index`.
pub fn get(index: u32) -> [u8; 32] {
    to_bytes(words(index))
}

/// Writes leaf `index`.
pub fn set(index: u32, leaf: &[u8; 32]) {
    set_words(index, to_words(leaf))
}

/// Returns leaf `index` as four little-endian words.
#[inline(always)]
pub fn words(index: u32) -> [u64; 4] {
    // SAFETY: the imports take numbers and touch no memory.
    unsafe {
        imports::kv_load(index as i32);
        core::array::from_fn(|i| imports::leaf_get(i as i32) as u64)
    }
}

/// Writes leaf `index` from four little-endian words.
#[inline(always)]
pub fn set_words(index: u32, leaf: [u64; 4]) {
    fill_leaf(leaf);
    // SAFETY: the import takes a number and touches no memory.
    unsafe { imports::kv_store(index as i32) }
}
