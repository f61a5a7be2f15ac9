//! Batches of one message, for an app without state.

use zkfusion_primitives::{
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
        genesis_hash: [0; 32],
        app: 0,
        wasm_hash: [0; 32],
        program_id,
        batch: 0,
        pre_root: SparseTree::new().root(),
        inbox_hash_pre: [0; 32],
        vrf_seed: [0; 32],
        messages: vec![message],
        leaves: Vec::new(),
    }
}
