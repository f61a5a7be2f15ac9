//! The worker with the real contracts on a real Ethereum node; only the verifier behind them takes
//! every proof.

use super::network::{rpc, Node};
use crate::{
    abi::{Contracts, OrderState},
    mock::{beefy::*, *},
    offchain::{KEY_L1_ORDER, KEY_L1_SETTLEMENT, KEY_RELAYER},
};
use alloy_primitives::{Address, Bytes, B256, U256, U64};
use alloy_sol_types::SolValue;
use serde_json::{json, Value};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// The code of the verifier: `return true`.
const VERIFIER_CODE: &str = "0x600160005260206000f3";

/// The blocks of the deployment: one for each contract.
const DEPLOYMENT: u64 = 2;

/// A running anvil.
struct Anvil {
    process: Child,
    port: u16,
}

impl Drop for Anvil {
    fn drop(&mut self) {
        self.process
            .kill()
            .and_then(|()| self.process.wait())
            .expect("anvil ends");
    }
}

impl Anvil {
    /// Starts an empty chain that makes a block of each transaction.
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let port = listener.local_addr().expect("it has an address").port();
        drop(listener);
        Self::start_at(port)
    }

    fn start_at(port: u16) -> Self {
        let process = Command::new("anvil")
            .args(["--port", &port.to_string()])
            .stdout(Stdio::null())
            .spawn()
            .expect("anvil is installed: `. scripts/env.sh` puts it into the path");
        let anvil = Self { process, port };
        let start = Instant::now();
        while rpc(
            &anvil.url(),
            &json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] }),
        )
        .is_none()
        {
            assert!(start.elapsed() < Duration::from_secs(30), "anvil starts");
            sleep(Duration::from_millis(50));
        }
        anvil
    }

    /// Ends this one and starts an empty one in its place.
    fn start_anew(self) -> Self {
        let port = self.port;
        drop(self);
        Self::start_at(port)
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn call(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = rpc(&self.url(), &request).expect("anvil answers");
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Deploys the contracts.
    fn deploy(&self) -> Contracts {
        self.call("anvil_setCode", json!([Address::from(VERIFIER), VERIFIER_CODE]));
        let sets = [0, 1].map(|set| {
            let set = authority_set(set);
            (set.id, set.len, B256::from(set.keyset_commitment.0))
        });
        Contracts {
            settlement: self.create("Settlement", &[]),
            order: self.create("BeefyOrder", &sets.abi_encode()),
            ..contracts()
        }
    }

    /// Creates a contract and returns its address.
    fn create(&self, contract: &str, arguments: &[u8]) -> Address {
        let code = Command::new("forge")
            .args(["inspect", contract, "bytecode"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts"))
            .output()
            .expect("forge is installed: `. scripts/env.sh` puts it into the path");
        let code = String::from_utf8(code.stdout).expect("bytecode is text");
        let code: Bytes = code.trim().parse().expect("forge prints bytecode");
        let code = Bytes::from([&code[..], arguments].concat());
        let from = self.call("eth_accounts", json!([]))[0].clone();
        let receipt = self.execute(json!({ "from": from, "data": code }));
        assert_eq!(receipt["status"], "0x1", "{contract}");
        serde_json::from_value(receipt["contractAddress"].clone()).expect("the contract is deployed")
    }

    /// Returns where the light client stands.
    fn order(&self, contracts: &Contracts) -> OrderState {
        let request = json!({ "to": contracts.order, "data": Bytes::from(OrderState::call()) });
        let answer = self.call("eth_call", json!([request, "latest"]));
        let answer: Bytes = serde_json::from_value(answer).expect("bytes");
        OrderState::decode(&answer).expect("the contract is there")
    }

    /// Sends a transaction from an account that anvil has the key of, and returns its receipt.
    fn execute(&self, transaction: Value) -> Value {
        let hash = self.call("eth_sendTransaction", json!([transaction]));
        let start = Instant::now();
        loop {
            let receipt = self.call("eth_getTransactionReceipt", json!([hash]));
            if !receipt.is_null() {
                return receipt;
            }
            assert!(start.elapsed() < Duration::from_secs(30), "a block is made");
            sleep(Duration::from_millis(20));
        }
    }

    /// Sends a call to the contract from another account.
    fn send(&self, to: Address, data: Vec<u8>) {
        let from = self.call("eth_accounts", json!([]))[1].clone();
        let data = Bytes::from(data);
        let receipt = self.execute(json!({ "from": from, "to": to, "data": data }));
        assert_eq!(receipt["status"], "0x1");
    }

    /// Waits until every transaction is in a block.
    fn drain(&self) {
        let start = Instant::now();
        while self.waiting() != "0x0" {
            assert!(start.elapsed() < Duration::from_secs(30), "a block is made");
            sleep(Duration::from_millis(5));
        }
    }

    /// Returns how many transactions wait for a block.
    fn waiting(&self) -> Value {
        self.call("txpool_status", json!([]))["pending"].clone()
    }

    fn block(&self) -> u64 {
        let block: U64 = serde_json::from_value(self.call("eth_blockNumber", json!([]))).expect("a number");
        block.to()
    }
}

/// Returns a node that relays to the chain, alone.
fn node(anvil: &Anvil) -> (Node, Contracts) {
    // As many as the contract takes.
    MaxBatches::set(1);
    let mut node = Node::alone();
    node.network().anvil = Some(anvil.url());
    let contracts = anvil.deploy();
    node.on_chain(|| {
        set(KEY_L1_SETTLEMENT, &contracts.settlement[..]);
        set(KEY_L1_ORDER, &contracts.order[..]);
    });
    (node, contracts)
}

/// Runs the worker in the next block, and lets Ethereum take what it sends.
fn work(node: &mut Node, anvil: &Anvil) {
    node.work_in_next_block();
    anvil.drain();
}

/// Runs the worker until the app has this many settled batches, as the worker sees it.
fn work_until(node: &mut Node, anvil: &Anvil, app: u32, batches: u64) {
    for _ in 0..60 {
        work(node, anvil);
        if seen(node, app) == Some(batches) {
            return;
        }
    }
    panic!("{:?} of {batches} batches are settled", seen(node, app));
}

/// Runs the worker until a commitment is in a block, and its outcome seen.
fn work_until_committed(node: &mut Node, anvil: &Anvil, contracts: &Contracts) {
    anvil.drain();
    while anvil.order(contracts).block == 0 {
        work(node, anvil);
    }
    work(node, anvil);
}

/// Runs the worker until it sends something.
fn work_until_sent(node: &mut Node) {
    for _ in 0..10 {
        if node
            .work_in_next_block()
            .contains(&"eth_sendRawTransaction".to_owned())
        {
            return;
        }
    }
    panic!("nothing is sent");
}

/// Returns how far the worker has seen an app settled.
fn seen(node: &mut Node, app: u32) -> Option<u64> {
    use codec::Encode;
    let key = (b"zkfusion::relayer::settled::", app).encode();
    node.on_chain(|| {
        sp_runtime::offchain::storage::StorageValueRef::persistent(&key)
            .get()
            .ok()
            .flatten()
    })
}

#[test]
fn batches_should_be_settled_on_a_real_chain() {
    let anvil = Anvil::start();
    let (mut node, _) = node(&anvil);
    node.add(0, 5);
    work_until(&mut node, &anvil, 0, 5);
    // All batches ended in the same block: one registration, one commitment and five settlements.
    assert_eq!(anvil.block(), DEPLOYMENT + 7);
}

#[test]
fn sets_should_hand_over_and_voided_batches_be_skipped_on_a_real_chain() {
    let anvil = Anvil::start();
    let (mut node, contracts) = node(&anvil);
    node.add(0, 0);
    for settled in 1..8 {
        node.on_chain(|| {
            match settled % 3 {
                2 => void_batch(0),
                _ => verify_batch(0),
            }
            begin_session();
        });
        work_until(&mut node, &anvil, 0, settled);
    }
    assert_eq!(anvil.order(&contracts).current_set, 7);
    // Besides the registration, each batch had its commitment.
    assert_eq!(anvil.block(), DEPLOYMENT + 1 + 2 * 7);
}

#[test]
fn apps_should_be_settled_on_a_real_chain_when_their_batches_end_together() {
    let anvil = Anvil::start();
    let (mut node, contracts) = node(&anvil);
    for app in 0..5 {
        node.add(app, 1);
    }
    for app in 0..5 {
        work_until(&mut node, &anvil, app, 1);
    }
    // Each is registered and settled, and one commitment does for all.
    assert_eq!(anvil.block(), DEPLOYMENT + 5 + 1 + 5);
    assert_eq!(anvil.order(&contracts).root_slot, U256::from(1));
}

#[test]
fn chain_that_begins_anew_should_be_settled_on_anew() {
    let anvil = Anvil::start();
    let (mut node, contracts) = node(&anvil);
    node.add(0, 3);
    work_until(&mut node, &anvil, 0, 3);
    let anvil = anvil.start_anew();
    for _ in 0..15 {
        node.work_in_next_block();
    }
    assert_eq!(anvil.deploy(), contracts);
    // What it has seen is of the chain before.
    for _ in 0..40 {
        work(&mut node, &anvil);
    }
    assert_eq!(seen(&mut node, 0), Some(3));
    assert_eq!(anvil.block(), DEPLOYMENT + 5);
}

#[test]
fn stuck_transaction_should_be_replaced_on_a_real_chain() {
    let anvil = Anvil::start();
    let (mut node, contracts) = node(&anvil);
    node.add(0, 1);
    node.work();
    work_until_committed(&mut node, &anvil, &contracts);
    anvil.call("evm_setAutomine", json!([false]));
    work_until_sent(&mut node);
    assert_eq!(anvil.waiting(), "0x1");
    let mut replaced = false;
    for _ in 0..25 {
        // The blocks' base fee is above the offer.
        anvil.call("anvil_setNextBlockBaseFeePerGas", json!(["0x4a817c800"]));
        if !replaced {
            anvil.call("evm_mine", json!([]));
        }
        replaced |= node
            .work_in_next_block()
            .contains(&"eth_sendRawTransaction".to_owned());
    }
    assert!(replaced);
    assert_eq!(anvil.waiting(), "0x1", "it took the place of the first");
    anvil.call("evm_mine", json!([]));
    work_until(&mut node, &anvil, 0, 1);
}

#[test]
fn faster_relayer_should_do_no_harm_on_a_real_chain() {
    let anvil = Anvil::start();
    let (mut node, contracts) = node(&anvil);
    node.add(0, 1);
    node.work();
    work_until_committed(&mut node, &anvil, &contracts);
    anvil.call("evm_setAutomine", json!([false]));
    work_until_sent(&mut node);
    // The other's transaction offers more, and is the first of the block.
    let from = anvil.call("eth_accounts", json!([]))[1].clone();
    let order = anvil.order(&contracts);
    let data = Bytes::from(node.calldata_for(&contracts, &order, 0, 0..=0, b"other"));
    let offer = "0x174876e800";
    let transaction = json!({
        "from": from, "to": contracts.settlement, "data": data, "gas": "0x7a120", "maxFeePerGas": offer,
        "maxPriorityFeePerGas": offer,
    });
    anvil.call("eth_sendTransaction", json!([transaction]));
    anvil.call("evm_mine", json!([]));
    let requests = node.work_in_next_block();
    assert_eq!(requests, ["view", "eth_call"], "it asks why its own reverted");
    node.on_chain(|| verify_batch(0));
    anvil.call("evm_setAutomine", json!([true]));
    work_until(&mut node, &anvil, 0, 2);
}

#[test]
fn settlement_by_another_should_be_seen_before_anything_is_sent() {
    let anvil = Anvil::start();
    let (mut node, contracts) = node(&anvil);
    node.add(0, 1);
    node.work();
    work_until_committed(&mut node, &anvil, &contracts);
    let order = anvil.order(&contracts);
    let calldata = node.calldata_for(&contracts, &order, 0, 0..=0, b"other");
    anvil.send(contracts.settlement, calldata);
    let block = anvil.block();
    work_until(&mut node, &anvil, 0, 1);
    assert_eq!(anvil.block(), block);
    node.on_chain(|| set(KEY_RELAYER, &[0]));
    assert!(node.work_in_next_block().is_empty());
}
