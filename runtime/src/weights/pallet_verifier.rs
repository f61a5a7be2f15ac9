//! Weights of `pallet_verifier`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 2 values of each component and 3 times each, on
//! AMD EPYC.
//!
//! Put in by hand, until it is written again: `set_protocol` and `retire_protocol`, which are
//! estimates, and the read of the protocol's digest in `check_proof`.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_verifier::WeightInfo for WeightInfo<T> {
    fn check_proof() -> Weight {
        Weight::from_parts(31_306_986_000, 0).saturating_add(T::DbWeight::get().reads(3))
    }

    // `m` is from 1 to 64.
    // `w` is from 0 to 600.
    // `o` is from 0 to 620.
    fn apply_batch(m: u32, w: u32, o: u32) -> Weight {
        Weight::from_parts(346_702_246, 0)
            .saturating_add(Weight::from_parts(83_451_286, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(146_228_037, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(143_639_868, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(6))
            .saturating_add(T::DbWeight::get().writes(7))
            .saturating_add(T::DbWeight::get().writes(3).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(w.into()))
    }

    fn submit_proof_again() -> Weight {
        Weight::from_parts(21_221_000, 0).saturating_add(T::DbWeight::get().reads(2))
    }

    fn void_batch() -> Weight {
        Weight::from_parts(762_546_000, 0)
            .saturating_add(T::DbWeight::get().reads(5))
            .saturating_add(T::DbWeight::get().writes(133))
    }

    fn set_protocol() -> Weight {
        Weight::from_parts(45_000_000_000, 0)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    fn retire_protocol() -> Weight {
        Weight::from_parts(40_000_000, 0)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(2))
    }
}
