//! Behaviour when a service does not answer.

use super::{chain::Chain, network::Node};
use crate::{
    mock::{set, verify_batch, L1_URL},
    offchain::{
        KEY_FINALIZED, KEY_L1_ORDER, KEY_L1_SETTLEMENT, KEY_L1_UPGRADER, KEY_L1_URL, KEY_L1_VERIFIER,
    },
};
use pallet_verifier::offchain::KEY_PROVER_URL;
use sp_core::offchain::StorageKind;

#[test]
fn worker_should_try_less_and_less_often_when_ethereum_is_away() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().chain_offline = true;
    let tries: Vec<_> = (0..40).map(|_| node.work_in_next_block().len()).collect();
    let at: Vec<_> = (0..40).filter(|run| tries[*run] > 0).collect();
    assert_eq!(at, [0, 1, 3, 7, 15, 25, 35]);
    node.network().chain_offline = false;
    node.work_until_settled(0, 1);
}

#[test]
fn nothing_should_be_lost_when_ethereum_goes_away_with_a_transaction_under_way() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work();
    node.network().chain_offline = true;
    for _ in 0..30 {
        node.work_in_next_block();
    }
    node.network().chain_offline = false;
    node.work_until_settled(0, 1);
    assert_eq!(node.network().chain.included.len(), 2);
}

#[test]
fn worker_should_go_on_when_the_prover_service_comes_back() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().prover_offline = true;
    for _ in 0..10 {
        node.work_in_next_block();
        node.network().chain.mine();
    }
    assert_eq!(node.settled(0), 0);
    node.network().prover_offline = false;
    node.work_until_settled(0, 1);
}

#[test]
fn worker_should_settle_anew_when_ethereum_begins_anew() {
    let mut node = Node::new();
    node.add(0, 3);
    node.work_until_settled(0, 3);
    node.work_in_next_block();
    node.network().chain = Chain {
        block: 0,
        ..Chain::default()
    };
    node.work_until_settled(0, 3);
}

#[test]
fn worker_should_settle_anew_when_ethereum_begins_anew_with_a_transaction_under_way() {
    for settled in 0..3 {
        let mut node = Node::new();
        node.add(0, 5);
        node.work_until_settled(0, settled);
        // Until something waits.
        while node.network().chain.waiting.is_empty() {
            node.work_in_next_block();
        }
        node.network().chain = Chain {
            block: 0,
            base_fee: 1_000_000_000,
            ..Chain::default()
        };
        node.work_until_settled(0, 5);
    }
}

#[test]
fn worker_should_settle_again_when_ethereum_goes_back() {
    let mut node = Node::new();
    node.add(0, 2);
    node.work_until_settled(0, 2);
    let before = node.network().chain.clone();
    node.on_chain(|| verify_batch(0));
    node.work_until_settled(0, 3);
    node.work_in_next_block();
    node.network().chain = Chain {
        block: before.block + 1,
        ..before
    };
    assert_eq!(node.settled(0), 2);
    node.work_until_settled(0, 3);
}

#[test]
fn settled_apps_should_be_looked_at_soon_when_ethereum_comes_back() {
    let mut node = Node::new();
    node.add(0, 1);
    node.work_until_settled(0, 1);
    node.work_in_next_block();
    node.network().chain_offline = true;
    while node.work_in_next_block().is_empty() {}
    node.network().chain_offline = false;
    assert_eq!(node.work_in_next_block(), ["view"]);
    assert!(node.work_in_next_block().is_empty());
}

#[test]
fn worker_should_wait_when_the_contracts_are_not_there() {
    let mut node = Node::new();
    node.add(0, 1);
    node.network().chain.deployed = false;
    for _ in 0..5 {
        assert!(node.work_in_next_block().iter().all(|request| request == "view"));
    }
    node.network().chain.deployed = true;
    node.work_until_settled(0, 1);
}

#[test]
fn worker_should_ask_nobody_when_it_has_no_key() {
    let mut node = Node::new().without_key();
    node.add(0, 1);
    assert!(node.work().is_empty());
}

#[test]
fn worker_should_ask_nobody_when_a_setting_is_missing() {
    let keys = [
        KEY_L1_URL,
        KEY_L1_SETTLEMENT,
        KEY_L1_ORDER,
        KEY_L1_VERIFIER,
        KEY_PROVER_URL,
        KEY_FINALIZED,
    ];
    for key in keys {
        let mut node = Node::new();
        node.add(0, 1);
        node.on_chain(|| sp_io::offchain::local_storage_clear(StorageKind::PERSISTENT, key));
        assert!(node.work().is_empty());
    }
    for key in [KEY_L1_SETTLEMENT, KEY_L1_ORDER, KEY_L1_VERIFIER, KEY_L1_UPGRADER] {
        let mut node = Node::new();
        node.add(0, 1);
        node.on_chain(|| set(key, &[1; 19]));
        assert!(node.work().is_empty());
    }
    let mut node = Node::new();
    node.add(0, 1);
    node.on_chain(|| set(KEY_L1_SETTLEMENT, &[1; 19]));
    assert!(node.work().is_empty());
    node.on_chain(|| {
        crate::mock::set_role();
        set(KEY_L1_URL, L1_URL.as_bytes());
    });
    node.work_until_settled(0, 1);
}

#[test]
fn worker_should_not_join_a_run_that_is_under_way() {
    let mut node = Node::new();
    node.add(0, 1);
    let until = sp_core::offchain::Timestamp::from_unix_millis(1_005_000);
    node.on_chain(|| {
        let lock = b"zkfusion::relayer::lock";
        sp_runtime::offchain::storage::StorageValueRef::persistent(lock).set(&until);
    });
    assert!(node.work().is_empty());
    node.network().clock = 1_005_001;
    assert!(!node.work().is_empty());
}
