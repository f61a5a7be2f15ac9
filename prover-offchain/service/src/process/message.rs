//! What a service and its proving processes say to each other, in SCALE.

use crate::{Failure, ProgramInfo, ProofSize};
use codec::{Decode, Encode};
use zkfusion_primitives::job::{BatchResult, FailureKind, SettlementResult, Stage};

/// What the service says.
#[derive(Debug, PartialEq, Encode, Decode)]
pub(super) enum Request {
    /// What is to be done.
    Task(Task),
    /// Whether the memory is set aside that [`Reply::Hold`] asks for.
    Held(Result<(), Failure>),
}

/// What a proving process is to do.
#[derive(Debug, PartialEq, Encode, Decode)]
pub(super) enum Task {
    /// Name the keys.
    Keys,
    /// Prepare this wasm.
    Program(Vec<u8>),
    /// Prove a batch.
    Batch {
        /// A `BatchJob`.
        job: Vec<u8>,
        /// The program.
        wasm: Vec<u8>,
    },
    /// Prove this `SettlementJob`.
    Settlement(Vec<u8>),
}

/// What a proving process says. Everything but the first two ends a task.
#[derive(Debug, PartialEq, Encode, Decode)]
pub(super) enum Reply {
    /// What it does now, and how many percent of that are done.
    Progress(Stage, u8),
    /// Asks for memory, and waits for [`Request::Held`].
    Hold(ProofSize),
    /// Why there is no answer.
    Failed(Failure),
    /// The digest of circuit and setup.
    Keys([u8; 32]),
    /// A prepared program.
    Program(ProgramInfo),
    /// A proved batch.
    Batch(BatchResult),
    /// A proved settlement.
    Settlement(SettlementResult),
}

impl Reply {
    /// Returns the failure of a task that another reply than this would answer.
    pub(super) fn unexpected(&self) -> Failure {
        Failure::permanent(
            FailureKind::Prover,
            "the proving process answered something else: it is of another version",
        )
    }
}
