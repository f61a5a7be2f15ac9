//! Benchmarks. The runtime cannot sign, so the claim is a fixed one.

use crate::{BlockAuthor, Call, Config, LastOutput, Output, Outputs, Pallet, VrfClaim};
use frame_benchmarking::v2::*;
use frame_support::traits::{Get, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use sp_core::{hex2array, sr25519};
use sp_runtime::traits::{One, Saturating};

/// The development account Alice.
const AUTHOR: [u8; 32] = hex2array!("d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d");
/// What Alice's claim is for.
const PREVIOUS: Output = [1; 32];
/// The slot of Alice's claim.
const SLOT: u64 = 1;
/// Alice's claim.
const CLAIM: VrfClaim = VrfClaim {
    pre_output: hex2array!("148c99c17fe475d6a75ced6ee5d2358b002195c2ba1d40a7c1b55294a36b7b73"),
    proof: hex2array!(
        "3cd29fae891aea65fdb277f41c795d036edc3a9ba5579c57fa4139501b4ad50516df67b8c9b5211bc9c150bf05432da478cd6f45df3b6bb8ef314852e0fd1702"
    ),
};

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn submit() {
        T::BlockAuthor::pretend(sr25519::Public::from_raw(AUTHOR), SLOT);
        let block = BlockNumberFor::<T>::one();
        frame_system::Pallet::<T>::set_block_number(block);
        LastOutput::<T>::put(PREVIOUS);
        #[extrinsic_call]
        _(RawOrigin::None, CLAIM);
        assert!(Outputs::<T>::contains_key(block));
    }

    #[benchmark]
    fn on_finalize() {
        let oldest = BlockNumberFor::<T>::one();
        let now = oldest.saturating_add(T::HistoryDepth::get());
        Outputs::<T>::insert(oldest, PREVIOUS);
        Outputs::<T>::insert(now, PREVIOUS);
        #[block]
        {
            Pallet::<T>::on_finalize(now);
        }
        assert!(!Outputs::<T>::contains_key(oldest));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
