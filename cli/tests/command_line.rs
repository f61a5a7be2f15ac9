//! The `fusion` program, as people and scripts call it.

use serde_json::Value;
use std::process::{Command, Output};

fn fusion(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fusion"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Returns the error that a command with `--json` ends with.
fn error(arguments: &[&str]) -> Value {
    let output = fusion(arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    serde_json::from_slice(&output.stderr).unwrap()
}

#[test]
fn an_unreachable_node_is_named_with_what_to_do() {
    let error = error(&["app", "show", "--node", "ws://127.0.0.1:1", "--json"]);
    assert_eq!(error["error"], "node_unreachable");
    assert!(
        error["message"].as_str().unwrap().contains("ws://127.0.0.1:1"),
        "{error}"
    );
    assert!(error["hint"].as_str().unwrap().contains("make devnet"), "{error}");
}

#[test]
fn what_is_no_wasm_is_refused_before_anything_else() {
    let register = |file: &str| error(&["app", "register", "--wasm", file, "--as", "//Alice", "--json"]);
    let absent = register("/nonexistent.wasm");
    assert_eq!(absent["error"], "wasm_file");
    assert!(
        absent["message"].as_str().unwrap().contains("/nonexistent.wasm"),
        "{absent}"
    );
    let text = register(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
    assert!(
        text["message"].as_str().unwrap().contains("is not a WebAssembly"),
        "{text}"
    );
}
