//! Ethereum nodes that do not behave as the others do.

use super::{
    chain::Receipts,
    logs::{logged, says},
    network::Node,
    transactions::node_with_settlement_under_way,
};
use crate::{
    mock::{set, L1_URL},
    offchain::{KEY_L1_CHAIN_ID, KEY_L1_MAX_FEE, KEY_L1_URL},
    plan::RECEIPT_BLOCKS,
};
use alloy_consensus::Transaction;
use codec::Encode;

/// Passes blocks of both chains in which nothing happens, as long as transactions wait before they
/// are replaced.
fn pass_until_stuck(node: &mut Node) {
    for _ in 0..20 {
        node.network().chain.mine();
        node.work_in_next_block();
    }
}

#[test]
fn transaction_should_be_sent_again_as_it_is_when_its_offer_stands_at_the_limit() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.base_fee = 600_000_000_000;
    pass_until_stuck(&mut node);
    let waiting = node.network().chain.waiting.pop().expect("it cannot be replaced");
    assert_eq!(node.work_in_next_block(), ["view", "eth_sendRawTransaction"]);
    assert_eq!(node.network().chain.waiting[0].hash, waiting.hash);
    // The operator's limit goes below what was offered: so it stays.
    node.on_chain(|| set(KEY_L1_MAX_FEE, &1_000_000_000u128.encode()));
    node.network().chain.waiting.clear();
    node.work_in_next_block();
    assert_eq!(node.network().chain.waiting[0].hash, waiting.hash);
    node.network().chain.base_fee = 1_000_000_000;
    node.work_until_settled(0, 1);
}

#[test]
fn transaction_should_be_replaced_when_its_tip_was_as_high_as_first_offers_are() {
    let mut node = Node::new();
    node.add(0, 1);
    // Of which a tenth is the limit of tips, and a twentieth that of first offers: half a gwei.
    node.on_chain(|| set(KEY_L1_MAX_FEE, &10_000_000_000u128.encode()));
    node.network().chain.base_fee = 1_000_000_000;
    node.work();
    let first = node.network().chain.waiting[0].transaction.clone();
    assert_eq!(first.max_priority_fee_per_gas(), Some(500_000_000));
    node.network().chain.base_fee = 4_000_000_000;
    pass_until_stuck(&mut node);
    let second = node.network().chain.included.last().cloned();
    let waiting = node.network().chain.waiting.first().cloned();
    let second = waiting.or(second).expect("it was replaced").transaction;
    assert_eq!(second.nonce(), first.nonce());
    assert_eq!(second.max_priority_fee_per_gas(), Some(562_500_000));
    node.work_until_settled(0, 1);
}

#[test]
fn relayer_should_go_on_when_receipts_are_pruned() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.receipts = Receipts::Pruned;
    node.network().chain.mine();
    assert_eq!(node.settled(0), 1);
    node.on_chain(|| crate::mock::verify_batch(0));
    for _ in 0..RECEIPT_BLOCKS {
        node.work_in_next_block();
        assert_eq!(node.settled(0), 1);
        node.network().chain.mine();
    }
    node.work_until_settled(0, 2);
}

#[test]
fn receipt_should_be_read_when_fields_are_missing() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.receipts = Receipts::Short;
    node.network().chain.mine();
    node.on_chain(|| crate::mock::verify_batch(0));
    node.work_until_settled(0, 2);
}

#[test]
fn only_the_transaction_should_wait_when_receipts_are_refused() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.receipts = Receipts::Refused;
    node.add(1, 1);
    node.network().chain.mine();
    let jobs = node.network().jobs.len();
    for _ in 0..5 {
        node.work_in_next_block();
    }
    assert!(node.network().jobs.len() > jobs, "proving goes on");
    assert!(node.network().chain.waiting.is_empty());
    node.network().chain.receipts = Receipts::Kept;
    node.work_until_settled(1, 1);
}

#[test]
fn transaction_should_be_replaced_when_nodes_say_otherwise_that_they_have_it() {
    for words in [
        "AlreadyKnown",
        "Known transaction",
        "transaction already imported",
    ] {
        let mut node = Node::new();
        node.add(0, 1);
        node.network().chain.known_already = words;
        node.network().lose_answer = true;
        node.work();
        node.network().lose_answer = false;
        node.network().chain.base_fee = 40_000_000_000;
        let first = node.network().chain.waiting[0].hash;
        // A node that does not find what it has.
        let hidden = node.network().chain.waiting.clone();
        node.work_in_next_block();
        node.network().chain.waiting = hidden;
        pass_until_stuck(&mut node);
        let network = node.network();
        assert!(network
            .chain
            .included
            .iter()
            .chain(&network.chain.waiting)
            .all(|sent| sent.hash != first));
        drop(network);
        node.work_until_settled(0, 1);
    }
}

#[test]
fn calls_should_be_made_one_by_one_when_the_node_takes_few_in_one_request() {
    for most in [0, 3] {
        let mut node = Node::new();
        node.add(0, 2);
        node.network().chain.most_calls = most;
        let requests = node.work();
        assert_eq!(requests[..2], ["view", "eth_chainId"]);
        node.work_until_settled(0, 2);
    }
}

#[test]
fn relayer_should_say_where_it_is_redirected() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().chain_status = Some((301, "https://elsewhere/secret"));
    let lines = logged(|| drop(node.work()));
    let text = "the server redirects to https://elsewhere/...: use that address";
    assert!(says(&lines, "WARN", text), "{lines:?}");
    node.network().chain_status = None;
    node.work_until_settled(0, 1);
}

#[test]
fn user_and_password_should_go_into_a_header_and_into_no_log() {
    let mut node = Node::new();
    node.add(0, 1);
    let url = L1_URL.replace("://", "://user:secret@");
    node.on_chain(|| set(KEY_L1_URL, url.as_bytes()));
    node.network().chain_offline = true;
    let lines = logged(|| drop(node.work()));
    assert!(says(&lines, "WARN", L1_URL), "{lines:?}");
    assert!(lines.iter().all(|line| !line.contains("secret")), "{lines:?}");
    let authorization = ("authorization".to_string(), "Basic dXNlcjpzZWNyZXQ=".to_string());
    assert!(node.network().headers.contains(&authorization));
    node.network().chain_offline = false;
    node.work_until_settled(0, 1);
}

#[test]
fn nothing_should_be_signed_for_another_chain() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.waiting.clear();
    node.network().chain.chain_id = 1;
    for _ in 0..10 {
        assert!(node.work_in_next_block().iter().all(|request| request == "view"));
    }
    node.network().chain.chain_id = 31337;
    node.work_until_settled(0, 1);

    let mut node = Node::new();
    node.add(0, 1);
    node.on_chain(|| set(KEY_L1_CHAIN_ID, &1u64.encode()));
    assert_eq!(node.work(), ["view"]);
    assert!(node.network().chain.waiting.is_empty());
    node.on_chain(|| set(KEY_L1_CHAIN_ID, &31337u64.encode()));
    node.work_until_settled(0, 1);
}
