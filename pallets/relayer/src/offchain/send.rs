//! Signing, storing and sending transactions.

use super::{
    account::Account,
    ethereum::{CallError, Ethereum, View},
    rpc::RpcError,
};
use crate::{
    abi::Contracts,
    fees::{FeeLimits, Fees, TooExpensive, GWEI},
    transaction::{push_hash, Draft, InFlight, Intent},
    LOG_TARGET,
};
use alloc::vec::Vec;
use alloy_primitives::{Address, U256};
use core::fmt;
use sp_runtime::offchain::storage::StorageValueRef;

/// Key of the transaction under way.
const KEY_IN_FLIGHT: &[u8] = b"zkfusion::relayer::in_flight";

impl InFlight {
    /// Returns the transaction under way, if there is one.
    pub(super) fn load() -> Option<Self> {
        StorageValueRef::persistent(KEY_IN_FLIGHT).get().ok().flatten()
    }

    /// Stores the transaction as the one under way.
    pub(super) fn save(&self) {
        StorageValueRef::persistent(KEY_IN_FLIGHT).set(self);
    }

    /// Forgets the transaction under way.
    pub(super) fn forget() {
        StorageValueRef::persistent(KEY_IN_FLIGHT).clear();
    }
}

/// Why a transaction was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// The contract refuses the call, or the node the transaction.
    Call(CallError),
    /// Gas costs too much.
    TooExpensive(TooExpensive),
    /// The account cannot pay for it.
    Unfunded {
        account: Address,
        needed: U256,
        balance: U256,
    },
    /// The keystore does not sign.
    NoKey,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(error) => error.fmt(f),
            Self::TooExpensive(error) => error.fmt(f),
            Self::Unfunded {
                account,
                needed,
                balance,
            } => {
                let gwei = |wei: &U256| wei / U256::from(GWEI);
                write!(
                    f,
                    "account {account} has {} gwei and needs {} gwei: fund it",
                    gwei(balance),
                    gwei(needed)
                )
            }
            Self::NoKey => f.write_str("the keystore does not sign with its key of type zkrl"),
        }
    }
}

impl From<CallError> for Unsent {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl From<TooExpensive> for Unsent {
    fn from(error: TooExpensive) -> Self {
        Self::TooExpensive(error)
    }
}

/// Where the next transaction goes: the account's next nonce, or that of a transaction which it
/// replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) nonce: u64,
    pub(super) replaces: Option<InFlight>,
}

/// What it takes to send.
pub(super) struct Sender<'a> {
    pub(super) ethereum: Ethereum<'a>,
    pub(super) account: &'a Account,
    pub(super) contracts: &'a Contracts,
    pub(super) view: &'a View,
    pub(super) limits: &'a FeeLimits,
}

impl Sender<'_> {
    /// Sends a call to the contract that uses up the slot.
    ///
    /// # Errors
    ///
    /// Why it was not sent; nothing is under way then that was not before.
    pub(super) fn send(&self, slot: &Slot, intent: Intent, calldata: Vec<u8>) -> Result<(), Unsent> {
        let market = self.market()?;
        let fees = match &slot.replaces {
            Some(old) => old.fees.replaced_by(&market, self.limits)?,
            None => market,
        };
        let to = intent.contract(self.contracts);
        let gas = self
            .ethereum
            .estimate_gas(self.account.address(), to, &calldata)?;
        // Other transactions of the block may make it cost a little more: storage that is warm now,
        // or set.
        let gas_limit = gas.saturating_add(gas / 4).saturating_add(10_000);
        let needed = U256::from(gas_limit).saturating_mul(U256::from(fees.max_fee));
        if needed > self.view.balance {
            return Err(Unsent::Unfunded {
                account: self.account.address(),
                needed,
                balance: self.view.balance,
            });
        }
        let replaced = slot.replaces.as_ref().map_or(&[][..], |old| &old.hashes[..]);
        let transaction = self.sign(slot.nonce, gas_limit, fees, intent, calldata, replaced)?;
        let hash = transaction.hash();
        log::info!(
            target: LOG_TARGET,
            "{intent}: transaction {hash} with nonce {}, {gas_limit} gas at {} gwei at most",
            slot.nonce,
            fees.max_fee / GWEI
        );
        self.store_and_send(&transaction, slot.replaces.as_ref())
    }

    /// Sends the transaction under way once more, as it is.
    pub(super) fn resend(&self, transaction: &InFlight) -> Result<(), Unsent> {
        self.store_and_send(transaction, None)
    }

    /// Replaces the transaction under way by the same with higher fees.
    ///
    /// # Errors
    ///
    /// Why it could not be replaced.
    pub(super) fn replace(&self, old: &InFlight) -> Result<(), Unsent> {
        let fees = old.fees.replaced_by(&self.market()?, self.limits)?;
        let calldata = old.calldata.clone();
        let new = self.sign(old.nonce, old.gas_limit, fees, old.intent, calldata, &old.hashes)?;
        log::info!(
            target: LOG_TARGET,
            "{}: transaction {} replaces {}, at {} gwei at most",
            old.intent,
            new.hash(),
            old.hash(),
            fees.max_fee / GWEI
        );
        self.store_and_send(&new, Some(old))
    }

    fn market(&self) -> Result<Fees, TooExpensive> {
        Fees::of_market(self.view.base_fee, self.view.priority_fee, self.limits)
    }

    fn sign(
        &self,
        nonce: u64,
        gas_limit: u64,
        fees: Fees,
        intent: Intent,
        calldata: Vec<u8>,
        replaced: &[[u8; 32]],
    ) -> Result<InFlight, Unsent> {
        let draft = Draft {
            chain_id: self.view.chain_id,
            nonce,
            gas_limit,
            fees,
            to: intent.contract(self.contracts),
            calldata,
        };
        let envelope = draft.sign(|hash| self.account.sign(hash)).ok_or(Unsent::NoKey)?;
        Ok(InFlight {
            intent,
            chain_id: self.view.chain_id,
            sender: self.account.address().0 .0,
            to: draft.to.0 .0,
            nonce,
            gas_limit,
            fees,
            calldata: draft.calldata,
            raw: envelope.raw,
            hashes: push_hash(envelope.hash, replaced),
            signed_ms: sp_io::offchain::timestamp().unix_millis(),
            signed_block: self.view.block,
        })
    }

    /// Stores the transaction, then sends it. What a node refuses outright is not under way, unless
    /// it refuses it because of another transaction with the same nonce, which it may have to
    /// outbid later.
    fn store_and_send(&self, transaction: &InFlight, replaced: Option<&InFlight>) -> Result<(), Unsent> {
        transaction.save();
        match self.ethereum.send(&transaction.raw) {
            Ok(()) => Ok(()),
            Err(RpcError::Node(error)) => {
                match replaced {
                    _ if error.outbid() => {}
                    Some(old) => old.save(),
                    None => InFlight::forget(),
                }
                Err(CallError::Rpc(RpcError::Node(error)).into())
            }
            // It may have arrived: the next run finds out.
            Err(error) => Err(CallError::Rpc(error).into()),
        }
    }
}
