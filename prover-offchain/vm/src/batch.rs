//! Messages of a batch, one after another against an app's state.

use alloc::{string::String, vec::Vec};

use crate::{
    environment::{Environment, Kv, Leaf},
    executor::Executor,
    status,
    trace::Trace,
    tracer::{self, Ending},
    Program,
};

/// A message as the machine sees it. `zkfusion_primitives` lays out its tape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// What it can read, word by word; zeros follow.
    pub tape: Vec<u64>,
    /// Fuel that it may use.
    pub fuel_limit: u64,
}

/// What a message did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended, see [`status`].
    pub status: u8,
    /// Fuel used before its last step.
    pub fuel_used: u64,
    /// Steps, the last one included.
    pub steps: u64,
    /// Address of the last step.
    pub pc: u32,
    /// Leaves stored, in order; none if it failed.
    pub writes: Vec<(u32, Leaf)>,
    /// Outbox entries, in order; none if it failed.
    pub outbox: Vec<Leaf>,
    /// Texts it logged.
    pub logs: Vec<String>,
}

/// What a batch did.
#[derive(Clone, Debug, Default)]
pub struct BatchExecution {
    /// One for each message.
    pub outcomes: Vec<Outcome>,
    /// What the circuit needs.
    pub trace: Trace,
}

/// Executes messages one after another and traces them. Each begins with fresh memory; the state
/// passes from each to the next, except from those that fail.
pub fn trace_batch(program: &Program, messages: &[Message], seed: Leaf, kv: &mut impl Kv) -> BatchExecution {
    let mut batch = BatchExecution::default();
    for (index, message) in (0u32..).zip(messages) {
        let trace = &mut batch.trace;
        batch.outcomes.push(run(message, seed, kv, |host| {
            tracer::trace_message(program, index, message.fuel_limit, host, trace)
        }));
    }
    batch
}

/// Executes messages as [`trace_batch`] does, without a trace.
pub fn execute_batch(program: &Program, messages: &[Message], seed: Leaf, kv: &mut impl Kv) -> Vec<Outcome> {
    let executor = Executor::new(program);
    let execute = |message: &Message| {
        run(message, seed, kv, |host| {
            executor.run_message(message.fuel_limit, host)
        })
    };
    messages.iter().map(execute).collect()
}

/// Runs one message and keeps or undoes what it did to the state.
fn run<K: Kv>(
    message: &Message,
    seed: Leaf,
    kv: &mut K,
    execute: impl FnOnce(&mut Environment<'_, K>) -> Ending,
) -> Outcome {
    let mut host = Environment::new(&message.tape, seed, kv);
    let ending = execute(&mut host);
    if ending.status != status::OK {
        host.roll_back();
    }
    let Environment {
        writes, outbox, logs, ..
    } = host;
    let Ending {
        status,
        fuel,
        pc,
        steps,
    } = ending;
    Outcome {
        status,
        fuel_used: fuel,
        steps,
        pc,
        writes,
        outbox,
        logs,
    }
}
