//! Real proofs of batches: they say what the batch did, and nothing else.

use zkfusion_halo2::prover::{BatchProver, ExecutedBatch, PreparedProgram};
use zkfusion_halo2::srs::{cache_folder, SrsKind};
use zkfusion_primitives::batch::Batch;
use zkfusion_primitives::job::BatchJob;
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_primitives::message::Message;
use zkfusion_primitives::status::MessageStatus;

const PROGRAM: &str = r#"(module
  (import "env" "inbox_next" (func $next (result i64)))
  (import "env" "kv_load" (func $load (param i32)))
  (import "env" "kv_store" (func $store (param i32)))
  (import "env" "leaf_get" (func $get (param i32) (result i64)))
  (import "env" "leaf_set" (func $set (param i32 i64)))
  (import "env" "outbox_push" (func $push))
  (import "env" "require" (func $require (param i32)))
  (memory 1)
  (func (export "zkmain") (local $i i32) (local $amount i64)
    (loop $header
      (drop (call $next))
      (br_if $header (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
    (local.set $amount (call $next))
    (call $load (i32.const 5))
    (call $set (i32.const 1) (i64.add (call $get (i32.const 1)) (local.get $amount)))
    (call $store (i32.const 5))
    (call $push)
    (i64.store (i32.const 13) (i64.mul (local.get $amount) (i64.const 0x1234567890abcdef)))
    (call $require (i64.lt_s (local.get $amount) (i64.const 100)))))"#;

fn prover() -> BatchProver {
    BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment)
}

fn job(program: &PreparedProgram) -> BatchJob {
    let messages = [(3u64, 50_000), (100, 50_000), (5, 50_000), (6, 20)];
    let messages = (0..).zip(messages).map(|(index, (amount, fuel_limit))| Message {
        index,
        sender: [7; 32],
        at_block: 10,
        fuel_limit,
        payload: amount.to_le_bytes().to_vec().try_into().unwrap(),
    });
    let leaves = vec![(5, [1; 32]), (9, [2; 32])];
    BatchJob {
        batch: Batch {
            genesis_hash: [0xff; 32],
            app_id: 4,
            program_id: program.program_id(),
            batch_index: 12,
            pre_root: SparseTree::from_leaves(leaves.iter().copied()).root(),
            inbox_hash_pre: [8; 32],
            vrf_seed: core::array::from_fn(|i| if i < 31 { i as u8 } else { 0 }),
            messages: messages.collect(),
        },
        wasm_hash: [0; 32],
        leaves,
    }
}

fn executed(prover: &BatchProver) -> (PreparedProgram, BatchJob, ExecutedBatch) {
    let program = prover.program(&wat::parse_str(PROGRAM).unwrap()).unwrap();
    let job = job(&program);
    let batch = prover.execute(&program, &job).unwrap();
    (program, job, batch)
}

#[test]
fn the_statement_is_that_of_a_plain_execution() {
    let prover = prover();
    let (program, job, batch) = executed(&prover);
    assert_eq!(prover.check(&program, &batch), []);
    let statuses: Vec<_> = batch
        .effects
        .outcomes
        .iter()
        .map(|outcome| outcome.status)
        .collect();
    let expected = [
        MessageStatus::Ok,
        MessageStatus::RequireFailed,
        MessageStatus::Ok,
        MessageStatus::FuelExhausted,
    ];
    assert_eq!(statuses, expected);
    assert_eq!(batch.statement.writes_hash, batch.effects.writes_hash());
    assert_eq!(batch.statement.outbox_root, batch.effects.outbox_root());
    assert_eq!(Ok(batch.statement.inbox_hash_post), job.batch.inbox_hash_post());
    let mut tree = SparseTree::from_leaves(job.leaves.iter().copied());
    batch
        .effects
        .writes()
        .for_each(|(index, leaf)| tree.set(*index, *leaf));
    assert_eq!(batch.statement.post_root, tree.root());
    assert_eq!(batch.statement.vrf_seed, job.batch.vrf_seed);
}

#[test]
fn a_proof_is_accepted_for_its_statement_only() {
    let prover = prover();
    let (program, _, batch) = executed(&prover);
    let proved = prover.prove(&program, &batch, &|_| ()).unwrap();
    let refused = |change: &dyn Fn(&mut zkfusion_primitives::statement::Statement)| {
        let mut statement = batch.statement.clone();
        change(&mut statement);
        prover
            .verify(&program, proved.k, &statement, &proved.proof)
            .is_err()
    };
    assert!(!refused(&|_| ()));
    assert!(refused(&|statement| statement.genesis_hash[3] ^= 1));
    assert!(refused(&|statement| statement.app_id += 1));
    assert!(refused(&|statement| statement.program_id[3] ^= 1));
    assert!(refused(&|statement| statement.batch_index += 1));
    assert!(refused(&|statement| statement.pre_root[3] ^= 1));
    assert!(refused(&|statement| statement.post_root[3] ^= 1));
    assert!(refused(&|statement| statement.inbox_hash_pre[3] ^= 1));
    assert!(refused(&|statement| statement.inbox_hash_post[3] ^= 1));
    assert!(refused(&|statement| statement.writes_hash[3] ^= 1));
    assert!(refused(&|statement| statement.outbox_root[3] ^= 1));
    assert!(refused(&|statement| statement.vrf_seed[3] ^= 1));
    assert!(refused(&|statement| statement.deposit_hash_pre[3] ^= 1));
    assert!(refused(&|statement| statement.deposit_hash_post[3] ^= 1));
    for byte in (0..proved.proof.len()).step_by(61) {
        let mut proof = proved.proof.clone();
        proof[byte] ^= 1;
        assert!(
            prover
                .verify(&program, proved.k, &batch.statement, &proof)
                .is_err(),
            "byte {byte}"
        );
    }
    assert!(prover
        .verify(&program, proved.k, &batch.statement, &proved.proof[1..])
        .is_err());
    let other = prover
        .program(&wat::parse_str(PROGRAM.replace("100", "101")).unwrap())
        .unwrap();
    assert!(prover
        .verify(&other, proved.k, &batch.statement, &proved.proof)
        .is_err());
}
