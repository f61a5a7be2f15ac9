//! What Ethereum is told of the appchain's finality, and when.

use super::{
    logs::{is_quiet, logged, says},
    network::{Node, KEY_SEEN_NEXT_SET},
};
use crate::{
    mock::{beefy::*, *},
    order::MountainRange,
};
use alloy_consensus::Transaction;
use alloy_sol_types::SolCall;
use sp_core::{offchain::StorageKind, H256};
use zkfusion_contracts::IBeefyOrder;
use zkfusion_primitives::job::{JobState, Stage};

/// What a run asks for that sends a commitment.
const COMMITTING_RUN: [&str; 3] = ["view", "eth_estimateGas", "eth_sendRawTransaction"];

/// Returns how many transactions to `BeefyOrder` are in a block.
fn commitments(node: &Node) -> usize {
    let network = node.network();
    let included = network.chain.included.iter();
    included
        .filter(|sent| sent.transaction.to() == Some(ORDER.into()))
        .count()
}

/// Returns the set that Ethereum takes for the current one.
fn current_set(node: &Node) -> u64 {
    node.network().chain.order.current.id
}

/// Lets the app's job be in work until the test says otherwise.
fn keep_proving(node: &Node) {
    let mut network = node.network();
    let id = network.jobs[0].0;
    let stage = Stage::Proving;
    network.states.insert(id, JobState::Running { stage, percent: 3 });
}

#[test]
fn commitment_should_be_sent_before_the_proof_is_ready_when_a_settlement_needs_it() {
    let mut node = Node::alone();
    node.add(0, 1);
    node.work();
    keep_proving(&node);
    node.network().chain.mine();
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert_eq!(node.work_in_next_block(), COMMITTING_RUN);
    node.network().chain.mine();
    assert_eq!(node.network().chain.order.block, 3);
    assert_eq!(node.work_in_next_block(), ["view"]);
    // The root is new enough: it is left at that while the proof is made.
    for _ in 0..5 {
        assert_eq!(node.work_in_next_block(), ["view", "GET"]);
    }
    node.network().states.clear();
    node.work_until_settled(0, 1);
    assert_eq!(commitments(&node), 1);
}

#[test]
fn batch_should_not_be_settled_when_validators_have_not_signed_its_end() {
    let mut node = Node::alone();
    node.on_chain(|| silence(true));
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    let lines = logged(|| {
        for _ in 0..30 {
            // It waits and does not fail: each time the proof is there, and nothing is sent.
            assert_eq!(node.work_in_next_block(), ["view", "GET"]);
        }
    });
    assert!(says(
        &lines,
        "DEBUG",
        "waits until validators have signed block 2"
    ));
    assert!(is_quiet(&lines), "{lines:?}");
    assert_eq!(node.settled(0), 0);
    node.on_chain(|| silence(false));
    node.work_until_settled(0, 1);
}

#[test]
fn batches_should_be_settled_when_each_needs_its_own_commitment() {
    let mut node = Node::alone();
    node.add(0, 0);
    for settled in 1..5 {
        node.on_chain(|| verify_batch(0));
        node.work_until_settled(0, settled);
    }
    assert_eq!(commitments(&node), 4);
}

#[test]
fn one_commitment_should_do_when_several_apps_wait() {
    let mut node = Node::alone();
    for app in 0..3 {
        node.add(app, 2);
    }
    for app in 0..3 {
        node.work_until_settled(app, 2);
    }
    assert_eq!(commitments(&node), 1);
}

#[test]
fn handover_should_be_submitted_when_no_app_waits() {
    let mut node = Node::alone();
    assert!(node.work_in_next_block().is_empty());
    node.on_chain(begin_session);
    assert_eq!(node.work_in_next_block(), COMMITTING_RUN);
    node.network().chain.mine();
    assert_eq!(current_set(&node), 1);
    // The outcome is seen, and then nothing is left to do.
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert!(node.work_in_next_block().is_empty());
    let network = node.network();
    let sent = &network.chain.included[0];
    assert_eq!(sent.transaction.to(), Some(ORDER.into()));
    let call = IBeefyOrder::submitHandoverCall::abi_decode(sent.transaction.input()).expect("it hands over");
    assert_eq!((call.commitment.validatorSetId, call.leaf.nextSetId), (1, 2));
}

#[test]
fn ethereum_should_be_looked_at_once_when_the_node_never_saw_it() {
    let mut node = Node::alone();
    node.on_chain(|| sp_io::offchain::local_storage_clear(StorageKind::PERSISTENT, KEY_SEEN_NEXT_SET));
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert!(node.work_in_next_block().is_empty());
}

#[test]
fn handovers_should_be_submitted_in_order_when_several_are_due() {
    let mut node = Node::alone();
    node.network().chain_offline = true;
    for _ in 0..5 {
        node.on_chain(begin_session);
        node.work_in_next_block();
        node.work_in_next_block();
    }
    node.network().chain_offline = false;
    let mut sets = vec![current_set(&node)];
    for _ in 0..30 {
        node.work_in_next_block();
        node.network().chain.mine();
        sets.push(current_set(&node));
    }
    sets.dedup();
    assert_eq!(sets, [0, 1, 2, 3, 4, 5]);
    assert_eq!(commitments(&node), 5);
    assert!(node.work_in_next_block().is_empty());
}

#[test]
fn batches_should_be_settled_when_sets_change_all_the_time() {
    let mut node = Node::alone();
    node.add(0, 0);
    for settled in 1..8 {
        node.on_chain(|| {
            verify_batch(0);
            begin_session();
        });
        node.work_until_settled(0, settled);
    }
    assert_eq!(current_set(&node), 7);
}

#[test]
fn batch_should_be_settled_when_the_handover_is_too_old_for_it() {
    let mut node = Node::alone();
    node.add(0, 0);
    node.on_chain(|| {
        begin_session();
        next_block();
        finalize(2);
        // Validators sign the first block of the session, and then for long nothing.
        silence(true);
    });
    for _ in 0..4 {
        node.work_in_next_block();
        node.network().chain.mine();
    }
    assert_eq!(node.network().chain.order.block, 2);
    node.on_chain(|| verify_batch(0));
    for _ in 0..10 {
        node.work_in_next_block();
        node.network().chain.mine();
    }
    assert_eq!(node.settled(0), 0);
    node.on_chain(|| silence(false));
    node.work_until_settled(0, 1);
    assert_eq!(commitments(&node), 2);
}

#[test]
fn handover_should_be_missed_aloud_when_the_node_was_away() {
    let mut node = Node::alone();
    node.on_chain(|| {
        silence(true);
        begin_session();
        next_block();
        begin_session();
        next_block();
        see(&commitment(3));
        finalize(3);
    });
    let lines = logged(|| assert_eq!(node.work(), ["view"]));
    assert!(
        says(&lines, "WARN", "validator set 1, which this node has not seen"),
        "{lines:?}"
    );
    // Somebody else has it, and then this node goes on.
    let theirs = node.on_chain(|| {
        let proved = MockRange::prove(2, 2).expect("the node has the range");
        commitment(2).submit(Some(&proved)).expect("it is signed")
    });
    node.network().chain.run_for_another(ORDER, &theirs);
    assert_eq!(node.work_in_next_block(), COMMITTING_RUN);
    node.network().chain.mine();
    assert_eq!(current_set(&node), 2);
}

#[test]
fn handover_should_wait_aloud_when_the_node_has_not_the_range() {
    let mut node = Node::alone();
    node.on_chain(|| {
        begin_session();
        lose_range(true);
    });
    let lines = logged(|| assert_eq!(node.work_in_next_block(), ["view"]));
    assert!(
        says(&lines, "WARN", "Merkle mountain range of block 2"),
        "{lines:?}"
    );
    node.on_chain(|| lose_range(false));
    assert_eq!(node.work_in_next_block(), COMMITTING_RUN);
}

#[test]
fn relayers_should_settle_everything_when_nobody_else_commits() {
    let mut first = Node::alone();
    let mut second = first.another();
    for node in [&mut first, &mut second] {
        node.add(0, 4);
    }
    for round in 0..60 {
        for node in [&mut first, &mut second] {
            if round % 7 == 3 {
                node.on_chain(begin_session);
            }
            node.work_in_next_block();
        }
        if round % 2 == 0 {
            first.network().chain.mine();
        }
    }
    assert_eq!(first.settled(0), 4);
    // The last of the nine sessions has just begun.
    assert_eq!(current_set(&first), 8);
}

#[test]
fn commitment_should_be_given_up_when_somebody_else_was_faster() {
    let mut node = Node::alone();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    assert_eq!(node.work_in_next_block(), COMMITTING_RUN);
    // The other's is the first in the block.
    let theirs = node
        .on_chain(|| commitment(3).submit(None))
        .expect("it is signed");
    node.network().chain.run_for_another(ORDER, &theirs);
    node.network().chain.mine();
    let lines = logged(|| assert_eq!(node.work_in_next_block(), ["view", "eth_call"]));
    assert!(says(&lines, "INFO", "somebody else was faster"), "{lines:?}");
    node.work_until_settled(0, 1);
    assert_eq!(commitments(&node), 1);
}

#[test]
fn commitment_should_be_given_up_when_nobody_knows_it_and_it_is_not_needed() {
    let mut node = Node::alone();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    assert_eq!(node.work_in_next_block(), COMMITTING_RUN);
    node.network().chain.waiting.clear();
    let theirs = node
        .on_chain(|| commitment(3).submit(None))
        .expect("it is signed");
    node.network().chain.run_for_another(ORDER, &theirs);
    node.work_until_settled(0, 1);
    assert_eq!(commitments(&node), 0);
}

#[test]
fn commitments_should_be_tried_less_and_less_often_when_ethereum_refuses_them() {
    let mut node = Node::alone();
    // As where the contract was deployed with the sets of another chain.
    node.network().chain.order.current.keyset_commitment = H256::repeat_byte(7);
    node.add(0, 1);
    let sent = |node: &mut Node| {
        let requests = node.work_in_next_block();
        node.network().chain.mine();
        requests.contains(&"eth_estimateGas".to_owned())
    };
    let tries = (0..40).filter(|_| sent(&mut node)).count();
    assert!((3..=8).contains(&tries), "{tries} of 40 runs sent something");
    assert_eq!(node.network().chain.apps.len(), 1, "the app is registered");
    assert_eq!(commitments(&node), 0);
}
