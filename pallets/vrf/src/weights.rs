//! Weights of the hooks.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Records the block's output and forgets the oldest one.
    fn on_finalize() -> Weight;
}

/// Weights on the reference machine, with the database costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn on_finalize() -> Weight {
        <() as WeightInfo>::on_finalize().saturating_add(T::DbWeight::get().reads_writes(6, 2))
    }
}

impl WeightInfo for () {
    fn on_finalize() -> Weight {
        Weight::from_parts(20_000_000, 4_000)
    }
}
