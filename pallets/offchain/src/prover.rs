//! HTTP client of the prover service.

use crate::http::{self, Hex, HttpError};
use alloc::{format, string::String, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;
use zkfusion_primitives::job::{BatchJob, BatchResult, JobId, JobState, SettlementJob, SettlementResult};

/// Longest time for a request to the service and its answer, in milliseconds.
pub const REQUEST_MS: u64 = 2_000;

/// Why a request failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServiceError {
    /// Nobody answered within the time.
    Unreachable,
    /// The service does not know what was asked for: the program when posting a job, the job when
    /// asking for it.
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

impl From<HttpError> for ServiceError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Connection | HttpError::Deadline => Self::Unreachable,
            HttpError::Status { code: 404, .. } => Self::NotFound,
            HttpError::Status { code, message } => Self::Refused { code, message },
            HttpError::TooLong | HttpError::Redirect { .. } => Self::Nonsense,
        }
    }
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
#[derive(Clone, Copy, Debug)]
pub struct Service<'a> {
    url: &'a str,
}

impl<'a> Service<'a> {
    /// Returns the service at `url`, which has no trailing slash.
    pub fn new(url: &'a str) -> Self {
        Self { url }
    }

    /// Posts a batch to prove and returns the job's id. Posting a job again is harmless.
    ///
    /// # Errors
    ///
    /// [`ServiceError::NotFound`] if the service does not have the program, or why there is no
    /// answer.
    pub fn post_batch(&self, job: &BatchJob) -> Result<JobId, ServiceError> {
        self.post_job("batches", &job.encode())
    }

    /// Posts batches to settle with one proof and returns the job's id. Posting a job again is
    /// harmless.
    ///
    /// # Errors
    ///
    /// Why the job was not taken.
    pub fn post_settlement(&self, job: &SettlementJob) -> Result<JobId, ServiceError> {
        self.post_job("settlements", &job.encode())
    }

    /// Gives the service a program, whose keys it makes when it proves the first batch.
    ///
    /// # Errors
    ///
    /// Why the program was not taken.
    pub fn post_program(&self, wasm: &[u8]) -> Result<(), ServiceError> {
        self.post("programs?prepare=false", wasm).map(drop)
    }

    /// Asks where a batch's job stands.
    ///
    /// # Errors
    ///
    /// [`ServiceError::NotFound`] if the service does not know the job, or why there is no answer.
    pub fn batch(&self, id: &JobId) -> Result<JobState<BatchResult>, ServiceError> {
        self.job("batches", id)
    }

    /// Asks where a settlement's job stands.
    ///
    /// # Errors
    ///
    /// As [`Self::batch`].
    pub fn settlement(&self, id: &JobId) -> Result<JobState<SettlementResult>, ServiceError> {
        self.job("settlements", id)
    }

    fn job<T: Decode>(&self, kind: &str, id: &JobId) -> Result<JobState<T>, ServiceError> {
        let answer = http::get(&format!("{}/v1/{kind}/{}", self.url, Hex(id)), REQUEST_MS)?;
        JobState::decode(&mut &answer[..]).map_err(|_| ServiceError::Nonsense)
    }

    fn post_job(&self, kind: &str, job: &[u8]) -> Result<JobId, ServiceError> {
        JobId::try_from(&self.post(kind, job)?[..]).map_err(|_| ServiceError::Nonsense)
    }

    fn post(&self, kind: &str, body: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let url = format!("{}/v1/{kind}", self.url);
        Ok(http::post(&url, "application/octet-stream", body, REQUEST_MS)?)
    }
}
