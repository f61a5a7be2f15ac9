//! HTTP with a deadline, for the workers of this pallet and of others.

use alloc::{string::String, vec, vec::Vec};
use core::fmt;
use sp_core::offchain::{Duration, Timestamp};
use sp_runtime::offchain::http;

/// Longest time for a request and its answer, in milliseconds.
pub const REQUEST_MS: u64 = 2_000;

/// Longest answer that is read, in bytes.
pub const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// Longest part of a refusal that is kept, in characters.
const MAX_MESSAGE: usize = 500;

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpError {
    /// There was no connection, or it broke.
    Connection,
    /// The answer was not there in time.
    Deadline,
    /// The server refused.
    Status {
        /// HTTP status code.
        code: u16,
        /// The beginning of what the server says about it.
        message: String,
    },
    /// The answer is longer than [`MAX_ANSWER`].
    TooLong,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection => f.write_str("the connection failed"),
            Self::Deadline => write!(f, "no answer within {REQUEST_MS} ms"),
            Self::Status { code, message } => write!(f, "HTTP status {code}: {message}"),
            Self::TooLong => write!(f, "the answer is longer than {MAX_ANSWER} bytes"),
        }
    }
}

impl From<http::Error> for HttpError {
    fn from(error: http::Error) -> Self {
        match error {
            http::Error::DeadlineReached => Self::Deadline,
            http::Error::IoError | http::Error::Unknown => Self::Connection,
        }
    }
}

/// Gets what is at `url`.
///
/// # Errors
///
/// Why there is no answer with a status of success.
pub fn get(url: &str) -> Result<Vec<u8>, HttpError> {
    let deadline = deadline();
    let pending = http::Request::get(url)
        .deadline(deadline)
        .send()
        .map_err(|_| HttpError::Connection)?;
    answer(pending, deadline)
}

/// Posts `body` to `url`.
///
/// # Errors
///
/// As [`get`].
pub fn post(url: &str, content_type: &str, body: &[u8]) -> Result<Vec<u8>, HttpError> {
    let deadline = deadline();
    let pending = http::Request::post(url, vec![body])
        .add_header("content-type", content_type)
        .deadline(deadline)
        .send()
        .map_err(|_| HttpError::Connection)?;
    answer(pending, deadline)
}

fn deadline() -> Timestamp {
    sp_io::offchain::timestamp().add(Duration::from_millis(REQUEST_MS))
}

fn answer(pending: http::PendingRequest, deadline: Timestamp) -> Result<Vec<u8>, HttpError> {
    let response = pending.try_wait(deadline).map_err(|_| HttpError::Deadline)??;
    let mut body = response.body();
    body.deadline(deadline);
    let bytes: Vec<u8> = body.by_ref().take(MAX_ANSWER + 1).collect();
    match body.error() {
        Some(sp_core::offchain::HttpError::DeadlineReached) => return Err(HttpError::Deadline),
        Some(_) => return Err(HttpError::Connection),
        None => {}
    }
    match response.code {
        _ if bytes.len() > MAX_ANSWER => Err(HttpError::TooLong),
        200..=299 => Ok(bytes),
        code => {
            let message = String::from_utf8_lossy(&bytes)
                .chars()
                .take(MAX_MESSAGE)
                .collect();
            Err(HttpError::Status { code, message })
        }
    }
}

/// Bytes in lower-case hexadecimal.
#[derive(Clone, Copy, Debug)]
pub struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
