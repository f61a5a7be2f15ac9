//! Every kind of instruction, host call and ending has a witness that the checker accepts.

use crate::common::{message, module, program, run};
use zkfusion_air::checker::check;
use zkfusion_air::tables;
use zkfusion_vm::status;

/// Runs `body` on a message and checks it; returns the status.
fn status_of(body: &str) -> u8 {
    let program = program(&module(body));
    let (batch, witness) = run(&program, &[message(0, &[1, 2, 3, 4, 5, 6, 7, 8, 9], 100_000)]);
    let faults = check(&tables(), &program, &witness);
    assert!(
        faults.is_empty(),
        "{body}: {}",
        faults
            .iter()
            .map(|fault| format!("\n{fault}"))
            .collect::<String>()
    );
    batch.outcomes[0].status
}

#[test]
fn an_empty_message_is_accepted() {
    assert_eq!(status_of(""), status::OK);
}

#[test]
fn integer_operations_are_accepted() {
    for op in [
        "add", "sub", "mul", "div_u", "rem_u", "div_s", "rem_s", "and", "or", "xor", "shl", "shr_u", "shr_s",
        "rotl", "rotr",
    ] {
        for (x, y) in [
            (7u64, 3u64),
            (0xffff_fff9, 0x8000_0003),
            (0x8000_0000_0000_0001, 0xffff_ffff_ffff_fffe),
            (0, 1),
            (1 << 63, 63),
        ] {
            let (x, y) = (x as i64, y as i64);
            let (x32, y32) = (x as i32, (y as i32) | 1);
            let body = format!(
                "(global.set $g (i64.{op} (i64.const {x}) (i64.const {y})))
                 (local.set $x (i64.const {y}))
                 (global.set $g (i64.{op} (global.get $g) (local.get $x)))
                 (local.set $i (i32.{op} (i32.const {x32}) (i32.const {y32})))
                 (local.set $i (i32.{op} (local.get $i) (i32.const {y32})))"
            );
            assert_eq!(status_of(&body), status::OK, "{op} {x} {y}");
        }
    }
}

#[test]
fn comparisons_are_accepted() {
    for op in [
        "eq", "ne", "lt_u", "lt_s", "gt_u", "gt_s", "le_u", "le_s", "ge_u", "ge_s",
    ] {
        for (x, y) in [
            (1i64, 2i64),
            (2, 1),
            (-1, 1),
            (1, -1),
            (-5, -5),
            (i64::MIN, i64::MAX),
            (i64::MAX, i64::MIN),
        ] {
            let (x32, y32) = (x as i32, y as i32);
            let body = format!(
                "(local.set $x (i64.const {x})) (local.set $i (i32.const {x32}))
                 (local.set $i (i32.add (i64.{op} (local.get $x) (i64.const {y})) (i32.{op} (local.get $i) (i32.const {y32}))))
                 (if (i64.{op} (local.get $x) (i64.const {y})) (then (local.set $i (i32.const 4))))"
            );
            assert_eq!(status_of(&body), status::OK, "{op} {x} {y}");
        }
    }
}

#[test]
fn loads_and_stores_at_any_alignment_are_accepted() {
    for offset in 0..9 {
        let body = format!(
            "(i64.store offset={offset} (i32.const 8) (i64.const 0x0123456789abcdef))
             (i32.store offset={offset} (i32.const 9) (i32.const 0x11223344))
             (i32.store16 offset={offset} (i32.const 11) (i32.const 0x5566))
             (i64.store8 offset={offset} (i32.const 2) (i64.const 0x77))
             (i64.store32 offset={offset} (i32.const 2) (i64.const 0x77))
             (drop (i64.load offset={offset} (i32.const 3)))
             (drop (i64.load32_s offset={offset} (i32.const 5)))
             (drop (i32.load16_u offset={offset} (i32.const 4)))
             (drop (i32.load8_s offset={offset} (i32.const 40)))"
        );
        assert_eq!(status_of(&body), status::OK, "offset {offset}");
    }
}

#[test]
fn control_flow_calls_and_tables_are_accepted() {
    let body = "(loop $l
        (local.set $x (call $twice (i64.extend_i32_u (local.get $i))))
        (local.set $x (call_indirect (type $unary) (local.get $x) (i32.const 1)))
        (local.set $x (select (local.get $x) (i64.const 9) (local.get $i)))
        (block $b (block $a (br_table $a $b (local.get $i))) (local.set $x (i64.const 3)))
        (br_if $l (i32.lt_s (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5))))
        (drop (memory.grow (i32.const 1))) (drop (memory.grow (i32.const 5)))
        (local.set $i (i32.add (memory.size) (i32.clz (local.get $i))))
        (i64.store (i32.const 131060) (i64.popcnt (local.get $x)))";
    assert_eq!(status_of(body), status::OK);
}

#[test]
fn host_calls_are_accepted() {
    let body = "(loop $l (drop (call $next))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))
        (call $load (i32.const 5))
        (call $set (i32.const 1) (i64.add (call $get (i32.const 1)) (call $next)))
        (call $set (i32.const 3) (call $seed (i32.const 2)))
        (call $store (i32.const 5)) (call $store (i32.const 4)) (call $load (i32.const 5))
        (call $push) (call $push)
        (call $require (i32.const 1))";
    assert_eq!(status_of(body), status::OK);
}

#[test]
fn traps_are_accepted() {
    for (body, expected) in [
        ("unreachable", status::UNREACHABLE),
        ("(drop (i32.load (i32.const 65533)))", status::OUT_OF_BOUNDS),
        (
            "(drop (i64.load8_u offset=4294967295 (i32.const -1)))",
            status::OUT_OF_BOUNDS,
        ),
        (
            "(i64.store (i32.const 65529) (i64.const 1))",
            status::OUT_OF_BOUNDS,
        ),
        (
            "(drop (i32.div_u (i32.const 1) (local.get $i)))",
            status::DIVISION_BY_ZERO,
        ),
        (
            "(drop (i64.rem_s (i64.const 1) (local.get $x)))",
            status::DIVISION_BY_ZERO,
        ),
        (
            "(drop (i32.div_s (i32.const 0x80000000) (i32.sub (local.get $i) (i32.const 1))))",
            status::OVERFLOW,
        ),
        (
            "(drop (call_indirect (type $unary) (i64.const 1) (i32.const 9)))",
            status::TABLE_OUT_OF_BOUNDS,
        ),
        (
            "(drop (call_indirect (type $unary) (i64.const 1) (i32.const 0)))",
            status::NULL_REFERENCE,
        ),
        (
            "(drop (call_indirect (type $unary) (i64.const 1) (i32.const 2)))",
            status::BAD_INDIRECT_CALL,
        ),
        ("(call $require (i32.const 0))", status::REQUIRE),
        ("(loop $l (br $l))", status::FUEL),
    ] {
        assert_eq!(status_of(body), expected, "{body}");
    }
}

#[test]
fn an_exhausted_stack_is_accepted() {
    let program = program(&module("(call $deep)"));
    let (batch, witness) = run(&program, &[message(0, &[], 8_000_000)]);
    assert_eq!(batch.outcomes[0].status, status::STACK_EXHAUSTED);
    assert_eq!(check(&tables(), &program, &witness), []);
}

#[test]
fn messages_with_hardly_any_fuel_are_accepted() {
    let program = program(&module(""));
    for limit in 0..4 {
        let (batch, witness) = run(&program, &[message(0, &[], limit)]);
        assert_eq!(batch.outcomes[0].status, status::FUEL);
        assert_eq!(check(&tables(), &program, &witness), [], "limit {limit}");
    }
}

#[test]
fn failed_messages_among_others_are_accepted() {
    let body = "(loop $l (drop (call $next))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
        (local.set $x (call $next))
        (call $load (i32.const 5))
        (call $set (i32.const 0) (i64.add (call $get (i32.const 0)) (local.get $x)))
        (call $store (i32.const 5)) (call $push)
        (call $require (i64.lt_u (local.get $x) (i64.const 100)))";
    let program = program(&module(body));
    let amounts = [(3u64, 100_000), (100, 100_000), (4, 20), (5, 100_000)];
    let messages: Vec<_> = (0..)
        .zip(amounts)
        .map(|(index, (amount, fuel))| message(index, &amount.to_le_bytes(), fuel))
        .collect();
    let (batch, witness) = run(&program, &messages);
    let statuses: Vec<u8> = batch.outcomes.iter().map(|outcome| outcome.status).collect();
    assert_eq!(statuses, [status::OK, status::REQUIRE, status::FUEL, status::OK]);
    assert_eq!(check(&tables(), &program, &witness), []);
}
