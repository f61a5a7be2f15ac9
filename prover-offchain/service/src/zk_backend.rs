//! The backend that proves for real.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use zkfusion_halo2::{
    circuit::size,
    convert::scalar_bytes,
    prover::{BatchProver, PreparedProgram, ProverError},
    srs::{SrsKind, SrsStore},
};
use zkfusion_primitives::{
    job::{BatchJob, BatchResult, FailureKind, JobStats, SettlementJob, SettlementResult, Stage},
    program::SMALLEST_K,
    statement::Statement,
};
use zkfusion_settlement::{
    BatchProof, SettlementConfig, SettlementError, SettlementProver, SettlementStatement,
};

use crate::{blake2_256, memory::peak_mb, Backend, Failure, ProgramInfo, ProofSize, Watch};

/// Programs kept ready.
const MAX_PROGRAMS: usize = 64;

/// Proves batches and settlements.
#[derive(Debug)]
pub struct ZkBackend {
    prover: BatchProver,
    cache: PathBuf,
    srs: SrsKind,
    programs: Mutex<HashMap<[u8; 32], Arc<PreparedProgram>>>,
}

impl ZkBackend {
    /// Returns a backend that keeps setup and keys in `cache`.
    pub fn new(cache: &Path, srs: SrsKind) -> Self {
        Self {
            prover: BatchProver::new(cache, srs),
            cache: cache.to_owned(),
            srs,
            programs: Mutex::default(),
        }
    }

    /// Returns the settlement prover, with its keys from the cache or made now, which takes
    /// minutes.
    ///
    /// It holds gigabytes: drop it after use.
    ///
    /// # Errors
    /// [`FailureKind::Prover`] when setup or keys are not usable.
    pub fn settlement_prover(&self) -> Result<SettlementProver, Failure> {
        let store = SrsStore::new(&self.cache, self.srs);
        let protocol = self.prover.protocol().map_err(failure)?;
        SettlementProver::load_or_setup(&self.cache, &store, SettlementConfig::default(), protocol)
            .map_err(settlement_failure)
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
    fn keys(&self) -> Result<[u8; 32], Failure> {
        Ok(*self.prover.protocol().map_err(failure)?.digest())
    }

    fn prepare_program(&self, wasm: &[u8], _: &dyn Watch) -> Result<ProgramInfo, Failure> {
        let program = self.program(wasm)?;
        Ok(ProgramInfo {
            program_id: program.program_id(),
            ks: program.keys().map(|(k, _, _)| k).collect(),
        })
    }

    fn prove_batch(&self, job: &BatchJob, wasm: &[u8], watch: &dyn Watch) -> Result<BatchResult, Failure> {
        watch.progress(Stage::Preparing, 0.0);
        let program = self.program(wasm)?;
        watch.progress(Stage::Executing, 0.0);
        let batch = self.prover.execute(&program, job).map_err(failure)?;
        let k = size(program.program(), batch.witness.height(), SMALLEST_K.into());
        watch.hold(ProofSize::Batch { k })?;
        let proved = self
            .prover
            .prove(&program, &batch, &|stage| watch.progress(stage, 0.0))
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

    fn prove_settlement(&self, job: &SettlementJob, watch: &dyn Watch) -> Result<SettlementResult, Failure> {
        watch.progress(Stage::Preparing, 0.0);
        let invalid = |message: String| Failure::permanent(FailureKind::InvalidJob, message);
        let (Some(first), Some(last)) = (job.batches.first(), job.batches.last()) else {
            return Err(invalid("the settlement has no batches".into()));
        };
        let batches = job
            .batches
            .iter()
            .map(|batch| {
                let index = batch.statement.batch_index;
                BatchProof::from_job(batch).map_err(|error| invalid(format!("batch {index}: {error}")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        watch.hold(ProofSize::Settlement)?;
        // Loaded for each settlement and dropped after it, so that its gigabytes do not add
        // to those of a batch proof.
        let prover = self.settlement_prover()?;
        watch.progress(Stage::Proving, 0.0);
        let settled = prover.prove(&batches).map_err(settlement_failure)?;
        let milliseconds = |seconds: f64| (seconds * 1000.0) as u64;
        Ok(SettlementResult {
            statement: range(&first.statement, &settled.statement),
            first: first.statement.batch_index,
            last: last.statement.batch_index,
            proof: settled.proof,
            stats: JobStats {
                steps: 0,
                witness_ms: milliseconds(settled.stats.witness_s),
                prove_ms: milliseconds(settled.stats.prove_s),
                verify_ms: milliseconds(settled.stats.verify_s),
                peak_mb: peak_mb(),
            },
        })
    }
}

/// Returns the statement of a range of batches that begins with `first`.
fn range(first: &Statement, settled: &SettlementStatement) -> Statement {
    let range = &settled.range;
    Statement {
        post_root: scalar_bytes(&range.post_root),
        inbox_hash_post: scalar_bytes(&range.inbox_hash_post),
        writes_hash: scalar_bytes(&range.writes_hash),
        outbox_root: scalar_bytes(&range.outbox_root),
        vrf_seed: scalar_bytes(&range.vrf_seed),
        deposit_hash_post: scalar_bytes(&range.deposit_hash_post),
        ..first.clone()
    }
}

fn failure(error: ProverError) -> Failure {
    let kind = match error {
        ProverError::Compile(_) => FailureKind::InvalidProgram,
        ProverError::InvalidJob(_) => FailureKind::InvalidJob,
        ProverError::TooLarge { .. } => FailureKind::TooLarge,
        ProverError::SelfCheck(_) => FailureKind::SelfCheck,
        // Files that are missing, damaged, or have no room: an operator can mend that.
        ProverError::Srs(_) | ProverError::Cache { .. } => {
            return Failure::transient(FailureKind::Prover, error.to_string())
        }
        _ => FailureKind::Prover,
    };
    Failure::permanent(kind, error.to_string())
}

fn settlement_failure(error: SettlementError) -> Failure {
    let kind = match error {
        SettlementError::NoBatches
        | SettlementError::WrongBatchCount { .. }
        | SettlementError::InvalidKey { .. }
        | SettlementError::WrongKey { .. }
        | SettlementError::WrongProgram { .. }
        | SettlementError::InvalidBatchProof { .. }
        | SettlementError::BrokenChain { .. } => FailureKind::InvalidJob,
        SettlementError::InvalidProof(_) => FailureKind::SelfCheck,
        SettlementError::Srs(_) | SettlementError::Io { .. } => {
            return Failure::transient(FailureKind::Prover, error.to_string())
        }
        _ => FailureKind::Prover,
    };
    Failure::permanent(kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkfusion_primitives::{job::SettlementBatch, program::SIZE_COUNT};

    #[test]
    fn a_cache_that_cannot_be_written_is_no_reason_to_give_up() {
        let file = tempfile::NamedTempFile::new().unwrap();
        // A file where a folder has to be.
        let backend = ZkBackend::new(file.path(), SrsKind::InsecureDevelopment);
        let wasm = wat::parse_str(r#"(module (func (export "zkmain")))"#).unwrap();
        let failure = backend.prepare_program(&wasm, &()).unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable),
            (FailureKind::Prover, true),
            "{failure}"
        );
        let failure = backend.prepare_program(b"no wasm", &()).unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable),
            (FailureKind::InvalidProgram, false)
        );
    }

    #[test]
    fn settlements_that_cannot_be_decoded_are_refused_before_any_key_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let backend = ZkBackend::new(folder.path(), SrsKind::InsecureDevelopment);
        let batch = SettlementBatch {
            k: 14,
            key: vec![1, 2, 3],
            key_digests: [[0; 32]; SIZE_COUNT],
            statement: Statement {
                batch_index: 5,
                ..Statement::default()
            },
            proof: vec![],
        };
        let prove = |batches| {
            backend
                .prove_settlement(&SettlementJob { batches }, &())
                .unwrap_err()
        };
        let failure = prove(vec![batch]);
        assert_eq!(failure.kind, FailureKind::InvalidJob);
        assert!(
            failure.message.starts_with("batch 5: the program's key"),
            "{failure}"
        );
        assert_eq!(prove(vec![]).kind, FailureKind::InvalidJob);
        assert!(!folder.path().join("settlement").exists());
    }
}
