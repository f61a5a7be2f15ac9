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
        Weight::from_parts(3_895_529_183, 0)
            .saturating_add(Weight::from_parts(521_553, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(1_294_783, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(k.into()))
    }

    // `w` is from 1_024 to 15_887.
    // `k` is from 1 to 7.
    fn upgrade(w: u32, k: u32) -> Weight {
        Weight::from_parts(445_407_573, 0)
            .saturating_add(Weight::from_parts(632_290, 0).saturating_mul(w.into()))
            .saturating_add(Weight::from_parts(354_224_990, 0).saturating_mul(k.into()))
            .saturating_add(T::DbWeight::get().reads(4))
            .saturating_add(T::DbWeight::get().writes(5))
            .saturating_add(T::DbWeight::get().writes(1).saturating_mul(k.into()))
    }

    // `p` is from 0 to 1_024.
    fn submit_first(p: u32) -> Weight {
        Weight::from_parts(81_990_866, 0)
            .saturating_add(Weight::from_parts(591_546, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(3))
            .saturating_add(T::DbWeight::get().writes(4))
    }

    // `p` is from 0 to 1_024.
    fn submit_next(p: u32) -> Weight {
        Weight::from_parts(74_341_900, 0)
            .saturating_add(Weight::from_parts(596_071, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(2))
    }

    // `p` is from 0 to 1_024.
    fn submit_last(p: u32) -> Weight {
        Weight::from_parts(93_322_766, 0)
            .saturating_add(Weight::from_parts(579_566, 0).saturating_mul(p.into()))
            .saturating_add(T::DbWeight::get().reads(2))
            .saturating_add(T::DbWeight::get().writes(3))
    }

    fn on_finalize() -> Weight {
        Weight::from_parts(16_086_743_000, 0)
            .saturating_add(T::DbWeight::get().reads(481))
            .saturating_add(T::DbWeight::get().writes(258))
    }

    // `h` is from 0 to 256.
    fn commit_heads(h: u32) -> Weight {
        Weight::from_parts(4_300_533, 0)
            .saturating_add(Weight::from_parts(3_652_618, 0).saturating_mul(h.into()))
            .saturating_add(T::DbWeight::get().reads(1))
            .saturating_add(T::DbWeight::get().writes(1))
    }
}
