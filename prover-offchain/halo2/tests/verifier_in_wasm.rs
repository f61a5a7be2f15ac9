//! The verifier compiled to wasm and run by the engine that runs the runtime: accepts what it
//! should and refuses the rest. It prints how long a verification takes; an assertion on the clock
//! would say more about the machine.

#![allow(missing_docs)]

#[path = "support/smallest.rs"]
mod smallest;
mod wide;

use codec::Encode;
use smallest::smallest;
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};
use wasmtime::{Engine, Instance, Memory, Module, Store, TypedFunc};
use wide::{setup, Prover, Shape};
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::{
    field::Fr,
    verifier::halo2::{CheckedProtocol, ProgramKey, Scalar},
};

/// Builds the module, with the toolchain that builds the runtime.
fn build_module() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/verifier-wasm/Cargo.toml");
    let target_folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("verifier-wasm");
    let mut cargo = Command::new("cargo");
    cargo.args([
        "build",
        "--quiet",
        "--locked",
        "--release",
        "--target",
        "wasm32v1-none",
        "--manifest-path",
    ]);
    cargo.arg(manifest).arg("--target-dir").arg(&target_folder);
    // Variables that the outer cargo sets for its own toolchain.
    for variable in ["CARGO", "RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"] {
        cargo.env_remove(variable);
    }
    if let Ok(toolchain) = std::env::var("WASM_BUILD_TOOLCHAIN") {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    let status = cargo.status().expect("cargo runs");
    assert!(
        status.success(),
        "the wasm module does not build: is the target wasm32v1-none installed (scripts/setup.sh)?"
    );
    target_folder.join("wasm32v1-none/release/zkfusion_verifier_wasm.wasm")
}

struct Guest {
    store: Store<()>,
    memory: Memory,
    allocate: TypedFunc<u32, u32>,
    verify: TypedFunc<(u32, u32), i32>,
}

impl Guest {
    fn new() -> Self {
        let engine = Engine::default();
        let module = Module::from_file(&engine, build_module()).unwrap();
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[]).unwrap();
        let memory = instance.get_memory(&mut store, "memory").unwrap();
        let allocate = instance.get_typed_func(&mut store, "allocate").unwrap();
        let verify = instance.get_typed_func(&mut store, "verify").unwrap();
        Self {
            store,
            memory,
            allocate,
            verify,
        }
    }

    fn verify(&mut self, input: &[u8]) -> (i32, Duration) {
        let length = input.len() as u32;
        let address = self.allocate.call(&mut self.store, length).unwrap();
        self.memory
            .write(&mut self.store, address as usize, input)
            .unwrap();
        let start = Instant::now();
        let result = self.verify.call(&mut self.store, (address, length)).unwrap();
        (result, start.elapsed())
    }
}

fn input(prover: &Prover, proof: &[u8]) -> Vec<u8> {
    let protocol = prover.key.protocol().clone().check().unwrap();
    encode(protocol, prover.program_key(), prover.instances(), proof)
}

fn encode(
    protocol: CheckedProtocol,
    program: ProgramKey,
    instances: impl IntoIterator<Item = Fr>,
    proof: &[u8],
) -> Vec<u8> {
    let instances: Vec<Scalar> = instances.into_iter().map(Scalar).collect();
    (protocol, program, vec![instances], proof.to_vec()).encode()
}

#[test]
fn wasm_verifier_accepts_proofs_and_refuses_forgeries() {
    let params = setup();
    let mut guest = Guest::new();
    for (shape, commitments) in [
        (
            Shape {
                first: 52,
                second: 12,
            },
            74,
        ),
        (
            Shape {
                first: 150,
                second: 37,
            },
            197,
        ),
    ] {
        let prover = Prover::new(&params, shape, 7);
        let proof = prover.prove();
        let protocol = prover.key.protocol();
        let points = protocol.advice_phases.len() + usize::from(protocol.quotient_pieces) + 2;
        let input_bytes = input(&prover, &proof);
        let times: Vec<Duration> = (0..5)
            .map(|_| {
                let (result, time) = guest.verify(&input_bytes);
                assert_eq!(result, 1);
                time
            })
            .collect();
        let best = times.iter().min().unwrap();
        println!(
            "{points} commitments in the proof, {} fixed, {} evaluations, {} operations: {best:?} of wasm time",
            protocol.fixed_columns,
            protocol.advice_queries.len() + protocol.fixed_queries.len() + usize::from(protocol.quotient_pieces),
            protocol.gates.operations.len(),
        );
        assert_eq!(points + usize::from(protocol.fixed_columns), commitments);

        let mut forged = proof.clone();
        forged[40] ^= 1;
        assert_eq!(guest.verify(&input(&prover, &forged)).0, 0);
        assert_eq!(guest.verify(&input(&prover, &proof[1..])).0, 0);
        assert_eq!(guest.verify(&input_bytes[..100]).0, -1);
    }
}

#[test]
fn wasm_verifier_accepts_a_batch_and_refuses_every_other_statement() {
    let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
    let (program, job) = smallest(&prover);
    let batch = prover.execute(&program, &job).unwrap();
    let proved = prover.prove(&program, &batch, &|_| ()).unwrap();
    let (_, key, _) = program.keys().find(|(k, ..)| *k == proved.k).unwrap();
    let instances = batch.statement.to_instances().unwrap();
    let mut guest = Guest::new();
    let mut verify = |instances: [Fr; 13], proof: &[u8]| {
        guest.verify(&encode(prover.protocol().unwrap(), key.clone(), instances, proof))
    };
    let (result, time) = verify(instances, &proved.proof);
    println!("a batch proof: {time:?} of wasm time");
    assert_eq!(result, 1);
    for field in 0..instances.len() {
        let mut forged = instances;
        forged[field] += Fr::from(1u64);
        assert_eq!(verify(forged, &proved.proof).0, 0, "field {field}");
    }
}
