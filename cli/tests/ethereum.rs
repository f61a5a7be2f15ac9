//! What `fusion` reads from a Settlement contract, behind an Ethereum node that answers from a
//! table.

use alloy::{
    primitives::{address, keccak256, Address, B256, U256},
    sol_types::SolValue,
};
use serde_json::{json, Value};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};
use zkfusion_cli::ethereum::{app_key, AppConfig, Settlement};
use zkfusion_contracts::ISettlement::App;

const ORDER: Address = address!("0x00000000000000000000000000000000000000a1");
const VERIFIER: Address = address!("0x00000000000000000000000000000000000000b2");
const STRANGERS: Address = address!("0x00000000000000000000000000000000000000c3");

fn config(order: Address, verifier: Address) -> AppConfig {
    AppConfig {
        genesisHash: U256::from(7),
        appId: U256::from(3),
        programId: U256::from(11),
        order,
        verifier,
        upgrader: Address::ZERO,
    }
}

/// Starts a node at which these apps have settled so many batches, and returns its URL.
fn ethereum(apps: &[(AppConfig, u64)]) -> String {
    let states: BTreeMap<B256, u64> = apps
        .iter()
        .map(|(config, next)| (app_key(config), *next))
        .collect();
    node(move |call| state(call, &states))
}

/// Starts a node whose contracts return what `returned` makes of a call's data, and returns its
/// URL.
fn node(returned: impl Fn(&[u8]) -> Vec<u8> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            answer(stream, &returned);
        }
    });
    url
}

/// Answers one request.
fn answer(mut stream: TcpStream, returned: &impl Fn(&[u8]) -> Vec<u8>) {
    let mut reader = BufReader::new(stream.try_clone().expect("the stream is open"));
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the request is text");
        let line = line.trim().to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the body is whole");
    let request: Value = serde_json::from_slice(&body).expect("the body is JSON");
    let result = match request["method"].as_str() {
        Some("eth_getCode") => json!("0x00"),
        Some("eth_call") => {
            let call = &request["params"][0];
            let data = call["input"].as_str().or(call["data"].as_str());
            let data = hex::decode(&data.expect("a call has data")[2..]).expect("data is hexadecimal");
            json!(format!("0x{}", hex::encode(returned(&data))))
        }
        method => panic!("{method:?} is not expected"),
    };
    let body = json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }).to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream
        .write_all((head + &body).as_bytes())
        .expect("the client waits");
}

/// Returns what `appState` returns for a call.
fn state(call: &[u8], states: &BTreeMap<B256, u64>) -> Vec<u8> {
    let (selector, key) = call.split_at(4);
    assert_eq!(*selector, keccak256("appState(bytes32)")[..4]);
    let next = states.get(&B256::from_slice(key));
    App {
        registered: next.is_some(),
        nextBatch: next.copied().unwrap_or_default(),
        root: U256::ZERO,
        inboxHash: U256::ZERO,
        seedsHash: U256::ZERO,
        programId: U256::ZERO,
        verifier: Address::ZERO,
    }
    .abi_encode()
}

#[test]
fn key_is_the_hash_of_all_words_of_the_configuration() {
    let config = AppConfig {
        upgrader: STRANGERS,
        ..config(ORDER, VERIFIER)
    };
    let mut words = Vec::new();
    for number in [7u8, 3, 11, 0xa1, 0xb2, 0xc3] {
        words.extend([0; 31]);
        words.push(number);
    }
    assert_eq!(app_key(&config), keccak256(words));
}

#[tokio::test]
async fn a_strangers_registration_of_the_same_app_is_not_taken_for_ours() {
    let ours = config(ORDER, VERIFIER);
    let others = [config(STRANGERS, VERIFIER), config(ORDER, STRANGERS)];
    let strangers = others.iter().map(|other| (other.clone(), 9)).collect::<Vec<_>>();
    let contract = Address::repeat_byte(1);

    let url = ethereum(&strangers);
    let settlement = Settlement::connect(&url, contract).await.unwrap();
    assert_eq!(settlement.next_batch(app_key(&ours)).await.unwrap(), None);
    for other in &others {
        assert_eq!(settlement.next_batch(app_key(other)).await.unwrap(), Some(9));
    }

    let url = ethereum(&[strangers, vec![(ours.clone(), 2)]].concat());
    let settlement = Settlement::connect(&url, contract).await.unwrap();
    assert_eq!(settlement.next_batch(app_key(&ours)).await.unwrap(), Some(2));
}

#[tokio::test]
async fn another_contract_is_not_taken_for_settlement() {
    let contract = Address::repeat_byte(1);
    // What contracts return that have a fallback function, and a number where a structure should
    // be.
    for returned in [vec![], vec![0; 32]] {
        let url = node(move |_| returned.clone());
        let error = Settlement::connect(&url, contract).await.unwrap_err();
        assert_eq!(error.kind, "not_settlement");
        assert!(error.message.contains(&contract.to_string()), "{error}");
    }
}
