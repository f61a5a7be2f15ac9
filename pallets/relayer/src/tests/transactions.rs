//! The life of transactions.

use super::network::Node;
use crate::{
    mock::{set, SETTLEMENT},
    offchain::{KEY_L1_MAX_FEE, KEY_L1_SETTLEMENT},
};
use alloy_consensus::Transaction;
use alloy_primitives::{address, U256};
use codec::Encode;

/// Returns a node whose settlement of the first batch is sent and in no block.
pub(super) fn node_with_settlement_under_way() -> Node {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    node.work_in_next_block();
    assert_eq!(node.network().chain.waiting.len(), 1);
    node
}

/// Settles the first batch for somebody else.
fn settle_for_another(node: &mut Node) {
    let calldata = node.calldata(0, 0, 0, b"good");
    node.network().chain.run_for_another(SETTLEMENT, &calldata);
}

#[test]
fn transaction_should_come_from_the_account_of_the_key() {
    let mut node = node_with_settlement_under_way();
    let expected = node.calldata(0, 0, 0, b"good");
    let network = node.network();
    let sent = &network.chain.waiting[0];
    // As anvil prints it next to the private key.
    assert_eq!(sent.from, address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"));
    let transaction = &sent.transaction;
    assert_eq!(transaction.nonce(), 1);
    assert_eq!(transaction.chain_id(), Some(31337));
    assert_eq!(transaction.to(), Some(SETTLEMENT.into()));
    assert_eq!(transaction.input().to_vec(), expected);
    assert_eq!(transaction.value(), U256::ZERO);
    assert_eq!(transaction.max_fee_per_gas(), 21_000_000_000);
    assert_eq!(transaction.max_priority_fee_per_gas(), Some(1_000_000_000));
    assert_eq!(transaction.gas_limit(), 300_000 * 5 / 4 + 10_000);
}

#[test]
fn transaction_should_be_the_only_one_while_it_waits() {
    let mut node = node_with_settlement_under_way();
    node.add(1, 1);
    for _ in 0..5 {
        node.work_in_next_block();
    }
    assert_eq!(node.network().chain.waiting.len(), 1);
    assert_eq!(node.network().jobs.len(), 2, "proving goes on");
    node.network().chain.mine();
    assert_eq!(node.settled(0), 1);
    node.work_until_settled(1, 1);
}

#[test]
fn same_transaction_should_be_sent_again_when_the_answer_was_lost() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().lose_answer = true;
    node.work();
    let hash = node.network().chain.waiting[0].hash;
    node.network().lose_answer = false;
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert_eq!(node.network().chain.waiting[0].hash, hash);
    node.work_until_settled(0, 1);
    assert_eq!(node.network().chain.included.len(), 2);
}

#[test]
fn same_transaction_should_be_sent_again_when_the_node_lost_it() {
    let mut node = node_with_settlement_under_way();
    let lost = node.network().chain.waiting.pop().expect("it waits");
    assert_eq!(node.work_in_next_block(), ["view", "eth_sendRawTransaction"]);
    assert_eq!(node.network().chain.waiting[0].hash, lost.hash);
    assert_eq!(node.work_in_next_block(), ["view"]);
}

#[test]
fn transaction_should_be_replaced_when_it_does_not_pay_enough() {
    let mut node = node_with_settlement_under_way();
    let first = node.network().chain.waiting[0].clone();
    node.network().chain.base_fee = 40_000_000_000;
    // Blocks without it pass, and time.
    for _ in 0..19 {
        node.network().chain.mine();
        assert_eq!(node.work_in_next_block(), ["view"]);
    }
    node.network().chain.mine();
    assert_eq!(node.work_in_next_block(), ["view", "eth_sendRawTransaction"]);
    let second = node.network().chain.waiting[0].clone();
    assert_ne!(second.hash, first.hash);
    assert_eq!(second.transaction.nonce(), first.transaction.nonce());
    assert_eq!(second.transaction.input(), first.transaction.input());
    // 40 gwei twice and what the tip became: 1 gwei and an eighth.
    assert_eq!(second.transaction.max_fee_per_gas(), 81_000_000_000);
    assert_eq!(second.transaction.max_priority_fee_per_gas(), Some(1_125_000_000));
    node.network().chain.mine();
    assert_eq!(node.settled(0), 1);
    assert_eq!(node.work_in_next_block(), ["view"]);
}

#[test]
fn replaced_transaction_should_be_found_when_it_was_included_after_all() {
    let mut node = node_with_settlement_under_way();
    let first = node.network().chain.waiting[0].clone();
    node.network().chain.base_fee = 22_000_000_000;
    for _ in 0..20 {
        node.network().chain.mine();
        node.work_in_next_block();
    }
    assert_ne!(node.network().chain.waiting[0].hash, first.hash);
    node.network().chain.waiting = vec![first];
    node.network().chain.base_fee = 1;
    node.network().chain.mine();
    assert_eq!(node.settled(0), 1);
    node.on_chain(|| crate::mock::verify_batch(0));
    node.work_until_settled(0, 2);
}

#[test]
fn transaction_should_wait_when_gas_costs_more_than_the_operator_pays() {
    let mut node = Node::new();
    node.add(0, 1);
    node.on_chain(|| set(KEY_L1_MAX_FEE, &5_000_000_000u128.encode()));
    assert_eq!(node.work(), ["view"]);
    node.network().chain.base_fee = 4_000_000_000;
    node.work_until_settled(0, 1);
    for sent in &node.network().chain.included {
        assert!(sent.transaction.max_fee_per_gas() <= 5_000_000_000);
    }
}

#[test]
fn nothing_should_be_sent_when_the_account_cannot_pay() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().chain.balance = U256::from(1_000);
    assert_eq!(node.work(), ["view", "eth_estimateGas"]);
    node.network().chain.balance = U256::from(10u128.pow(18));
    node.work_until_settled(0, 1);
}

#[test]
fn transaction_should_be_forgotten_when_somebody_else_settled_and_nobody_knows_it() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.waiting.clear();
    settle_for_another(&mut node);
    assert_eq!(node.work_in_next_block(), ["view"]);
    node.on_chain(|| crate::mock::verify_batch(0));
    node.work_until_settled(0, 2);
}

#[test]
fn reverted_transaction_should_be_success_when_somebody_else_was_faster() {
    let mut node = node_with_settlement_under_way();
    settle_for_another(&mut node);
    assert_eq!(node.work_in_next_block(), ["view"], "it waits for its revert");
    node.network().chain.mine();
    node.on_chain(|| crate::mock::verify_batch(0));
    assert_eq!(node.work_in_next_block(), ["view", "eth_call", "POST"]);
    node.work_until_settled(0, 2);
}

#[test]
fn app_should_be_left_alone_when_its_transaction_reverted() {
    let mut node = node_with_settlement_under_way();
    node.network().chain.good_proof = b"other".to_vec();
    node.network().chain.mine();
    assert_eq!(node.work_in_next_block(), ["view", "eth_call"]);
    for _ in 0..60 {
        assert_eq!(node.work_in_next_block(), ["view"]);
    }
}

#[test]
fn waiting_transaction_should_give_its_nonce_away_when_it_is_not_needed_any_more() {
    let mut node = node_with_settlement_under_way();
    settle_for_another(&mut node);
    node.on_chain(|| crate::mock::verify_batch(0));
    node.network().chain.base_fee = 30_000_000_000;
    for _ in 0..25 {
        node.network().chain.mine();
        node.work_in_next_block();
    }
    assert_eq!(node.settled(0), 2);
    let network = node.network();
    assert_eq!(network.chain.included.len(), 2);
    assert_eq!(network.chain.included[1].transaction.nonce(), 1);
}

#[test]
fn relayer_should_go_on_when_another_used_its_nonce() {
    let mut node = node_with_settlement_under_way();
    {
        let mut network = node.network();
        let account = network.chain.waiting.pop().expect("it waits").from;
        network.chain.nonces.insert(account, 7);
    }
    node.work_until_settled(0, 1);
}

#[test]
fn relayer_should_go_on_when_the_contract_is_another() {
    let mut node = node_with_settlement_under_way();
    node.on_chain(|| set(KEY_L1_SETTLEMENT, &[0xcd; 20]));
    node.network().chain.deployed = false;
    node.network().chain.waiting.clear();
    node.work_in_next_block();
    node.on_chain(|| set(KEY_L1_SETTLEMENT, &SETTLEMENT));
    node.network().chain.deployed = true;
    node.work_until_settled(0, 1);
}

#[test]
fn lost_record_should_be_made_up_for_by_outbidding() {
    let mut node = node_with_settlement_under_way();
    let waiting = node.network().chain.waiting[0].clone();
    // The record of the transaction is gone, and the one that waits pays too little.
    node.on_chain(|| {
        let key = b"zkfusion::relayer::in_flight";
        sp_runtime::offchain::storage::StorageValueRef::persistent(key).clear();
    });
    node.network().chain.base_fee = 22_000_000_000;
    node.work_until_settled(0, 1);
    let network = node.network();
    let included = network.chain.included.last().expect("it is settled");
    assert_eq!(included.transaction.nonce(), waiting.transaction.nonce());
    assert_ne!(included.hash, waiting.hash);
}
