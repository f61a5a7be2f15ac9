//! Benchmarks. Registering compiles the wasm, which is up to the runtime's [`ProgramChecks`](crate::ProgramChecks): its part that grows
//! with the wasm is measured on a module of one data segment, and `register` is charged for the compiler's slowest input (see
//! the weights).

use crate::{
    pallet::{Apps, Batches, Call, Config, Inboxes, Pallet},
    App, Program,
};
use alloc::{vec, vec::Vec};
use frame_benchmarking::v2::*;
use frame_support::traits::Get;
use frame_system::RawOrigin;
use sp_runtime::traits::{One, Saturating};
use zkfusion_primitives::{ids::AppId, message::MAX_PAYLOAD};

/// Adds an app without a program.
fn add_app<T: Config>(app: AppId) {
    let registered_at = frame_system::Pallet::<T>::block_number();
    let owner = account("owner", app, 0);
    Apps::<T>::insert(
        app,
        App {
            owner,
            program: Program {
                wasm_hash: [0; 32],
                program_id: [0; 32],
            },
            first_program_id: [0; 32],
            registered_at,
        },
    );
}

/// Submits messages that leave the open batch one short of full.
fn almost_fill<T: Config>(app: AppId) {
    for _ in 1..T::MaxBatchMessages::get() {
        submit::<T>(app);
    }
}

fn submit<T: Config>(app: AppId) {
    let sender = RawOrigin::Signed(account("sender", 0, 0)).into();
    Pallet::<T>::submit(sender, app, Vec::new(), 1).expect("the message is good");
}

#[benchmarks]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn submit(p: Linear<0, MAX_PAYLOAD>) {
        add_app::<T>(0);
        almost_fill::<T>(0);
        let payload = vec![1; p as usize];
        #[extrinsic_call]
        _(RawOrigin::Signed(account("sender", 0, 0)), 0, payload, 1);
        assert_eq!(Inboxes::<T>::get(0).next_batch, 1);
    }

    #[benchmark]
    fn on_finalize(n: Linear<0, { T::VisitsPerBlock::get() }>) {
        for app in 0..n {
            add_app::<T>(app);
            for _ in 0..T::SeedsPerVisit::get() {
                almost_fill::<T>(app);
                super::submit::<T>(app);
            }
            super::submit::<T>(app);
        }
        let age = T::MaxBatchAge::get().saturating_add(One::one());
        let now = frame_system::Pallet::<T>::block_number().saturating_add(age);
        frame_system::Pallet::<T>::set_block_number(now);
        #[block]
        {
            Pallet::<T>::serve_queue(now);
        }
        assert!((0..n).all(|app| Batches::<T>::contains_key(app, u64::from(T::SeedsPerVisit::get()))));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::new_test_ext(), crate::mock::Test);
}
