//! Weights of `pallet_vrf`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 5 values of each component and 10 times each, on
//! AMD EPYC.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_vrf::WeightInfo for WeightInfo<T> {
    fn on_finalize() -> Weight {
        Weight::from_parts(22_313_000, 0)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }
}
