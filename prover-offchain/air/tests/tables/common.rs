//! Executions and witnesses of small programs.

use std::collections::BTreeMap;

use zkfusion_air::witness::{Execution, Witness};
use zkfusion_primitives::cost::{message_cost, ROWS_PER_UNIT};
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_primitives::message::{Payload, HEADER_WORDS};
use zkfusion_vm::{compile, trace_batch, BatchExecution, Message, Program};

/// The batch's randomness in tests.
pub(crate) const SEED: [u64; 4] = [11, 22, 33, 44];

/// Compiles a text module.
pub(crate) fn program(text: &str) -> Program {
    compile(&wat::parse_str(text).expect("the text is WebAssembly")).expect("the module is supported")
}

/// Returns a message with this payload.
pub(crate) fn message(index: u64, payload: &[u8], fuel_limit: u64) -> Message {
    let message = zkfusion_primitives::message::Message {
        index,
        sender: [7; 32],
        at_block: 10,
        fuel_limit,
        payload: Payload::truncate_from(payload.to_vec()),
    };
    let tape = message.tape();
    Message { tape, fuel_limit }
}

/// Rows at the end of a message: its own and those of a hash.
const END_ROWS: u64 = 7;

/// Executes messages and builds their witness. No step takes more rows than its fuel, and the batch
/// not more than its cost promises.
pub(crate) fn run(program: &Program, messages: &[Message]) -> (BatchExecution, Witness) {
    let mut kv = BTreeMap::new();
    let batch = trace_batch(program, messages, SEED, &mut kv);
    let tapes: Vec<Vec<u64>> = messages.iter().map(|message| message.tape.clone()).collect();
    let execution = Execution {
        program,
        trace: &batch.trace,
        tapes: &tapes,
        state: SparseTree::new(),
        inbox_hash: [0; 32],
        seed: SEED,
    };
    let witness = Witness::build_metered(&execution, |step, cost| {
        let ending = if step.end.is_some() { END_ROWS } else { 0 };
        let promised = program.code[step.pc as usize].fuel() + ending;
        assert!(cost.rows() <= promised, "{step:?} takes {cost:?}");
    })
    .expect("the trace fits");
    let payload = |message: &Message| 8 * (message.tape.len() - HEADER_WORDS);
    let promised = messages
        .iter()
        .map(|message| message_cost(payload(message), message.fuel_limit));
    assert!(witness.cost().rows() <= ROWS_PER_UNIT * promised.sum::<u64>());
    (batch, witness)
}

/// A module whose `zkmain` has this body.
pub(crate) fn module(body: &str) -> String {
    // A wide frame exhausts the stack in a few thousand calls.
    let wide = " i64".repeat(200);
    format!(
        r#"(module
  (import "env" "inbox_next" (func $next (result i64)))
  (import "env" "kv_load" (func $load (param i32)))
  (import "env" "kv_store" (func $store (param i32)))
  (import "env" "leaf_get" (func $get (param i32) (result i64)))
  (import "env" "leaf_set" (func $set (param i32 i64)))
  (import "env" "outbox_push" (func $push))
  (import "env" "vrf_seed" (func $seed (param i32) (result i64)))
  (import "env" "require" (func $require (param i32)))
  (memory 1 3)
  (data (i32.const 3) "hello, world: a segment")
  (global $g (mut i64) (i64.const 77))
  (table 4 funcref)
  (elem (i32.const 1) $twice $deep)
  (type $unary (func (param i64) (result i64)))
  (func $twice (param i64) (result i64) (i64.add (local.get 0) (local.get 0)))
  (func $deep (local{wide}) (call $deep))
  (func (export "zkmain") (local $i i32) (local $x i64)
    {body}))"#
    )
}
