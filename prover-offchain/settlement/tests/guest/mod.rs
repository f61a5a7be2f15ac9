//! A small program and consecutive batches of it, proved for real.

use std::error::Error;

use codec::Encode;
use zkfusion_halo2::prover::{BatchProver, PreparedProgram};
use zkfusion_primitives::{
    batch::Batch,
    job::{BatchJob, SettlementBatch},
    merkle::{Leaf, SparseTree},
    message::Message,
    program::{SIZE_COUNT, SMALLEST_K},
};

/// Adds the sender's number to a leaf as often as the message's second word says, and pushes the
/// leaf to the outbox.
const PROGRAM: &str = r#"(module
  (import "env" "inbox_next" (func $next (result i64)))
  (import "env" "kv_load" (func $load (param i32)))
  (import "env" "kv_store" (func $store (param i32)))
  (import "env" "leaf_get" (func $get (param i32) (result i64)))
  (import "env" "leaf_set" (func $set (param i32 i64)))
  (import "env" "outbox_push" (func $push))
  (memory 1)
  (func (export "zkmain") (local $i i32) (local $amount i64) (local $times i64) (local $sum i64)
    (loop $header
      (drop (call $next))
      (br_if $header (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (local.set $amount (call $next))
    (local.set $times (call $next))
    (call $load (i32.const 5))
    (local.set $sum (call $get (i32.const 1)))
    (loop $again
      (local.set $sum (i64.add (local.get $sum) (local.get $amount)))
      (br_if $again (i64.ne (local.tee $times (i64.sub (local.get $times) (i64.const 1))) (i64.const 0))))
    (call $set (i32.const 1) (local.get $sum))
    (call $store (i32.const 5))
    (call $push)))"#;

/// Returns the program, whose constant makes another program of it.
pub(crate) fn program(prover: &BatchProver, leaf: u32) -> Result<PreparedProgram, Box<dyn Error>> {
    let text = PROGRAM.replace("i32.const 5", &format!("i32.const {leaf}"));
    Ok(prover.program(&wat::parse_str(text)?)?)
}

/// Proves a batch for each number of additions, the first from the empty state.
pub(crate) fn batches(
    prover: &BatchProver,
    program: &PreparedProgram,
    additions: &[u64],
) -> Result<Vec<SettlementBatch>, Box<dyn Error>> {
    let mut leaves: Vec<(u32, Leaf)> = Vec::new();
    let mut inbox_hash_pre = [0; 32];
    let mut settled = Vec::new();
    for (batch, times) in (0u64..).zip(additions) {
        let messages = (0..2).map(|number| Message {
            index: 2 * batch + number,
            sender: [7; 32],
            at_block: 10,
            fuel_limit: 1_000_000,
            payload: [5 + number, *times]
                .map(u64::to_le_bytes)
                .concat()
                .try_into()
                .unwrap_or_default(),
        });
        let job = BatchJob {
            batch: Batch {
                genesis_hash: [0x67; 32],
                app_id: 7,
                program_id: program.program_id(),
                batch_index: batch,
                pre_root: SparseTree::from_leaves(leaves.iter().copied()).root(),
                inbox_hash_pre,
                vrf_seed: std::array::from_fn(|index| if index < 31 { index as u8 } else { 0 }),
                messages: messages.collect(),
            },
            wasm_hash: [0; 32],
            leaves: leaves.clone(),
        };
        let executed = prover.execute(program, &job)?;
        let proved = prover.prove(program, &executed, &|_| ())?;
        leaves.retain(|(index, _)| executed.effects.writes().all(|(written, _)| written != index));
        leaves.extend(
            executed
                .effects
                .writes()
                .map(|(index, leaf)| (*index, *leaf))
                .last(),
        );
        inbox_hash_pre = executed.statement.inbox_hash_post;
        let mut key_digests = [[0; 32]; SIZE_COUNT];
        for (k, _, digest) in program.keys() {
            key_digests[usize::from(k - SMALLEST_K)] = *digest;
        }
        let key = program
            .keys()
            .find(|(k, _, _)| *k == proved.k)
            .map(|(_, key, _)| key.encode());
        settled.push(SettlementBatch {
            k: proved.k,
            key: key.ok_or("the proof's size has no key")?,
            key_digests,
            statement: executed.statement,
            proof: proved.proof,
        });
    }
    Ok(settled)
}
