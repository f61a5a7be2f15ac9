//! Invariants between the pallet's storage items.

use crate::{
    pallet::{
        Apps, Batches, Config, Inboxes, Messages, Outcomes, Pallet, ProgramKeys, ProgramProtocols, Programs,
        Queue, QueueEnds, Senders,
    },
    Inbox, Waiting,
};
use alloc::collections::BTreeMap;
use frame_support::{ensure, traits::Get};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_runtime::TryRuntimeError;
use zkfusion_primitives::{
    cost::message_cost,
    ids::{AppId, Hash, MessageIndex},
    message::{extend_inbox_hash, Message},
    program::SIZES,
};

impl<T: Config> Pallet<T> {
    /// Checks every invariant of the pallet.
    ///
    /// # Errors
    ///
    /// What is wrong, if anything is.
    pub fn check_state() -> Result<(), TryRuntimeError> {
        let mut queued = BTreeMap::<AppId, u32>::new();
        let (first, end) = QueueEnds::<T>::get();
        for (position, app) in Queue::<T>::iter() {
            ensure!(
                (first..end).contains(&position),
                "an entry of the queue lies outside of its ends"
            );
            *queued.entry(app).or_default() += 1;
        }
        ensure!(
            Queue::<T>::iter_keys().count() as u64 == end - first,
            "the queue has gaps"
        );

        for (app, info) in Apps::<T>::iter() {
            let wasm = Programs::<T>::get(info.program.wasm_hash).ok_or("an app's program is not stored")?;
            ensure!(
                sp_io::hashing::blake2_256(&wasm) == info.program.wasm_hash,
                "a program is stored under another hash"
            );
            let has_key = SIZES
                .clone()
                .any(|k| ProgramKeys::<T>::contains_key(info.program.program_id, k));
            ensure!(has_key, "an app's program has no key");
            ensure!(
                ProgramProtocols::<T>::contains_key(info.program.program_id),
                "an app's keys are of no protocol"
            );

            let inbox = Inboxes::<T>::get(app);
            ensure!(
                inbox.queued == inbox.needs_visit(),
                "an app's place in the queue does not follow from its inbox"
            );
            let places = queued.remove(&app).unwrap_or(0);
            ensure!(
                places == u32::from(inbox.queued),
                "an app is not in the queue once, as its inbox says"
            );
            Self::check_inbox(app, &inbox)?;
        }
        ensure!(queued.is_empty(), "the queue holds an app that does not exist");
        let known = |app| Apps::<T>::contains_key(app);
        ensure!(Inboxes::<T>::iter_keys().all(known), "an inbox belongs to no app");
        Ok(())
    }

    fn check_inbox(app: AppId, inbox: &Inbox<BlockNumberFor<T>>) -> Result<(), TryRuntimeError> {
        ensure!(
            inbox.unprocessed() <= T::MaxUnprocessed::get().into(),
            "an inbox holds more than it may"
        );
        ensure!(
            inbox.next_proof <= inbox.next_seed,
            "a batch was proved without a seed"
        );
        ensure!(
            inbox.next_seed <= inbox.next_batch,
            "a batch has a seed before it is sealed"
        );

        let mut first = inbox.first_unprocessed;
        let mut hash = None;
        for index in inbox.next_proof..inbox.next_batch {
            let batch = Batches::<T>::get(app, index).ok_or("a batch is missing")?;
            ensure!(
                batch.first == first && batch.count > 0,
                "batches are not consecutive"
            );
            ensure!(
                batch.count <= T::MaxBatchMessages::get(),
                "a batch holds too many messages"
            );
            ensure!(
                batch.seed.is_some() == (index < inbox.next_seed),
                "seeds are not given in order"
            );
            ensure!(batch.end.is_none(), "an unproved batch is marked as ended");
            ensure!(
                hash.is_none_or(|hash| hash == batch.inbox_hash_pre),
                "inbox hashes do not chain"
            );
            Self::check_messages(
                app,
                first,
                batch.count,
                &batch.inbox_hash_pre,
                &batch.inbox_hash_post,
            )?;
            first = first.saturating_add(batch.count.into());
            hash = Some(batch.inbox_hash_post);
        }
        ensure!(
            first == inbox.first_open(),
            "a message is in no batch and not open"
        );
        ensure!(
            hash.is_none_or(|hash| hash == inbox.open.inbox_hash_pre),
            "the open batch does not continue the chain"
        );
        let cost = Self::check_messages(
            app,
            first,
            inbox.open.count,
            &inbox.open.inbox_hash_pre,
            &inbox.inbox_hash,
        )?;
        ensure!(
            cost == inbox.open.cost,
            "the open batch's cost is not that of its messages"
        );

        Self::check_payments(app, inbox)?;
        let batches = Batches::<T>::iter_key_prefix(app).count() as u64;
        let kept = inbox.next_proof.min(T::BatchHistory::get());
        ensure!(
            batches
                == inbox
                    .next_batch
                    .saturating_sub(inbox.next_proof)
                    .saturating_add(kept),
            "batches kept"
        );
        let outcomes = Outcomes::<T>::iter_key_prefix(app).count() as u64;
        // The messages of voided batches have none.
        ensure!(
            outcomes <= inbox.first_unprocessed.min(T::OutcomeHistory::get()),
            "outcomes kept"
        );
        Ok(())
    }

    /// Checks that the messages which wait make the backlog and the shares of their senders.
    fn check_payments(app: AppId, inbox: &Inbox<BlockNumberFor<T>>) -> Result<(), TryRuntimeError> {
        let mut messages = 0u64;
        let mut backlog = 0u64;
        let mut senders = BTreeMap::<T::AccountId, u32>::new();
        for (_, Waiting { message, .. }) in Messages::<T>::iter_prefix(app) {
            messages += 1;
            backlog = backlog.saturating_add(Self::units_of(&message));
            *senders.entry(message.sender.into()).or_default() += 1;
        }
        ensure!(messages == inbox.unprocessed(), "a processed message is kept");
        ensure!(
            backlog == inbox.backlog,
            "the backlog is not that of the messages"
        );
        for (sender, share) in Senders::<T>::iter_prefix(app) {
            ensure!(
                senders.remove(&sender) == Some(share.waiting),
                "a sender's share is not that of its messages"
            );
            ensure!(
                share.waiting <= T::MaxOfSender::get(),
                "a sender has more than its share"
            );
        }
        ensure!(senders.is_empty(), "a sender of messages has no share");
        Ok(())
    }

    /// Checks that a batch's messages make its hashes and fit into its budget, and returns their
    /// cost.
    fn check_messages(
        app: AppId,
        first: MessageIndex,
        count: u32,
        pre: &Hash,
        post: &Hash,
    ) -> Result<u64, TryRuntimeError> {
        let messages: Option<alloc::vec::Vec<Message>> = (first..first.saturating_add(count.into()))
            .map(|index| Messages::<T>::get(app, index).map(|waiting| waiting.message))
            .collect();
        let messages = messages.ok_or("a message is missing")?;
        let indices = messages.iter().map(|message| message.index);
        ensure!(
            indices.eq(first..first.saturating_add(count.into())),
            "a message is stored under another index"
        );
        let hash = extend_inbox_hash(pre, &messages).map_err(|_| "an inbox hash is not a field element")?;
        ensure!(hash == *post, "an inbox hash is not that of the messages");
        let cost = messages
            .iter()
            .map(|message| message_cost(message.payload.len(), message.fuel_limit))
            .sum();
        ensure!(cost <= T::BatchBudget::get(), "a batch exceeds its budget");
        Ok(cost)
    }
}
