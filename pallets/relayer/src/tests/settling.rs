//! What is settled, and when.

use super::network::{result, Node};
use crate::{mock::*, offchain::KEY_RELAYER};
use sp_io::hashing::blake2_256;
use zkfusion_primitives::job::{FailureKind, JobState, Stage};

/// What a run asks for that registers an app and posts the job of its first batches.
const FIRST_RUN: [&str; 4] = ["view", "eth_estimateGas", "eth_sendRawTransaction", "POST"];

/// What a run asks for that finds a proof and sends it.
const SETTLING_RUN: [&str; 4] = ["view", "GET", "eth_estimateGas", "eth_sendRawTransaction"];

#[test]
fn worker_should_do_nothing_when_node_has_not_the_role() {
    let mut node = Node::new();
    node.add(0, 1);
    for off in [&[0][..], b"", b"on"] {
        node.on_chain(|| set(KEY_RELAYER, off));
        assert!(node.work().is_empty());
    }
}

#[test]
fn worker_should_do_nothing_when_no_batch_is_verified() {
    let mut node = Node::new();
    assert!(node.work().is_empty());
    node.add(0, 0);
    assert!(node.work_in_next_block().is_empty());
}

#[test]
fn batch_should_be_registered_proved_and_settled() {
    let mut node = Node::new();
    node.add(0, 1);
    assert_eq!(node.work(), FIRST_RUN);
    // The result waits until the app is registered.
    assert_eq!(node.work_in_next_block(), ["view"]);
    node.network().chain.mine();
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert_eq!(node.work_in_next_block(), SETTLING_RUN);
    assert_eq!(node.settled(0), 0);
    node.network().chain.mine();
    assert_eq!(node.settled(0), 1);
    assert_eq!(node.work_in_next_block(), ["view"]);
    // Only now and then somebody looks whether Ethereum went back.
    let requests: Vec<_> = (0..20).map(|_| node.work_in_next_block().len()).collect();
    assert_eq!(requests.iter().sum::<usize>(), 2, "{requests:?}");
}

#[test]
fn job_should_hold_what_the_chain_verified() {
    let mut node = Node::new();
    node.add(3, 2);
    node.work();
    let network = node.network();
    let (_, job) = network.jobs.last().expect("a job is posted");
    assert_eq!(job.batches.len(), 2);
    for (index, batch) in job.batches.iter().enumerate() {
        let index = index as u64;
        assert_eq!((batch.k, &batch.key[..]), (K, &b"key"[..]));
        assert_eq!(batch.statement, statement(3, index));
        assert_eq!(batch.proof, proof(3, index));
        let mut digests = [[0; 32]; 7];
        digests[1] = [15; 32];
        digests[3] = [17; 32];
        assert_eq!(batch.key_digests, digests);
    }
}

#[test]
fn job_should_keep_its_batches_when_others_are_verified() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.on_chain(|| verify_batch(0));
    node.work_until_settled(0, 2);
    let counts: Vec<_> = node
        .network()
        .jobs
        .iter()
        .map(|(_, job)| job.batches.len())
        .collect();
    assert_eq!(counts, [1, 1]);
}

#[test]
fn batches_should_be_settled_together_up_to_the_limit() {
    let mut node = Node::new();
    node.add(0, 5);
    node.work_until_settled(0, 5);
    let counts: Vec<_> = node
        .network()
        .jobs
        .iter()
        .map(|(_, job)| job.batches.len())
        .collect();
    assert_eq!(counts, [2, 2, 1]);
}

#[test]
fn apps_should_be_settled_side_by_side() {
    let mut node = Node::new();
    for app in 0..3 {
        node.add(app, 3);
    }
    for app in 0..3 {
        node.work_until_settled(app, 3);
    }
}

#[test]
fn batch_should_wait_until_its_block_is_final() {
    let mut node = Node::new();
    node.on_chain(next_block);
    node.add(0, 1);
    assert!(node.work().is_empty());
    node.on_chain(next_block);
    assert!(node.work().is_empty());
    node.on_chain(|| finalize(2));
    assert_eq!(node.work(), FIRST_RUN);
}

#[test]
fn batch_should_wait_when_the_worker_runs_on_another_fork_than_the_final_one() {
    let mut node = Node::new();
    node.add(0, 1);
    node.on_chain(|| {
        next_block();
        finalize(2);
        frame_system::BlockHash::<Test>::insert(2, sp_core::H256::repeat_byte(99));
    });
    assert!(node.work().is_empty());
    node.on_chain(|| finalize(2));
    assert_eq!(node.work(), FIRST_RUN);
}

#[test]
fn nothing_should_be_posted_when_the_node_has_not_the_proof() {
    let mut node = Node::new();
    node.add(0, 1);
    node.on_chain(|| {
        let key = pallet_verifier::StoredProof::key(&statement(0, 0));
        sp_runtime::offchain::storage::StorageValueRef::persistent(&key).clear();
    });
    assert_eq!(node.work(), &FIRST_RUN[..3]);
    assert!(node.network().jobs.is_empty());
}

#[test]
fn nothing_should_be_posted_when_the_circuit_of_the_proof_was_retired() {
    let mut node = Node::new();
    node.add(0, 1);
    node.on_chain(|| pallet_verifier::Protocols::<Test>::remove(PROTOCOL));
    assert_eq!(node.work(), &FIRST_RUN[..3]);
    assert!(node.network().jobs.is_empty());
}

#[test]
fn nothing_should_be_settled_when_ethereum_has_another_history() {
    let mut node = Node::new();
    node.add(0, 2);
    node.work_until_settled(0, 2);
    node.on_chain(|| verify_batch(0));
    node.network().jobs.clear();
    for state in node.network().chain.apps.values_mut() {
        state.root += alloy_primitives::U256::from(1);
    }
    for _ in 0..9 {
        node.work_in_next_block();
    }
    assert!(node.network().jobs.is_empty());
}

#[test]
fn nothing_should_be_done_when_ethereum_is_ahead_of_this_node() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work_until_settled(0, 1);
    for state in node.network().chain.apps.values_mut() {
        state.next_batch = 4;
    }
    assert_eq!(node.work_in_next_block(), ["view"]);
}

#[test]
fn worker_should_wait_when_the_job_is_in_work() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    let id = node.network().jobs[0].0;
    for state in [
        JobState::Queued { position: 1 },
        JobState::Running {
            stage: Stage::Proving,
            percent: 3,
        },
    ] {
        node.network().states.insert(id, state);
        node.work_in_next_block();
        assert_eq!(node.work_in_next_block(), ["view", "GET"]);
    }
    node.network().states.clear();
    assert_eq!(node.work_in_next_block(), SETTLING_RUN);
}

#[test]
fn job_should_be_posted_again_when_the_service_forgot_it() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    let id = node.network().jobs[0].0;
    node.network().jobs.clear();
    assert_eq!(node.work_in_next_block(), ["view", "GET", "POST"]);
    assert_eq!(node.network().jobs[0].0, id);
}

#[test]
fn worker_should_wait_longer_each_time_when_proving_fails() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    let id = node.network().jobs[0].0;
    let failed = |retryable| JobState::Failed {
        kind: FailureKind::Prover,
        message: "why".into(),
        retryable,
    };
    node.network().states.insert(id, failed(true));
    let posts: Vec<_> = (0..8)
        .map(|_| node.work_in_next_block().contains(&"POST".to_owned()))
        .collect();
    assert_eq!(posts, [false, true, false, false, true, false, false, false]);

    node.network().states.insert(id, failed(false));
    for _ in 0..6 {
        node.work_in_next_block();
    }
    let posts = (0..56).filter(|_| node.work_in_next_block().contains(&"POST".to_owned()));
    assert_eq!(posts.count(), 0);
}

#[test]
fn nothing_should_be_sent_when_the_service_proved_something_else() {
    let mut node = Node::new();
    node.add(0, 2);
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    let (id, mut result) = {
        let network = node.network();
        let (id, job) = &network.jobs[0];
        (*id, result(job, b"good"))
    };
    result.statement.post_root = statement(0, 0).post_root;
    node.network().states.insert(id, JobState::Done(result));
    assert_eq!(node.work_in_next_block(), ["view", "GET"]);
    assert_eq!(node.work_in_next_block(), ["view"]);
}

#[test]
fn nothing_should_be_sent_when_the_contract_would_refuse_the_proof() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().proof = b"bad".to_vec();
    node.work();
    node.network().chain.mine();
    node.work_in_next_block();
    assert_eq!(node.work_in_next_block(), &SETTLING_RUN[..3]);
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert_eq!(node.settled(0), 0);
}

#[test]
fn several_nodes_should_settle_each_batch_once() {
    let mut first = Node::new();
    let mut second = first.another();
    first.add(0, 4);
    second.add(0, 4);
    for round in 0..30 {
        first.work_in_next_block();
        second.work_in_next_block();
        if round % 2 == 0 {
            first.network().chain.mine();
        }
    }
    assert_eq!(first.settled(0), 4);
    // Both find nothing left to do, and nobody is stuck. What happens on the appchain, both see.
    for node in [&mut first, &mut second] {
        node.on_chain(|| verify_batch(0));
    }
    first.work_until_settled(0, 5);
    let now = first.on_chain(System::block_number);
    while second.on_chain(System::block_number) < now {
        second.work_in_next_block();
    }
    for node in [&mut first, &mut second] {
        node.on_chain(|| verify_batch(0));
    }
    second.work_until_settled(0, 6);
}

#[test]
fn nodes_with_the_same_key_should_not_get_stuck() {
    let mut first = Node::new();
    let mut second = first.with_same_key();
    first.add(0, 6);
    second.add(0, 6);
    for _ in 0..40 {
        first.work_in_next_block();
        second.work_in_next_block();
        first.network().chain.mine();
    }
    assert_eq!(first.settled(0), 6);
}

#[test]
fn job_names_should_be_the_same_on_all_nodes() {
    let mut first = Node::new();
    let mut second = Node::new();
    for node in [&mut first, &mut second] {
        node.add(0, 2);
        node.work();
    }
    let id = first.network().jobs[0].0;
    assert_eq!(id, second.network().jobs[0].0);
    let encoded = codec::Encode::encode(&first.network().jobs[0].1);
    assert_eq!(id, blake2_256(&encoded));
}
