//! Reports on scripts that are wrong, and on the caller's checks.

use zkfusion_wast::{run, Report};

fn report(text: &str) -> Report {
    run(text, |_| Ok(()))
}

#[test]
fn wrong_expectations_fail_at_their_lines() {
    let report = report(
        r#"(module (func (export "one") (result i32) (i32.const 1)) (func (export "trap") (unreachable)))
           (assert_return (invoke "one") (i32.const 2))
           (assert_return (invoke "one") (i64.const 1) (i32.const 1))
           (assert_return (invoke "trap"))
           (assert_trap (invoke "one") "unreachable")
           (assert_trap (invoke "trap") "integer divide by zero")
           (assert_exhaustion (invoke "trap") "call stack exhausted")
           (assert_invalid (module (func)) "type mismatch")
           (assert_malformed (module binary "\00asm\01\00\00\00") "magic header not detected")
           (assert_unlinkable (module (import "spectest" "print" (func))) "unknown import")
           (assert_return (invoke "two") (i32.const 2))
           (assert_return (invoke "one" (i32.const 1)) (i32.const 1))
           (assert_return (get "g") (i32.const 2))"#,
    );
    let lines: Vec<usize> = report.failed.iter().map(|failure| failure.line).collect();
    assert_eq!(lines, (2..=13).collect::<Vec<_>>(), "{:?}", report.failed);
    assert_eq!((report.passed, report.skips()), (1, 0));
}

#[test]
fn the_beginning_of_a_message_stands_for_a_trap_and_nothing_is_skipped() {
    let report = report(
        r#"(module (func (export "trap") (unreachable))
             (func (export "divide") (drop (i32.div_u (i32.const 1) (i32.const 0)))))
           (assert_trap (invoke "trap") "")
           (assert_trap (invoke "trap") "unreach")
           (assert_trap (invoke "trap") "unreachable executed")
           (assert_trap (invoke "divide") "integer")
           (assert_trap (invoke "trap") "integer")
           (assert_trap (invoke "trap") "something else")"#,
    );
    let lines: Vec<usize> = report.failed.iter().map(|failure| failure.line).collect();
    assert_eq!(lines, [7, 8], "{:?}", report.failed);
    assert_eq!((report.passed, report.skips()), (5, 0));
}

#[test]
fn what_is_no_script_fails() {
    assert_eq!(report("(module").failed.len(), 1);
}

#[test]
fn what_a_check_says_fails_the_directive() {
    let text = r#"(module (func (export "one") (param i32) (result i32) (local.get 0)))
        (assert_return (invoke "one" (i32.const 5)) (i32.const 5))
        (assert_return (invoke "one" (i32.const 6)) (i32.const 6))"#;
    let report = run(text, |call| match call.returned {
        Ok(results) if results == &[6] => Err("not six".into()),
        _ => Ok(()),
    });
    assert_eq!((report.passed, report.failed.len()), (2, 1));
    assert_eq!(
        (report.failed[0].line, report.failed[0].message.as_str()),
        (3, "not six")
    );
}

#[test]
fn state_is_shared_by_linked_modules_and_survives_linking() {
    let report = report(
        r#"(module $counter
             (global $count (mut i32) (i32.const 40)) (table (export "t") 1 funcref) (memory (export "m") 1)
             (func (export "next") (result i32)
               (global.set $count (i32.add (global.get $count) (i32.const 1)))
               (i32.store (i32.const 8) (global.get $count)) (global.get $count)))
           (register "counter")
           (assert_return (invoke "next") (i32.const 41))
           (module
             (import "counter" "next" (func $next (result i32))) (import "counter" "m" (memory 1))
             (import "counter" "t" (table 1 funcref)) (elem (i32.const 0) $load)
             (func $load (export "load") (result i32) (i32.load (i32.const 8)))
             (func (export "twice") (result i32) (drop (call $next)) (call_indirect (result i32) (i32.const 0))))
           (assert_return (invoke "load") (i32.const 41))
           (assert_return (invoke "twice") (i32.const 42))
           (assert_return (invoke $counter "next") (i32.const 43))
           (assert_return (invoke "load") (i32.const 43))"#,
    );
    assert_eq!((report.failed.len(), report.skips(), report.passed), (0, 0, 8));
}
