//! Messages run one after another, and what remains of those that fail.

use std::collections::BTreeMap;

use zkfusion_vm::{compile, execute_batch, status, trace_batch, Message};

const COUNTER: &str = r#"(module
  (import "env" "inbox_next" (func $next (result i64)))
  (import "env" "kv_load" (func $load (param i32)))
  (import "env" "kv_store" (func $store (param i32)))
  (import "env" "leaf_get" (func $get (param i32) (result i64)))
  (import "env" "leaf_set" (func $set (param i32 i64)))
  (import "env" "outbox_push" (func $push))
  (import "env" "require" (func $require (param i32)))
  (import "env" "log" (func $log (param i32 i32)))
  (memory 1)
  (data (i32.const 3) "hello")
  (func (export "zkmain") (local $i i32) (local $amount i64)
    (loop $header
      (drop (call $next))
      (br_if $header (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (local.set $amount (call $next))
    (call $load (i32.const 5))
    (call $set (i32.const 1) (i64.add (call $get (i32.const 1)) (local.get $amount)))
    (call $store (i32.const 5))
    (call $push)
    (call $log (i32.const 3) (i32.const 5))
    (call $require (i64.lt_u (local.get $amount) (i64.const 100)))))"#;

fn message(index: u64, amount: u64, fuel: u64) -> Message {
    let mut tape = vec![0; 10];
    (tape[4], tape[9]) = (index, amount);
    Message {
        tape,
        fuel_limit: fuel,
    }
}

#[test]
fn failed_messages_leave_nothing_behind() {
    let program = compile(&wat::parse_str(COUNTER).unwrap()).unwrap();
    let mut kv = BTreeMap::new();
    let messages = [
        message(0, 3, 10_000),
        message(1, 100, 10_000),
        message(2, 4, 20),
        message(3, 5, 10_000),
    ];
    let batch = trace_batch(&program, &messages, [0; 4], &mut kv);
    let mut executed = BTreeMap::new();
    assert_eq!(
        execute_batch(&program, &messages, [0; 4], &mut executed),
        batch.outcomes
    );
    assert_eq!(executed, kv);
    let statuses: Vec<u8> = batch.outcomes.iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [status::OK, status::REQUIRE, status::FUEL, status::OK]);
    assert_eq!(kv, BTreeMap::from([(5, [0, 8, 0, 0])]));
    assert_eq!(batch.outcomes[0].writes, [(5, [0, 3, 0, 0])]);
    assert_eq!(batch.outcomes[0].outbox, [[0, 3, 0, 0]]);
    assert_eq!(batch.outcomes[0].logs, ["hello"]);
    assert!(batch.outcomes[1].writes.is_empty() && batch.outcomes[1].outbox.is_empty());
    assert_eq!(batch.outcomes[3].writes, [(5, [0, 8, 0, 0])]);
}
