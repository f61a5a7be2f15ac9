//! Parameters that a network is born with and keeps.
//!
//! They are in the genesis rather than in the runtime's code, so that a test network with sessions
//! of seconds runs the same wasm as one with sessions of hours. BABE cannot change the length of an
//! epoch on a running chain, so there is no call.
#![cfg_attr(not(feature = "std"), no_std)]

pub use pallet::*;

#[frame_support::pallet]
pub mod pallet {
    use frame_support::pallet_prelude::*;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    /// The length of a session, which is an epoch of BABE, in slots.
    #[pallet::storage]
    pub type SessionSlots<T: Config> = StorageValue<_, u32, ValueQuery, DefaultSessionSlots>;

    /// The length of an era, after which validators are elected and paid, in sessions.
    #[pallet::storage]
    pub type EraSessions<T: Config> = StorageValue<_, u32, ValueQuery, DefaultEraSessions>;

    /// Sessions of four hours, with slots of three seconds.
    #[pallet::type_value]
    pub fn DefaultSessionSlots() -> u32 {
        4_800
    }

    /// Eras of a day, with sessions of four hours.
    #[pallet::type_value]
    pub fn DefaultEraSessions() -> u32 {
        6
    }

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// The length of a session, in slots.
        pub session_slots: u32,
        /// The length of an era, in sessions.
        pub era_sessions: u32,
        /// Nothing.
        #[serde(skip)]
        pub _config: core::marker::PhantomData<T>,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                session_slots: DefaultSessionSlots::get(),
                era_sessions: DefaultEraSessions::get(),
                _config: core::marker::PhantomData,
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        /// # Panics
        ///
        /// When a length is zero: there is no chain then.
        fn build(&self) {
            assert!(self.session_slots > 0, "network.sessionSlots must not be zero");
            assert!(self.era_sessions > 0, "network.eraSessions must not be zero");
            SessionSlots::<T>::put(self.session_slots);
            EraSessions::<T>::put(self.era_sessions);
        }
    }
}

/// The length of a session, in slots, where a pallet asks for a parameter.
#[derive(Debug)]
pub struct SessionLength<T>(core::marker::PhantomData<T>);

impl<T: Config, N: From<u32>> frame_support::traits::Get<N> for SessionLength<T> {
    fn get() -> N {
        SessionSlots::<T>::get().into()
    }
}

/// The length of an era, in sessions, where a pallet asks for a parameter.
#[derive(Debug)]
pub struct EraLength<T>(core::marker::PhantomData<T>);

impl<T: Config> frame_support::traits::Get<u32> for EraLength<T> {
    fn get() -> u32 {
        EraSessions::<T>::get()
    }
}
