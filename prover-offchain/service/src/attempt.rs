//! An attempt at a job, as the backend sees it.

use crate::{memory::Hold, shared::Shared, store::Claim, Failure, ProofSize, Watch};
use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};
use zkfusion_primitives::job::{FailureKind, Stage};

/// Passes on what the backend says, holds the memory that it asks for until this is dropped, and
/// ends what takes too long.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    shared: &'a Shared,
    /// What is proved; nothing while a program is prepared.
    claim: Option<&'a Claim>,
    start: Instant,
    holds: Mutex<Vec<Hold<'a>>>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(shared: &'a Shared, claim: Option<&'a Claim>) -> Self {
        Self {
            shared,
            claim,
            start: Instant::now(),
            holds: Mutex::default(),
        }
    }
}

impl Watch for Attempt<'_> {
    fn progress(&self, stage: Stage, done: f32) {
        if let Some(claim) = self.claim {
            let percent = (done.clamp(0.0, 1.0) * 100.0) as u8;
            self.shared.progress(&claim.id, stage, percent);
        }
    }

    fn hold(&self, proof: ProofSize) -> Result<(), Failure> {
        let hold = self.shared.memory.hold(proof)?;
        self.holds
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(hold);
        Ok(())
    }

    fn over(&self) -> Option<Failure> {
        let limit = self.shared.config.proof_time_limit;
        if self.shared.abandoned() {
            let message = "the service ends";
            return Some(Failure::transient(FailureKind::Prover, message));
        }
        let message = format!(
            "not done within {} s, the longest time of an attempt (`--proof-time-limit` of fusion-prover)",
            limit.as_secs_f64()
        );
        (self.start.elapsed() > limit).then(|| Failure::transient(FailureKind::TimeLimit, message))
    }
}
