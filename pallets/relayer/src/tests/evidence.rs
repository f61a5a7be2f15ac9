//! Behaviour when there is no evidence that a batch is final.

use super::{
    logs::{is_quiet, logged, says},
    network::Node,
};
use crate::mock::{beefy::lose_range, *};
use pallet_sequencer::order::order_key;
use sp_core::{offchain::StorageKind, H256};

/// Returns a node whose first batch is about to be settled.
fn node_with_proof() -> Node {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    node
}

/// Lets the worker run, and checks that it complains about the batch and leaves the app alone.
fn assert_pauses(node: &mut Node) {
    let lines = logged(|| assert_eq!(node.work_in_next_block(), ["view"]));
    let complaint = "does not have the Merkle mountain range of the block in which batch 0 ended";
    assert!(says(&lines, "ERROR", complaint), "{lines:?}");
    let lines = logged(|| {
        for _ in 0..60 {
            assert_eq!(node.work_in_next_block(), ["view"]);
        }
    });
    assert!(is_quiet(&lines), "{lines:?}");
    assert_eq!(node.settled(0), 0);
}

#[test]
fn app_should_be_left_alone_when_the_heads_are_missing() {
    let mut node = node_with_proof();
    let root = node.on_chain(|| {
        let head = zkfusion_primitives::order::OrderHead {
            genesis_hash: GENESIS,
            app: 0,
            batch: 0,
            inbox_hash: statement(0, 0).inbox_hash_post,
            seeds_hash: pallet_sequencer::Inboxes::<Test>::get(0).seeds_hash,
            program_id: program(0),
        };
        // The root of a tree with one leaf is the leaf.
        H256(sp_io::hashing::keccak_256(
            &head.abi_encode().expect("it is canonical"),
        ))
    });
    let get = |key: &[u8]| sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, key);
    let heads = node.on_chain(|| {
        let heads = get(&order_key(&root)).expect("the block indexed them");
        sp_io::offchain::local_storage_clear(StorageKind::PERSISTENT, &order_key(&root));
        heads
    });
    assert_pauses(&mut node);
    node.on_chain(|| set(&order_key(&root), &heads));
    node.work_until_settled(0, 1);
}

#[test]
fn app_should_be_left_alone_when_the_range_is_missing() {
    let mut node = node_with_proof();
    node.on_chain(|| lose_range(true));
    assert_pauses(&mut node);
    node.on_chain(|| lose_range(false));
    node.work_until_settled(0, 1);
}

#[test]
fn nothing_should_be_proved_when_it_could_not_be_sent() {
    let mut node = Node::new();
    node.on_chain(|| {
        next_block();
        finalize(2);
    });
    node.add(0, 1);
    node.on_chain(|| {
        next_block();
        finalize(3);
        lose_range(true);
    });
    node.work();
    assert!(node.network().jobs.is_empty());
}

#[test]
fn voided_batch_should_not_be_skipped_when_the_range_is_missing() {
    let mut node = Node::new();
    node.on_chain(|| {
        add_app(0);
        void_batch(0);
        lose_range(true);
    });
    node.work();
    node.network().chain.mine();
    assert_pauses(&mut node);
    node.on_chain(|| lose_range(false));
    node.work_until_settled(0, 1);
}

#[test]
fn settlement_should_wait_when_ethereum_knows_a_block_that_the_node_has_not() {
    let mut node = node_with_proof();
    let known = node.network().chain.order.block;
    node.network().chain.order.block = 40;
    let lines = logged(|| {
        for _ in 0..20 {
            assert_eq!(node.work_in_next_block(), ["view", "GET"]);
        }
    });
    assert!(
        says(&lines, "DEBUG", "waits until this node has block 40"),
        "{lines:?}"
    );
    assert!(is_quiet(&lines), "{lines:?}");
    node.network().chain.order.block = known;
    node.work_until_settled(0, 1);
}

#[test]
fn evidence_should_hold_when_many_apps_end_batches_in_the_same_block() {
    let mut node = Node::new();
    for app in 0..9 {
        node.add(app, 1);
    }
    for app in 0..9 {
        node.work_until_settled(app, 1);
    }
}

#[test]
fn evidence_should_hold_when_batches_end_in_every_block() {
    let mut node = Node::new();
    node.add(0, 0);
    for _ in 0..20 {
        node.on_chain(|| {
            verify_batch(0);
            next_block();
        });
    }
    node.work_until_settled(0, 20);
}
