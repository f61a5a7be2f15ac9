//! An attempt at a job, as the backend sees it.

use crate::{memory::Hold, shared::Shared, store::Claim, Failure, ProofSize, Watch};
use std::sync::{Mutex, PoisonError};
use zkfusion_primitives::job::Stage;

/// Passes on what the backend says, and holds the memory that it asks for until it is dropped.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    shared: &'a Shared,
    claim: &'a Claim,
    holds: Mutex<Vec<Hold<'a>>>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(shared: &'a Shared, claim: &'a Claim) -> Self {
        Self {
            shared,
            claim,
            holds: Mutex::default(),
        }
    }
}

impl Watch for Attempt<'_> {
    fn progress(&self, stage: Stage, done: f32) {
        let percent = (done.clamp(0.0, 1.0) * 100.0) as u8;
        self.shared.progress(&self.claim.id, stage, percent);
    }

    fn hold(&self, proof: ProofSize) -> Result<(), Failure> {
        let hold = self.shared.memory.hold(proof)?;
        self.holds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(hold);
        Ok(())
    }
}
