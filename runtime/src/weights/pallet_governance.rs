//! Weights of `pallet_governance`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 5 values of each component and 10 times each, on
//! AMD EPYC.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_governance::WeightInfo for WeightInfo<T> {
    // `b` is from 129 to 1_048_576.
    fn schedule(b: u32) -> Weight {
        Weight::from_parts(136_188_352, 0)
            .saturating_add(Weight::from_parts(2_826, 0).saturating_mul(b.into()))
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    fn cancel() -> Weight {
        Weight::from_parts(117_094_000, 0)
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    fn set_notice() -> Weight {
        Weight::from_parts(10_225_000, 0).saturating_add(T::DbWeight::get().writes(1))
    }
}
