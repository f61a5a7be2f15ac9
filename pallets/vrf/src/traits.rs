//! Traits that the runtime implements for this pallet, and that it implements for other pallets.

/// The 32 random bytes of a block.
pub type Output = [u8; 32];

/// Randomness that belongs to blocks.
pub trait RandomnessSource<BlockNumber> {
    /// Returns randomness that nobody could compute when `block` was made, for the use named by
    /// `context`; nothing while too few blocks have followed.
    ///
    /// Once there is an answer, it stays the same for as long as the blocks are remembered.
    fn randomness_after(block: BlockNumber, context: &[u8]) -> Option<Output>;

    /// Fills the memory as if `now` were the current block, such that randomness takes as many
    /// blocks as it ever does. Returns the first and the last block after which there is some.
    #[cfg(feature = "runtime-benchmarks")]
    fn fill(_now: BlockNumber) -> Option<(BlockNumber, BlockNumber)> {
        None
    }
}

/// The randomness of the block being executed.
pub trait BlockRandomness<AccountId> {
    /// Returns the block's author and its VRF output, which nodes checked on import. Called at the
    /// end of the block.
    fn current() -> Option<(AccountId, Output)>;

    /// Returns the number of validators that author blocks.
    fn authors() -> u32;

    /// Makes [`Self::current`] work as in a block, and the number of authors as large as it can be.
    #[cfg(feature = "runtime-benchmarks")]
    fn set_current() {}
}
