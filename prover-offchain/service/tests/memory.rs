//! Jobs that do not fit into memory fail, with their kind, and the service goes on: real proofs.

mod support;

use std::sync::Arc;
use support::{config, Client};
use zkfusion_halo2::srs::{cache_folder, SrsKind};
use zkfusion_primitives::{
    batch::Batch,
    job::{BatchJob, FailureKind, JobState},
    merkle::SparseTree,
    message::{Message, Payload},
};
use zkfusion_prover::{blake2_256, Config, Service, ZkBackend};

/// More than a proof with k = 14 takes, less than one with k = 15.
const LIMIT: u64 = 450_000_000;

/// Runs until its fuel is used up.
const PROGRAM: &str = r#"(module (func (export "zkmain") (loop (br 0))))"#;

#[test]
fn a_job_that_does_not_fit_into_memory_fails_and_the_next_one_is_proved() {
    let wasm = wat::parse_str(PROGRAM).unwrap();
    let backend = Arc::new(ZkBackend::new(&cache_folder(), SrsKind::InsecureDevelopment));
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = Config {
        max_attempts: 2,
        memory: Some(LIMIT),
        ..config(data.path())
    };
    let handle = runtime.block_on(Service::start(config, backend)).unwrap();
    let client = Client::new(handle.url_with_token());
    let program = client.post("/v1/programs", &wasm).json();
    let mut program_id = [0; 32];
    hex::decode_to_slice(
        program["program_id"].as_str().unwrap().trim_start_matches("0x"),
        &mut program_id,
    )
    .unwrap();
    let job = |batch, fuel_limit| BatchJob {
        batch: Batch {
            genesis_hash: [0; 32],
            app_id: 0,
            program_id,
            batch_index: batch,
            pre_root: SparseTree::new().root(),
            inbox_hash_pre: [0; 32],
            vrf_seed: [0; 32],
            messages: vec![Message {
                index: batch,
                sender: [1; 32],
                at_block: 1,
                fuel_limit,
                payload: Payload::default(),
            }],
        },
        wasm_hash: blake2_256(&wasm),
        leaves: vec![],
    };
    let large = client.post_batch(&job(0, 20_000));
    let small = client.post_batch(&job(1, 1_000));
    let JobState::Failed {
        kind,
        message,
        retryable,
    } = client.await_end(&large)
    else {
        panic!("not failed");
    };
    assert_eq!((kind, retryable), (FailureKind::OutOfMemory, true));
    assert!(
        message.starts_with("a batch proof with k = 15 takes up to"),
        "{message}"
    );
    let JobState::Done(result) = client.await_end(&small) else {
        panic!("not proved");
    };
    assert_eq!(result.k, 14);
    runtime.block_on(handle.shutdown());
}
