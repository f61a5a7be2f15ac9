//! The message that is being processed.
//!
//! The circuit itself hashes each word that is read here and compares with the inbox that the chain
//! recorded, so a prover can neither change nor reorder what a program reads.

use crate::{account::Account, imports};

/// What a handler gets when the payload is shorter or longer than it asks for.
const WRONG_LENGTH: &str = "the payload has the wrong length";

/// A message's header, and its payload to read from.
#[derive(Debug)]
pub struct Message {
    /// Who signed the message.
    pub sender: Account,
    /// Its number in the app's inbox, from 0.
    pub index: u64,
    /// The block that included it.
    pub at_block: u64,
    /// The fuel its sender allowed it.
    pub fuel_limit: u64,
    /// What the sender wrote.
    pub payload: Payload,
}

impl Message {
    /// Reads the header from the tape. [`crate::entry!`] calls it once, before the handler.
    #[inline(always)]
    pub fn receive() -> Self {
        let sender = Account([next(), next(), next(), next()]);
        let (index, at_block, fuel_limit, bytes) = (next(), next(), next(), next());
        // The number of 24-byte chunks, which the length already says.
        next();
        Self {
            sender,
            index,
            at_block,
            fuel_limit,
            payload: Payload { remaining: bytes },
        }
    }
}

/// A payload's unread part.
///
/// Items start on 8-byte borders: reading five bytes skips three more.
#[derive(Debug)]
pub struct Payload {
    remaining: u64,
}

impl Payload {
    /// Returns the number of unread bytes.
    #[inline(always)]
    pub fn remaining(&self) -> u64 {
        self.remaining
    }

    /// Reads all of the rest as `N` little-endian words.
    ///
    /// # Errors
    /// When the rest is not exactly `8 N` bytes long.
    #[inline(always)]
    pub fn exact<const N: usize>(&mut self) -> Result<[u64; N], &'static str> {
        if self.remaining != 8 * N as u64 {
            return Err(WRONG_LENGTH);
        }
        self.remaining = 0;
        Ok(core::array::from_fn(|_| next()))
    }

    /// Reads one little-endian word.
    ///
    /// # Errors
    /// When fewer than eight bytes are left.
    #[inline(always)]
    pub fn word(&mut self) -> Result<u64, &'static str> {
        self.remaining = self.remaining.checked_sub(8).ok_or(WRONG_LENGTH)?;
        Ok(next())
    }

    /// Reads an account id.
    ///
    /// # Errors
    /// When fewer than 32 bytes are left.
    #[inline(always)]
    pub fn account(&mut self) -> Result<Account, &'static str> {
        self.remaining = self.remaining.checked_sub(32).ok_or(WRONG_LENGTH)?;
        Ok(Account([next(), next(), next(), next()]))
    }

    /// Fills `out` and skips to the next 8-byte border.
    ///
    /// # Errors
    /// When fewer bytes are left.
    pub fn bytes(&mut self, out: &mut [u8]) -> Result<(), &'static str> {
        if self.remaining < out.len() as u64 {
            return Err(WRONG_LENGTH);
        }
        let words = out.len().div_ceil(8) as u64;
        self.remaining = self.remaining.saturating_sub(8 * words);
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&next().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Returns the tape's next word; 0 past its end.
#[inline(always)]
fn next() -> u64 {
    // SAFETY: the import takes nothing and touches no memory.
    unsafe { imports::inbox_next() as u64 }
}
