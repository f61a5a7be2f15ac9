//! The proof with which the benchmarks of `pallets/verifier` measure, and the keys with which those
//! of `pallets/sequencer` do.

#![allow(missing_docs)]

use codec::{Decode, Encode};
use std::{fs, path::Path};
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::{
    batch::Batch,
    field::Fr,
    job::BatchJob,
    merkle::SparseTree,
    message::{Message, Payload},
    statement::Statement,
    verifier::{
        halo2::{CheckedProtocol, Halo2Kzg, ProgramKey, VerifyingKey},
        Verifier,
    },
};

/// The file, from this crate's folder.
const FILE: &str = "../../pallets/verifier/src/benchmarking/proof.scale";

/// The fields of `Proved` in `pallets/verifier/src/benchmarking.rs`, in their order.
type Proved = (Vec<u8>, Vec<(u8, Vec<u8>)>, u8, Statement, Vec<u8>);

/// Proves a batch.
fn prove(prover: &BatchProver) -> Proved {
    let wasm =
        wat::parse_str(r#"(module (func (export "zkmain") (drop (i64.mul (i64.const 6) (i64.const 7)))))"#);
    let program = prover
        .program(&wasm.expect("the text is well-formed"))
        .expect("the program compiles");
    let job = BatchJob {
        batch: Batch {
            genesis_hash: [1; 32],
            app_id: 2,
            program_id: program.program_id(),
            batch_index: 3,
            pre_root: SparseTree::new().root(),
            inbox_hash_pre: [4; 32],
            vrf_seed: [0; 32],
            messages: vec![Message {
                index: 0,
                sender: [5; 32],
                at_block: 6,
                fuel_limit: 1_000,
                payload: Payload::default(),
            }],
        },
        wasm_hash: [0; 32],
        leaves: Vec::new(),
    };
    let batch = prover.execute(&program, &job).expect("the batch is executed");
    let proved = prover
        .prove(&program, &batch, &|_| ())
        .expect("the batch is proved");
    let protocol = prover.protocol().expect("the setup has a protocol");
    let keys = program.keys().map(|(k, key, _)| (k, key.encode())).collect();
    (protocol.encode(), keys, proved.k, batch.statement, proved.proof)
}

#[test]
fn benchmark_has_a_proof_of_todays_circuit() {
    let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("UPDATE_PROOF").is_some() {
        fs::write(&path, prove(&prover).encode()).expect("the file can be written");
    }
    let file = fs::read(&path).expect("the file is there");
    let made = Proved::decode(&mut &file[..]);
    let today = prover.protocol().expect("the setup has a protocol");
    let (_, keys, k, statement, proof) = made
        .ok()
        .filter(|(protocol, ..)| *protocol == today.encode())
        .expect("the circuit has changed: make the proof again, with UPDATE_PROOF=1");
    let (_, key) = keys
        .iter()
        .find(|(size, _)| *size == k)
        .expect("the program has a key of the proof's size");
    let program = ProgramKey::decode(&mut &key[..]).expect("the key decodes");
    let key = VerifyingKey::new(
        CheckedProtocol::decode(&mut &today.encode()[..]).unwrap(),
        program,
    );
    let instances: [Fr; 13] = statement.to_instances().expect("the statement is canonical");
    let verdict = Halo2Kzg::verify(&key.expect("the key fits the circuit"), &[&instances], &proof);
    assert!(verdict.is_ok(), "{verdict:?}");
}
