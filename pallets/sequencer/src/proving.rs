//! What the verifier pallet, the workers and the runtime APIs ask about batches.

use crate::{
    pallet::{Apps, Batches, Config, Inboxes, Messages, Outcomes, Pallet},
    BatchEnd, BatchMessages, MessageState, NotProvable, Outcome, ProvableBatch,
};
use alloc::vec::Vec;
use frame_support::traits::Get;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, MessageIndex},
    status::MessageStatus,
};

impl<T: Config> Pallet<T> {
    /// Returns a batch that is sealed, has its seed, and is the next of its app to be proved.
    ///
    /// # Errors
    ///
    /// Why the batch is none of that.
    pub fn provable(app: AppId, index: BatchIndex) -> Result<ProvableBatch, NotProvable> {
        let info = Apps::<T>::get(app).ok_or(NotProvable::UnknownApp)?;
        let inbox = Inboxes::<T>::get(app);
        if index < inbox.next_proof {
            return Err(NotProvable::AlreadyVerified);
        }
        if index >= inbox.next_batch {
            return Err(NotProvable::NotSealed);
        }
        if index > inbox.next_proof {
            return Err(NotProvable::OutOfOrder);
        }
        if Self::block_is_full() {
            return Err(NotProvable::BlockFull);
        }
        let batch = Batches::<T>::get(app, index).ok_or(NotProvable::NotSealed)?;
        Ok(ProvableBatch {
            app,
            index,
            program: match batch.program.wasm_hash == info.program.wasm_hash {
                // The same wasm under newer keys, as after a change of the circuit.
                true => info.program,
                false => batch.program,
            },
            first: batch.first,
            count: batch.count,
            inbox_hash_pre: batch.inbox_hash_pre,
            inbox_hash_post: batch.inbox_hash_post,
            seed: batch.seed.ok_or(NotProvable::SeedPending)?,
        })
    }

    /// Returns the batch of each app that can be proved now.
    ///
    /// Reads every app: for callers outside of blocks.
    pub fn all_provable() -> Vec<ProvableBatch> {
        let next = |app| Self::provable(app, Inboxes::<T>::get(app).next_proof).ok();
        Apps::<T>::iter_keys().filter_map(next).collect()
    }

    /// Returns the messages of a batch that is not verified yet.
    pub fn messages(batch: &ProvableBatch) -> BatchMessages {
        let end = batch.first.saturating_add(batch.count.into());
        (batch.first..end)
            .filter_map(|index| Messages::<T>::get(batch.app, index))
            .map(|waiting| waiting.message)
            .collect()
    }

    /// Records that a batch was proved: charges its messages and forgets them, keeps their
    /// outcomes, and forgets what became too old. `prover` is who submitted the proof.
    ///
    /// `batch` must come from [`Self::provable`] in the same state, with one outcome for each of
    /// its messages.
    pub fn complete(
        batch: &ProvableBatch,
        outcomes: impl Iterator<Item = (MessageStatus, u64)> + Clone,
        prover: &T::AccountId,
    ) {
        let app = batch.app;
        for (index, (status, fuel_used)) in (batch.first..).zip(outcomes.clone()) {
            Outcomes::<T>::insert(
                app,
                index,
                Outcome {
                    batch: batch.index,
                    status,
                    fuel_used,
                },
            );
        }
        Self::end(
            batch,
            Some(prover),
            outcomes.map(|(_, fuel_used)| Some(fuel_used)),
        );
    }

    /// Records that a batch has no effect: returns what its messages paid, and forgets them and
    /// what became too old.
    ///
    /// `batch` must come from [`Self::provable`] in the same state.
    pub fn void(batch: &ProvableBatch) {
        Self::end(batch, None, (0..batch.count).map(|_| None));
    }

    fn end(batch: &ProvableBatch, prover: Option<&T::AccountId>, used: impl Iterator<Item = Option<u64>>) {
        let app = batch.app;
        let after = batch.first.saturating_add(batch.count.into());
        for index in batch.first..after {
            if let Some(old) = index.checked_sub(T::OutcomeHistory::get()) {
                Outcomes::<T>::remove(app, old);
            }
        }
        if let Some(old) = batch.index.checked_sub(T::BatchHistory::get()) {
            Batches::<T>::remove(app, old);
        }
        let at = frame_system::Pallet::<T>::block_number();
        let voided = prover.is_none();
        Batches::<T>::mutate(app, batch.index, |sealed| {
            if let Some(sealed) = sealed {
                sealed.end = Some(BatchEnd { at, voided });
            }
        });
        Inboxes::<T>::mutate(app, |inbox| {
            Self::settle(app, inbox, batch.first, used, prover);
            inbox.next_proof = batch.index.saturating_add(1);
            inbox.first_unprocessed = after;
            Self::move_head(batch, &mut inbox.seeds_hash, voided);
        });
    }

    /// Returns where a message stands; nothing if there is no such message.
    pub fn message_state(app: AppId, index: MessageIndex) -> Option<MessageState> {
        let inbox = Inboxes::<T>::get(app);
        if index >= inbox.next_message {
            return None;
        }
        if index >= inbox.first_open() {
            return Some(MessageState::Open);
        }
        if index < inbox.first_unprocessed {
            if let Some(outcome) = Outcomes::<T>::get(app, index) {
                return Some(MessageState::Processed(outcome));
            }
            let kept = inbox.next_proof.saturating_sub(T::BatchHistory::get())..inbox.next_proof;
            let batch = Self::batch_of(app, index, kept).filter(|batch| Self::is_voided(app, *batch));
            return Some(batch.map_or(MessageState::Forgotten, MessageState::Voided));
        }
        Self::batch_of(app, index, inbox.next_proof..inbox.next_batch).map(MessageState::Sealed)
    }

    /// Returns whether a batch was voided, as far as it is remembered.
    pub fn is_voided(app: AppId, batch: BatchIndex) -> bool {
        let end = Batches::<T>::get(app, batch).and_then(|batch| batch.end);
        end.is_some_and(|end| end.voided)
    }

    /// Finds the batch of a message among consecutive sealed batches by bisection.
    fn batch_of(
        app: AppId,
        index: MessageIndex,
        batches: core::ops::Range<BatchIndex>,
    ) -> Option<BatchIndex> {
        let (mut low, mut high) = (batches.start, batches.end);
        while low < high {
            let middle = low.saturating_add(high.saturating_sub(low) / 2);
            let batch = Batches::<T>::get(app, middle)?;
            if index < batch.first {
                high = middle;
            } else if index < batch.first.saturating_add(batch.count.into()) {
                return Some(middle);
            } else {
                low = middle.saturating_add(1);
            }
        }
        None
    }
}
