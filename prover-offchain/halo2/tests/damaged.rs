//! Proofs, keys and jobs that were damaged: nothing panics; what differs proves nothing; what still
//! is a job is executed as its rows say.

#![allow(missing_docs)]

#[path = "../../../primitives/tests/support/damage.rs"]
mod damage;
mod wide;

use codec::{DecodeAll, Encode};
use damage::{damage, damaged};
use proptest::prelude::*;
use std::sync::OnceLock;
use wide::{setup, Prover, Shape};
use zkfusion_halo2::{
    prover::{BatchProver, PreparedProgram},
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::{
    batch::Batch,
    field::Fr,
    job::BatchJob,
    merkle::SparseTree,
    message::Message,
    verifier::{
        halo2::{Halo2Kzg, ProgramKey, Protocol, VerifyingKey},
        Verifier,
    },
};

/// An honest proof.
struct Fixture {
    prover: Prover,
    proof: Vec<u8>,
    inputs: Vec<Fr>,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let prover = Prover::new(&setup(), Shape::default(), 7);
        Fixture {
            proof: prover.prove(),
            inputs: prover.instances(),
            prover,
        }
    })
}

/// Whether the honest proof verifies with a key.
fn verifies(key: Option<VerifyingKey>, proof: &[u8]) -> bool {
    key.is_some_and(|key| Halo2Kzg::verify(&key, &[&fixture().inputs], proof).is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_proofs_are_refused(damage in damage()) {
        let Fixture { prover, proof, .. } = fixture();
        let other = damaged(proof, &damage);
        prop_assert_eq!(verifies(Some(prover.key.clone()), &other), other == *proof);
    }

    #[test]
    fn damaged_keys_verify_nothing(damage in damage()) {
        let Fixture { prover, proof, .. } = fixture();
        let checked = || prover.key.protocol().clone().check().ok();
        let program = prover.program_key().encode();
        let other = damaged(&program, &damage);
        let key = ProgramKey::decode_all(&mut &other[..]).ok();
        let key = key.and_then(|program| VerifyingKey::new(checked()?, program).ok());
        prop_assert_eq!(verifies(key, proof), other == program);

        let protocol = prover.key.protocol().encode();
        let other = damaged(&protocol, &damage);
        let key = Protocol::decode_all(&mut &other[..]).ok();
        let key = key.and_then(|protocol| VerifyingKey::new(protocol.check().ok()?, prover.program_key()).ok());
        prop_assert_eq!(verifies(key, proof), other == protocol);
    }
}

/// Adds the first word of the payload to a leaf.
const PROGRAM: &str = r#"(module
  (import "env" "inbox_next" (func $next (result i64)))
  (import "env" "kv_load" (func $load (param i32)))
  (import "env" "kv_store" (func $store (param i32)))
  (import "env" "leaf_get" (func $get (param i32) (result i64)))
  (import "env" "leaf_set" (func $set (param i32 i64)))
  (func (export "zkmain") (local $i i32)
    (loop $header
      (drop (call $next))
      (br_if $header (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (call $load (i32.const 5))
    (call $set (i32.const 1) (i64.add (call $get (i32.const 1)) (call $next)))
    (call $store (i32.const 5))))"#;

/// A prover with one small program.
fn prepared() -> &'static (BatchProver, PreparedProgram) {
    static PREPARED: OnceLock<(BatchProver, PreparedProgram)> = OnceLock::new();
    PREPARED.get_or_init(|| {
        let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
        let wasm = wat::parse_str(PROGRAM).expect("the text is WebAssembly");
        let program = zkfusion_vm::compile(&wasm).expect("the module is a program");
        let program = prover.program_for_rows(program, 1).expect("the key can be made");
        (prover, program)
    })
}

fn job() -> BatchJob {
    let message = |index: u64| Message {
        index,
        sender: [7; 32],
        at_block: 10,
        fuel_limit: 2_000,
        payload: vec![index as u8 + 1; 30].try_into().expect("a short payload"),
    };
    BatchJob {
        batch: Batch {
            genesis_hash: [1; 32],
            app_id: 4,
            program_id: [0; 32],
            batch_index: 12,
            pre_root: [0; 32],
            inbox_hash_pre: [8; 32],
            vrf_seed: [0; 32],
            messages: vec![message(0), message(1)],
        },
        wasm_hash: [0; 32],
        leaves: vec![(5, [1; 32]), (9, [2; 32])],
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn damaged_jobs_are_refused_or_executed_as_the_constraints_say(damage in damage()) {
        let (prover, program) = prepared();
        let Ok(mut job) = BatchJob::decode_all(&mut &damaged(&job().encode(), &damage)[..]) else {
            return Ok(());
        };
        prop_assert!(prover.execute(program, &job).is_err(), "the program has another id");
        job.batch.program_id = program.program_id();
        job.batch.pre_root = SparseTree::from_leaves(job.leaves.iter().copied()).root();
        if let Ok(batch) = prover.execute(program, &job) {
            prop_assert_eq!(prover.check(program, &batch), []);
            prop_assert_eq!(batch.effects.outcomes.len(), job.batch.messages.len());
        }
    }

    #[test]
    fn proofs_of_any_size_are_refused(k: u8, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (prover, program) = prepared();
        let statement = zkfusion_primitives::statement::Statement::default();
        prop_assert!(prover.verify(program, k, &statement, &bytes).is_err());
    }
}
