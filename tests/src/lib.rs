//! A whole zkFusion network on one machine, started and stopped by whoever uses it: anvil with the
//! contracts, a node of one validator with its prover and its relayer. The demo and the end-to-end
//! tests are the same code.

pub mod anvil;
pub mod build;
pub mod command;
pub mod contracts;
pub mod daemon;
pub mod demo;
mod error;
pub mod load;
pub mod network;
pub mod node;
pub mod progress;
pub mod prover;
pub mod reexecution;
pub mod report;
pub mod scenario;
pub mod soak;
pub mod state;
pub mod wait;

pub use error::{Failure, Result};
