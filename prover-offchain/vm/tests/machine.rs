//! Rules of the machine itself: fuel, stack, memory, and how many steps common code takes.

use std::collections::BTreeMap;

use zkfusion_vm::{
    compile, compile_with_entry, execute_batch, status, trace_batch, Message, Outcome, Program,
};

fn program(body: &str) -> Program {
    let text = format!("(module (memory 1 2) {body})");
    compile(&wat::parse_str(text).unwrap()).unwrap_or_else(|error| panic!("{error}"))
}

fn run(program: &Program, fuel_limit: u64) -> Outcome {
    let messages = [Message {
        tape: vec![],
        fuel_limit,
    }];
    let traced = trace_batch(program, &messages, [0; 4], &mut BTreeMap::new());
    let executed = execute_batch(program, &messages, [0; 4], &mut BTreeMap::new());
    assert_eq!(executed, traced.outcomes);
    assert_eq!(traced.trace.steps.len() as u64, executed[0].steps);
    executed.into_iter().next().unwrap()
}

#[test]
fn an_empty_message_takes_five_steps() {
    let outcome = run(&program(r#"(func (export "zkmain"))"#), 100);
    // Pages, call, return, jump, end.
    assert_eq!(
        (outcome.status, outcome.steps, outcome.fuel_used, outcome.pc),
        (status::OK, 5, 4, 0)
    );
}

#[test]
fn the_fuel_limit_is_checked_before_every_step_even_the_last() {
    let program = program(r#"(func (export "zkmain"))"#);
    for (limit, status, steps) in [
        (5, status::OK, 5),
        (4, status::FUEL, 5),
        (1, status::FUEL, 2),
        (0, status::FUEL, 1),
    ] {
        let outcome = run(&program, limit);
        assert_eq!((outcome.status, outcome.steps), (status, steps), "limit {limit}");
    }
}

#[test]
fn a_loop_that_counts_takes_two_steps_a_round() {
    let counting = |rounds: u32| {
        let text = format!(
            r#"(func (export "zkmain") (local $i i32)
                 (loop (br_if 0 (i32.lt_u
                   (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const {rounds})))))"#
        );
        run(&program(&text), 1_000_000).steps
    };
    assert_eq!(counting(1000) - counting(500), 1000);
}

#[test]
fn comparison_with_zero_costs_a_signed_number_no_more_than_an_unsigned_one() {
    let fuel = |condition: &str| {
        let body = format!(r#"(func (export "zkmain") (local i32 i64) (if {condition} (then)))"#);
        run(&program(&body), 100).fuel_used
    };
    let unsigned = fuel("(i32.lt_u (local.get 0) (i32.const 7))");
    for order in ["lt", "le", "gt", "ge"] {
        let condition = format!("(i32.{order}_s (local.get 0) (i32.const 7))");
        assert_eq!(fuel(&condition), unsigned + 2, "{order}");
    }
    for order in ["lt", "ge"] {
        for (ty, local) in [("i32", 0), ("i64", 1)] {
            let condition = format!("({ty}.{order}_s (local.get {local}) ({ty}.const 0))");
            assert_eq!(fuel(&condition), unsigned, "{condition}");
        }
    }
}

#[test]
fn a_call_with_two_arguments_from_locals_takes_two_moves_beside_itself() {
    let text = r#"(func $sum (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
      (func (export "zkmain") (local $a i32) (local $b i32)
        (local.set $a (i32.const 1)) (local.set $b (i32.const 2))
        (local.set $a (call $sum (local.get $a) (local.get $b))))"#;
    // Two constants; two moves, call, sum, return; the result's move.
    assert_eq!(run(&program(text), 1000).steps, 5 + 2 + 5 + 1);
}

#[test]
fn endless_recursion_exhausts_the_stack() {
    let outcome = run(&program(r#"(func $f (export "zkmain") (call $f))"#), u64::MAX);
    assert_eq!(outcome.status, status::STACK_EXHAUSTED);
}

#[test]
fn functions_with_two_hundred_locals_call_one_another_4096_deep() {
    let text = format!(
        r#"(func $deep (param $left i32) {}
             (if (local.get $left) (then (call $deep (i32.sub (local.get $left) (i32.const 1))))))
           (func (export "zkmain") (call $deep (i32.const 4096)))"#,
        "(local i64)".repeat(200)
    );
    assert_eq!(run(&program(&text), 10_000_000).status, status::OK);
}

#[test]
fn tail_calls_take_no_stack() {
    let text = r#"(import "env" "require" (func $require (param i32)))
      (type $count (func (param i32 i64) (result i64)))
      (table funcref (elem $odd))
      (func $even (param $left i32) (param $sum i64) (result i64) (local i32)
        (if (i32.eqz (local.get $left)) (then (return (local.get $sum))))
        (return_call_indirect (type $count) (i32.sub (local.get $left) (i32.const 1)) (local.get $sum) (i32.const 0)))
      (func $odd (type $count)
        (return_call $even (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))
      (func $start (param i32) (result i64) (return_call $even (local.get 0) (i64.const 0)))
      (func (export "zkmain")
        (call $require (i64.eq (call $start (i32.const 2000000)) (i64.const 1000000)))))"#;
    let program = compile(&wat::parse_str(format!("(module {text}")).unwrap()).unwrap();
    let messages = [Message {
        tape: vec![],
        fuel_limit: u64::MAX,
    }];
    let executed = execute_batch(&program, &messages, [0; 4], &mut BTreeMap::new());
    assert_eq!(executed[0].status, status::OK);
}

#[test]
fn a_copy_takes_five_steps_for_eight_bytes() {
    let copying = |bytes: u32| {
        let text = format!(
            r#"(func (export "zkmain") (memory.copy (i32.const 100) (i32.const 3) (i32.const {bytes})))"#
        );
        run(&program(&text), 1_000_000).steps
    };
    assert_eq!(copying(800) - copying(400), 5 * 50);
}

#[test]
fn a_copy_of_few_bytes_takes_a_load_and_a_store_for_eight() {
    let text = r#"(func (export "zkmain") (memory.copy (i32.const 100) (i32.const 3) (i32.const 27)))"#;
    // Three words, two bytes and a byte.
    assert_eq!(run(&program(text), 1000).steps, 5 + 2 * 5);
}

#[test]
fn traps_have_the_routine_in_which_they_happen_as_their_place() {
    let program =
        program(r#"(func (export "zkmain") (memory.fill (i32.const 65537) (i32.const 0) (i32.const 0)))"#);
    let outcome = run(&program, 1000);
    assert_eq!(outcome.status, status::OUT_OF_BOUNDS);
    assert_eq!(program.function_at(outcome.pc), None);
}

#[test]
fn memory_grows_to_its_maximum_and_no_further() {
    let text = r#"(import "env" "require" (func $require (param i32)))
      (memory 1 2)
      (func (export "zkmain")
        (call $require (i32.eq (memory.grow (i32.const 0)) (i32.const 1)))
        (call $require (i32.eq (memory.grow (i32.const 2)) (i32.const -1)))
        (call $require (i32.eq (memory.grow (i32.const -1)) (i32.const -1)))
        (call $require (i32.eq (memory.grow (i32.const 1)) (i32.const 1)))
        (call $require (i32.eq (memory.size) (i32.const 2)))
        (i64.store (i32.const 131064) (i64.const 7))
        (call $require (i32.eqz (i32.load (i32.const 65536))))
        (i64.store (i32.const 131065) (i64.const 7)))"#;
    let program = compile(&wat::parse_str(format!("(module {text})")).unwrap()).unwrap();
    assert_eq!(run(&program, 100_000).status, status::OUT_OF_BOUNDS);
}

#[test]
fn nothing_survives_from_one_message_to_the_next() {
    let text = r#"(import "env" "require" (func $require (param i32)))
      (memory 1 2) (global $g (mut i32) (i32.const 3)) (data (i32.const 8) "\05")
      (func (export "zkmain") (local $l i64)
        (call $require (i64.eqz (local.get $l)))
        (call $require (i32.eq (global.get $g) (i32.const 3)))
        (call $require (i32.eq (i32.load (i32.const 8)) (i32.const 5)))
        (call $require (i32.eq (memory.size) (i32.const 1)))
        (local.set $l (i64.const 9))
        (global.set $g (i32.const 4))
        (i32.store (i32.const 8) (i32.const 6))
        (drop (memory.grow (i32.const 1))))"#;
    let program = compile(&wat::parse_str(format!("(module {text})")).unwrap()).unwrap();
    let messages = vec![
        Message {
            tape: vec![],
            fuel_limit: 10_000
        };
        3
    ];
    let batch = trace_batch(&program, &messages, [0; 4], &mut BTreeMap::new());
    assert!(batch.outcomes.iter().all(|outcome| outcome.status == status::OK));
    assert_eq!(
        execute_batch(&program, &messages, [0; 4], &mut BTreeMap::new()),
        batch.outcomes
    );
}

#[test]
fn a_host_function_can_be_called_through_the_table_and_as_the_start() {
    let text = r#"(import "env" "outbox_push" (func $push))
      (import "env" "inbox_next" (func $next (result i64)))
      (import "env" "leaf_set" (func $set (param i32 i64)))
      (table funcref (elem $next $set))
      (start $push)
      (func (export "zkmain")
        (call_indirect (param i32 i64) (i32.const 6) (call_indirect (result i64) (i32.const 0)) (i32.const 1))
        (call $push)
        (call_indirect (i32.const 0)))"#;
    let program = compile(&wat::parse_str(format!("(module {text})")).unwrap()).unwrap();
    let messages = [Message {
        tape: vec![77],
        fuel_limit: 10_000,
    }];
    let without_trap = format!("(module {})", text.replace("(call_indirect (i32.const 0)))", ")"));
    let ok = compile(&wat::parse_str(without_trap).unwrap()).unwrap();
    let batch = trace_batch(&ok, &messages, [0; 4], &mut BTreeMap::new());
    assert_eq!(batch.outcomes[0].status, status::OK);
    assert_eq!(batch.outcomes[0].outbox, [[0; 4], [0, 0, 77, 0]]);
    let batch = trace_batch(&program, &messages, [0; 4], &mut BTreeMap::new());
    assert_eq!(batch.outcomes[0].status, status::BAD_INDIRECT_CALL);
}

#[test]
fn any_export_can_be_the_entry_and_runs_after_the_start_function() {
    let text = r#"(module (import "env" "require" (func $require (param i32)))
      (global $started (mut i32) (i32.const 0))
      (func $start (global.set $started (i32.const 1)))
      (start $start)
      (func (export "other") (call $require (global.get $started)))
      (func (export "zkmain") unreachable))"#;
    let wasm = wat::parse_str(text).unwrap();
    let other = compile_with_entry(&wasm, Some("other")).unwrap();
    assert_eq!(run(&other, 1000).status, status::OK);
    assert_eq!(run(&compile(&wasm).unwrap(), 1000).status, status::UNREACHABLE);
}

#[test]
fn code_behind_a_hundred_thousand_instructions_runs() {
    let text = format!(
        r#"(import "env" "require" (func $require (param i32)))
      (table funcref (elem $far))
      (func $long (param i32) (result i32) {} (local.get 0))
      (func $far (param $left i32) (result i32) (local $sum i32)
        (loop $again
          (local.set $sum (i32.add (local.get $sum) (local.get $left)))
          (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.get $sum))
      (func (export "zkmain")
        (call $require (i32.eq (call $long (i32.const 1)) (i32.const 1)))
        (call $require (i32.eq (call_indirect (param i32) (result i32) (i32.const 4) (i32.const 0)) (i32.const 10))))"#,
        "(local.set 0 (i32.div_s (local.get 0) (local.get 0)))".repeat(7_500)
    );
    let program = compile(&wat::parse_str(format!("(module {text})")).unwrap()).unwrap();
    assert!(program.code.len() > 100_000);
    assert_eq!(run(&program, 10_000_000).status, status::OK);
}

#[test]
fn the_same_wasm_gives_the_same_program() {
    let text = r#"(module (memory 1) (func (export "zkmain") (local i64)
      (local.set 0 (i64.div_s (i64.clz (local.get 0)) (i64.const -3)))))"#;
    let wasm = wat::parse_str(text).unwrap();
    assert_eq!(compile(&wasm).unwrap(), compile(&wasm).unwrap());
}

#[test]
fn abort_ends_the_message_wherever_it_is_called_from() {
    let abort = "(i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)";
    for body in [
        format!("(call $abort {abort})"),
        format!(
            "(if (i32.const 1) (then (call $abort {abort}) (drop (i32.add (i32.const 1) (i32.const 2)))))"
        ),
        format!("(call_indirect (type $four) {abort} (i32.const 0))"),
    ] {
        let text = format!(
            r#"(module (type $four (func (param i32 i32 i32 i32)))
              (import "env" "abort" (func $abort (type $four)))
              (table funcref (elem $abort))
              (func (export "zkmain") {body}))"#
        );
        let program = compile(&wat::parse_str(text).unwrap()).unwrap();
        assert_eq!(run(&program, 10_000).status, status::UNREACHABLE, "{body}");
    }
}

#[test]
fn files_are_not_open() {
    let write = "(i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4)";
    for call in [
        format!("(call $write {write})"),
        format!("(call_indirect (type $four) {write} (i32.const 0))"),
    ] {
        let text = format!(
            r#"(module (type $four (func (param i32 i32 i32 i32) (result i32)))
              (import "wasi_snapshot_preview1" "fd_write" (func $write (type $four)))
              (import "env" "require" (func $require (param i32)))
              (table funcref (elem $write))
              (func (export "zkmain") (call $require (i32.eq (i32.const 8) {call}))))"#
        );
        let program = compile(&wat::parse_str(text).unwrap()).unwrap();
        assert_eq!(run(&program, 10_000).status, status::OK, "{call}");
    }
}

/// A module whose messages succeed when the functions that set the global ran in this order, each
/// once.
fn ordered(start: &str, initializer: &str) -> Vec<u8> {
    let text = format!(
        r#"(module
          (import "env" "require" (func $require (param i32)))
          (global $ran (mut i32) (i32.const 0))
          (func $start (call $require (i32.eqz (global.get $ran))) (global.set $ran (i32.const 1)))
          (func $initialize (global.set $ran (i32.add (i32.mul (global.get $ran) (i32.const 10)) (i32.const 2))))
          (func $expects_12 (export "12") (call $require (i32.eq (global.get $ran) (i32.const 12))))
          (func $expects_2 (export "2") (call $require (i32.eq (global.get $ran) (i32.const 2))))
          (func $expects_1 (export "1") (call $require (i32.eq (global.get $ran) (i32.const 1))))
          {start} {initializer})"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn an_exported_initializer_runs_once_between_start_and_entry() {
    let (start, initializer) = ("(start $start)", r#"(export "_initialize" (func $initialize))"#);
    for (start, initializer, expected) in [
        (start, initializer, "12"),
        ("", initializer, "2"),
        (start, "", "1"),
        (start, r#"(export "_initialize" (func $start))"#, "1"),
        ("(start $initialize)", initializer, "2"),
    ] {
        let program = compile_with_entry(&ordered(start, initializer), Some(expected)).unwrap();
        assert_eq!(run(&program, 10_000).status, status::OK, "{start} {initializer}");
    }
}

#[test]
fn an_initializer_can_be_the_entry() {
    let wasm = ordered("", r#"(export "_initialize" (func $start))"#);
    let program = compile_with_entry(&wasm, Some("_initialize")).unwrap();
    assert_eq!(run(&program, 10_000).status, status::OK);
}
