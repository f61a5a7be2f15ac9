use super::service::{FakeService, State};
use crate::{mock::*, offchain, pallet::Call, KEY_TYPE};
use codec::Decode;
use frame_support::{assert_ok, traits::Hooks};
use parking_lot::{Mutex, RwLock};
use sp_core::offchain::{
    testing::{PoolState, TestOffchainExt, TestPersistentOffchainDB, TestTransactionPoolExt},
    OffchainDbExt, OffchainWorkerExt, StorageKind, TransactionPoolExt,
};
use sp_io::hashing::blake2_256;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::generic::Preamble;
use std::sync::Arc;
use zkfusion_primitives::job::{BatchResult, FailureKind, JobState, JobStats, Stage};

/// A node with the prover role.
struct Node {
    ext: sp_io::TestExternalities,
    service: Arc<Mutex<State>>,
    pool: Arc<RwLock<PoolState>>,
}

impl Node {
    fn new() -> Self {
        let service = Arc::new(Mutex::new(State::default()));
        let (pool_ext, pool) = TestTransactionPoolExt::new();
        let (db_ext, _) = TestOffchainExt::with_offchain_db(TestPersistentOffchainDB::new());
        let keystore = MemoryKeystore::new();
        keystore
            .sr25519_generate_new(KEY_TYPE, Some("//Prover"))
            .expect("the path is valid");
        let mut ext = new_test_ext();
        ext.register_extension(OffchainDbExt::new(db_ext));
        ext.register_extension(OffchainWorkerExt::new(FakeService(service.clone())));
        ext.register_extension(TransactionPoolExt::new(pool_ext));
        ext.register_extension(KeystoreExt::new(keystore));
        ext.execute_with(|| {
            set(offchain::KEY_PROVER, &[1]);
            set(offchain::KEY_PROVER_URL, b"http://prover/");
        });
        Self { ext, service, pool }
    }

    /// Runs a part of the test on the chain.
    fn on_chain<R>(&mut self, part: impl FnOnce() -> R) -> R {
        self.ext.execute_with(part)
    }

    /// Runs the worker on the current block and returns the requests that it made.
    fn work(&mut self) -> Vec<String> {
        self.service.lock().requests.clear();
        self.on_chain(|| Verifier::offchain_worker(System::block_number()));
        let strip = |line: &String| line.replace("http://prover/v1/", "");
        self.service.lock().requests.iter().map(strip).collect()
    }

    /// Begins the next block and runs the worker on it.
    fn work_in_next_block(&mut self) -> Vec<String> {
        self.on_chain(|| go_to(System::block_number() + 1));
        self.work()
    }

    /// Says where the last posted job stands.
    fn set_state(&self, state: JobState<BatchResult>) {
        let mut service = self.service.lock();
        let (id, _) = *service
            .jobs
            .last()
            .map(|(id, job)| (id, job))
            .as_ref()
            .expect("a job was posted");
        let id = *id;
        service.states.insert(id, state);
    }

    /// Takes the submissions out of the transaction pool.
    fn submitted(&self) -> Vec<Call<Test>> {
        let decode = |bytes: Vec<u8>| {
            let extrinsic = Extrinsic::decode(&mut &bytes[..]).expect("an extrinsic is submitted");
            assert!(matches!(extrinsic.preamble, Preamble::Signed(..)));
            match extrinsic.function {
                RuntimeCall::Verifier(call) => call,
                call => panic!("{call:?}"),
            }
        };
        self.pool.write().transactions.drain(..).map(decode).collect()
    }
}

fn set(key: &[u8], value: &[u8]) {
    sp_io::offchain::local_storage_set(StorageKind::PERSISTENT, key, value);
}

fn result(submission: &Submission) -> BatchResult {
    BatchResult {
        k: submission.k,
        statement: submission.statement.clone(),
        effects: submission.effects.clone(),
        proof: submission.proof.clone(),
        stats: JobStats::default(),
    }
}

fn failed(kind: FailureKind, retryable: bool) -> JobState<BatchResult> {
    JobState::Failed {
        kind,
        message: "why".into(),
        retryable,
    }
}

const POST: &str = "POST batches";

fn get(node: &Node) -> String {
    let id = node.service.lock().jobs.last().expect("a job was posted").0;
    format!("GET batches/{}", &sp_core::bytes::to_hex(&id, false)[2..])
}

#[test]
fn worker_should_do_nothing_when_node_has_not_the_role() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    for off in [&[0][..], b"", b"on"] {
        node.on_chain(|| set(offchain::KEY_PROVER, off));
        assert!(node.work().is_empty());
    }
}

#[test]
fn worker_should_do_nothing_when_no_batch_can_be_proved() {
    let mut node = Node::new();
    node.on_chain(|| submit_batch(register()));
    assert!(node.work().is_empty());
}

#[test]
fn worker_should_give_the_program_and_post_the_job_when_batch_is_new() {
    let mut node = Node::new();
    let app = node.on_chain(app_with_batch);
    assert_eq!(node.work(), [POST, "POST programs?prepare=false", POST]);
    let service = node.service.lock();
    let (_, job) = service.jobs.last().expect("posted");
    assert_eq!(
        (
            job.batch.app_id,
            job.batch.batch_index,
            job.batch.program_id,
            job.batch.messages.len()
        ),
        (app, 0, program_id(WASM, &protocol_digest(PROTOCOL)), 3)
    );
    assert_eq!(job.wasm_hash, blake2_256(WASM));
}

#[test]
fn worker_should_ask_once_a_block_when_job_is_in_work() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.work();
    let get = get(&node);
    assert_eq!(node.work_in_next_block(), std::slice::from_ref(&get));
    node.set_state(JobState::Running {
        stage: Stage::Proving,
        percent: 5,
    });
    assert_eq!(node.work_in_next_block(), [get]);
    assert!(node.submitted().is_empty());
}

#[test]
fn worker_should_submit_the_proof_when_job_is_done() {
    let mut node = Node::new();
    let app = node.on_chain(app_with_batch);
    node.work();
    let submission = node.on_chain(|| Submission::next(app));
    node.set_state(JobState::Done(result(&submission)));
    node.work_in_next_block();
    assert_eq!(node.submitted(), [submission.clone().call()]);

    // It waits for the transaction before it submits again.
    assert!(node.work_in_next_block().is_empty());
    for _ in 0..3 {
        node.work_in_next_block();
    }
    assert_eq!(node.submitted(), [submission.clone().call()]);

    node.on_chain(|| {
        assert_ok!(submission.submit());
    });
    assert!(node.work_in_next_block().is_empty());
}

#[test]
fn worker_should_go_on_with_the_next_batch_when_one_is_verified() {
    let mut node = Node::new();
    let app = node.on_chain(app_with_batch);
    node.work();
    node.on_chain(|| {
        assert_ok!(Submission::next(app).submit());
        submit_batch(app);
        go_to(System::block_number() + 2);
    });
    assert_eq!(node.work(), [POST]);
    let service = node.service.lock();
    let (_, job) = service.jobs.last().expect("posted");
    assert_eq!(job.batch.batch_index, 1);
    assert_eq!(job.leaves, [(0, [1; 32]), (2, [3; 32])]);
}

#[test]
fn worker_should_post_again_when_service_forgot_the_job() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.work();
    let get = get(&node);
    node.service.lock().jobs.clear();
    assert_eq!(node.work_in_next_block(), [get.as_str(), POST]);
    let get = self::get(&node);
    node.service.lock().programs.clear();
    node.set_state(failed(FailureKind::UnknownProgram, true));
    assert_eq!(
        node.work_in_next_block(),
        [get.as_str(), POST, "POST programs?prepare=false", POST]
    );
}

#[test]
fn worker_should_wait_longer_each_time_when_proving_fails() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.work();
    node.set_state(failed(FailureKind::Prover, true));
    let get = get(&node);
    let requests: Vec<_> = (0..8).map(|_| node.work_in_next_block()).collect();
    let posts: Vec<_> = requests
        .iter()
        .map(|requests| requests.iter().any(|line| line == POST))
        .collect();
    assert_eq!(requests[0], [get]);
    // Asked in block 0, pause of 1; posted in 1, asked in 2, pause of 2; posted in 4, asked in 5,
    // pause of 4.
    assert_eq!(posts, [false, true, false, false, true, false, false, false]);
}

#[test]
fn worker_should_pause_long_when_the_same_job_will_fail_again() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.work();
    node.set_state(failed(FailureKind::TooLarge, false));
    assert_eq!(node.work_in_next_block().len(), 1);
    for _ in 0..63 {
        assert!(node.work_in_next_block().is_empty());
    }
    assert_eq!(node.work_in_next_block(), [POST]);
}

#[test]
fn worker_should_not_submit_when_service_proved_something_else() {
    let mut node = Node::new();
    let app = node.on_chain(app_with_batch);
    node.work();
    let mut submission = node.on_chain(|| Submission::next(app));
    submission.statement.pre_root[0] ^= 1;
    node.set_state(JobState::Done(result(&submission)));
    node.work_in_next_block();
    assert!(node.submitted().is_empty());
    assert!(node.work_in_next_block().is_empty());
}

#[test]
fn worker_should_not_submit_when_the_chain_would_refuse_the_proof() {
    let mut node = Node::new();
    let app = node.on_chain(app_with_batch);
    node.work();
    let submission = node.on_chain(|| Submission::next(app));
    let mut wrong = submission.clone();
    wrong.proof[0] ^= 1;
    node.set_state(JobState::Done(result(&wrong)));
    node.work_in_next_block();
    for _ in 0..60 {
        assert!(node.work_in_next_block().is_empty());
    }
    assert!(node.submitted().is_empty());
    // The job is posted again after the pause, to a service that was mended.
    while node.work_in_next_block().is_empty() {}
    node.set_state(JobState::Done(result(&submission)));
    node.work_in_next_block();
    assert_eq!(node.submitted(), [submission.call()]);
}

#[test]
fn worker_should_go_on_where_it_was_when_service_comes_back() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.work();
    node.service.lock().offline = true;
    assert!(node.work_in_next_block().is_empty());
    node.service.lock().offline = false;
    let get = get(&node);
    assert_eq!(node.work_in_next_block(), [get]);
}

#[test]
fn worker_should_leave_other_apps_alone_for_this_block_when_service_is_away() {
    let mut node = Node::new();
    node.on_chain(|| {
        app_with_batch();
        app_with_batch()
    });
    node.service.lock().offline = true;
    node.work();
    node.service.lock().offline = false;
    assert_eq!(node.work(), [POST, "POST programs?prepare=false", POST, POST]);
}

#[test]
fn worker_should_pause_when_service_refuses() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.service.lock().status = Some(503);
    assert_eq!(node.work(), [POST]);
    assert!(node.work().is_empty());
    node.service.lock().status = None;
    assert_eq!(
        node.work_in_next_block(),
        [POST, "POST programs?prepare=false", POST]
    );
}

#[test]
fn worker_should_start_anew_when_batch_has_other_content_on_another_fork() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    node.work();
    node.on_chain(|| {
        pallet_sequencer::Batches::<Test>::mutate(0, 0, |batch| {
            if let Some(batch) = batch {
                batch.seed = Some([9; 32]);
            }
        });
    });
    assert_eq!(node.work(), [POST]);
}

#[test]
fn worker_should_not_join_a_run_that_is_under_way() {
    let mut node = Node::new();
    node.on_chain(app_with_batch);
    let until = sp_core::offchain::Timestamp::from_unix_millis(5_000);
    node.on_chain(|| {
        sp_runtime::offchain::storage::StorageValueRef::persistent(b"zkfusion::prover::lock").set(&until);
    });
    assert!(node.work().is_empty());
    node.service.lock().clock = 5_001;
    assert!(!node.work().is_empty());
}
