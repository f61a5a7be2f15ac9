//! Measures what it takes to execute and prove a program.

use serde::{Deserialize, Serialize};
use std::slice::from_ref;
use zkfusion_air::witness::WitnessError;
use zkfusion_halo2::prover::{BatchProver, ProverError};
use zkfusion_primitives::{
    message::{Message, Payload},
    program::LARGEST_K,
    status::MessageStatus,
};
use zkfusion_vm::{compile, CompileError};

use crate::{
    cost,
    instructions::{self, CountError},
    peak_mb,
    single::{job, message},
};

/// Fuel of the message: twice the rows of the largest circuit, since a unit of fuel is a row at
/// most.
const FUEL: u64 = 2 << LARGEST_K;

/// What a program took.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct Measurement {
    /// WebAssembly instructions that were executed, see [`instructions`].
    pub instructions: u64,
    /// VM steps.
    pub steps: u64,
    /// Rows of the circuit's tables.
    pub rows: u64,
    /// Size of the circuit, which has 2^k rows.
    pub k: u8,
    /// Seconds to execute it and to fill the tables.
    pub witness_s: f64,
    /// Seconds to prove it, when setup and keys are at hand.
    pub prove_s: f64,
    /// Seconds to verify the proof.
    pub verify_s: f64,
    /// The most memory that this process has had, in MB.
    pub peak_mb: u32,
    /// Bytes of the proof.
    pub proof_bytes: usize,
}

impl Measurement {
    /// Returns VM steps for each WebAssembly instruction.
    pub fn steps_per_instruction(&self) -> f64 {
        self.steps as f64 / self.instructions as f64
    }

    /// Returns seconds from message to proof.
    pub fn seconds(&self) -> f64 {
        self.witness_s + self.prove_s
    }

    /// Returns thousands of VM steps executed and proved a second.
    pub fn khz(&self) -> f64 {
        self.steps as f64 / self.seconds() / 1e3
    }
}

/// Why nothing was measured.
#[derive(Debug, thiserror::Error)]
pub enum BenchmarkError {
    /// The wasm is not a program.
    #[error("the wasm is refused: {0}")]
    Compile(#[from] CompileError),
    /// The message failed.
    #[error("the message fails: {0}")]
    Failed(MessageStatus),
    /// Its instructions cannot be counted.
    #[error("{0}")]
    Count(#[from] CountError),
    /// It has no witness: a defect.
    #[error("{0}")]
    Witness(#[from] WitnessError),
    /// It was not proved.
    #[error("{0}")]
    Prove(#[from] ProverError),
}

/// Returns the message of a program of `guests/programs`: its payload is a word that says how much
/// there is to do.
pub fn sized_message(size: u64) -> Message {
    message(FUEL, Payload::truncate_from(size.to_le_bytes().to_vec()))
}

/// Executes a program for a message, proves that and verifies the proof.
///
/// # Errors
/// [`BenchmarkError`], also when the message fails.
pub fn measure(prover: &BatchProver, wasm: &[u8], message: &Message) -> Result<Measurement, BenchmarkError> {
    let program = compile(wasm)?;
    let rows = cost::measure(&program, from_ref(message), &[0; 32], &[])?
        .tables
        .rows();
    let program = prover.program_for_rows(program, rows as usize)?;
    let batch = prover.execute(&program, &job(program.program_id(), message.clone()))?;
    let statuses = batch.effects.outcomes.iter().map(|outcome| outcome.status);
    if let Some(failed) = statuses.into_iter().find(|status| !status.is_ok()) {
        return Err(BenchmarkError::Failed(failed));
    }
    let proved = prover.prove(&program, &batch, &|_| ())?;
    Ok(Measurement {
        instructions: instructions::count(wasm, message)?,
        steps: batch.steps,
        rows,
        k: proved.k,
        witness_s: batch.time.as_secs_f64(),
        prove_s: proved.prove_time.as_secs_f64(),
        verify_s: proved.verify_time.as_secs_f64(),
        peak_mb: peak_mb(),
        proof_bytes: proved.proof.len(),
    })
}
