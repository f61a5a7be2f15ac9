//! Weights of `pallet_verifier`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 5 values of each component and 10 times each, on
//! AMD EPYC.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_verifier::WeightInfo for WeightInfo<T> {
    fn check_proof() -> Weight {
        Weight::from_parts(18_895_717_000, 0).saturating_add(T::DbWeight::get().reads(3))
    }

    fn check_proofs() -> Weight {
        Weight::from_parts(131_586_000, 0)
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().writes(1))
    }

    // `m` is from 1 to 64.
    // `w` is from 0 to 600.
    // `o` is from 0 to 620.
    fn apply_batch(m: u32, w: u32, o: u32) -> Weight {
        Weight::from_parts(623_282_004, 0)
            .saturating_add(Weight::from_parts(80_031_564, 0).saturating_mul(m.into()))
            .saturating_add(Weight::from_parts(33_044_495, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(27_447_212, 0).saturating_mul(o.into()))
            .saturating_add(T::DbWeight::get().reads(7))
            .saturating_add(T::DbWeight::get().reads(3).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().writes(8))
            .saturating_add(T::DbWeight::get().writes(5).saturating_mul(m.into()))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(w.into()))
    }

    fn submit_proof_again() -> Weight {
        Weight::from_parts(21_021_000, 0).saturating_add(T::DbWeight::get().reads(2))
    }

    fn void_batch() -> Weight {
        Weight::from_parts(3_705_460_000, 0)
            .saturating_add(T::DbWeight::get().reads(197))
            .saturating_add(T::DbWeight::get().writes(261))
    }

    fn set_protocol() -> Weight {
        Weight::from_parts(6_289_779_000, 0)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    fn retire_protocol() -> Weight {
        Weight::from_parts(31_738_000, 0)
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(2))
    }
}
