//! HTTP with a deadline, for the workers of this pallet and of others.

use crate::url::{without_user, Shown};
use alloc::{string::String, vec, vec::Vec};
use core::fmt;
use sp_core::offchain::{Duration, Timestamp};
use sp_runtime::offchain::http;

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
    /// The server sends to another address. It is not followed: what is posted is not meant for it.
    Redirect {
        /// That address, if the server tells.
        to: String,
    },
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
            Self::Deadline => f.write_str("no answer in time"),
            Self::Redirect { to } => {
                write!(f, "the server redirects to {}: use that address", Shown(to))
            }
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

/// Gets what is at `url`, within some milliseconds.
///
/// # Errors
///
/// Why there is no answer with a status of success.
pub fn get(url: &str, within_ms: u64) -> Result<Vec<u8>, HttpError> {
    let deadline = deadline(within_ms);
    let (url, authorization) = without_user(url);
    let mut request = http::Request::get(&url).deadline(deadline);
    if let Some(authorization) = &authorization {
        request = request.add_header("authorization", authorization);
    }
    answer(request.send().map_err(|_| HttpError::Connection)?, deadline)
}

/// Posts `body` to `url` and returns the answer, within some milliseconds.
///
/// # Errors
///
/// As [`get`].
pub fn post(url: &str, content_type: &str, body: &[u8], within_ms: u64) -> Result<Vec<u8>, HttpError> {
    let deadline = deadline(within_ms);
    answer(start_post(url, content_type, body, deadline)?, deadline)
}

/// Posts several bodies to `url` at the same time and returns the answer to each, all within some
/// milliseconds.
pub fn post_each(
    url: &str,
    content_type: &str,
    bodies: &[Vec<u8>],
    within_ms: u64,
) -> Vec<Result<Vec<u8>, HttpError>> {
    let deadline = deadline(within_ms);
    let started: Vec<_> = bodies
        .iter()
        .map(|body| start_post(url, content_type, body, deadline))
        .collect();
    let answers = started.into_iter().map(|pending| answer(pending?, deadline));
    answers.collect()
}

fn start_post(
    url: &str,
    content_type: &str,
    body: &[u8],
    deadline: Timestamp,
) -> Result<http::PendingRequest, HttpError> {
    let (url, authorization) = without_user(url);
    let mut request = http::Request::post(&url, vec![body])
        .add_header("content-type", content_type)
        .deadline(deadline);
    if let Some(authorization) = &authorization {
        request = request.add_header("authorization", authorization);
    }
    request.send().map_err(|_| HttpError::Connection)
}

fn deadline(within_ms: u64) -> Timestamp {
    sp_io::offchain::timestamp().add(Duration::from_millis(within_ms))
}

fn answer(pending: http::PendingRequest, deadline: Timestamp) -> Result<Vec<u8>, HttpError> {
    let mut response = pending.try_wait(deadline).map_err(|_| HttpError::Deadline)??;
    if (300..400).contains(&response.code) {
        let to = response.headers().find("location").unwrap_or_default();
        return Err(HttpError::Redirect { to: to.into() });
    }
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
