//! Plain execution of what the chain took in, without any proof: what the proved roots must be.

use zkfusion_primitives::{
    ids::Hash,
    merkle::{Leaf, SparseTree},
    message::Message,
};
use zkfusion_prover::execution::execute;

use crate::{Failure, Result};

/// What executing batches comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reexecution {
    /// Root of the state at the end.
    pub root: Hash,
    /// The leaves that are not empty.
    pub leaves: Vec<(u32, Leaf)>,
    /// For each batch, how many messages failed.
    pub failed: Vec<usize>,
}

/// Executes batches, each with its randomness, from the empty state.
///
/// # Errors
///
/// When the wasm is no program.
pub fn reexecute(wasm: &[u8], batches: &[(Hash, Vec<Message>)]) -> Result<Reexecution> {
    let mut result = Reexecution {
        root: SparseTree::new().root(),
        leaves: Vec::new(),
        failed: Vec::new(),
    };
    for (seed, messages) in batches {
        let execution = execute(wasm, messages, seed, result.leaves.iter().copied())
            .map_err(|error| Failure::of("re-execution", error))?;
        let outcomes = execution.effects.outcomes.iter();
        result
            .failed
            .push(outcomes.filter(|outcome| !outcome.status.is_ok()).count());
        result.root = execution.state.root();
        result.leaves = execution
            .state
            .leaves()
            .map(|(index, leaf)| (index, *leaf))
            .collect();
    }
    Ok(result)
}
