//! A prover service behind the offchain HTTP calls of a test.

use codec::{Decode, Encode};
use parking_lot::Mutex;
use sp_core::offchain::{
    testing::TestOffchainExt, Duration, Externalities, HttpError, HttpRequestId, HttpRequestStatus,
    OpaqueNetworkState, Timestamp,
};
use sp_io::hashing::blake2_256;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use zkfusion_primitives::job::{BatchJob, BatchResult, JobId, JobState};

/// What the service knows and was asked.
#[derive(Default)]
pub(super) struct State {
    /// Nobody answers.
    pub(super) offline: bool,
    /// Every request is answered with this status code.
    pub(super) status: Option<u16>,
    /// Hashes of the programs it has.
    pub(super) programs: BTreeSet<[u8; 32]>,
    /// Jobs it was given, in order.
    pub(super) jobs: Vec<(JobId, BatchJob)>,
    /// Where the jobs stand; queued if nothing is said.
    pub(super) states: BTreeMap<JobId, JobState<BatchResult>>,
    /// Requests as method and path, in order.
    pub(super) requests: Vec<String>,
    /// The node's clock.
    pub(super) clock: u64,
    open: BTreeMap<u16, Request>,
}

#[derive(Default)]
struct Request {
    line: String,
    body: Vec<u8>,
    answer: Option<(u16, Vec<u8>)>,
}

impl State {
    fn answer(&mut self, line: &str, body: &[u8]) -> (u16, Vec<u8>) {
        self.requests.push(line.into());
        if let Some(status) = self.status {
            return (status, b"no".to_vec());
        }
        if line == "POST http://prover/v1/programs?prepare=false" {
            self.programs.insert(blake2_256(body));
            return (200, b"{}".to_vec());
        }
        if line == "POST http://prover/v1/batches" {
            let job = BatchJob::decode(&mut &body[..]).expect("a job is posted");
            if !self.programs.contains(&job.wasm_hash) {
                return (404, b"unknown program".to_vec());
            }
            let id = blake2_256(body);
            self.jobs.push((id, job));
            return (200, id.to_vec());
        }
        let id = line
            .strip_prefix("GET http://prover/v1/batches/")
            .expect("no other request is known");
        match self
            .jobs
            .iter()
            .find(|(job, _)| sp_core::bytes::to_hex(job, false)[2..] == *id)
        {
            Some((job, _)) => (
                200,
                self.states
                    .get(job)
                    .cloned()
                    .unwrap_or(JobState::Queued { position: 0 })
                    .encode(),
            ),
            None => (404, b"unknown job".to_vec()),
        }
    }
}

/// The offchain calls of a node whose only peer is the service.
#[derive(Clone)]
pub(super) struct FakeService(pub(super) Arc<Mutex<State>>);

impl Externalities for FakeService {
    fn is_validator(&self) -> bool {
        false
    }

    fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
        TestOffchainExt::new().0.network_state()
    }

    fn timestamp(&mut self) -> Timestamp {
        Timestamp::from_unix_millis(self.0.lock().clock)
    }

    fn sleep_until(&mut self, _deadline: Timestamp) {
        panic!("the worker must not wait");
    }

    fn random_seed(&mut self) -> [u8; 32] {
        [0; 32]
    }

    fn http_request_start(&mut self, method: &str, uri: &str, _meta: &[u8]) -> Result<HttpRequestId, ()> {
        let mut state = self.0.lock();
        let id = state.open.len() as u16;
        state.open.insert(
            id,
            Request {
                line: format!("{method} {uri}"),
                ..Request::default()
            },
        );
        Ok(HttpRequestId(id))
    }

    fn http_request_add_header(&mut self, _id: HttpRequestId, _name: &str, _value: &str) -> Result<(), ()> {
        Ok(())
    }

    fn http_request_write_body(
        &mut self,
        id: HttpRequestId,
        chunk: &[u8],
        deadline: Option<Timestamp>,
    ) -> Result<(), HttpError> {
        let mut state = self.0.lock();
        let latest = Timestamp::from_unix_millis(state.clock).add(Duration::from_millis(2_000));
        assert!(
            deadline.is_some_and(|deadline| deadline <= latest),
            "every request has a deadline"
        );
        let request = state.open.get_mut(&id.0).ok_or(HttpError::Invalid)?;
        request.body.extend(chunk);
        Ok(())
    }

    fn http_response_wait(
        &mut self,
        ids: &[HttpRequestId],
        deadline: Option<Timestamp>,
    ) -> Vec<HttpRequestStatus> {
        assert!(deadline.is_some(), "every wait has a deadline");
        let mut state = self.0.lock();
        let wait = |id: &HttpRequestId| {
            if state.offline {
                return HttpRequestStatus::DeadlineReached;
            }
            let Some(request) = state.open.remove(&id.0) else {
                return HttpRequestStatus::Invalid;
            };
            let (status, answer) = state.answer(&request.line, &request.body);
            state.open.insert(
                id.0,
                Request {
                    answer: Some((status, answer)),
                    ..request
                },
            );
            HttpRequestStatus::Finished(status)
        };
        ids.iter().map(wait).collect()
    }

    fn http_response_headers(&mut self, _id: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
        Vec::new()
    }

    fn http_response_read_body(
        &mut self,
        id: HttpRequestId,
        buffer: &mut [u8],
        deadline: Option<Timestamp>,
    ) -> Result<usize, HttpError> {
        assert!(deadline.is_some(), "every read has a deadline");
        let mut state = self.0.lock();
        let (_, answer) = state
            .open
            .get_mut(&id.0)
            .and_then(|request| request.answer.as_mut())
            .ok_or(HttpError::Invalid)?;
        let read = answer.len().min(buffer.len());
        buffer[..read].copy_from_slice(&answer[..read]);
        answer.drain(..read);
        Ok(read)
    }

    fn set_authorized_nodes(&mut self, _nodes: Vec<sp_core::OpaquePeerId>, _authorized_only: bool) {}
}
