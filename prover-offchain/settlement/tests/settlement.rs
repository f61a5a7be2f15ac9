//! The settlement of a real batch proof: made, verified, and refused in every other form.

#![allow(missing_docs)]

mod guest;

use std::{fs, path::Path};

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use serde_json::Value;
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind, SrsStore},
};
use zkfusion_primitives::job::SettlementBatch;
use zkfusion_settlement::{
    BatchError, BatchProof, Contracts, SettlementConfig, SettlementError, SettlementProver,
    SettlementStatement, SETTLEMENT_INPUTS, STATEMENT_FIELDS,
};

const CONTRACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts");
const OUTDATED: &str =
    "`cargo run --release -p zkfusion-settlement --bin settlement-tool -- fixtures` brings it up to date";

#[test]
fn settlement_proof_is_bound_to_its_statement() {
    let (cache, kind) = (cache_folder(), SrsKind::InsecureDevelopment);
    let batch_prover = BatchProver::new(&cache, kind);
    let program = guest::program(&batch_prover, 5).unwrap();
    let jobs = guest::batches(&batch_prover, &program, &[3, 4]).unwrap();
    let batches: Vec<_> = jobs
        .iter()
        .map(|job| BatchProof::from_job(job).unwrap())
        .collect();
    let protocol = batch_prover.protocol().unwrap();
    let store = SrsStore::new(&cache, kind);
    let prover =
        SettlementProver::load_or_setup(&cache, &store, SettlementConfig::default(), protocol).unwrap();

    contracts_are_those_of_the_circuit(&prover);
    refuses_undecodable_jobs(&jobs[0]);
    let other_program = guest::program(&batch_prover, 6).unwrap();
    let other = guest::batches(&batch_prover, &other_program, &[3]).unwrap();
    refuses_unprovable_batches(&prover, &batches, &BatchProof::from_job(&other[0]).unwrap());

    // The second batch, which does not start from the empty state.
    let settled = prover.prove(&batches[1..]).unwrap();
    assert_eq!(settled.statement.range, batches[1].statement);
    assert_eq!(settled.statement.batch_count, Fr::ONE);
    assert_eq!(settled.proof.len(), prover.proof_layout().bytes());
    refuses_other_statements(&prover, settled.statement, &settled.proof);
    refuses_broken_proofs(&prover, settled.statement, &settled.proof);
}

/// The contracts in the repository are those of the circuit that is proved, and the fixtures are of
/// it.
fn contracts_are_those_of_the_circuit(prover: &SettlementProver) {
    assert_in_repository(&prover.contracts().unwrap());
    let fixtures: Value = serde_json::from_str(&read("test/fixtures/proofs.json")).unwrap();
    assert_eq!(fixtures["circuit"], prover.id(), "proofs.json: {OUTDATED}");
}

/// No key of the cache has a part in this, so that a contract of an older circuit is found out.
#[test]
fn contracts_in_the_repository_are_derived_from_circuit_and_setup() {
    let (cache, kind) = (cache_folder(), SrsKind::InsecureDevelopment);
    let protocol = BatchProver::new(&cache, kind).protocol().unwrap();
    let store = SrsStore::new(&cache, kind);
    let derived = Contracts::derive(&store, &SettlementConfig::default(), &protocol).unwrap();
    assert_in_repository(&derived);
}

fn assert_in_repository(contracts: &Contracts) {
    assert_eq!(contracts.verifier.name, "InsecureHalo2Verifier");
    assert!(
        contracts.verifier.source == read("generated/InsecureHalo2Verifier.sol"),
        "InsecureHalo2Verifier.sol: {OUTDATED}"
    );
    assert!(
        contracts.layout == read("generated/ProofLayout.sol"),
        "ProofLayout.sol: {OUTDATED}"
    );
}

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(CONTRACTS).join(file)).unwrap()
}

fn refuses_other_statements(prover: &SettlementProver, statement: SettlementStatement, proof: &[u8]) {
    prover.verify(&statement, proof).unwrap();
    for field in 0..SETTLEMENT_INPUTS {
        let mut inputs = statement.to_inputs();
        inputs[field] += Fr::ONE;
        assert!(
            prover
                .verify(&SettlementStatement::from_inputs(inputs), proof)
                .is_err(),
            "field {field}"
        );
    }
}

fn refuses_broken_proofs(prover: &SettlementProver, statement: SettlementStatement, proof: &[u8]) {
    for length in [0, proof.len() - 32, proof.len() - 1] {
        assert!(
            prover.verify(&statement, &proof[..length]).is_err(),
            "{length} bytes"
        );
    }
    assert!(
        prover.verify(&statement, &[proof, &[0]].concat()).is_err(),
        "a byte more"
    );
    for word in 0..proof.len() / 32 {
        let mut flipped = proof.to_vec();
        flipped[32 * word + 31] ^= 1;
        assert!(prover.verify(&statement, &flipped).is_err(), "word {word}");
        flipped[32 * word..32 * (word + 1)].fill(0xff);
        assert!(
            prover.verify(&statement, &flipped).is_err(),
            "non-canonical word {word}"
        );
    }
}

fn refuses_unprovable_batches(prover: &SettlementProver, batches: &[BatchProof], other: &BatchProof) {
    let batch = &batches[0];
    let prove = |batch: BatchProof| prover.prove(&[batch]).unwrap_err();
    assert!(matches!(prover.prove(&[]), Err(SettlementError::NoBatches)));
    let two = prover.prove(batches);
    assert!(matches!(
        two,
        Err(SettlementError::WrongBatchCount { expected: 1, got: 2 })
    ));
    let gap = prover.prove(&[batches[1].clone(), batch.clone()]);
    assert!(matches!(
        gap,
        Err(SettlementError::BrokenChain {
            field: "batch_index",
            ..
        })
    ));

    let invalid = |batch| {
        let error = prove(batch);
        assert!(
            matches!(error, SettlementError::InvalidBatchProof { position: 0, .. }),
            "{error}"
        );
    };
    let mut changed = batch.clone();
    changed.statement.post_root += Fr::ONE;
    invalid(changed);
    let mut flipped = batch.clone();
    flipped.proof[100] ^= 1;
    invalid(flipped);
    let mut truncated = batch.clone();
    truncated.proof.pop();
    invalid(truncated);
    let mut extended = batch.clone();
    extended.proof.push(0);
    invalid(extended);

    let mut named = batch.clone();
    named.statement.program_id += Fr::ONE;
    let error = prove(named);
    assert!(
        matches!(error, SettlementError::WrongProgram { position: 0, .. }),
        "{error}"
    );
    let mut foreign = batch.clone();
    foreign.key = other.key.clone();
    let error = prove(foreign.clone());
    assert!(
        matches!(
            error,
            SettlementError::WrongKey {
                position: 0,
                k: 14,
                ..
            }
        ),
        "{error}"
    );
    foreign.program = other.program;
    foreign.statement.program_id = other.statement.program_id;
    invalid(foreign);
    let mut short = batch.clone();
    short.key.fixed_commitments.pop();
    let error = prove(short);
    assert!(
        matches!(error, SettlementError::InvalidKey { position: 0, .. }),
        "{error}"
    );
}

fn refuses_undecodable_jobs(job: &SettlementBatch) {
    let decode = |change: &dyn Fn(&mut SettlementBatch)| {
        let mut job = job.clone();
        change(&mut job);
        BatchProof::from_job(&job).unwrap_err()
    };
    assert!(matches!(decode(&|job| job.key.truncate(60)), BatchError::Key(_)));
    assert!(matches!(decode(&|job| job.key.push(0)), BatchError::Key(_)));
    assert_eq!(
        decode(&|job| job.k += 1),
        BatchError::Size {
            expected: 15,
            got: 14
        }
    );
    assert_eq!(decode(&|job| job.key_digests[6] = [0xff; 32]), BatchError::Digest);
    assert!(matches!(
        decode(&|job| job.statement.pre_root = [0xff; 32]),
        BatchError::Statement(_)
    ));
}

/// The same file is read by the Foundry tests, which compare it with what Solidity makes of the
/// struct.
#[test]
fn statements_are_encoded_as_solidity_has_them() {
    let fixtures: Value = serde_json::from_str(&read("test/fixtures/proofs.json")).unwrap();
    let proofs = fixtures["proofs"].as_array().unwrap();
    assert!(!proofs.is_empty());
    for proof in proofs {
        let bytes = |value: &Value| hex::decode(value.as_str().unwrap().trim_start_matches("0x")).unwrap();
        let inputs = STATEMENT_FIELDS.map(|name| {
            let mut word: [u8; 32] = bytes(&proof["fields"][name]).try_into().unwrap();
            word.reverse();
            zkfusion_halo2::convert::halo2_scalar_from_bytes(&word).unwrap()
        });
        let statement = SettlementStatement::from_inputs(inputs);
        assert_eq!(statement.abi_encode().to_vec(), bytes(&proof["statement"]));
    }
}
