use std::{io, path::PathBuf};

use halo2_proofs::{halo2curves::bn256::Fr, plonk};
use zkfusion_halo2::srs::SrsError;
use zkfusion_primitives::verifier::halo2::KeyError;

/// Why a settlement proof cannot be set up, made or verified.
#[derive(Debug, thiserror::Error)]
pub enum SettlementError {
    /// The SRS cannot be loaded.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// A cached key cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// No batch proof was given.
    #[error("a settlement proof covers at least one batch")]
    NoBatches,
    /// The circuit covers another number of batches.
    #[error("this settlement circuit covers {expected} batches at once, {got} were given")]
    WrongBatchCount {
        /// Batches of the circuit.
        expected: usize,
        /// Batches given.
        got: usize,
    },
    /// The batch circuit is not one that the settlement circuit can verify.
    #[error("the batch circuit's protocol: {0}")]
    Protocol(&'static str),
    /// The verifying key does not fit the batch circuit.
    #[error("the key of batch proof {position}: {reason}")]
    InvalidKey {
        /// Which of the given proofs, from 0.
        position: usize,
        /// What the verifier says.
        reason: KeyError,
    },
    /// The verifying key is not among the program's keys.
    #[error(
        "the key of batch proof {position}, of size k={k} and digest {digest:?}, is not one of its program"
    )]
    WrongKey {
        /// Which of the given proofs, from 0.
        position: usize,
        /// The size of the key.
        k: u32,
        /// The digest of the key.
        digest: Fr,
    },
    /// The program's keys are not those that the proof's statement names.
    #[error("batch proof {position} states program_id {stated:?}, but its program's keys have {computed:?}")]
    WrongProgram {
        /// Which of the given proofs, from 0.
        position: usize,
        /// The public input.
        stated: Fr,
        /// The root of the keys.
        computed: Fr,
    },
    /// A batch proof is not valid.
    #[error("batch proof {position} is refused: {reason}")]
    InvalidBatchProof {
        /// Which of the given proofs, from 0.
        position: usize,
        /// What the verifier says.
        reason: String,
    },
    /// A batch does not continue the one before.
    #[error("batch {position} does not continue the one before: {field} is {got:?}, expected {expected:?}")]
    BrokenChain {
        /// Which of the given batches, from 0.
        position: usize,
        /// The field that breaks the chain.
        field: &'static str,
        /// What the batch before leaves.
        expected: Fr,
        /// What this batch starts from.
        got: Fr,
    },
    /// The aggregation needs more columns than the configuration allows.
    #[error(
        "aggregating takes {columns} advice columns at k={k}, at most {max} keep the verifier deployable"
    )]
    TooLarge {
        /// The size of the settlement circuit.
        k: u32,
        /// Columns needed.
        columns: usize,
        /// Columns allowed.
        max: usize,
    },
    /// The verifier contract cannot be generated.
    #[error("the verifier contract: {0}")]
    Solidity(String),
    /// The settlement proof is not valid.
    #[error("the settlement proof is refused: {0}")]
    InvalidProof(String),
    /// The proof system failed.
    #[error("halo2: {0}")]
    Halo2(#[from] plonk::Error),
}

impl SettlementError {
    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }
}
