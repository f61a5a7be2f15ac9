//! The backend that proves for real.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use zkfusion_halo2::{
    prover::{BatchProver, PreparedProgram, ProverError},
    srs::SrsKind,
};
use zkfusion_primitives::job::{
    BatchJob, BatchResult, FailureKind, JobStats, SettlementJob, SettlementResult, Stage,
};

use crate::{blake2_256, Backend, Failure, ProgramInfo, Progress};

/// Programs kept ready.
const MAX_PROGRAMS: usize = 64;

/// Proves batches with halo2.
#[derive(Debug)]
pub struct ZkBackend {
    prover: BatchProver,
    programs: Mutex<HashMap<[u8; 32], Arc<PreparedProgram>>>,
}

impl ZkBackend {
    /// Returns a backend that keeps setup and keys in `cache`.
    pub fn new(cache: &Path, srs: SrsKind) -> Self {
        Self {
            prover: BatchProver::new(cache, srs),
            programs: Mutex::default(),
        }
    }

    fn program(&self, wasm: &[u8]) -> Result<Arc<PreparedProgram>, Failure> {
        let hash = blake2_256(wasm);
        let known = |programs: &HashMap<_, Arc<PreparedProgram>>| programs.get(&hash).cloned();
        if let Some(program) = known(&self.programs.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(program);
        }
        let program = Arc::new(self.prover.program(wasm).map_err(failure)?);
        let mut programs = self.programs.lock().unwrap_or_else(PoisonError::into_inner);
        if programs.len() >= MAX_PROGRAMS {
            programs.clear();
        }
        programs.insert(hash, program.clone());
        Ok(program)
    }
}

impl Backend for ZkBackend {
    fn prepare_program(&self, wasm: &[u8]) -> Result<ProgramInfo, Failure> {
        let program = self.program(wasm)?;
        Ok(ProgramInfo {
            program_id: program.program_id(),
            ks: program.keys().map(|(k, _, _)| k).collect(),
        })
    }

    fn prove_batch(
        &self,
        job: &BatchJob,
        wasm: &[u8],
        progress: &Progress<'_>,
    ) -> Result<BatchResult, Failure> {
        progress(Stage::Preparing, 0.0);
        let program = self.program(wasm)?;
        progress(Stage::Executing, 0.0);
        let batch = self.prover.execute(&program, job).map_err(failure)?;
        let proved = self
            .prover
            .prove(&program, &batch, &|stage| progress(stage, 0.0))
            .map_err(failure)?;
        let milliseconds = |time: std::time::Duration| time.as_millis() as u64;
        Ok(BatchResult {
            k: proved.k,
            statement: batch.statement,
            effects: batch.effects,
            proof: proved.proof,
            stats: JobStats {
                steps: batch.steps,
                witness_ms: milliseconds(batch.time),
                prove_ms: milliseconds(proved.prove_time),
                verify_ms: milliseconds(proved.verify_time),
                peak_mb: peak_mb(),
            },
        })
    }

    fn prove_settlement(&self, _: &SettlementJob, _: &Progress<'_>) -> Result<SettlementResult, Failure> {
        Err(Failure::permanent(
            FailureKind::Prover,
            "this prover does not make settlement proofs yet; see docs/status.md",
        ))
    }
}

/// Returns the most memory that this process has had resident, in MB (10^6 bytes); 0 where the system does not say.
pub fn peak_mb() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| (kilobytes * 1024 / 1_000_000) as u32)
}

fn failure(error: ProverError) -> Failure {
    let kind = match error {
        ProverError::Compile(_) => FailureKind::InvalidProgram,
        ProverError::InvalidJob(_) => FailureKind::InvalidJob,
        ProverError::TooLarge { .. } => FailureKind::TooLarge,
        ProverError::SelfCheck(_) => FailureKind::SelfCheck,
        _ => FailureKind::Prover,
    };
    Failure::permanent(kind, error.to_string())
}
