//! Batches of one message, for an app without state.

use zkfusion_primitives::{
    batch::Batch,
    ids::ProgramId,
    job::BatchJob,
    merkle::SparseTree,
    message::{Message, Payload},
};

/// Returns the message.
pub fn message(fuel_limit: u64, payload: Payload) -> Message {
    Message {
        index: 0,
        sender: [0; 32],
        at_block: 0,
        fuel_limit,
        payload,
    }
}

/// Returns the batch.
pub fn job(program_id: ProgramId, message: Message) -> BatchJob {
    BatchJob {
        batch: Batch {
            genesis_hash: [0; 32],
            app_id: 0,
            program_id,
            batch_index: 0,
            pre_root: SparseTree::new().root(),
            inbox_hash_pre: [0; 32],
            vrf_seed: [0; 32],
            messages: vec![message],
        },
        wasm_hash: [0; 32],
        leaves: Vec::new(),
    }
}
