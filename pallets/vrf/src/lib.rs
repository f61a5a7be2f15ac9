//! Block randomness.
//!
//! Every block carries its author's VRF output: BABE makes it for the block's slot, and every node
//! checks it when it imports the block. The output is a function of the author's key, the slot and
//! the epoch's randomness. So an author knows its own outputs for the slots of an epoch in advance,
//! cannot choose them, and knows nobody else's. This pallet records the outputs of the last
//! [`Config::HistoryDepth`] blocks with their authors.
//!
//! # Seeds
//!
//! [`RandomnessSource::randomness_after`] mixes the outputs of the blocks after a given one, until
//! [`Config::MinAuthors`] validators other than that block's author have contributed. Whoever
//! authored the block can compute none of their outputs, so it cannot choose what it seals by the
//! seed. A network with fewer validators mixes what all the others contribute; one with a single
//! validator, as a development chain, protects from nobody. Where too few validators author blocks,
//! the outputs of [`Config::MaxWindow`] blocks have to do, so that nothing waits for ever.
//!
//! The author of the last block that counts sees the seed before it publishes that block, and may
//! withhold it and its reward: that chooses between two seeds, of which the second is unknown.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod traits;
pub mod weights;

pub use pallet::*;
pub use traits::{BlockRandomness, Output, RandomnessSource};
pub use weights::WeightInfo;

/// Under this target the pallet logs.
const LOG_TARGET: &str = "runtime::vrf";

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_io::hashing::blake2_256;
    use sp_runtime::traits::{One, Saturating};

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {
        /// The author and the output of the block being executed.
        type BlockRandomness: BlockRandomness<Self::AccountId>;

        /// The number of most recent blocks whose outputs are kept.
        #[pallet::constant]
        type HistoryDepth: Get<BlockNumberFor<Self>>;

        /// The validators besides a block's author that contribute to the randomness after it.
        #[pallet::constant]
        type MinAuthors: Get<u32>;

        /// The number of blocks after which randomness is made of what there is.
        #[pallet::constant]
        type MaxWindow: Get<BlockNumberFor<Self>>;

        /// Weights of the hooks.
        type WeightInfo: WeightInfo;
    }

    /// The author and the output of each of the last [`Config::HistoryDepth`] blocks.
    #[pallet::storage]
    pub type Outputs<T: Config> = StorageMap<_, Twox64Concat, BlockNumberFor<T>, (T::AccountId, Output)>;

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::on_finalize()
        }

        /// Records the block's output and forgets the one that left the history.
        fn on_finalize(now: BlockNumberFor<T>) {
            match T::BlockRandomness::current() {
                Some(output) => Outputs::<T>::insert(now, output),
                None => log::error!(target: LOG_TARGET, "block {now:?} has no VRF output"),
            }
            let depth = T::HistoryDepth::get();
            if now >= depth {
                Outputs::<T>::remove(now.saturating_sub(depth));
            }
        }

        fn integrity_test() {
            assert!(
                T::MaxWindow::get() < T::HistoryDepth::get(),
                "the history must hold the longest window"
            );
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            let oldest = now.saturating_sub(T::HistoryDepth::get());
            ensure!(
                Outputs::<T>::iter_keys().all(|block| block > oldest && block <= now),
                "an output outside the history is kept"
            );
            Ok(())
        }
    }

    impl<T: Config> RandomnessSource<BlockNumberFor<T>> for Pallet<T> {
        fn randomness_after(block: BlockNumberFor<T>, context: &[u8]) -> Option<Output> {
            let now = frame_system::Pallet::<T>::block_number();
            let oldest = now
                .saturating_sub(T::HistoryDepth::get())
                .saturating_add(One::one());
            let first = block.saturating_add(One::one()).max(oldest);
            let end = first.saturating_add(T::MaxWindow::get());
            let own = Outputs::<T>::get(block).map(|(author, _)| author);
            let others = T::BlockRandomness::authors().saturating_sub(1);
            let needed = T::MinAuthors::get().min(others) as usize;

            let mut authors = Vec::new();
            let mut outputs = Vec::new();
            let mut at = first;
            while at <= now && at < end {
                if let Some((author, output)) = Outputs::<T>::get(at) {
                    outputs.push(output);
                    if own.as_ref() != Some(&author) && !authors.contains(&author) {
                        authors.push(author);
                    }
                    if authors.len() >= needed {
                        return Some((context, outputs).using_encoded(blake2_256));
                    }
                }
                at = at.saturating_add(One::one());
            }
            let over = at >= end && !outputs.is_empty();
            over.then(|| (context, outputs).using_encoded(blake2_256))
        }

        #[cfg(feature = "runtime-benchmarks")]
        fn fill(now: BlockNumberFor<T>) -> Option<(BlockNumberFor<T>, BlockNumberFor<T>)> {
            T::BlockRandomness::set_current();
            let oldest = now
                .saturating_sub(T::HistoryDepth::get())
                .saturating_add(One::one());
            let author: T::AccountId = frame_benchmarking::account("author", 0, 0);
            let mut at = oldest;
            while at <= now {
                // One author alone never contributes enough.
                Outputs::<T>::insert(at, (&author, Output::default()));
                at = at.saturating_add(One::one());
            }
            Some((oldest, now.saturating_sub(T::MaxWindow::get())))
        }
    }
}
