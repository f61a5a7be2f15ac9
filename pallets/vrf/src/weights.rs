//! Weights of the calls and hooks.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Verifies and stores a claim.
    fn submit() -> Weight;
    /// Checks that the block carries an output and forgets the oldest one.
    fn on_finalize() -> Weight;
}

/// Weights on the reference machine, with the database costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn submit() -> Weight {
        Weight::from_parts(1_000_000_000, 3_600).saturating_add(T::DbWeight::get().reads_writes(5, 2))
    }

    fn on_finalize() -> Weight {
        Weight::from_parts(3_000_000, 0).saturating_add(T::DbWeight::get().reads_writes(1, 1))
    }
}

impl WeightInfo for () {
    fn submit() -> Weight {
        Weight::from_parts(1_000_000_000, 3_600)
    }

    fn on_finalize() -> Weight {
        Weight::from_parts(3_000_000, 0)
    }
}
