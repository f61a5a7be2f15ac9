//! Calls with the root origin.
//!
//! There is no key with which somebody is root. [`Config::ProposeOrigin`], three quarters of a
//! collective in the runtime, schedules a call, and the scheduler makes it as root when the notice
//! period is over. So everybody sees each runtime upgrade, each change of a parameter and each call
//! on behalf of others before it happens, and can leave. [`Config::CancelOrigin`] can cancel it
//! until then.
//!
//! A runtime upgrade is `system.authorize_upgrade(hash)`, scheduled here, and after the notice
//! period `system.apply_authorized_upgrade(code)`, which anybody can submit.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(feature = "runtime-benchmarks")]
mod benchmarking;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
pub mod weights;

pub use pallet::*;
pub use weights::WeightInfo;

/// Names a scheduled call: `blake2_256` of its encoding.
pub type CallId = [u8; 32];

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::boxed::Box;
    use frame_support::{
        dispatch::{GetDispatchInfo, RawOrigin},
        pallet_prelude::*,
        traits::{
            schedule::{v3::Named, DispatchTime, HARD_DEADLINE},
            OriginTrait, QueryPreimage, StorePreimage,
        },
    };
    use frame_system::pallet_prelude::*;
    use sp_runtime::traits::Dispatchable;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The origin that all pallets share.
    pub type PalletsOriginOf<T> = <<T as frame_system::Config>::RuntimeOrigin as OriginTrait>::PalletsOrigin;

    #[pallet::config]
    pub trait Config: frame_system::Config<RuntimeEvent: From<Event<Self>>> {
        /// The calls that can be scheduled.
        type RuntimeCall: Parameter
            + Dispatchable<RuntimeOrigin = Self::RuntimeOrigin>
            + GetDispatchInfo
            + From<frame_system::Call<Self>>;

        /// Makes calls later.
        type Scheduler: Named<
            BlockNumberFor<Self>,
            <Self as Config>::RuntimeCall,
            PalletsOriginOf<Self>,
            Hasher = Self::Hashing,
        >;

        /// Stores calls until they are made.
        type Preimages: QueryPreimage<H = Self::Hashing> + StorePreimage;

        /// Who may schedule calls as root.
        type ProposeOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Who may cancel them.
        type CancelOrigin: EnsureOrigin<Self::RuntimeOrigin>;

        /// Weights of the calls.
        type WeightInfo: WeightInfo;
    }

    /// The time between the decision for a call and the call, in blocks.
    #[pallet::storage]
    pub type Notice<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

    #[pallet::genesis_config]
    #[derive(frame_support::DefaultNoBound)]
    pub struct GenesisConfig<T: Config> {
        /// The time between the decision for a call and the call, in blocks.
        pub notice: BlockNumberFor<T>,
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            Notice::<T>::put(self.notice);
        }
    }

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A call will be made as root.
        RootCallScheduled {
            /// `blake2_256` of the call.
            id: CallId,
            /// The block in which it is made at the earliest.
            at: BlockNumberFor<T>,
        },
        /// A scheduled call will not be made.
        RootCallCancelled {
            /// `blake2_256` of the call.
            id: CallId,
        },
        /// The notice period was changed.
        NoticeChanged {
            /// The new period, in blocks.
            blocks: BlockNumberFor<T>,
        },
    }

    #[pallet::error]
    pub enum Error<T> {
        /// The same call is scheduled already.
        AlreadyScheduled,
        /// As many calls as can be are scheduled for that block: schedule it again in another one.
        AgendaFull,
        /// No such call is scheduled.
        NotScheduled,
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Schedules a call that is made as root when the notice period is over.
        ///
        /// Parameters:
        /// - `call`: the call; a large one, as the code of a runtime, is better named by its hash.
        ///
        /// Emits `RootCallScheduled` when successful.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::schedule(call.encoded_size() as u32))]
        pub fn schedule(origin: OriginFor<T>, call: Box<<T as Config>::RuntimeCall>) -> DispatchResult {
            T::ProposeOrigin::ensure_origin(origin)?;
            let id = call.using_encoded(sp_io::hashing::blake2_256);
            ensure!(
                T::Scheduler::next_dispatch_time(id).is_err(),
                Error::<T>::AlreadyScheduled
            );
            let call = T::Preimages::bound(*call)?;
            let notice = Notice::<T>::get();
            T::Scheduler::schedule_named(
                id,
                DispatchTime::After(notice),
                None,
                HARD_DEADLINE,
                RawOrigin::Root.into(),
                call,
            )
            .map_err(|error| match error {
                DispatchError::Exhausted => Error::<T>::AgendaFull.into(),
                error => error,
            })?;
            // The scheduler counts from the next block.
            let at = T::Scheduler::next_dispatch_time(id)?;
            Self::deposit_event(Event::RootCallScheduled { id, at });
            Ok(())
        }

        /// Cancels a scheduled call.
        ///
        /// Parameters:
        /// - `id`: `blake2_256` of the call, as in `RootCallScheduled`.
        ///
        /// Emits `RootCallCancelled` when successful.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::cancel())]
        pub fn cancel(origin: OriginFor<T>, id: CallId) -> DispatchResult {
            T::CancelOrigin::ensure_origin(origin)?;
            T::Scheduler::cancel_named(id).map_err(|error| match error {
                DispatchError::Unavailable => Error::<T>::NotScheduled.into(),
                error => error,
            })?;
            Self::deposit_event(Event::RootCallCancelled { id });
            Ok(())
        }

        /// Changes the notice period for calls that are scheduled later. Itself a call as root, so
        /// the old period passes before.
        ///
        /// Parameters:
        /// - `blocks`: the period, in blocks.
        ///
        /// Emits `NoticeChanged`.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_notice())]
        pub fn set_notice(origin: OriginFor<T>, blocks: BlockNumberFor<T>) -> DispatchResult {
            ensure_root(origin)?;
            Notice::<T>::put(blocks);
            Self::deposit_event(Event::NoticeChanged { blocks });
            Ok(())
        }
    }
}
