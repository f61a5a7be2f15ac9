//! Batches that were voided on the appchain.

use super::network::Node;
use crate::mock::{beefy, *};
use alloy_consensus::Transaction;
use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use zkfusion_contracts::ISettlement;
use zkfusion_primitives::order::{fold_seed, EMPTY_SEEDS_HASH};

/// What a run asks for that passes a voided batch.
const SKIPPING_RUN: [&str; 3] = ["view", "eth_estimateGas", "eth_sendRawTransaction"];

/// Returns a node whose first batch was voided, with the app registered on Ethereum.
fn node_with_voided_batch() -> Node {
    let mut node = Node::new();
    node.on_chain(|| {
        add_app(0);
        void_batch(0);
    });
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    node
}

#[test]
fn voided_batch_should_be_skipped_without_a_proof() {
    let mut node = node_with_voided_batch();
    assert_eq!(node.work_in_next_block(), SKIPPING_RUN);
    node.network().chain.mine();
    assert_eq!(node.settled(0), 1);
    assert!(node.network().jobs.is_empty());
    let network = node.network();
    let state = network.chain.apps.values().next().expect("it is registered");
    let word = |hash: [u8; 32]| U256::from_le_bytes(hash);
    let (statement, initial) = (statement(0, 0), crate::abi::AppState::initial(true));
    let seeds = fold_seed(&EMPTY_SEEDS_HASH, &statement.vrf_seed).expect("it is a field element");
    assert_eq!(state.root, initial.root);
    assert_eq!(state.inbox_hash, word(statement.inbox_hash_post));
    assert_eq!(state.seeds_hash, word(seeds));
}

#[test]
fn batches_should_be_settled_up_to_a_voided_one_and_after_it() {
    let mut node = Node::new();
    node.on_chain(|| {
        add_app(0);
        for voided in [false, true, false, false, true, true, false, false, false] {
            match voided {
                true => void_batch(0),
                false => verify_batch(0),
            }
        }
    });
    node.work_until_settled(0, 9);
    let network = node.network();
    let jobs = network.jobs.iter().map(|(_, job)| {
        let batches = job.batches.iter();
        batches
            .map(|batch| batch.statement.batch_index)
            .collect::<Vec<_>>()
    });
    assert_eq!(
        jobs.collect::<Vec<_>>(),
        [vec![0], vec![2, 3], vec![6, 7], vec![8]]
    );
    let skipped = network.chain.included.iter().filter(|sent| {
        let input = sent.transaction.input();
        ISettlement::skipVoidedCall::abi_decode(input).is_ok()
    });
    assert_eq!(skipped.count(), 3);
}

#[test]
fn voided_batch_should_wait_when_its_end_is_not_committed() {
    let mut node = Node::alone();
    node.on_chain(|| {
        beefy::silence(true);
        add_app(0);
        void_batch(0);
    });
    node.work();
    node.network().chain.mine();
    for _ in 0..10 {
        assert_eq!(node.work_in_next_block(), ["view"]);
    }
    node.on_chain(|| beefy::silence(false));
    // Here the commitment is sent for it alone.
    node.work_until_settled(0, 1);
    assert_eq!(node.network().chain.included.len(), 3);
}

#[test]
fn app_should_not_be_left_alone_when_somebody_else_skipped_its_batch() {
    let mut node = node_with_voided_batch();
    assert_eq!(node.work_in_next_block(), SKIPPING_RUN);
    let waiting = node.network().chain.waiting[0].transaction.input().to_vec();
    // The same call by somebody else is the first in the block.
    node.network().chain.run_for_another(SETTLEMENT, &waiting);
    node.network().chain.mine();
    node.on_chain(|| verify_batch(0));
    assert_eq!(node.work_in_next_block(), ["view", "eth_call", "POST"]);
    node.work_until_settled(0, 2);
}

#[test]
fn skipping_should_be_dropped_when_somebody_else_did_it_and_nobody_knows_it() {
    let mut node = node_with_voided_batch();
    node.work_in_next_block();
    let lost = node.network().chain.waiting.pop().expect("it waits").transaction;
    node.network().chain.run_for_another(SETTLEMENT, lost.input());
    assert_eq!(node.work_in_next_block(), ["view"]);
    node.on_chain(|| verify_batch(0));
    node.work_until_settled(0, 2);
}
