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
        let message = self.message.to_ascii_lowercase();
        message.contains("already known") || message.contains("already imported")
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
        let request = json!({ "jsonrpc": "2.0", "id": 0, "method": method, "params": params });
        let answer: Answer = self.post(method, &request)?;
        decode(method, answer.into_result().map_err(RpcError::Node)?)
    }

    /// Makes several calls with one request.
    ///
    /// # Errors
    ///
    /// Why there are no answers. That a call is refused is in its own answer.
    pub fn batch(&self, calls: &[Call]) -> Result<Answers, RpcError> {
        let method = calls.first().map_or("nothing", |call| call.method);
        let requests: Vec<_> = calls
            .iter()
            .enumerate()
            .map(|(id, call)| json!({ "jsonrpc": "2.0", "id": id, "method": call.method, "params": call.params }))
            .collect();
        let value: Value = self.post(method, &Value::Array(requests))?;
        if value.is_object() {
            // What refuses the request as a whole answers like this.
            let answer: Answer = decode(method, value)?;
            let reason = "one answer to several calls";
            return Err(answer
                .into_result()
                .map_or_else(RpcError::Node, |_| unexpected(method, reason)));
        }
        let answers: Vec<Answer> = decode(method, value)?;
        let mut results = alloc::vec![None; calls.len()];
        for answer in answers {
            let id = answer.id.as_u64().and_then(|id| usize::try_from(id).ok());
            if let Some(slot) = id.and_then(|id| results.get_mut(id)) {
                *slot = Some(answer.into_result());
            }
        }
        Ok(Answers {
            methods: calls.iter().map(|call| call.method).collect(),
            results,
        })
    }

    fn post<R: DeserializeOwned>(&self, method: &'static str, body: &Value) -> Result<R, RpcError> {
        let body = serde_json::to_vec(body).map_err(|error| unexpected(method, error))?;
        let answer = http::post(self.url, "application/json", &body)?;
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
