//! Seeing the transaction under way to its end.

use super::{
    ethereum::CallError,
    send::{Sender, Slot, Unsent},
};
use crate::{
    abi::AppState,
    fees::GWEI,
    plan::{fate, Fate, Receipt, Sighting},
    transaction::InFlight,
    LOG_TARGET,
};

/// What became of the transaction under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Followed {
    /// Another can be sent.
    Free(Slot),
    /// It waits for a block, or its effect is not read yet.
    Busy,
    /// It reverted, and not because somebody else did the same before.
    Reverted,
}

/// Does what is to be done about the transaction under way. `state` is where its app stands.
pub(super) fn follow(sender: &Sender<'_>, mut transaction: InFlight, state: Option<&AppState>) -> Followed {
    let view = sender.view;
    let next = Slot {
        nonce: view.nonce,
        replaces: None,
    };
    let intent = transaction.intent;
    let hash = transaction.hash();
    let ours = (transaction.chain_id, transaction.sender, transaction.to);
    let contract = intent.contract(sender.contracts);
    if ours != (view.chain_id, sender.account.address().0 .0, contract.0 .0) {
        log::warn!(target: LOG_TARGET, "{intent}: transaction {hash} was for other settings and is forgotten");
        InFlight::forget();
        return Followed::Free(next);
    }
    if view.block < transaction.signed_block {
        // Ethereum went back, or began anew: its blocks are counted from here.
        transaction.signed_block = view.block;
        transaction.save();
    }
    let wanted = intent.wanted(state, &view.order);
    let sighting = Sighting {
        nonce: view.nonce,
        block: view.block,
        receipt: view.receipt.clone(),
        receipts_known: view.receipts_known,
        known: view.known,
        mined: view.mined,
        wanted,
    };
    let now_ms = sp_io::offchain::timestamp().unix_millis();
    match fate(&transaction, sighting, now_ms) {
        Fate::Included(receipt) => {
            InFlight::forget();
            return included(sender, &transaction, &receipt, wanted);
        }
        Fate::Unwitnessed => {
            log::warn!(
                target: LOG_TARGET,
                "{intent}: transaction {hash} is in a block, but Ethereum has no receipt of it any more"
            );
            InFlight::forget();
            return Followed::Free(next);
        }
        Fate::Superseded => {
            log::warn!(
                target: LOG_TARGET,
                "{intent}: nonce {} was used by another transaction than {hash}; does somebody else use the key?",
                transaction.nonce
            );
            InFlight::forget();
            return Followed::Free(next);
        }
        Fate::Orphaned => {
            log::warn!(
                target: LOG_TARGET,
                "{intent}: Ethereum went back to nonce {}, behind transaction {hash}",
                view.nonce
            );
            InFlight::forget();
            return Followed::Free(next);
        }
        Fate::Dropped => {
            log::info!(target: LOG_TARGET, "{intent}: transaction {hash} is not needed any more");
            InFlight::forget();
            return Followed::Free(next);
        }
        Fate::Reuse => {
            return Followed::Free(Slot {
                nonce: transaction.nonce,
                replaces: Some(transaction),
            })
        }
        Fate::Pending => log::debug!(target: LOG_TARGET, "{intent}: transaction {hash} waits for a block"),
        Fate::Resend => {
            log::info!(target: LOG_TARGET, "{intent}: transaction {hash} is sent again");
            complain(&transaction, sender.resend(&transaction));
        }
        Fate::Replace => match sender.replace(&transaction) {
            Err(Unsent::TooExpensive(error)) if !view.known => {
                log::info!(target: LOG_TARGET, "{intent}: transaction {hash} is sent again as it is: {error}");
                complain(&transaction, sender.resend(&transaction));
            }
            result => complain(&transaction, result),
        },
    }
    Followed::Busy
}

fn complain(transaction: &InFlight, result: Result<(), Unsent>) {
    if let Err(error) = result {
        log::warn!(target: LOG_TARGET, "{}: {error}", transaction.intent);
    }
}

/// Tells the outcome of a transaction that is in a block. `wanted` is whether what it is for still
/// has to be done.
fn included(sender: &Sender<'_>, transaction: &InFlight, receipt: &Receipt, wanted: bool) -> Followed {
    let intent = transaction.intent;
    if receipt.success {
        log::info!(
            target: LOG_TARGET,
            "{intent}: done in Ethereum's block {} with {} gas at {} gwei, transaction {}",
            receipt.block,
            receipt.gas_used,
            receipt.gas_price / GWEI,
            receipt.hash
        );
        return Followed::Busy;
    }
    let from = sender.account.address();
    match sender
        .ethereum
        .explain(from, transaction.to.into(), &transaction.calldata, receipt.block)
    {
        Some(CallError::Refused(refusal)) if refusal.came_second() || !wanted => {
            log::info!(target: LOG_TARGET, "{intent}: somebody else was faster than transaction {}", receipt.hash);
            Followed::Busy
        }
        Some(reason) => {
            log::error!(target: LOG_TARGET, "{intent}: transaction {} reverted: {reason}", receipt.hash);
            Followed::Reverted
        }
        None => {
            log::error!(
                target: LOG_TARGET,
                "{intent}: transaction {} reverted after {} of {} gas",
                receipt.hash,
                receipt.gas_used,
                transaction.gas_limit
            );
            Followed::Reverted
        }
    }
}
