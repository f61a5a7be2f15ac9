//! The settlement proof: one or more consecutive batch proofs, verified inside a circuit whose own
//! proof Ethereum checks.
//!
//! The circuit is the same for all programs and all sizes of the batch circuit: the verifying key
//! of a batch proof, its size `k` included, is a witness; its digest is computed in the circuit and
//! leads, among the digests of the program's other keys ([`ProgramKeys`]), to the `program_id` that
//! the batch proof states. The proof is made with halo2-KZG on the SRS that the batch proofs use,
//! with the Keccak transcript of the generated Solidity verifier ([`Contracts`]).
//!
//! What a proof says about its public inputs is written at [`SettlementStatement`].

mod batch;
mod circuit;
mod contracts;
mod error;
mod keys;
mod layout;
mod poseidon;
mod program;
mod prover;
mod setup;
mod solidity;
mod statement;
mod stats;

pub use self::{
    batch::{BatchError, BatchProof},
    circuit::SettlementConfig,
    contracts::Contracts,
    error::SettlementError,
    keys::remove_keys,
    layout::ProofLayout,
    poseidon::p2,
    program::{ProgramKeys, PROGRAM_LEAVES, SMALLEST_K},
    prover::{SettlementProof, SettlementProver},
    solidity::SolidityVerifier,
    statement::{BatchStatement, SettlementStatement, BATCH_INPUTS, SETTLEMENT_INPUTS, STATEMENT_FIELDS},
    stats::{peak_memory_mb, ProofStats},
};
