//! HTTP client of the prover service.

use alloc::{format, string::String, vec, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;
use sp_core::offchain::Duration;
use sp_runtime::offchain::http;
use zkfusion_primitives::job::{BatchJob, BatchResult, JobId, JobState};

/// Longest time for a request and its answer, in milliseconds.
pub const REQUEST_MS: u64 = 2_000;

/// Longest answer that is read, in bytes.
const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ServiceError {
    /// Nobody answered within the time.
    Unreachable,
    /// The service does not know what was asked for: the program when posting a job, the job when asking for it.
    NotFound,
    /// The service refused the request.
    Refused {
        /// HTTP status code.
        code: u16,
        /// What the service says about it.
        message: String,
    },
    /// The answer is too long, or not what such an answer is.
    Nonsense,
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("the prover service does not answer"),
            Self::NotFound => f.write_str("the prover service does not know it"),
            Self::Refused { code, message } => {
                write!(f, "the prover service refused with status {code}: {message}")
            }
            Self::Nonsense => f.write_str("the prover service answered something else"),
        }
    }
}

/// The prover service at an address.
pub(super) struct Service<'a> {
    url: &'a str,
}

impl<'a> Service<'a> {
    /// Returns the service at `url`, which has no trailing slash.
    pub(super) fn new(url: &'a str) -> Self {
        Self { url }
    }

    /// Posts a job and returns its id. Posting a job again is harmless.
    pub(super) fn post_batch(&self, job: &BatchJob) -> Result<JobId, ServiceError> {
        let answer = self.post("/v1/batches", &job.encode())?;
        JobId::try_from(&answer[..]).map_err(|_| ServiceError::Nonsense)
    }

    /// Gives the service a program.
    pub(super) fn post_program(&self, wasm: &[u8]) -> Result<(), ServiceError> {
        self.post("/v1/programs", wasm).map(drop)
    }

    /// Asks where a job stands.
    pub(super) fn job(&self, id: &JobId) -> Result<JobState<BatchResult>, ServiceError> {
        let url = format!("{}/v1/batches/{}", self.url, Hex(id));
        let deadline = deadline();
        let pending = http::Request::get(&url)
            .deadline(deadline)
            .send()
            .map_err(|_| ServiceError::Unreachable)?;
        JobState::decode(&mut &answer(pending, deadline)?[..]).map_err(|_| ServiceError::Nonsense)
    }

    fn post(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let url = format!("{}{path}", self.url);
        let deadline = deadline();
        let pending = http::Request::post(&url, vec![body])
            .add_header("content-type", "application/octet-stream")
            .deadline(deadline)
            .send()
            .map_err(|_| ServiceError::Unreachable)?;
        answer(pending, deadline)
    }
}

fn deadline() -> sp_core::offchain::Timestamp {
    sp_io::offchain::timestamp().add(Duration::from_millis(REQUEST_MS))
}

fn answer(
    pending: http::PendingRequest,
    deadline: sp_core::offchain::Timestamp,
) -> Result<Vec<u8>, ServiceError> {
    let response = pending
        .try_wait(deadline)
        .map_err(|_| ServiceError::Unreachable)?
        .map_err(|_| ServiceError::Unreachable)?;
    let mut body = response.body();
    body.deadline(deadline);
    let bytes: Vec<u8> = body.by_ref().take(MAX_ANSWER + 1).collect();
    if body.error().is_some() {
        return Err(ServiceError::Unreachable);
    }
    match response.code {
        _ if bytes.len() > MAX_ANSWER => Err(ServiceError::Nonsense),
        200..=299 => Ok(bytes),
        404 => Err(ServiceError::NotFound),
        code => {
            let message = String::from_utf8_lossy(&bytes).chars().take(500).collect();
            Err(ServiceError::Refused { code, message })
        }
    }
}

/// Bytes in lower-case hexadecimal.
pub(super) struct Hex<'a>(pub(super) &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
