//! What this pallet asks of the runtime and what it offers to other pallets.

use crate::Output;
use sp_core::sr25519;

/// Randomness that belongs to blocks.
pub trait RandomnessSource<BlockNumber> {
    /// Returns the output of `block`; nothing if that block is not there yet, or too old to be remembered.
    fn output_at(block: BlockNumber) -> Option<Output>;
}

/// Names the author of the block being executed.
pub trait BlockAuthor {
    /// Returns the author's consensus key and the slot of the block.
    fn current() -> Option<(sr25519::Public, u64)>;

    /// Makes `author` the author of the block being executed, in `slot`.
    #[cfg(feature = "runtime-benchmarks")]
    fn pretend(author: sr25519::Public, slot: u64);
}
