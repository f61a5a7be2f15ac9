//! Messages to Ethereum: 32 bytes each, provable there against the batch's settled outbox root.

use crate::imports::{self, fill_leaf, to_words};

/// Appends an entry. A failed message's entries are dropped.
pub fn push(entry: &[u8; 32]) {
    push_words(to_words(entry))
}

/// Appends an entry given as four little-endian words.
#[inline(always)]
pub fn push_words(entry: [u64; 4]) {
    fill_leaf(entry);
    // SAFETY: the import takes nothing and touches no memory.
    unsafe { imports::outbox_push() }
}
