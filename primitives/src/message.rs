//! Messages and the inbox hash chain.

use crate::{
    field::{from_bytes, pack_words, to_bytes, Fr, NonCanonical},
    ids::{Hash, MessageIndex},
    poseidon::hash2,
};
use alloc::vec::Vec;
use bounded_collections::{BoundedVec, ConstU32};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Largest payload of a message, in bytes.
pub const MAX_PAYLOAD: u32 = 1024;

/// Words of the tape before the payload: sender (4), index, at_block, fuel_limit, payload_len
/// (bytes), payload_chunks.
pub const HEADER_WORDS: usize = 9;

/// The inbox hash of an app that never received a message.
pub const EMPTY_INBOX_HASH: Hash = [0; 32];

/// Words that one step of the inbox hash chain takes.
const CHUNK_WORDS: usize = 3;

/// The bytes that a message carries.
pub type Payload = BoundedVec<u8, ConstU32<MAX_PAYLOAD>>;

/// A user's message to an app, as the sequencer ordered it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Message {
    /// Position in the app's inbox.
    pub index: MessageIndex,
    /// Account that signed the extrinsic.
    pub sender: [u8; 32],
    /// Number of the block that took the message in.
    pub at_block: u64,
    /// Fuel that the message may use; the step beyond is the trap "fuel exhausted".
    pub fuel_limit: u64,
    /// What the guest reads.
    pub payload: Payload,
}

impl Message {
    /// Returns the message as the circuit's tape holds it: the header words, then the payload as
    /// little-endian words, zero-padded to whole chunks of three words.
    pub fn tape(&self) -> Vec<u64> {
        let chunks = self.payload.len().div_ceil(8 * CHUNK_WORDS);
        let length = HEADER_WORDS + CHUNK_WORDS * chunks;
        let mut words = Vec::with_capacity(length);
        words.extend(self.sender.chunks(8).map(word));
        words.extend([
            self.index,
            self.at_block,
            self.fuel_limit,
            self.payload.len() as u64,
            chunks as u64,
        ]);
        words.extend(self.payload.chunks(8).map(word));
        words.resize(length, 0);
        words
    }

    /// Returns the inbox hash chain after this message, given the chain before it.
    pub fn extend_inbox(&self, inbox_hash: Fr) -> Fr {
        self.tape()
            .chunks_exact(CHUNK_WORDS)
            .map(|chunk| pack_words([chunk[0], chunk[1], chunk[2]]))
            .fold(inbox_hash, hash2)
    }
}

/// Returns the inbox hash after `messages`, given the one before them.
///
/// # Errors
///
/// [`NonCanonical`] if `inbox_hash` is not a field element.
pub fn extend_inbox_hash<'a>(
    inbox_hash: &Hash,
    messages: impl IntoIterator<Item = &'a Message>,
) -> Result<Hash, NonCanonical> {
    let start = from_bytes(inbox_hash)?;
    Ok(to_bytes(
        &messages
            .into_iter()
            .fold(start, |hash, message| message.extend_inbox(hash)),
    ))
}

fn word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::AdditiveGroup;

    fn message(payload: &[u8]) -> Message {
        Message {
            index: 5,
            sender: core::array::from_fn(|i| i as u8),
            at_block: 6,
            fuel_limit: 7,
            payload: payload.to_vec().try_into().unwrap(),
        }
    }

    #[test]
    fn tape_is_header_then_padded_payload() {
        let tape = message(b"123456789").tape();
        assert_eq!(tape[0], 0x0706050403020100);
        assert_eq!(tape[4..9], [5, 6, 7, 9, 1]);
        assert_eq!(tape[9..], [u64::from_le_bytes(*b"12345678"), u64::from(b'9'), 0]);
        assert_eq!(message(b"").tape().len(), HEADER_WORDS);
    }

    #[test]
    fn chain_takes_three_words_at_a_time() {
        let message = message(b"x");
        let tape = message.tape();
        let expected = [
            [tape[0], tape[1], tape[2]],
            [tape[3], 5, 6],
            [7, 1, 1],
            [u64::from(b'x'), 0, 0],
        ]
        .into_iter()
        .fold(Fr::ZERO, |hash, chunk| hash2(hash, pack_words(chunk)));
        assert_eq!(message.extend_inbox(Fr::ZERO), expected);
    }

    #[test]
    fn chain_depends_on_trailing_zero_bytes() {
        let start = EMPTY_INBOX_HASH;
        assert_ne!(
            extend_inbox_hash(&start, [&message(&[1])]),
            extend_inbox_hash(&start, [&message(&[1, 0])])
        );
    }

    #[test]
    fn chain_refuses_a_hash_outside_the_field() {
        assert_eq!(extend_inbox_hash(&[0xff; 32], []), Err(NonCanonical));
    }
}
