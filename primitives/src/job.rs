//! Jobs of the prover service, as the workers of a node send them, and what they get back. All
//! SCALE.
//!
//! A job is named by the blake2b-256 hash of its encoding, so asking twice is asking once.

use crate::{
    batch::Batch, effects::BatchEffects, ids::BatchIndex, merkle::Leaf, program::SIZE_COUNT,
    statement::Statement,
};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use core::fmt;

/// Name of a job.
pub type JobId = [u8; 32];

/// A batch to execute and prove. Everything in it is chain state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct BatchJob {
    /// The batch.
    pub batch: Batch,
    /// blake2b-256 of the app's wasm; the service must have been given the wasm.
    pub wasm_hash: [u8; 32],
    /// All leaves of the app's state that are not empty, before the batch.
    pub leaves: Vec<(u32, Leaf)>,
}

/// A proved batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct BatchResult {
    /// Size of the circuit: the proof is checked with the program's key for this `k`.
    pub k: u8,
    /// The public inputs.
    pub statement: Statement,
    /// What the batch did.
    pub effects: BatchEffects,
    /// The proof.
    pub proof: Vec<u8>,
    /// What it cost.
    pub stats: JobStats,
}

/// One batch of a settlement.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct SettlementBatch {
    /// Size of the batch proof's circuit.
    pub k: u8,
    /// SCALE encoding of the program's key for that size.
    pub key: Vec<u8>,
    /// Digests of the program's keys, for each of [`SIZES`](crate::program::SIZES); zero for a size
    /// that is not registered.
    pub key_digests: [[u8; 32]; SIZE_COUNT],
    /// The batch proof's public inputs.
    pub statement: Statement,
    /// The batch proof.
    pub proof: Vec<u8>,
}

/// Consecutive batches of one app to settle on Ethereum with one proof.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct SettlementJob {
    /// The batches in order.
    pub batches: Vec<SettlementBatch>,
}

/// A settlement that Ethereum accepts.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct SettlementResult {
    /// The statement over the range of batches.
    pub statement: Statement,
    /// First batch of the range.
    pub first: BatchIndex,
    /// Last batch of the range.
    pub last: BatchIndex,
    /// The proof, as the `SettlementProofVerifier` contract reads it.
    pub proof: Vec<u8>,
    /// What it cost.
    pub stats: JobStats,
}

/// What a proof cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct JobStats {
    /// VM steps executed; 0 for a settlement.
    pub steps: u64,
    /// Time to execute and build the witness, in milliseconds.
    pub witness_ms: u64,
    /// Time to prove, in milliseconds.
    pub prove_ms: u64,
    /// Time of the service's own verification, in milliseconds.
    pub verify_ms: u64,
    /// Most memory that the prover's process had resident, in MB (10^6 bytes).
    pub peak_mb: u32,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "std", serde(rename_all = "snake_case", tag = "state"))]
pub enum JobState<T> {
    /// Waiting.
    Queued {
        /// Open jobs that came before it, the running one included. Apps take turns, so it may be
        /// begun before some of them.
        position: u32,
    },
    /// In work.
    Running {
        /// What the prover does now.
        stage: Stage,
        /// How much of the stage is done, 0 to 100.
        percent: u8,
    },
    /// Proved and verified.
    Done(T),
    /// Given up.
    Failed {
        /// What went wrong.
        kind: FailureKind,
        /// Details for people.
        message: String,
        /// Whether posting the same job again may help.
        retryable: bool,
    },
}

/// What the prover does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "std", serde(rename_all = "snake_case"))]
pub enum Stage {
    /// Compiles the program and gets its keys.
    Preparing,
    /// Executes the messages.
    Executing,
    /// Fills the tables.
    Witness,
    /// Makes the proof.
    Proving,
    /// Checks the proof it made.
    Verifying,
}

/// Why a job failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "std", serde(rename_all = "snake_case"))]
pub enum FailureKind {
    /// The job contradicts itself: its leaves have another root, its program another id, its
    /// batches do not chain.
    InvalidJob,
    /// The service was not given the program.
    UnknownProgram,
    /// The wasm is not a program.
    InvalidProgram,
    /// The batch does not fit the largest circuit that the program has keys for.
    TooLarge,
    /// The proof that was made does not verify.
    SelfCheck,
    /// The prover failed: a setup file that is missing or wrong, a defect.
    Prover,
    /// The machine has less free memory than the proof takes.
    OutOfMemory,
    /// The job was begun as often as the service allows, and never came to an end.
    AttemptsExhausted,
    /// An attempt took longer than the service allows.
    TimeLimit,
}

impl FailureKind {
    /// Returns the name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidJob => "invalid job",
            Self::UnknownProgram => "unknown program",
            Self::InvalidProgram => "invalid program",
            Self::TooLarge => "too large",
            Self::SelfCheck => "self-check failed",
            Self::Prover => "prover error",
            Self::OutOfMemory => "out of memory",
            Self::AttemptsExhausted => "attempts exhausted",
            Self::TimeLimit => "time limit",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::{string::ToString, vec};
    use codec::DecodeAll;

    #[test]
    fn states_round_trip() {
        let result = BatchResult {
            k: 14,
            statement: Statement {
                batch_index: 3,
                ..Statement::default()
            },
            effects: BatchEffects {
                outcomes: vec![],
                outbox: vec![[1; 32]],
            },
            proof: vec![1, 2, 3],
            stats: JobStats {
                steps: 5,
                ..JobStats::default()
            },
        };
        let states = [
            JobState::Queued { position: 2 },
            JobState::Running {
                stage: Stage::Proving,
                percent: 40,
            },
            JobState::Done(result),
            JobState::Failed {
                kind: FailureKind::SelfCheck,
                message: "why".to_string(),
                retryable: true,
            },
        ];
        for state in states {
            assert_eq!(JobState::decode(&mut &state.encode()[..]), Ok(state));
        }
    }

    #[test]
    fn a_result_of_one_kind_is_not_read_as_the_other() {
        let result = SettlementResult {
            statement: Statement::default(),
            first: 1,
            last: 2,
            proof: vec![],
            stats: JobStats::default(),
        };
        let encoded = JobState::Done(result).encode();
        assert!(JobState::<BatchResult>::decode_all(&mut &encoded[..]).is_err());
    }
}
