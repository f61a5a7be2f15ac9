//! What the `fusion` command does with a chain and with Ethereum, for whoever does it from Rust.

pub mod account;
pub mod chain;
pub mod error;
pub mod ethereum;
pub mod program;
