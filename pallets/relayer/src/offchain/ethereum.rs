//! The worker's requests to Ethereum.

use super::rpc::{Answers, Call, Rpc, RpcError};
use crate::{
    abi::{refusal, AppName, AppState, Contracts, OrderState, Refusal},
    fees::GWEI,
    plan::Receipt,
    LOG_TARGET,
};
use alloc::vec::Vec;
use alloy_primitives::{Address, Bytes, B256, U128, U256, U64};
use core::fmt;
use serde::Deserialize;
use serde_json::{json, Value};

/// The priority fee where the node proposes none, in wei.
const PRIORITY_FEE: u128 = GWEI;

/// Why Ethereum could not be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EthereumError {
    /// The node did not answer as nodes do.
    Rpc(RpcError),
    /// The chain's blocks have no base fee: it does not know EIP-1559.
    NoBaseFee,
    /// A contract is not at its address.
    NoContract {
        /// Its name.
        name: &'static str,
        /// The address.
        address: Address,
        /// The Ethereum chain.
        chain_id: u64,
    },
}

impl fmt::Display for EthereumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(error) => error.fmt(f),
            Self::NoBaseFee => {
                f.write_str("its blocks have no base fee, so it takes no EIP-1559 transactions")
            }
            Self::NoContract {
                name,
                address,
                chain_id,
            } => write!(f, "there is no {name} contract at {address} on chain {chain_id}"),
        }
    }
}

impl From<RpcError> for EthereumError {
    fn from(error: RpcError) -> Self {
        Self::Rpc(error)
    }
}

/// Why a transaction was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// The node did not answer as nodes do, or refused for a reason of its own.
    Rpc(RpcError),
    /// The contract refuses the call.
    Refused(Refusal),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rpc(error) => error.fmt(f),
            Self::Refused(refusal) => write!(f, "the contract refuses: {refusal}"),
        }
    }
}

impl From<RpcError> for CallError {
    fn from(error: RpcError) -> Self {
        if let RpcError::Node(error) = &error {
            if let Some(refusal) = error.revert_data().and_then(|data| refusal(&data)) {
                return Self::Refused(refusal);
            }
        }
        Self::Rpc(error)
    }
}

/// What a run needs to know of Ethereum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The chain.
    pub chain_id: u64,
    /// The newest block.
    pub block: u64,
    /// What the newest block took for a unit of gas, in wei.
    pub base_fee: u128,
    /// What the node proposes to offer beyond it.
    pub priority_fee: u128,
    /// The account's nonce in the newest block.
    pub nonce: u64,
    /// The account's balance, in wei.
    pub balance: U256,
    /// The receipt of the transaction under way, if one of its versions is in a block.
    pub receipt: Option<Receipt>,
    /// Whether the node told of the receipts.
    pub receipts_known: bool,
    /// Whether the node knows the newest version of it.
    pub known: bool,
    /// The block that the newest version is in, as the node says.
    pub mined: Option<u64>,
    /// Where the appchain's light client stands.
    pub order: OrderState,
    /// Where the apps stand, in the order in which they were asked for.
    pub apps: Vec<AppState>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block {
    number: U64,
    base_fee_per_gas: Option<U128>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawReceipt {
    status: U64,
    transaction_hash: B256,
    block_number: U64,
    // For the log only.
    gas_used: Option<U64>,
    effective_gas_price: Option<U128>,
}

/// What is needed of a transaction that the node knows.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Known {
    block_number: Option<U64>,
}

impl From<RawReceipt> for Receipt {
    fn from(receipt: RawReceipt) -> Self {
        Self {
            hash: receipt.transaction_hash,
            success: receipt.status.to::<u64>() == 1,
            block: receipt.block_number.to(),
            gas_used: receipt.gas_used.unwrap_or_default().to(),
            gas_price: receipt.effective_gas_price.unwrap_or_default().to(),
        }
    }
}

/// An Ethereum chain with the contracts.
#[derive(Clone, Copy, Debug)]
pub struct Ethereum<'a> {
    rpc: Rpc<'a>,
    contracts: &'a Contracts,
}

impl<'a> Ethereum<'a> {
    /// Returns the chain that the node at `url` is on.
    pub fn new(url: &'a str, contracts: &'a Contracts) -> Self {
        Self {
            rpc: Rpc::new(url),
            contracts,
        }
    }

    /// Asks, in one request, for all that a run needs to know: the account, the transaction under
    /// way by the hashes of its versions, newest first, and the apps.
    ///
    /// # Errors
    ///
    /// Why there is no complete answer.
    pub fn view(&self, account: Address, hashes: &[B256], apps: &[AppName]) -> Result<View, EthereumError> {
        let call = |method, params| Call { method, params };
        let mut calls = alloc::vec![
            call("eth_chainId", json!([])),
            call("eth_getBlockByNumber", json!(["latest", false])),
            call("eth_maxPriorityFeePerGas", json!([])),
            call("eth_getTransactionCount", json!([account, "latest"])),
            call("eth_getBalance", json!([account, "latest"])),
        ];
        let ask = |contract: Address, data: Vec<u8>| {
            let request = json!({ "to": contract, "data": Bytes::from(data) });
            call("eth_call", json!([request, "latest"]))
        };
        let order_at = calls.len();
        calls.push(ask(self.contracts.order, OrderState::call()));
        let apps_at = calls.len();
        calls.extend(apps.iter().map(|app| ask(self.contracts.settlement, app.state())));
        let newest_at = calls.len();
        let newest = hashes
            .iter()
            .take(1)
            .map(|hash| call("eth_getTransactionByHash", json!([hash])));
        calls.extend(newest);
        let receipts_at = calls.len();
        calls.extend(
            hashes
                .iter()
                .map(|hash| call("eth_getTransactionReceipt", json!([hash]))),
        );

        let answers = self.rpc.batch(&calls)?;
        let chain_id = answers.get::<U64>(0)?.to();
        let block: Block = answers.get(1)?;
        let base_fee = block.base_fee_per_gas.ok_or(EthereumError::NoBaseFee)?;
        let state = |place: usize| -> Result<AppState, EthereumError> {
            let answer: Bytes = answers.get(apps_at.saturating_add(place))?;
            AppState::decode(&answer).ok_or(EthereumError::NoContract {
                name: "Settlement",
                address: self.contracts.settlement,
                chain_id,
            })
        };
        let order: Bytes = answers.get(order_at)?;
        let order = OrderState::decode(&order).ok_or(EthereumError::NoContract {
            name: "BeefyOrder",
            address: self.contracts.order,
            chain_id,
        })?;
        let newest: Option<Known> = match hashes {
            [] => None,
            _ => answers.get(newest_at)?,
        };
        let (receipt, receipts_known) = match find_receipt(&answers, receipts_at..calls.len()) {
            Ok(receipt) => (receipt, true),
            Err(error) => {
                log::warn!(target: LOG_TARGET, "Ethereum does not tell of the transaction under way: {error}");
                (None, false)
            }
        };
        Ok(View {
            chain_id,
            block: block.number.to(),
            base_fee: base_fee.to(),
            priority_fee: answers.get::<U128>(2).map_or(PRIORITY_FEE, |fee| fee.to()),
            nonce: answers.get::<U64>(3)?.to(),
            balance: answers.get(4)?,
            receipt,
            receipts_known,
            known: newest.is_some(),
            mined: newest
                .and_then(|newest| newest.block_number)
                .map(|block| block.to()),
            order,
            apps: (0..apps.len()).map(state).collect::<Result<_, _>>()?,
        })
    }

    /// Returns the gas that a call to a contract would use now.
    ///
    /// # Errors
    ///
    /// Why the call would fail.
    pub fn estimate_gas(&self, from: Address, to: Address, calldata: &[u8]) -> Result<u64, CallError> {
        let request = request(from, to, calldata);
        let gas: U64 = self.rpc.call("eth_estimateGas", json!([request]))?;
        Ok(gas.to())
    }

    /// Returns why a call to a contract fails on the state after `block`.
    pub fn explain(&self, from: Address, to: Address, calldata: &[u8], block: u64) -> Option<CallError> {
        let request = request(from, to, calldata);
        let answer: Result<Bytes, RpcError> = self.rpc.call("eth_call", json!([request, U64::from(block)]));
        answer.err().map(CallError::from)
    }

    /// Sends a signed transaction. Sending what the node has already is not an error.
    ///
    /// # Errors
    ///
    /// Why the node does not take it.
    pub fn send(&self, raw: &[u8]) -> Result<(), RpcError> {
        let params = json!([Bytes::copy_from_slice(raw)]);
        match self.rpc.call::<B256>("eth_sendRawTransaction", params) {
            Ok(_) => Ok(()),
            Err(RpcError::Node(error)) if error.already_known() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn request(from: Address, to: Address, calldata: &[u8]) -> Value {
    json!({ "from": from, "to": to, "data": Bytes::copy_from_slice(calldata) })
}

/// Returns the first receipt.
///
/// # Errors
///
/// The last reason for which there is no answer, if there is no receipt.
fn find_receipt(answers: &Answers, places: core::ops::Range<usize>) -> Result<Option<Receipt>, RpcError> {
    let mut outcome = Ok(None);
    for place in places {
        match answers.get::<Option<RawReceipt>>(place) {
            Ok(Some(receipt)) => return Ok(Some(receipt.into())),
            Ok(None) => {}
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}
