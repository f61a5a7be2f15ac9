//! Compiles WebAssembly to zkFusion's register code, executes it, and traces it for the circuit.
//!
//! - [`compile`] turns wasm into a [`Program`]: code, initial memory, names. It is deterministic,
//!   bounded, and runs in the runtime too. What it refuses it names: [`CompileError`].
//! - [`execute_batch`] runs [`Message`]s against an app's state ([`environment::Kv`]) and says what
//!   each did: [`Outcome`].
//! - [`trace_batch`] does the same and records everything that the circuit proves:
//!   [`trace::Trace`].
//! - [`Executor::instantiate`] and [`Executor::invoke`] call single functions; [`Program::calling`]
//!   makes a program whose messages call one function with constants, [`Program::resuming`] one
//!   whose messages do so in the middle of an execution.
//!
//! The instruction set is in [`isa`], host functions in [`host`], the ways a message can end in
//! [`status`]. The guide to all of it is `docs/vm.md`.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod alu;
pub mod batch;
mod compile;
pub mod environment;
mod error;
pub mod executor;
mod floats;
pub mod fuel;
pub mod host;
pub mod isa;
pub mod limits;
mod lower;
pub mod name;
pub mod program;
pub mod status;
pub mod trace;
mod tracer;

pub use batch::{execute_batch, trace_batch, BatchExecution, Message, Outcome};
pub use compile::{compile, compile_with_entry, ENTRY};
pub use error::{CompileError, FunctionName, Place};
pub use executor::{Executor, Instance, Trap};
pub use program::Program;
