//! JSON-RPC 2.0 over HTTP, as Ethereum nodes speak it.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use alloy_primitives::Bytes;
use core::fmt;
use serde::{de::DeserializeOwned, Deserialize};
use serde_json::{json, Value};
use zkfusion_offchain::http::{self, HttpError};

/// Longest time for requests that are under way together and their answers, in milliseconds.
pub const REQUEST_MS: u64 = 6_000;

const CONTENT_TYPE: &str = "application/json";

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RpcError {
    /// There was no answer.
    Http(HttpError),
    /// The node refused the call.
    Node(NodeError),
    /// The answer is not one to such a call.
    Unexpected {
        /// The call.
        method: &'static str,
        /// What is wrong with the answer.
        reason: String,
    },
}

impl fmt::Display for RpcError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(error) => error.fmt(f),
            Self::Node(error) => error.fmt(f),
            Self::Unexpected { method, reason } => write!(f, "unexpected answer to {method}: {reason}"),
        }
    }
}

impl From<HttpError> for RpcError {
    fn from(error: HttpError) -> Self {
        Self::Http(error)
    }
}

/// What a node says when it refuses a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct NodeError {
    /// Number of the kind of error.
    pub code: i64,
    /// What went wrong.
    pub message: String,
    /// Details; for calls that revert, what the contract returned, in hexadecimal.
    #[serde(default)]
    pub data: Value,
}

impl NodeError {
    /// Returns what the contract returned, if the call reverted with data.
    pub fn revert_data(&self) -> Option<Bytes> {
        serde_json::from_value(self.data.clone()).ok()
    }

    /// Returns whether the node has the transaction already.
    pub fn already_known(&self) -> bool {
        // Geth and Reth: "already known"; Nethermind: "AlreadyKnown"; Besu: "Known transaction";
        // Erigon and others: "already imported".
        let message = self.message.to_ascii_lowercase().replace(' ', "");
        message.contains("alreadyknown")
            || message.contains("alreadyimported")
            || (message.contains("knowntransaction") && !message.contains("unknowntransaction"))
    }

    /// Returns whether the node has another transaction with the same nonce, which this one does
    /// not outbid.
    pub fn outbid(&self) -> bool {
        let message = self.message.to_ascii_lowercase();
        message.contains("underpriced") || message.contains("replacement")
    }
}

impl fmt::Display for NodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message: String = self.message.chars().take(300).collect();
        write!(f, "{message} (code {})", self.code)
    }
}

/// A call: the method and its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// The parameters, an array.
    pub params: Value,
}

impl Call {
    fn request(&self, id: usize) -> Value {
        json!({ "jsonrpc": "2.0", "id": id, "method": self.method, "params": self.params })
    }
}

/// A node's answer to one call.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    id: Value,
    #[serde(default)]
    result: Value,
    error: Option<NodeError>,
}

impl Answer {
    fn into_result(self) -> Result<Value, NodeError> {
        self.error.map_or(Ok(self.result), Err)
    }
}

/// An Ethereum node.
#[derive(Clone, Copy, Debug)]
pub struct Rpc<'a> {
    url: &'a str,
}

impl<'a> Rpc<'a> {
    /// Returns the node at `url`.
    pub fn new(url: &'a str) -> Self {
        Self { url }
    }

    /// Makes one call.
    ///
    /// # Errors
    ///
    /// Why it has no result of that type.
    pub fn call<R: DeserializeOwned>(&self, method: &'static str, params: Value) -> Result<R, RpcError> {
        let answer: Answer = self.post(method, &Call { method, params }.request(0))?;
        decode(method, answer.into_result().map_err(RpcError::Node)?)
    }

    /// Makes several calls with one request. What the node does not answer that way, as some refuse
    /// requests of several calls or of more than a few, is asked for again, each call in a request
    /// of its own.
    ///
    /// # Errors
    ///
    /// Why there are no answers. That a call is refused is in its own answer.
    pub fn batch(&self, calls: &[Call]) -> Result<Answers, RpcError> {
        let mut results = self.together(calls)?;
        let missing: Vec<usize> = (0..calls.len())
            .filter(|place| results[*place].is_none())
            .collect();
        let requests = missing.iter().map(|place| {
            let call = &calls[*place];
            serde_json::to_vec(&call.request(*place)).map_err(|error| unexpected(call.method, error))
        });
        let requests = requests.collect::<Result<Vec<_>, _>>()?;
        let answers = http::post_each(self.url, CONTENT_TYPE, &requests, REQUEST_MS);
        for (place, answer) in missing.into_iter().zip(answers) {
            let method = calls[place].method;
            let answer: Answer =
                serde_json::from_slice(&answer?).map_err(|error| unexpected(method, error))?;
            results[place] = Some(answer.into_result());
        }
        Ok(Answers {
            methods: calls.iter().map(|call| call.method).collect(),
            results,
        })
    }

    /// Makes several calls with one request, and returns the answers to those that have one.
    fn together(&self, calls: &[Call]) -> Result<Vec<Option<Result<Value, NodeError>>>, RpcError> {
        let mut results = alloc::vec![None; calls.len()];
        let method = calls.first().map_or("nothing", |call| call.method);
        let requests = calls.iter().enumerate().map(|(id, call)| call.request(id));
        let value: Value = match self.post(method, &Value::Array(requests.collect())) {
            Ok(value) => value,
            // What a server says that does not take such requests: bad request, too large, not
            // processable. Others mean that it would not answer single ones either.
            Err(RpcError::Http(HttpError::Status {
                code: 400 | 413 | 422,
                ..
            })) => return Ok(results),
            Err(error) => return Err(error),
        };
        // What refuses the request as a whole answers with one object.
        let answers: Vec<Answer> = match value {
            Value::Array(_) => decode(method, value)?,
            _ => return Ok(results),
        };
        for answer in answers {
            let id = answer.id.as_u64().and_then(|id| usize::try_from(id).ok());
            if let Some(slot) = id.and_then(|id| results.get_mut(id)) {
                *slot = Some(answer.into_result());
            }
        }
        Ok(results)
    }

    fn post<R: DeserializeOwned>(&self, method: &'static str, body: &Value) -> Result<R, RpcError> {
        let body = serde_json::to_vec(body).map_err(|error| unexpected(method, error))?;
        let answer = http::post(self.url, CONTENT_TYPE, &body, REQUEST_MS)?;
        serde_json::from_slice(&answer).map_err(|error| unexpected(method, error))
    }
}

/// The answers to several calls.
#[derive(Clone, Debug)]
pub struct Answers {
    methods: Vec<&'static str>,
    results: Vec<Option<Result<Value, NodeError>>>,
}

impl Answers {
    /// Returns the result of the call in this place.
    ///
    /// # Errors
    ///
    /// Why it has no result of that type.
    pub fn get<R: DeserializeOwned>(&self, place: usize) -> Result<R, RpcError> {
        let method = self.methods.get(place).copied().unwrap_or("nothing");
        match self.results.get(place).cloned().flatten() {
            Some(Ok(value)) => decode(method, value),
            Some(Err(error)) => Err(RpcError::Node(error)),
            None => Err(unexpected(method, "there is none")),
        }
    }
}

fn decode<R: DeserializeOwned>(method: &'static str, value: Value) -> Result<R, RpcError> {
    serde_json::from_value(value).map_err(|error| unexpected(method, error))
}

fn unexpected(method: &'static str, reason: impl ToString) -> RpcError {
    let reason = format!("{:.200}", reason.to_string());
    RpcError::Unexpected { method, reason }
}
