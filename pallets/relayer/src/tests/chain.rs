//! An Ethereum chain with the contracts, as strict as the real one in what the worker depends on.

use super::contracts::{Change, LightClient};
use crate::abi::AppState;
use alloy_consensus::{SignableTransaction, Transaction, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{keccak256, Address, Bytes, B256, U256, U64};
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Gas of every transaction.
pub(super) const GAS: u64 = 300_000;

/// A transaction that waits or is in a block.
#[derive(Clone, Debug)]
pub(super) struct Sent {
    pub(super) hash: B256,
    pub(super) from: Address,
    pub(super) transaction: TxEnvelope,
    pub(super) receipt: Option<Value>,
}

/// What the node says of the receipts of transactions that are in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipts {
    Kept,
    /// Without the fields that some nodes leave empty.
    Short,
    Pruned,
    Refused,
}

/// The chain.
#[derive(Clone)]
pub(super) struct Chain {
    pub(super) chain_id: u64,
    pub(super) block: u64,
    pub(super) base_fee: u128,
    pub(super) balance: U256,
    /// Whether the contracts are there.
    pub(super) deployed: bool,
    pub(super) order: LightClient,
    pub(super) apps: BTreeMap<B256, AppState>,
    pub(super) nonces: BTreeMap<Address, u64>,
    pub(super) waiting: Vec<Sent>,
    pub(super) included: Vec<Sent>,
    /// The proof that the contract takes.
    pub(super) good_proof: Vec<u8>,
    pub(super) receipts: Receipts,
    /// The most calls that the node takes in one request.
    pub(super) most_calls: usize,
    /// What the node says to a transaction that it has.
    pub(super) known_already: &'static str,
}

impl Default for Chain {
    fn default() -> Self {
        Self {
            chain_id: 31337,
            block: 100,
            base_fee: 10_000_000_000,
            balance: U256::from(10u128.pow(18)),
            deployed: true,
            order: LightClient::default(),
            apps: BTreeMap::new(),
            nonces: BTreeMap::new(),
            waiting: Vec::new(),
            included: Vec::new(),
            good_proof: b"good".to_vec(),
            receipts: Receipts::Kept,
            most_calls: usize::MAX,
            known_already: "already known",
        }
    }
}

/// A refusal in the way of nodes.
fn error(code: i64, message: &str, data: Option<Vec<u8>>) -> Value {
    let mut error = json!({ "code": code, "message": message });
    if let Some(data) = data {
        error["data"] = json!(Bytes::from(data));
    }
    error
}

impl Chain {
    /// Answers a request, single or several.
    pub(super) fn answer(&mut self, body: &[u8]) -> Vec<u8> {
        let request: Value = serde_json::from_slice(body).expect("requests are JSON");
        let answer = match request.as_array() {
            Some(requests) if requests.len() > self.most_calls => {
                json!({ "jsonrpc": "2.0", "id": null, "error": error(-32600, "too many calls", None) })
            }
            Some(requests) => Value::Array(
                requests
                    .iter()
                    .rev()
                    .map(|request| self.answer_one(request))
                    .collect(),
            ),
            None => self.answer_one(&request),
        };
        serde_json::to_vec(&answer).expect("an answer is JSON")
    }

    fn answer_one(&mut self, request: &Value) -> Value {
        let method = request["method"].as_str().expect("a request has a method");
        let id = &request["id"];
        match self.call(method, &request["params"]) {
            Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
            Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
        }
    }

    fn call(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        let hash = || serde_json::from_value::<B256>(params[0].clone()).expect("a hash");
        let account = || serde_json::from_value::<Address>(params[0].clone()).expect("an address");
        Ok(match method {
            "eth_chainId" => json!(U64::from(self.chain_id)),
            "eth_getBlockByNumber" => {
                json!({ "number": U64::from(self.block), "baseFeePerGas": U256::from(self.base_fee), "hash": B256::ZERO })
            }
            "eth_maxPriorityFeePerGas" => json!("0x3b9aca00"),
            "eth_getTransactionCount" => json!(U64::from(self.nonce(account()))),
            "eth_getBalance" => json!(self.balance),
            "eth_call" => {
                let (to, data) = call_of(&params[0]);
                let (_, returned) = self.run(to, &data).map_err(reverted)?;
                json!(Bytes::from(returned))
            }
            "eth_estimateGas" => {
                let (to, data) = call_of(&params[0]);
                self.run(to, &data).map_err(reverted)?;
                json!(U64::from(GAS))
            }
            "eth_getTransactionByHash" => {
                let hash = hash();
                let block = |sent: &Sent| {
                    sent.receipt
                        .as_ref()
                        .map(|receipt| receipt["blockNumber"].clone())
                };
                match self.all().find(|sent| sent.hash == hash) {
                    Some(sent) => json!({ "hash": hash, "blockNumber": block(sent) }),
                    None => Value::Null,
                }
            }
            "eth_getTransactionReceipt" => {
                let hash = hash();
                let sent = self.included.iter().find(|sent| sent.hash == hash);
                let mut receipt = sent.and_then(|sent| sent.receipt.clone()).unwrap_or_default();
                match self.receipts {
                    Receipts::Kept => {}
                    Receipts::Short if receipt.is_null() => {}
                    Receipts::Short => receipt["effectiveGasPrice"] = Value::Null,
                    Receipts::Pruned => receipt = Value::Null,
                    Receipts::Refused => {
                        return Err(error(-32000, "transaction indexing is in progress", None));
                    }
                }
                receipt
            }
            "eth_sendRawTransaction" => {
                let raw: Bytes = serde_json::from_value(params[0].clone()).expect("bytes");
                json!(self.take(&raw)?)
            }
            other => return Err(error(-32601, &format!("no method {other}"), None)),
        })
    }

    fn all(&self) -> impl Iterator<Item = &Sent> {
        self.waiting.iter().chain(&self.included)
    }

    fn nonce(&self, account: Address) -> u64 {
        self.nonces.get(&account).copied().unwrap_or_default()
    }

    fn take(&mut self, raw: &[u8]) -> Result<B256, Value> {
        let refused = |message: &str| error(-32000, message, None);
        let transaction = TxEnvelope::decode_2718(&mut &raw[..]).map_err(|_| refused("rlp: bad"))?;
        let signed = transaction
            .as_eip1559()
            .ok_or_else(|| refused("type not supported"))?;
        let hash = *signed.hash();
        assert_eq!(hash, keccak256(raw));
        let mut signature = signed.signature().as_bytes();
        signature[64] -= 27;
        assert!(
            signed.signature().normalize_s().is_none(),
            "Ethereum takes low s only"
        );
        let key = sp_io::crypto::secp256k1_ecdsa_recover(&signature, &signed.tx().signature_hash())
            .map_err(|_| refused("invalid signature"))?;
        let from = Address::from_raw_public_key(&key);
        if self.all().any(|sent| sent.hash == hash) {
            return Err(refused(self.known_already));
        }
        if transaction.chain_id() != Some(self.chain_id) {
            return Err(refused("invalid chain id for signer"));
        }
        if transaction.nonce() < self.nonce(from) {
            return Err(refused("nonce too low"));
        }
        if transaction.max_priority_fee_per_gas() > Some(transaction.max_fee_per_gas()) {
            return Err(refused("max priority fee per gas higher than max fee per gas"));
        }
        let same = |sent: &Sent| (sent.from, sent.transaction.nonce()) == (from, transaction.nonce());
        if let Some(old) = self.waiting.iter().find(|sent| same(sent)) {
            let enough = |new: u128, old: u128| new * 100 >= old * 110 && new > old;
            let old = &old.transaction;
            let outbids = enough(transaction.max_fee_per_gas(), old.max_fee_per_gas())
                && enough(
                    transaction.max_priority_fee_per_gas().unwrap_or_default(),
                    old.max_priority_fee_per_gas().unwrap_or_default(),
                );
            if !outbids {
                return Err(refused("replacement transaction underpriced"));
            }
        }
        self.waiting.retain(|sent| !same(sent));
        self.waiting.push(Sent {
            hash,
            from,
            transaction,
            receipt: None,
        });
        Ok(hash)
    }

    /// Makes a block of the transactions that pay enough.
    pub(super) fn mine(&mut self) {
        self.block += 1;
        let (mut due, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|sent| sent.transaction.max_fee_per_gas() >= self.base_fee);
        self.waiting = rest;
        for sent in &mut due {
            assert_eq!(sent.transaction.nonce(), self.nonce(sent.from));
            self.nonces.insert(sent.from, sent.transaction.nonce() + 1);
            let to = sent.transaction.to().expect("it calls a contract");
            let done = self.run(to, sent.transaction.input());
            let success = done.is_ok();
            if let Ok((Some(change), _)) = done {
                self.apply(change);
            }
            sent.receipt = Some(json!({
                "status": U64::from(u64::from(success)),
                "transactionHash": sent.hash,
                "blockNumber": U64::from(self.block),
                "gasUsed": U64::from(GAS),
                "effectiveGasPrice": U256::from(self.base_fee),
            }));
        }
        self.included.extend(due);
    }

    /// Executes a call that somebody else makes.
    pub(super) fn run_for_another(&mut self, to: [u8; 20], calldata: &[u8]) {
        let (change, _) = self.run(to.into(), calldata).expect("the contract takes it");
        self.apply(change.expect("the call changes something"));
        self.block += 1;
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::App(key, state) => drop(self.apps.insert(key, state)),
            Change::Order(order) => self.order = order,
        }
    }
}

fn reverted(data: Vec<u8>) -> Value {
    error(3, "execution reverted", Some(data))
}

/// Returns the address and the data of a call.
fn call_of(request: &Value) -> (Address, Vec<u8>) {
    let to = serde_json::from_value(request["to"].clone()).expect("calls have an address");
    let data: Bytes = serde_json::from_value(request["data"].clone()).expect("calls have data");
    (to, data.to_vec())
}
