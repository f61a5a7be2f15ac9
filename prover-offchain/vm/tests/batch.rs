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

/// Adds to word 1 of a leaf as zkWasm's C guests do; `%index%` and `%leaf%` are where the
/// arguments come from.
const POINTERS: &str = r#"(module
  (import "env" "inbox_next" (func $next (result i64)))
  (import "env" "kv_getroot" (func $getroot (param i32)))
  (import "env" "kv_setroot" (func $setroot (param i32)))
  (import "env" "kv_get" (func $get (param i32 i32)))
  (import "env" "kv_set" (func $set (param i32 i32)))
  (memory 1)
  (data (i32.const 0) "overwritten, all of it: 32 bytes")
  (func (export "zkmain") (local $i i32) (local $index i32) (local $leaf i32) (local $root i64)
    (loop $header
      (drop (call $next))
      (br_if $header (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (local.set $root (call $next))
    (local.set $index (i32.const 5))
    (local.set $leaf (i32.const 65504))
    (call $getroot (i32.const 0))
    (i64.store (i32.const 24) (i64.or (i64.load (i32.const 24)) (local.get $root)))
    (call $setroot (i32.const 0))
    (call $get %index% %leaf%)
    (i64.store offset=8 (local.get $leaf) (i64.add (i64.load offset=8 (local.get $leaf)) (i64.const 7)))
    (call $set %index% %leaf%)
    (call $get (i32.add %index% (i32.const 1)) (i32.add %leaf% (i32.const %past%)))))"#;

#[test]
fn leaves_pass_through_memory() {
    let arguments = [
        ("(i32.const 5)", "(i32.const 65504)"),
        ("(local.get $index)", "(local.get $leaf)"),
        (
            "(i32.add (local.get $index) (i32.const 0))",
            "(i32.sub (i32.const 65505) (i32.const 1))",
        ),
    ];
    for (index, leaf) in arguments {
        for (past, root, expected) in [
            (0, 0, status::OK),
            (1, 0, status::OUT_OF_BOUNDS),
            (0, 1, status::REQUIRE),
        ] {
            let text = POINTERS
                .replace("%index%", index)
                .replace("%leaf%", leaf)
                .replace("%past%", &past.to_string());
            let program = compile(&wat::parse_str(text).unwrap()).unwrap();
            let before = BTreeMap::from([(5, [1, 2, 3, 4])]);
            let messages = [message(0, root, 10_000), message(1, root, 10_000)];
            let (mut traced, mut executed) = (before.clone(), before.clone());
            let batch = trace_batch(&program, &messages, [0; 4], &mut traced);
            let outcomes = execute_batch(&program, &messages, [0; 4], &mut executed);
            assert_eq!((&outcomes, &executed), (&batch.outcomes, &traced));
            assert!(
                outcomes.iter().all(|outcome| outcome.status == expected),
                "{outcomes:?}"
            );
            let after = match expected {
                status::OK => BTreeMap::from([(5, [1, 16, 3, 4])]),
                _ => before,
            };
            assert_eq!(executed, after);
        }
    }
}
