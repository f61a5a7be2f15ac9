//! Code that the offchain workers of the pallets share.
//!
//! - [`http`]: requests with a deadline and a bound on the answer;
//! - [`backoff`]: pauses after failures, in blocks;
//! - [`prover`]: the client of the prover service;
//! - [`url`]: addresses of servers, which may hold secrets.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod backoff;
pub mod http;
pub mod prover;
pub mod url;
