//! Weights of the calls.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Schedules a call of `bytes` bytes.
    fn schedule(bytes: u32) -> Weight;
    /// Cancels a call.
    fn cancel() -> Weight;
    /// Changes the notice period.
    fn set_notice() -> Weight;
}

/// Weights with the database costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn schedule(bytes: u32) -> Weight {
        <() as WeightInfo>::schedule(bytes).saturating_add(T::DbWeight::get().reads_writes(8, 5))
    }

    fn cancel() -> Weight {
        <() as WeightInfo>::cancel().saturating_add(T::DbWeight::get().reads_writes(4, 5))
    }

    fn set_notice() -> Weight {
        <() as WeightInfo>::set_notice().saturating_add(T::DbWeight::get().writes(1))
    }
}

impl WeightInfo for () {
    fn schedule(bytes: u32) -> Weight {
        Weight::from_parts(60_000_000, 60_000)
            .saturating_add(Weight::from_parts(3_000, 1).saturating_mul(bytes.into()))
    }

    fn cancel() -> Weight {
        Weight::from_parts(60_000_000, 60_000)
    }

    fn set_notice() -> Weight {
        Weight::from_parts(10_000_000, 0)
    }
}
