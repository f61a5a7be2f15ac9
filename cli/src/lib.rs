//! The parts of the `fusion` command that talk to a chain and to Ethereum, for use from Rust.

pub mod account;
pub mod amount;
pub mod chain;
pub mod error;
pub mod ethereum;
pub mod program;
