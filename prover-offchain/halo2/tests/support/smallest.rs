//! The smallest batch: one message to a program that multiplies two numbers.

use zkfusion_halo2::prover::{BatchProver, PreparedProgram};
use zkfusion_primitives::{
    batch::Batch,
    job::BatchJob,
    merkle::SparseTree,
    message::{Message, Payload},
};

/// Returns the program and the job.
pub(crate) fn smallest(prover: &BatchProver) -> (PreparedProgram, BatchJob) {
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
    (program, job)
}
