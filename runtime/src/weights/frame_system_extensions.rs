//! Weights of `frame_system_extensions`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 5 values of each component and 10 times each, on
//! AMD EPYC.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> frame_system::ExtensionsWeightInfo for WeightInfo<T> {
    fn check_genesis() -> Weight {
        Weight::from_parts(4_987_000, 0)
    }

    fn check_mortality_mortal_transaction() -> Weight {
        Weight::from_parts(8_883_000, 0)
    }

    fn check_mortality_immortal_transaction() -> Weight {
        Weight::from_parts(8_853_000, 0)
    }

    fn check_non_zero_sender() -> Weight {
        Weight::from_parts(2_123_000, 0)
    }

    fn check_nonce() -> Weight {
        Weight::from_parts(15_233_000, 0)
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    fn check_spec_version() -> Weight {
        Weight::from_parts(1_782_000, 0)
    }

    fn check_tx_version() -> Weight {
        Weight::from_parts(1_803_000, 0)
    }

    fn check_weight() -> Weight {
        Weight::from_parts(8_453_000, 0)
    }

    fn weight_reclaim() -> Weight {
        Weight::from_parts(5_358_000, 0)
    }
}
