//! Benchmarks.

use crate::{
    pallet::{Config, Outputs, Pallet},
    BlockRandomness, Output,
};
use frame_benchmarking::v2::*;
use frame_support::traits::{Get, Hooks};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::traits::{One, Saturating};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn on_finalize() {
        let oldest = BlockNumberFor::<T>::one();
        let now = oldest.saturating_add(T::HistoryDepth::get());
        let author: T::AccountId = account("author", 0, 0);
        Outputs::<T>::insert(oldest, (author, Output::default()));
        T::BlockRandomness::set_current();
        #[block]
        {
            Pallet::<T>::on_finalize(now);
        }
        assert!(Outputs::<T>::contains_key(now) && !Outputs::<T>::contains_key(oldest));
    }
}
