//! Block randomness.
//!
//! Every block carries one inherent with its author's sr25519 VRF output. The output is a deterministic function
//! of the author's consensus key and of an input fixed by the chain: the previous block's output and the slot.
//! The author can therefore compute it, but neither choose it nor replace it, and everybody else learns it only with
//! the block. The runtime verifies the proof; a block with a wrong or missing output is invalid.
//!
//! What remains to the author is to skip a slot, which lets another author's output take the place of an unwelcome one.
//!
//! Outputs of the last [`Config::HistoryDepth`] blocks are kept and read through [`RandomnessSource`].
#![cfg_attr(not(feature = "std"), no_std)]

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod traits;
mod types;
pub mod weights;

pub use pallet::*;
pub use traits::{BlockAuthor, RandomnessSource};
pub use types::{InherentError, Output, VrfClaim, INHERENT_IDENTIFIER};
pub use weights::WeightInfo;

sp_api::decl_runtime_apis! {
    /// What a block author needs to know to produce the VRF output of the next block.
    pub trait VrfApi {
        /// Returns the output of the block at which this is called; nothing at the genesis block.
        fn last_output() -> Option<Output>;
    }
}

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::{Saturating, Zero};

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {
        /// Names the author of the block being executed.
        type BlockAuthor: BlockAuthor;

        /// The number of most recent blocks whose outputs are kept.
        #[pallet::constant]
        type HistoryDepth: Get<BlockNumberFor<Self>>;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// The output of the most recent block.
    #[pallet::storage]
    pub type LastOutput<T: Config> = StorageValue<_, Output>;

    /// The outputs of the last [`Config::HistoryDepth`] blocks.
    #[pallet::storage]
    pub type Outputs<T: Config> = StorageMap<_, Twox64Concat, BlockNumberFor<T>, Output>;

    #[pallet::error]
    pub enum Error<T> {
        /// This block already carries an output.
        AlreadySubmitted,
        /// The author of this block cannot be told from its digest.
        UnknownAuthor,
        /// The claim is not the author's VRF output for this block.
        InvalidClaim,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_now: BlockNumberFor<T>) -> Weight {
            T::WeightInfo::on_finalize()
        }

        /// Forgets the output that left the history.
        ///
        /// # Panics
        ///
        /// When the block carries no output: such a block is invalid.
        fn on_finalize(now: BlockNumberFor<T>) {
            assert!(
                Outputs::<T>::contains_key(now),
                "a block must carry its author's VRF output"
            );
            let depth = T::HistoryDepth::get();
            if now >= depth {
                Outputs::<T>::remove(now.saturating_sub(depth));
            }
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(now: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            ensure!(
                Outputs::<T>::get(now) == LastOutput::<T>::get(),
                "the last output is not that of the last block"
            );
            let oldest = now.saturating_sub(T::HistoryDepth::get());
            ensure!(
                Outputs::<T>::iter_keys().all(|block| block > oldest && block <= now),
                "an output outside the history is kept"
            );
            Ok(())
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Records the VRF output of this block. An inherent: present in every block exactly once.
        ///
        /// Parameters:
        /// - `claim`: the author's VRF pre-output and proof.
        #[pallet::call_index(0)]
        #[pallet::weight((T::WeightInfo::submit(), DispatchClass::Mandatory))]
        pub fn submit(origin: OriginFor<T>, claim: VrfClaim) -> DispatchResult {
            ensure_none(origin)?;
            let now = frame_system::Pallet::<T>::block_number();
            ensure!(!Outputs::<T>::contains_key(now), Error::<T>::AlreadySubmitted);
            let (author, slot) = T::BlockAuthor::current().ok_or(Error::<T>::UnknownAuthor)?;
            let output = claim
                .verify(&author, &Self::input(), slot)
                .ok_or(Error::<T>::InvalidClaim)?;
            LastOutput::<T>::put(output);
            Outputs::<T>::insert(now, output);
            Ok(())
        }
    }

    #[pallet::inherent]
    impl<T: Config> ProvideInherent for Pallet<T> {
        type Call = Call<T>;
        type Error = InherentError;

        const INHERENT_IDENTIFIER: InherentIdentifier = INHERENT_IDENTIFIER;

        fn create_inherent(data: &InherentData) -> Option<Call<T>> {
            let claim = data.get_data::<VrfClaim>(&INHERENT_IDENTIFIER).ok().flatten()?;
            Some(Call::submit { claim })
        }

        fn is_inherent_required(_data: &InherentData) -> Result<Option<InherentError>, InherentError> {
            Ok(Some(InherentError::Missing))
        }

        /// Accepts any claim: this runs on the parent's state, where the block's author is not known yet. Executing
        /// the block verifies the claim, and an inherent that fails invalidates its block.
        fn check_inherent(_call: &Call<T>, _data: &InherentData) -> Result<(), InherentError> {
            Ok(())
        }

        fn is_inherent(call: &Call<T>) -> bool {
            matches!(call, Call::submit { .. })
        }
    }

    impl<T: Config> Pallet<T> {
        /// Returns what the VRF of this block is evaluated on, beside the slot: the previous block's output, or the
        /// genesis hash for the first block.
        fn input() -> Output {
            LastOutput::<T>::get().unwrap_or_else(|| {
                let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
                let mut input = Output::default();
                input
                    .iter_mut()
                    .zip(genesis.as_ref())
                    .for_each(|(to, from)| *to = *from);
                input
            })
        }
    }

    impl<T: Config> RandomnessSource<BlockNumberFor<T>> for Pallet<T> {
        fn output_at(block: BlockNumberFor<T>) -> Option<Output> {
            Outputs::<T>::get(block)
        }
    }
}
