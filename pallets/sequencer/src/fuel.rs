//! What messages pay for the proofs that they need.
//!
//! A message pays for the units that it may take of a batch, at the price of the moment
//! ([`zkfusion_primitives::price`]). They are taken from its sender when it comes in. When its
//! batch is proved, what it used is charged, and the rest is returned: all of it when the batch is
//! voided. No pot holds the money meanwhile. It is burnt, stands with the message, and is minted
//! again.
//!
//! A place in a batch is scarce too, so a message costs at least its share of one.

use crate::{
    pallet::{Config, Error, Inboxes, Messages, Pallet, Senders},
    Inbox, Sender, Waiting,
};
use alloc::collections::BTreeMap;
use frame_support::{
    ensure,
    traits::{
        fungible::Mutate,
        tokens::{Fortitude, Precision, Preservation},
        Get,
    },
    weights::Weight,
};
use frame_system::pallet_prelude::BlockNumberFor;
use zkfusion_primitives::{
    cost::message_cost,
    ids::{AppId, MessageIndex},
    message::Message,
    price::unit_price,
};

/// A message that is paid for.
pub(crate) struct Reserved {
    /// The price of a unit.
    pub(crate) price: u128,
    /// The weight of what the message reads and writes and another one of the block did before it:
    /// storage is written once, at the end of the block.
    pub(crate) shared: Weight,
}

impl<T: Config> Pallet<T> {
    /// Returns what a unit of an app costs the next message.
    pub fn price(app: AppId) -> u128 {
        Self::price_in(&Inboxes::<T>::get(app))
    }

    fn price_in(inbox: &Inbox<BlockNumberFor<T>>) -> u128 {
        unit_price(T::LowestPrice::get(), inbox.backlog)
    }

    /// Returns the units that a message with so many bytes of payload pays for so much fuel: what
    /// they cost a batch, and at least its share of one.
    pub fn units(payload_bytes: usize, fuel: u64) -> u64 {
        let share = T::BatchBudget::get()
            .checked_div(T::MaxBatchMessages::get().into())
            .unwrap_or(0);
        message_cost(payload_bytes, fuel).max(share)
    }

    /// Returns the units that a message pays for when it comes in.
    pub(crate) fn units_of(message: &Message) -> u64 {
        Self::units(message.payload.len(), message.fuel_limit)
    }

    /// Takes from a sender what a message with so many bytes of payload may use, and counts the
    /// message among those of the sender.
    ///
    /// # Errors
    ///
    /// If the sender has its share of the inbox, allows less, or has less.
    pub(crate) fn reserve(
        app: AppId,
        inbox: &mut Inbox<BlockNumberFor<T>>,
        sender: &T::AccountId,
        units: u64,
        max_fee: u128,
    ) -> Result<Reserved, Error<T>> {
        let price = Self::price_in(inbox);
        let fee = price.saturating_mul(units.into());
        ensure!(fee <= max_fee, Error::<T>::FuelTooExpensive);
        let mut share = Senders::<T>::get(app, sender);
        ensure!(share.waiting < T::MaxOfSender::get(), Error::<T>::TooManyOfSender);
        T::Currency::burn_from(
            sender,
            fee,
            Preservation::Preserve,
            Precision::Exact,
            Fortitude::Polite,
        )
        .map_err(|_| Error::<T>::CannotPayFuel)?;
        let now = frame_system::Pallet::<T>::block_number();
        let again = u64::from(inbox.last_message == now).saturating_add(u64::from(share.last == now));
        let shared = T::DbWeight::get().reads_writes(again, again);
        share.waiting = share.waiting.saturating_add(1);
        share.last = now;
        Senders::<T>::insert(app, sender, share);
        inbox.backlog = inbox.backlog.saturating_add(units);
        inbox.last_message = now;
        Ok(Reserved { price, shared })
    }

    /// Forgets the messages of an app from `first` on that ended, one for each item of `used`,
    /// which is the fuel that it used if it was proved. Pays `prover` its share of what they are
    /// charged, the treasury what is left, and the senders the rest.
    pub(crate) fn settle(
        app: AppId,
        inbox: &mut Inbox<BlockNumberFor<T>>,
        first: MessageIndex,
        used: impl Iterator<Item = Option<u64>>,
        prover: Option<&T::AccountId>,
    ) {
        let mut senders = BTreeMap::<T::AccountId, (u32, u128)>::new();
        let mut charged = 0u128;
        for (index, used) in (first..).zip(used) {
            let Some(Waiting { message, price }) = Messages::<T>::take(app, index) else {
                continue;
            };
            let reserved = Self::units_of(&message);
            let used = used.map_or(0, |fuel| Self::units(message.payload.len(), fuel).min(reserved));
            charged = charged.saturating_add(price.saturating_mul(used.into()));
            let rest = price.saturating_mul(reserved.saturating_sub(used).into());
            let (messages, returned) = senders.entry(message.sender.into()).or_default();
            *messages = messages.saturating_add(1);
            *returned = returned.saturating_add(rest);
            inbox.backlog = inbox.backlog.saturating_sub(reserved);
        }
        for (sender, (messages, returned)) in senders {
            Senders::<T>::mutate_exists(app, &sender, |share| {
                let left = share.take().and_then(|share| {
                    let waiting = share.waiting.saturating_sub(messages);
                    (waiting > 0).then_some(Sender { waiting, ..share })
                });
                *share = left;
            });
            Self::pay(&sender, returned);
        }
        let for_prover = prover.map_or(0, |prover| {
            let amount = T::ProverShare::get().mul_floor(charged);
            Self::pay(prover, amount);
            amount
        });
        Self::pay(&T::Treasury::get(), charged.saturating_sub(for_prover));
    }

    /// Pays an account. What an account that is gone would have to get to be worth keeping stays
    /// burnt, if it is more than this.
    fn pay(account: &T::AccountId, amount: u128) {
        if amount > 0 {
            if let Err(error) = T::Currency::mint_into(account, amount) {
                log::debug!(target: "runtime::sequencer", "{amount} are too little for an account that is gone: {error:?}");
            }
        }
    }
}
