//! The worker with the real contract on a real Ethereum node; only the verifier behind the contract takes every proof.

use super::network::{calldata, rpc, Node};
use crate::{
    mock::{set, verify_batch},
    offchain::{KEY_L1_SETTLEMENT, KEY_RELAYER},
};
use alloy_primitives::{Address, Bytes, U64};
use serde_json::{json, Value};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

/// Where the verifier is, and its code: `return true`.
const VERIFIER: [u8; 20] = [0xaa; 20];
const VERIFIER_CODE: &str = "0x600160005260206000f3";

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

    /// Deploys the contract and returns its address.
    fn deploy(&self) -> Address {
        self.call("anvil_setCode", json!([Address::from(VERIFIER), VERIFIER_CODE]));
        let code = Command::new("forge")
            .args(["inspect", "Settlement", "bytecode"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts"))
            .output()
            .expect("forge is installed: `. scripts/env.sh` puts it into the path");
        let code = String::from_utf8(code.stdout).expect("bytecode is text");
        let mut code: Bytes = code.trim().parse().expect("forge prints bytecode");
        let argument = Address::from(VERIFIER).into_word();
        code = [&code[..], &argument[..]].concat().into();
        let from = self.call("eth_accounts", json!([]))[0].clone();
        let receipt = self.execute(json!({ "from": from, "data": code }));
        serde_json::from_value(receipt["contractAddress"].clone()).expect("the contract is deployed")
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

    fn block(&self) -> u64 {
        let block: U64 = serde_json::from_value(self.call("eth_blockNumber", json!([]))).expect("a number");
        block.to()
    }
}

/// Returns a node that relays to the chain.
fn node(anvil: &Anvil) -> (Node, Address) {
    let mut node = Node::new();
    node.network().anvil = Some(anvil.url());
    let contract = anvil.deploy();
    node.on_chain(|| set(KEY_L1_SETTLEMENT, &contract[..]));
    (node, contract)
}

/// Runs the worker until the app has this many settled batches, as the worker sees it.
fn work_until(node: &mut Node, batches: u64) {
    for _ in 0..60 {
        node.work_in_next_block();
        if seen(node) == Some(batches) {
            return;
        }
    }
    panic!("{:?} of {batches} batches are settled", seen(node));
}

/// Returns how far the worker has seen the app settled.
fn seen(node: &mut Node) -> Option<u64> {
    use codec::Encode;
    let key = (b"zkfusion::relayer::settled::", 0u32).encode();
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
    work_until(&mut node, 5);
    // One registration and three settlements, each of at most two batches, after the deployment.
    assert_eq!(anvil.block(), 1 + 4);
}

#[test]
fn chain_that_begins_anew_should_be_settled_on_anew() {
    let anvil = Anvil::start();
    let (mut node, contract) = node(&anvil);
    node.add(0, 3);
    work_until(&mut node, 3);
    let anvil = anvil.start_anew();
    for _ in 0..15 {
        node.work_in_next_block();
    }
    assert_eq!(anvil.deploy(), contract);
    for _ in 0..30 {
        node.work_in_next_block();
    }
    assert_eq!(seen(&mut node), Some(3));
    assert_eq!(anvil.block(), 1 + 3);
}

#[test]
fn stuck_transaction_should_be_replaced_on_a_real_chain() {
    let anvil = Anvil::start();
    let (mut node, _) = node(&anvil);
    node.add(0, 1);
    node.work();
    node.work_in_next_block();
    anvil.call("evm_setAutomine", json!([false]));
    while node
        .network()
        .requests
        .last()
        .is_none_or(|request| request != "eth_sendRawTransaction")
    {
        node.work_in_next_block();
    }
    let waiting = |anvil: &Anvil| anvil.call("txpool_status", json!([]))["pending"].clone();
    assert_eq!(waiting(&anvil), "0x1");
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
    assert_eq!(waiting(&anvil), "0x1", "it took the place of the first");
    anvil.call("evm_mine", json!([]));
    work_until(&mut node, 1);
}

#[test]
fn faster_relayer_should_do_no_harm_on_a_real_chain() {
    let anvil = Anvil::start();
    let (mut node, contract) = node(&anvil);
    node.add(0, 1);
    node.work();
    anvil.call("evm_setAutomine", json!([false]));
    while node
        .network()
        .requests
        .last()
        .is_none_or(|request| request != "eth_sendRawTransaction")
    {
        node.work_in_next_block();
    }
    // The other's transaction offers more, and is the first of the block.
    let from = anvil.call("eth_accounts", json!([]))[1].clone();
    let data = Bytes::from(calldata(0, 0, 0, b"other"));
    let offer = "0x174876e800";
    let transaction = json!({
        "from": from, "to": contract, "data": data, "gas": "0x7a120", "maxFeePerGas": offer, "maxPriorityFeePerGas": offer,
    });
    anvil.call("eth_sendTransaction", json!([transaction]));
    anvil.call("evm_mine", json!([]));
    let requests = node.work_in_next_block();
    assert_eq!(requests, ["view", "eth_call"], "it asks why its own reverted");
    node.on_chain(|| verify_batch(0));
    anvil.call("evm_setAutomine", json!([true]));
    work_until(&mut node, 2);
}

#[test]
fn settlement_by_another_should_be_seen_before_anything_is_sent() {
    let anvil = Anvil::start();
    let (mut node, contract) = node(&anvil);
    node.add(0, 1);
    node.work();
    anvil.send(contract, calldata(0, 0, 0, b"other"));
    let block = anvil.block();
    work_until(&mut node, 1);
    assert_eq!(anvil.block(), block);
    node.on_chain(|| set(KEY_RELAYER, &[0]));
    assert!(node.work_in_next_block().is_empty());
}
