//! The proving backend.

use codec::{Decode, Encode};
use std::fmt;
use zkfusion_primitives::{
    ids::ProgramId,
    job::{BatchJob, BatchResult, FailureKind, SettlementJob, SettlementResult, Stage},
};

/// Whom a backend tells what it does, and asks for what it needs. `()` looks away.
pub trait Watch: Sync {
    /// Hears what the backend does now, and how much of that is done (0 to 1).
    fn progress(&self, _stage: Stage, _done: f32) {}

    /// Sets memory aside for a proof, until the call ends that makes it.
    ///
    /// # Errors
    /// [`FailureKind::OutOfMemory`] when there is not enough.
    fn hold(&self, _proof: ProofSize) -> Result<(), Failure> {
        Ok(())
    }

    /// Returns why the work has to end now, if it has to. A backend that can stop in the middle
    /// asks every now and then.
    fn over(&self) -> Option<Failure> {
        None
    }
}

impl Watch for () {}

/// A proof, for what it takes of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ProofSize {
    /// A batch proof in a circuit of 2^k rows.
    Batch {
        /// The circuit's size.
        k: u32,
    },
    /// A settlement proof.
    Settlement,
}

impl fmt::Display for ProofSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Batch { k } => write!(f, "a batch proof with k = {k}"),
            Self::Settlement => f.write_str("a settlement proof"),
        }
    }
}

/// A prover of batches and settlements. Calls are long and may come from several threads.
pub trait Backend: Send + Sync + 'static {
    /// Returns the digest of circuit and setup: proofs under another are none under this one.
    ///
    /// # Errors
    /// [`FailureKind::Prover`] when the setup is not usable.
    fn keys(&self) -> Result<[u8; 32], Failure>;

    /// Compiles a program and makes, or finds in a cache, its keys.
    ///
    /// # Errors
    /// [`FailureKind::InvalidProgram`] with the place in the wasm, or [`FailureKind::Prover`].
    fn prepare_program(&self, wasm: &[u8], watch: &dyn Watch) -> Result<ProgramInfo, Failure>;

    /// Executes a batch, proves it, and verifies the proof.
    ///
    /// # Errors
    /// Any [`FailureKind`] but [`FailureKind::AttemptsExhausted`].
    fn prove_batch(&self, job: &BatchJob, wasm: &[u8], watch: &dyn Watch) -> Result<BatchResult, Failure>;

    /// Proves a settlement, and verifies the proof.
    ///
    /// # Errors
    /// Any [`FailureKind`] but [`FailureKind::AttemptsExhausted`].
    fn prove_settlement(&self, job: &SettlementJob, watch: &dyn Watch) -> Result<SettlementResult, Failure>;
}

/// A program that is ready to be proved.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProgramInfo {
    /// Its id.
    pub program_id: ProgramId,
    /// The sizes for which it has keys, ascending.
    pub ks: Vec<u8>,
}

/// Why a job failed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// Details for people.
    pub message: String,
    /// Whether another attempt may succeed.
    pub retryable: bool,
}

impl Failure {
    /// Returns a failure that every attempt would meet.
    pub fn permanent(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retryable: false,
        }
    }

    /// Returns a failure that another attempt may not meet.
    pub fn transient(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retryable: true,
        }
    }
}
