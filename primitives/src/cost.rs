//! The cost of messages, by which the sequencer fills batches before anybody has executed them.
//!
//! A unit is a row of a proof at the worst. [`message_cost`] bounds the rows that a message's steps
//! and words take. What is left is a row for each address that a message touches. A step whose fuel
//! is 1 touches at most the three slots of its operands and its result; a load, whose fuel is 4,
//! touches the slots of address and result and two words of memory, a store, whose fuel is 6, two
//! slots and two words. So there are at most three such rows a unit, and a batch takes at most
//! [`ROWS_PER_UNIT`] times the cost of its messages.

use crate::{
    message::{HEADER_WORDS, MAX_PAYLOAD},
    program::LARGEST_K,
};

/// Units that a message costs in addition to its fuel and its payload: its header and its end (34
/// rows), the batch's own rows, and the step that exceeds the limit, whose fuel is 440 at most.
pub const MESSAGE_OVERHEAD: u64 = 500;

/// Units that each 24 bytes of payload cost: a row of words, the ranges of two of them, and a hash
/// of six rows; rounded.
pub const PAYLOAD_CHUNK_COST: u64 = 10;

/// Rows that a unit takes at most.
pub const ROWS_PER_UNIT: u64 = 4;

/// Fuel that a message on the chain can have at most.
pub const MAX_FUEL_LIMIT: u64 = 250_000;

/// The fuel limit of a message whose sender names none. A step takes about one unit, a read of the
/// state 236, a write 440.
pub const DEFAULT_FUEL_LIMIT: u64 = 20_000;

/// The most that the messages of a batch can cost so that the largest circuit holds the batch,
/// whatever they do.
pub const MAX_BATCH_COST: u64 = (1 << LARGEST_K) / ROWS_PER_UNIT - 1;

const _: () = assert!(HEADER_WORDS == 9, "the overhead is that of three rows of words");

const _: () = assert!(
    message_cost(MAX_PAYLOAD as usize, MAX_FUEL_LIMIT) <= MAX_BATCH_COST,
    "any message fits a batch"
);

/// Returns what a message costs.
pub const fn message_cost(payload_bytes: usize, fuel_limit: u64) -> u64 {
    let chunks = payload_bytes.div_ceil(24) as u64;
    fuel_limit
        .saturating_add(MESSAGE_OVERHEAD)
        .saturating_add(chunks.saturating_mul(PAYLOAD_CHUNK_COST))
}
