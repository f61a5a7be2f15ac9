//! Weights of `pallet_sequencer`, written by `make weights` on 2026-11-28.
//!
//! Measured in wasm, as processor time, at 5 values of each component and 10 times each, on
//! AMD EPYC.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// The weights.
pub struct WeightInfo<T>(PhantomData<T>);

impl<T: frame_system::Config> pallet_sequencer::WeightInfo for WeightInfo<T> {
    // `w` is from 1_024 to 15_887.
    // `k` is from 1 to 7.
    fn register(w: u32, k: u32) -> Weight {
        Weight::from_parts(240_297_764, 0)
            .saturating_add(Weight::from_parts(575_298, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(405_592_546, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(k.into()))
    }

    // `w` is from 1_024 to 15_887.
    // `k` is from 1 to 7.
    fn upgrade(w: u32, k: u32) -> Weight {
        Weight::from_parts(480_098_511, 0)
            .saturating_add(Weight::from_parts(565_112, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(392_936_367, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(5))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(k.into()))
    }

    // `p` is from 0 to 1_024.
    fn submit_first(p: u32) -> Weight {
        Weight::from_parts(131_558_966, 0)
            .saturating_add(Weight::from_parts(600_995, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(5))
    }

    // `p` is from 0 to 1_024.
    fn submit_next(p: u32) -> Weight {
        Weight::from_parts(121_841_600, 0)
            .saturating_add(Weight::from_parts(605_933, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    // `p` is from 0 to 1_024.
    fn submit_last(p: u32) -> Weight {
        Weight::from_parts(142_421_566, 0)
            .saturating_add(Weight::from_parts(589_111, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    fn on_finalize() -> Weight {
        Weight::from_parts(15_789_269_000, 0)
            .saturating_add(T::DbWeight::get().reads(481))
            .saturating_add(T::DbWeight::get().writes(258))
    }

    // `h` is from 0 to 256.
    fn commit_heads(h: u32) -> Weight {
        Weight::from_parts(6_149_866, 0)
            .saturating_add(Weight::from_parts(3_608_766, 0).saturating_mul(h.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
