//! Weights of `pallet_sequencer`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 2 values of each component and 3 times each, on
//! AMD EPYC.
//!
//! Put in by hand, until it is written again: what `register` and `upgrade` read and write of the
//! protocol that keys are of.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_sequencer::WeightInfo for WeightInfo<T> {
    // `w` is from 1_024 to 65_536.
    // `k` is from 1 to 7.
    fn register(w: u32, k: u32) -> Weight {
        Weight::from_parts(1_007_730_726, 0)
            .saturating_add(Weight::from_parts(667_848, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(1_345_617_569, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(k.into()))
    }

    // `w` is from 1_024 to 65_536.
    // `k` is from 1 to 7.
    fn upgrade(w: u32, k: u32) -> Weight {
        Weight::from_parts(761_049_871, 0)
            .saturating_add(Weight::from_parts(664_392, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(1_387_835_805, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(5))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(k.into()))
    }

    // `p` is from 0 to 1_024.
    fn submit_first(p: u32) -> Weight {
        Weight::from_parts(265_746_000, 0)
            .saturating_add(Weight::from_parts(3_012_934, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // `p` is from 0 to 1_024.
    fn submit_last(p: u32) -> Weight {
        Weight::from_parts(276_538_666, 0)
            .saturating_add(Weight::from_parts(3_038_898, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    fn on_finalize() -> Weight {
        Weight::from_parts(15_676_843_000, 0)
            .saturating_add(T::DbWeight::get().reads(481))
            .saturating_add(T::DbWeight::get().writes(258))
    }

    // `h` is from 0 to 256.
    fn commit_heads(h: u32) -> Weight {
        Weight::from_parts(7_858_666, 0)
            .saturating_add(Weight::from_parts(3_709_899, 0).saturating_mul(h.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
