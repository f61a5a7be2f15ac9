//! The proof with which the benchmarks of `pallets/verifier` measure, and the keys with which those
//! of `pallets/sequencer` do.

#![allow(missing_docs)]

#[path = "support/smallest.rs"]
mod smallest;

use codec::{Decode, Encode};
use smallest::smallest;
use std::{fs, path::Path};
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::{
    field::Fr,
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
    let (program, job) = smallest(prover);
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
