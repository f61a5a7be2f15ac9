//! Amounts and times.

use crate::{Balance, BlockNumber};

/// One token.
pub const UNIT: Balance = 1_000_000_000_000;
/// A thousandth of a token.
pub const MILLI: Balance = UNIT / 1_000;
/// A millionth of a token.
pub const MICRO: Balance = UNIT / 1_000_000;
/// The decimals of the token.
pub const TOKEN_DECIMALS: u32 = 12;
/// The symbol of the token.
pub const TOKEN_SYMBOL: &str = "FUS";
/// The most validators there can be: their BEEFY signatures all fit into one Ethereum transaction.
pub const MAX_VALIDATORS: u32 = 32;
/// The most nominators there can be: all of them take part in an election.
pub const MAX_NOMINATORS: u32 = 1_024;
/// The eras after which an unbonded stake can be withdrawn, and until which it can be slashed.
pub const BONDING_ERAS: u32 = 28;
/// The least an account may hold.
pub const EXISTENTIAL_DEPOSIT: Balance = MILLI;

/// The time between blocks and the length of a slot, in milliseconds.
pub const MILLISECS_PER_BLOCK: u64 = 3_000;
/// A minute, in blocks.
pub const MINUTES: BlockNumber = 60_000 / MILLISECS_PER_BLOCK as BlockNumber;
/// An hour, in blocks.
pub const HOURS: BlockNumber = MINUTES * 60;
/// A day, in blocks.
pub const DAYS: BlockNumber = HOURS * 24;

/// The number of most recent blocks whose VRF outputs can be read.
pub const VRF_HISTORY: BlockNumber = 256;
