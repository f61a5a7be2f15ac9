//! Accounts: senders and receivers.

use crate::imports::{to_bytes, to_words};

/// A 32-byte account id as four little-endian words.
#[derive(Clone, Copy, Debug, Eq)]
pub struct Account(pub [u64; 4]);

impl Account {
    /// Returns the account's bytes.
    pub fn to_bytes(self) -> [u8; 32] {
        to_bytes(self.0)
    }

    /// Hashes the account to a leaf index. Two accounts may share one (about 2^16 random accounts
    /// make it likely, and anybody can search for a partner): the leaf must say whose it is.
    #[inline(always)]
    pub fn leaf_index(self) -> u32 {
        let [a, b, c, d] = self.0;
        let mixed = a ^ b.rotate_left(17) ^ c.rotate_left(31) ^ d.rotate_left(47);
        // Fibonacci hashing: the multiplier is 2^64 divided by the golden ratio.
        (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
    }
}

impl PartialEq for Account {
    /// Compares word by word, which keeps the words out of memory.
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        (a ^ e) | (b ^ f) | (c ^ g) | (d ^ h) == 0
    }
}

impl From<[u8; 32]> for Account {
    fn from(bytes: [u8; 32]) -> Self {
        Self(to_words(&bytes))
    }
}
