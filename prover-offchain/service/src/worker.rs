//! A worker: takes one job of its kind at a time and proves it.

use crate::{
    attempt::Attempt,
    check_batch_job, check_batch_result, check_settlement_job,
    clock::now_ms,
    panics,
    shared::Shared,
    store::{Claim, JobKind, JobRecord},
    Failure, StoreError,
};
use codec::{Decode, DecodeAll, Encode};
use std::{
    sync::mpsc::{self, RecvTimeoutError},
    thread,
    time::{Duration, Instant},
};
use zkfusion_primitives::job::{BatchJob, FailureKind, JobStats, SettlementJob};

/// Longest sleep between two looks at the queue: a job may become due by time alone.
const POLL: Duration = Duration::from_secs(1);

/// Works on jobs of a kind until the service stops.
pub(crate) fn work(shared: &Shared, kind: JobKind) {
    while !shared.stopping() {
        let lease = shared.config.lease.as_millis() as u64;
        let now = Instant::now();
        let rank = |job: &JobRecord| (job.kind == kind).then(|| shared.turns.had(kind, &job.label, now));
        match shared.store.claim_least(rank, now_ms(), lease) {
            Ok(Some(claim)) => {
                if let Err(error) = try_once(shared, &claim) {
                    tracing::error!(job = hex::encode(claim.id), %error, "the outcome of a job was not stored");
                }
            }
            Ok(None) => shared.sleep(POLL),
            Err(error) => {
                tracing::error!(%error, "the queue cannot be read");
                shared.sleep(POLL);
            }
        }
    }
}

/// Tries a job once, keeping its lease alive meanwhile.
fn try_once(shared: &Shared, claim: &Claim) -> Result<(), StoreError> {
    let start = Instant::now();
    tracing::info!(
        job = hex::encode(claim.id),
        kind = claim.kind.name(),
        attempt = claim.attempt,
        "proving"
    );
    shared.metrics.began();
    shared.begin(claim);
    let outcome = thread::scope(|scope| {
        let (done, wait) = mpsc::channel::<()>();
        scope.spawn(move || keep_alive(shared, claim, &wait));
        let outcome = panics::caught(|| prove(shared, claim));
        drop(done);
        outcome
    });
    shared.end(&claim.id);
    let took = start.elapsed();
    shared
        .turns
        .charge(claim.kind, &claim.label, took, Instant::now());
    let held = match &outcome {
        Ok((result, stats)) => {
            shared.metrics.succeeded(claim.kind, took, stats);
            tracing::info!(
                job = hex::encode(claim.id),
                seconds = took.as_secs_f64(),
                "proved"
            );
            shared.store.complete(claim, now_ms(), result)?
        }
        Err(failure) => {
            shared.metrics.failed(claim.kind, failure.kind);
            tracing::warn!(job = hex::encode(claim.id), attempt = claim.attempt, %failure, "not proved");
            shared.store.fail(claim, now_ms(), failure)?
        }
    };
    if !held {
        tracing::warn!(
            job = hex::encode(claim.id),
            "the lease had run out; the outcome is dropped"
        );
    }
    Ok(())
}

/// Renews the lease until the other end hangs up, the claim is lost, or the attempt has taken too
/// long.
fn keep_alive(shared: &Shared, claim: &Claim, wait: &mpsc::Receiver<()>) {
    let lease = shared.config.lease.as_millis() as u64;
    let start = Instant::now();
    while wait.recv_timeout(shared.config.heartbeat) == Err(RecvTimeoutError::Timeout)
        && start.elapsed() <= shared.config.proof_time_limit
    {
        match shared.store.renew(claim, now_ms(), lease) {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%error, "the lease was not renewed"),
        }
    }
}

/// Proves a job and checks what came of it. Returns the encoded result.
fn prove(shared: &Shared, claim: &Claim) -> Result<(Vec<u8>, JobStats), Failure> {
    let attempt = Attempt::new(shared, Some(claim));
    match claim.kind {
        JobKind::Batch => {
            let job: BatchJob = decode(&claim.input)?;
            check_batch_job(&job)?;
            let wasm = shared.store.program(&job.wasm_hash).map_err(stored)?;
            let wasm = wasm.ok_or_else(|| {
                Failure::transient(FailureKind::UnknownProgram, "the wasm is not in the store")
            })?;
            let result = shared.backend.prove_batch(&job, &wasm, &attempt)?;
            check_batch_result(&job, &result)?;
            Ok((result.encode(), result.stats))
        }
        JobKind::Settlement => {
            let job: SettlementJob = decode(&claim.input)?;
            check_settlement_job(&job)?;
            let result = shared.backend.prove_settlement(&job, &attempt)?;
            let range = job.batches.first().zip(job.batches.last());
            let expected =
                range.map(|(first, last)| (first.statement.batch_index, last.statement.batch_index));
            if expected != Some((result.first, result.last)) {
                return Err(Failure::permanent(
                    FailureKind::SelfCheck,
                    "the settlement covers other batches than the job",
                ));
            }
            Ok((result.encode(), result.stats))
        }
    }
}

fn decode<T: Decode>(input: &[u8]) -> Result<T, Failure> {
    T::decode_all(&mut &input[..])
        .map_err(|error| Failure::permanent(FailureKind::InvalidJob, error.to_string()))
}

fn stored(error: StoreError) -> Failure {
    Failure::transient(FailureKind::Prover, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{metrics::Metrics, Config, Label, ProcessBackend, ProverVersion, Status, Store, Token};
    use std::{process::Command, sync::Arc};

    #[test]
    fn the_lease_of_an_attempt_that_takes_too_long_is_not_renewed() {
        let data = tempfile::tempdir().unwrap();
        let config = Config {
            heartbeat: Duration::from_millis(10),
            proof_time_limit: Duration::from_millis(100),
            ..Config::new(data.path())
        };
        let store = Store::open(&config, ProverVersion::default()).unwrap();
        let label = Label::default();
        store.submit(&[1; 32], JobKind::Batch, label, &[], 0).unwrap();
        let claim = store.claim(now_ms(), 0).unwrap().unwrap();
        let backend = Arc::new(ProcessBackend::of(|| Command::new("false")));
        let token = Token::read_or_make(&config.token_file).unwrap();
        let shared = Shared::new(config, store, backend, Metrics::new().unwrap(), token);
        // The other end does not hang up.
        let (_worker, wait) = mpsc::channel();
        keep_alive(&shared, &claim, &wait);
        let job = shared.store.job(&claim.id).unwrap().unwrap();
        let Status::Open {
            lease: Some(lease), ..
        } = job.status
        else {
            panic!("no lease")
        };
        assert!(lease.until_ms > now_ms() + 50_000, "it was not renewed before");
    }
}
