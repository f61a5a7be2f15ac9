//! A deterministic backend, jobs for it, and a client of the API.
#![allow(dead_code, unreachable_pub)]

use codec::{Decode, Encode};
use std::{
    path::Path,
    sync::{
        atomic::{AtomicBool, AtomicU32, Ordering},
        Arc, Mutex,
    },
    time::{Duration, Instant},
};
use zkfusion_primitives::{
    batch::Batch,
    effects::{BatchEffects, MessageOutcome},
    job::{
        BatchJob, BatchResult, FailureKind, JobId, JobState, JobStats, SettlementBatch, SettlementJob,
        SettlementResult, Stage,
    },
    merkle::SparseTree,
    message::Message,
    program::SIZE_COUNT,
    statement::Statement,
    status::MessageStatus,
};
use zkfusion_prover::{blake2_256, Backend, Config, Failure, ProgramInfo, ProofSize, Watch};

pub const WASM: &[u8] = b"\0asm\x01\0\0\0";

/// What the backend does with the next batch.
type Script = Box<dyn Fn(u32, &BatchJob) -> Result<(), Failure> + Send + Sync>;

/// Answers every batch as if all its messages had succeeded without effect.
pub struct TestBackend {
    pub batches: AtomicU32,
    pub prepared: AtomicU32,
    /// Whether it asks for the memory of settlements, which not every machine has.
    pub holds_settlements: AtomicBool,
    script: Script,
    /// What it does while it prepares a program.
    preparing: Mutex<Option<Box<dyn FnOnce() + Send>>>,
    tamper: Mutex<Option<fn(&mut BatchResult)>>,
}

impl TestBackend {
    pub fn new() -> Arc<Self> {
        Self::scripted(|_| Ok(()))
    }

    /// Calls `script` with the number of the call, from 0, before answering.
    pub fn scripted(script: impl Fn(u32) -> Result<(), Failure> + Send + Sync + 'static) -> Arc<Self> {
        Self::watched(move |call, _| script(call))
    }

    /// As [`Self::scripted`], with the job.
    pub fn watched(
        script: impl Fn(u32, &BatchJob) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            batches: AtomicU32::new(0),
            prepared: AtomicU32::new(0),
            holds_settlements: AtomicBool::new(false),
            script: Box::new(script),
            preparing: Mutex::new(None),
            tamper: Mutex::new(None),
        })
    }

    /// Calls `preparing` when it prepares the first program.
    pub fn preparing(preparing: impl FnOnce() + Send + 'static) -> Arc<Self> {
        let backend = Self::new();
        *backend.preparing.lock().unwrap() = Some(Box::new(preparing));
        backend
    }

    /// Changes results before they are returned.
    pub fn tampering(tamper: fn(&mut BatchResult)) -> Arc<Self> {
        let backend = Self::new();
        *backend.tamper.lock().unwrap() = Some(tamper);
        backend
    }
}

impl Backend for TestBackend {
    fn keys(&self) -> Result<[u8; 32], Failure> {
        Ok([5; 32])
    }

    fn prepare_program(&self, wasm: &[u8], _: &dyn Watch) -> Result<ProgramInfo, Failure> {
        self.prepared.fetch_add(1, Ordering::SeqCst);
        let preparing = self.preparing.lock().unwrap().take();
        if let Some(preparing) = preparing {
            preparing();
        }
        if wasm != WASM {
            return Err(Failure::permanent(
                FailureKind::InvalidProgram,
                "f32.add in function 0 at 0x2a",
            ));
        }
        Ok(ProgramInfo {
            program_id: [1; 32],
            ks: vec![14, 15],
        })
    }

    fn prove_batch(&self, job: &BatchJob, _: &[u8], watch: &dyn Watch) -> Result<BatchResult, Failure> {
        watch.progress(Stage::Proving, 0.5);
        watch.hold(ProofSize::Batch { k: 14 })?;
        (self.script)(self.batches.fetch_add(1, Ordering::SeqCst), job)?;
        let outcome = MessageOutcome {
            status: MessageStatus::Ok,
            fuel_used: 1,
            writes: vec![],
        };
        let effects = BatchEffects {
            outcomes: vec![outcome; job.batch.messages.len()],
            outbox: vec![],
        };
        let batch = &job.batch;
        let statement = Statement {
            genesis_hash: batch.genesis_hash,
            app_id: batch.app_id,
            program_id: batch.program_id,
            batch_index: batch.batch_index,
            pre_root: batch.pre_root,
            post_root: batch.pre_root,
            inbox_hash_pre: batch.inbox_hash_pre,
            inbox_hash_post: batch.inbox_hash_post().unwrap(),
            writes_hash: effects.writes_hash(),
            outbox_root: effects.outbox_root(),
            vrf_seed: batch.vrf_seed,
            ..Statement::default()
        };
        let stats = JobStats {
            steps: 7,
            prove_ms: 1500,
            ..JobStats::default()
        };
        let mut result = BatchResult {
            k: 14,
            statement,
            effects,
            proof: vec![1, 2, 3],
            stats,
        };
        if let Some(tamper) = *self.tamper.lock().unwrap() {
            tamper(&mut result);
        }
        Ok(result)
    }

    fn prove_settlement(&self, job: &SettlementJob, watch: &dyn Watch) -> Result<SettlementResult, Failure> {
        if self.holds_settlements.load(Ordering::SeqCst) {
            watch.hold(ProofSize::Settlement)?;
        }
        let (first, last) = (
            &job.batches[0].statement,
            &job.batches[job.batches.len() - 1].statement,
        );
        Ok(SettlementResult {
            statement: last.clone(),
            first: first.batch_index,
            last: last.batch_index,
            proof: vec![4, 5],
            stats: JobStats::default(),
        })
    }
}

/// Returns settings with short times and a port of the system's choice.
pub fn config(data: &Path) -> Config {
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        heartbeat: Duration::from_millis(50),
        lease: Duration::from_millis(500),
        retry_after: Duration::from_millis(1),
        shutdown_grace: Duration::from_millis(200),
        ..Config::new(data)
    }
}

/// Returns the job of a batch of app 4.
pub fn batch_job(batch: u64) -> BatchJob {
    app_job(4, batch)
}

/// Returns the job of a batch.
pub fn app_job(app: u32, batch: u64) -> BatchJob {
    let leaf = [9; 32];
    let message = Message {
        index: batch,
        sender: [3; 32],
        at_block: 5,
        fuel_limit: 1000,
        payload: b"hello".to_vec().try_into().unwrap(),
    };
    BatchJob {
        batch: Batch {
            genesis_hash: [2; 32],
            app_id: app,
            program_id: [1; 32],
            batch_index: batch,
            pre_root: SparseTree::from_leaves([(6, leaf)]).root(),
            inbox_hash_pre: [0; 32],
            vrf_seed: [0; 32],
            messages: vec![message],
        },
        wasm_hash: blake2_256(WASM),
        leaves: vec![(6, leaf)],
    }
}

pub fn settlement_job(indices: &[u64]) -> SettlementJob {
    let batch = |index: &u64| SettlementBatch {
        k: 14,
        key: vec![],
        key_digests: [[0; 32]; SIZE_COUNT],
        statement: Statement {
            batch_index: *index,
            ..Statement::default()
        },
        proof: vec![],
    };
    SettlementJob {
        batches: indices.iter().map(batch).collect(),
    }
}

/// An answer of the API.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns status and error name.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["error"].as_str().unwrap().to_owned())
    }
}

/// A client of the API.
pub struct Client {
    url: String,
    /// Value of the header `authorization`.
    authorization: Option<String>,
    agent: ureq::Agent,
}

impl Client {
    /// Returns a client of the service at a URL that may have the token in it.
    pub fn new(url: String) -> Self {
        let (url, authorization) = match url
            .split_once("prover:")
            .and_then(|(_, rest)| rest.split_once('@'))
        {
            Some((token, address)) => (format!("http://{address}"), Some(format!("Bearer {token}"))),
            None => (url, None),
        };
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build();
        Self {
            url,
            authorization,
            agent: config.into(),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[])
    }

    pub fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        answer(request.call().unwrap())
    }

    pub fn post(&self, path: &str, body: &[u8]) -> Answer {
        let mut request = self.agent.post(format!("{}{path}", self.url));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        answer(request.send(body).unwrap())
    }

    pub fn post_program(&self) {
        assert_eq!(self.post("/v1/programs", WASM).status, 200);
    }

    pub fn post_batch(&self, job: &BatchJob) -> JobId {
        let answer = self.post("/v1/batches", &job.encode());
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body.try_into().unwrap()
    }

    pub fn batch(&self, id: &JobId) -> JobState<BatchResult> {
        let answer = self.get(&format!("/v1/batches/{}", hex::encode(id)));
        JobState::decode(&mut &answer.body[..]).unwrap()
    }

    /// Polls until the state is of interest.
    pub fn await_batch(
        &self,
        id: &JobId,
        wanted: impl Fn(&JobState<BatchResult>) -> bool,
    ) -> JobState<BatchResult> {
        let start = Instant::now();
        loop {
            let state = self.batch(id);
            if wanted(&state) {
                return state;
            }
            assert!(start.elapsed() < Duration::from_secs(60), "still {state:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Polls until the job is done or failed.
    pub fn await_end(&self, id: &JobId) -> JobState<BatchResult> {
        self.await_batch(id, |state| {
            matches!(state, JobState::Done(_) | JobState::Failed { .. })
        })
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let status = response.status().as_u16();
    Answer {
        status,
        body: response.body_mut().read_to_vec().unwrap(),
    }
}
