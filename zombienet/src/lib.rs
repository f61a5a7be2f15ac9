//! Networks of several nodes on one machine, run by zombienet's native provider. The tests of this
//! crate say what such networks must survive.

pub mod client;
pub mod network;
pub mod spec;

pub use zkfusion_tests::{Failure, Result};
