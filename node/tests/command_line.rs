//! The node's program, as operators call it.

use std::{
    path::Path,
    process::{Command, Output, Stdio},
};
use zkfusion_primitives::job::FailureKind;
use zkfusion_prover::{Backend, ProcessBackend};

fn node(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_zkfusion-node"))
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn genesis_should_have_the_proof_system_when_chain_is_for_development() {
    for chain in ["dev", "local"] {
        let output = node(&["export-chain-spec", "--chain", chain]);
        assert!(output.status.success(), "{output:?}");
        let spec: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let patch = &spec["genesis"]["runtimeGenesis"]["patch"];
        let protocol = patch["verifier"]["protocol"].as_str().unwrap();
        assert!(
            protocol.starts_with("0x") && protocol.len() > 10_000,
            "{protocol}"
        );
        assert!(!patch["balances"]["balances"].as_array().unwrap().is_empty());
    }
}

#[test]
fn node_should_say_what_to_do_when_roles_contradict_each_other() {
    let contract = "0x5fbdb2315678afecb367f032d93f642f64180aa3";
    let relayer = [
        "--relayer",
        "--l1-rpc",
        "http://127.0.0.1:8545",
        "--settlement",
        contract,
        "--order",
        contract,
        "--verifier",
        contract,
    ];
    let mut arguments = vec!["--dev", "--tmp", "--prover", "off"];
    arguments.extend(relayer);
    let output = node(&arguments);
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("--prover embedded"), "{error}");
}

#[test]
fn node_should_prove_in_processes_of_its_own_program() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("proving-process");
    let backend = ProcessBackend::of(move || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_zkfusion-node"));
        command.args(["proving-process", "--cache"]).arg(&folder);
        command
    });
    let failure = backend.prepare_program(b"no wasm", &()).unwrap_err();
    assert_eq!(failure.kind, FailureKind::InvalidProgram, "{failure}");
}

#[test]
fn proving_process_should_say_who_starts_it_when_it_is_started_by_hand() {
    let output = Command::new(env!("CARGO_BIN_EXE_zkfusion-node"))
        .args(["proving-process", "--cache", "nowhere"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("is started by its service"), "{error}");
    let help = String::from_utf8(node(&["--help"]).stdout).unwrap();
    assert!(!help.contains("proving-process"));
    assert!(help.contains("--prover-token-file"));
}

#[test]
fn node_should_name_the_token_file_when_it_is_not_there() {
    let output = node(&[
        "--dev",
        "--tmp",
        "--prover",
        "http://127.0.0.1:1",
        "--prover-token-file",
        "/nowhere/token",
    ]);
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("/nowhere/token"), "{error}");
}
