//! Benchmarks. Each begins with the state that makes the most work, which [`add_app`] and its
//! callers put into storage.

use crate::{
    pallet::{Apps, Batches, BlockHeads, Call, Config, Inboxes, OrderRoot, Pallet, QueueEnds},
    App, Inbox, OpenBatch, Program, ProgramChecks, SealedBatch, MAX_WASM,
};
use alloc::vec;
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, EnsureOrigin, Get, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use pallet_vrf::RandomnessSource;
use sp_runtime::traits::{Saturating, Zero};
use zkfusion_primitives::{
    ids::AppId,
    message::{EMPTY_INBOX_HASH, MAX_PAYLOAD},
    order::OrderHead,
    program::SIZE_COUNT,
};

/// The program of all apps.
const PROGRAM: Program = Program {
    wasm_hash: [0; 32],
    program_id: [0; 32],
};

/// The most keys of a program.
const MAX_KEYS: u32 = SIZE_COUNT as u32;

/// Adds an app with `open` messages in its open batch, which is waited for in the queue if there
/// are any.
fn add_app<T: Config>(app: AppId, open: u32) {
    let registered_at = frame_system::Pallet::<T>::block_number();
    let owner = account("owner", app, 0);
    Apps::<T>::insert(
        app,
        App {
            owner,
            program: PROGRAM,
            first_program_id: PROGRAM.program_id,
            registered_at,
        },
    );
    let mut inbox = Inbox {
        next_message: open.into(),
        open: OpenBatch {
            count: open,
            cost: 0,
            opened_at: registered_at,
            inbox_hash_pre: EMPTY_INBOX_HASH,
        },
        ..Inbox::default()
    };
    Pallet::<T>::enqueue(app, &mut inbox);
    Inboxes::<T>::insert(app, inbox);
    // The ends of the queue are in storage from the first message on.
    QueueEnds::<T>::mutate(|_| ());
}

/// Returns who sends messages: an account with funds, which the payment of the transaction has read
/// and written.
fn sender<T: Config>() -> T::AccountId {
    let sender = whitelisted_caller();
    let funds = u128::MAX / 4;
    assert!(T::Currency::mint_into(&sender, funds).is_ok());
    sender
}

/// Adds sealed batches without seeds to an app.
fn add_sealed<T: Config>(app: AppId, sealed_at: impl Iterator<Item = BlockNumberFor<T>>) {
    Inboxes::<T>::mutate(app, |inbox| {
        for sealed_at in sealed_at {
            let batch = SealedBatch {
                first: 0,
                count: 1,
                sealed_at,
                inbox_hash_pre: EMPTY_INBOX_HASH,
                inbox_hash_post: EMPTY_INBOX_HASH,
                seed: None,
                program: PROGRAM,
                end: None,
            };
            Batches::<T>::insert(app, inbox.next_batch, batch);
            inbox.next_batch = inbox.next_batch.saturating_add(1);
        }
    });
}

#[benchmarks]
mod benchmarks {
    use super::*;

    /// The slope is that of the costliest wasm, of which a program cannot have as much as of any:
    /// more makes too much code.
    #[benchmark]
    fn register(w: Linear<1_024, { MAX_WASM / 33 }>, k: Linear<1, MAX_KEYS>) -> Result<(), BenchmarkError> {
        let origin = T::RegisterOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let (wasm, keys) = T::Programs::costliest(w, k);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, account("owner", 0, 0), wasm, keys);
        assert!(Apps::<T>::contains_key(0));
        Ok(())
    }

    #[benchmark]
    fn upgrade(w: Linear<1_024, { MAX_WASM / 33 }>, k: Linear<1, MAX_KEYS>) -> Result<(), BenchmarkError> {
        add_app::<T>(0, 1);
        let origin = T::RegisterOrigin::try_successful_origin().map_err(|_| BenchmarkError::Weightless)?;
        let (wasm, keys) = T::Programs::costliest(w, k);
        #[extrinsic_call]
        _(origin as T::RuntimeOrigin, 0, wasm, keys);
        assert_eq!(Inboxes::<T>::get(0).next_batch, 1);
        Ok(())
    }

    #[benchmark]
    fn submit_first(p: Linear<0, MAX_PAYLOAD>) {
        add_app::<T>(0, 0);
        let payload = vec![1; p as usize];
        let sender = sender::<T>();
        #[extrinsic_call]
        submit(RawOrigin::Signed(sender), 0, payload, 1, u128::MAX);
        assert!(Inboxes::<T>::get(0).queued);
    }

    #[benchmark]
    fn submit_next(p: Linear<0, MAX_PAYLOAD>) {
        add_app::<T>(0, 1);
        assert!(Inboxes::<T>::get(0).queued);
        let payload = vec![1; p as usize];
        let sender = sender::<T>();
        #[extrinsic_call]
        submit(RawOrigin::Signed(sender), 0, payload, 1, u128::MAX);
        assert_eq!(Inboxes::<T>::get(0).open.count, 2);
    }

    #[benchmark]
    fn submit_last(p: Linear<0, MAX_PAYLOAD>) {
        add_app::<T>(0, T::MaxBatchMessages::get().saturating_sub(1));
        let payload = vec![1; p as usize];
        let sender = sender::<T>();
        #[extrinsic_call]
        submit(RawOrigin::Signed(sender), 0, payload, 1, u128::MAX);
        assert_eq!(Inboxes::<T>::get(0).next_batch, 1);
    }

    /// All apps that a block serves have messages to seal and as many batches to seed as a visit
    /// allows, each with a window of its own, so that all outputs are read that are remembered.
    #[benchmark]
    fn on_finalize() -> Result<(), BenchmarkError> {
        let (apps, seeds) = (T::VisitsPerBlock::get(), T::SeedsPerVisit::get());
        (0..apps).for_each(|app| add_app::<T>(app, 1));
        let now = BlockNumberFor::<T>::from(u16::MAX);
        let (oldest, newest) = T::Randomness::fill(now).ok_or(BenchmarkError::Weightless)?;
        let batches = apps.saturating_mul(seeds);
        let span = newest.saturating_sub(oldest);
        let block = |batch: u32| {
            let after = span.saturating_mul(batch.into()) / batches.into();
            oldest.saturating_add(after)
        };
        for app in 0..apps {
            let first = app.saturating_mul(seeds);
            add_sealed::<T>(app, (first..first.saturating_add(seeds)).map(block));
        }
        frame_system::Pallet::<T>::set_block_number(now);
        #[block]
        {
            Pallet::<T>::on_finalize(now);
        }
        for app in 0..apps {
            let inbox = Inboxes::<T>::get(app);
            assert_eq!(inbox.next_seed, u64::from(seeds));
            assert_eq!(inbox.next_batch, u64::from(seeds) + 1);
        }
        Ok(())
    }

    #[benchmark]
    fn commit_heads(h: Linear<0, { T::MaxHeads::get() }>) {
        OrderRoot::<T>::put(sp_core::H256::repeat_byte(1));
        for app in 0..h {
            let head = OrderHead {
                genesis_hash: [1; 32],
                app,
                batch: 0,
                inbox_hash: EMPTY_INBOX_HASH,
                seeds_hash: [0; 32],
                program_id: PROGRAM.program_id,
            };
            assert!(BlockHeads::<T>::try_append(head).is_ok());
        }
        #[block]
        {
            Pallet::<T>::commit_heads();
        }
        assert_eq!(OrderRoot::<T>::get().is_zero(), h.is_zero());
    }
}
