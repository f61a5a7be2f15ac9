//! Sealing batches and giving them seeds, a bounded amount in each block.

use crate::{
    pallet::{Apps, Batches, Config, Event, Inboxes, Pallet, Queue, QueueEnds},
    Inbox, SealedBatch,
};
use codec::Encode;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_vrf::RandomnessSource;
use sp_runtime::traits::Saturating;
use zkfusion_primitives::{batch::vrf_seed, ids::AppId};

impl<T: Config> Pallet<T> {
    /// Returns how many apps this block has to serve, as far as is known at its beginning.
    pub(crate) fn visits_due() -> u32 {
        let (first, end) = QueueEnds::<T>::get();
        let waiting = u32::try_from(end.saturating_sub(first)).unwrap_or(u32::MAX);
        waiting.min(T::VisitsPerBlock::get())
    }

    /// Serves the first apps of the queue. An app with more to do goes to the end.
    pub(crate) fn serve_queue(now: BlockNumberFor<T>) {
        let visits = Self::visits_due();
        if visits == 0 {
            return;
        }
        for _ in 0..visits {
            let Some(app) = Self::dequeue() else { return };
            Inboxes::<T>::mutate(app, |inbox| {
                inbox.queued = false;
                let age = now.saturating_sub(inbox.open.opened_at);
                if inbox.open.count > 0 && age >= T::MaxBatchAge::get() {
                    Self::seal(app, inbox, now);
                }
                Self::give_seeds(app, inbox);
                Self::enqueue(app, inbox);
            });
        }
    }

    /// Makes a batch of the open messages, of which there must be one.
    pub(crate) fn seal(app: AppId, inbox: &mut Inbox<BlockNumberFor<T>>, now: BlockNumberFor<T>) {
        let (batch, first, count) = (inbox.next_batch, inbox.first_open(), inbox.open.count);
        let Some(program) = Apps::<T>::get(app).map(|app| app.program) else {
            return;
        };
        let sealed = SealedBatch {
            first,
            count,
            sealed_at: now,
            inbox_hash_pre: inbox.open.inbox_hash_pre,
            inbox_hash_post: inbox.inbox_hash,
            seed: None,
            program,
            end: None,
        };
        Batches::<T>::insert(app, batch, sealed);
        inbox.next_batch = batch.saturating_add(1);
        inbox.open.count = 0;
        inbox.open.cost = 0;
        inbox.open.inbox_hash_pre = inbox.inbox_hash;
        Self::deposit_event(Event::BatchSealed {
            app,
            batch,
            first,
            count,
        });
    }

    /// Puts an app with something to do into the queue, once.
    pub(crate) fn enqueue(app: AppId, inbox: &mut Inbox<BlockNumberFor<T>>) {
        if inbox.queued || !inbox.needs_visit() {
            return;
        }
        inbox.queued = true;
        QueueEnds::<T>::mutate(|(_, end)| {
            Queue::<T>::insert(*end, app);
            *end = end.saturating_add(1);
        });
    }

    fn dequeue() -> Option<AppId> {
        QueueEnds::<T>::mutate(|(first, _)| {
            let app = Queue::<T>::take(*first)?;
            *first = first.saturating_add(1);
            Some(app)
        })
    }

    /// Gives seeds to the app's oldest batches that have none, as far as randomness has come for
    /// the blocks that sealed them.
    fn give_seeds(app: AppId, inbox: &mut Inbox<BlockNumberFor<T>>) {
        for _ in 0..T::SeedsPerVisit::get() {
            let batch = inbox.next_seed;
            let given = Batches::<T>::mutate(app, batch, |sealed| {
                let sealed = sealed.as_mut()?;
                let context = (app, batch).encode();
                let output = T::Randomness::randomness_after(sealed.sealed_at, &context)?;
                sealed.seed = Some(vrf_seed(&output));
                Some(())
            });
            if given.is_none() {
                return;
            }
            inbox.next_seed = batch.saturating_add(1);
            Self::deposit_event(Event::BatchSeeded { app, batch });
        }
    }
}
