//! One run of the prover role.

use super::{progress::Progress, Settings, RUN_MS};
use crate::{
    pallet::{Call, Config, Pallet},
    LOG_TARGET,
};
use alloc::boxed::Box;
use frame_system::offchain::{SendSignedTransaction, Signer};
use pallet_kv_store::KvState;
use pallet_sequencer::ProvableBatch;
use sp_core::offchain::Duration;
use zkfusion_offchain::{
    http::Hex,
    prover::{Service, ServiceError},
    url::Shown,
};
use zkfusion_primitives::{
    batch::Batch,
    ids::Hash,
    job::{BatchJob, BatchResult, FailureKind, JobId, JobState},
};

/// A submitted proof that is not in a block after this many blocks is submitted again.
const RESUBMIT_AFTER: u64 = 4;

/// Takes one step for each app with a provable batch. Runs begin with different apps, so that time
/// running out hits none of them always.
pub(super) fn run<T: Config>(settings: &Settings, now: u64) {
    let end = sp_io::offchain::timestamp().add(Duration::from_millis(RUN_MS));
    let service = Service::new(&settings.url);
    let mut batches = pallet_sequencer::Pallet::<T>::all_provable();
    if let Some(start) = now.checked_rem(batches.len() as u64) {
        batches.rotate_left(start as usize);
    }
    for batch in batches {
        if sp_io::offchain::timestamp() > end {
            return;
        }
        let pre_root = T::State::root(batch.app);
        let mut progress = Progress::load(&batch, &pre_root);
        if progress.paused(now) {
            continue;
        }
        let result = step::<T>(&service, &batch, pre_root, &mut progress, now);
        progress.save(batch.app);
        match result {
            Ok(()) => {}
            Err(ServiceError::Unreachable) => {
                log::warn!(target: LOG_TARGET, "the prover service at {} does not answer", Shown(&settings.url));
                return;
            }
            Err(error) => log::warn!(target: LOG_TARGET, "{}: {error}", Name(&batch)),
        }
    }
}

fn step<T: Config>(
    service: &Service,
    batch: &ProvableBatch,
    pre_root: Hash,
    progress: &mut Progress,
    now: u64,
) -> Result<(), ServiceError> {
    if progress
        .submitted_at
        .is_some_and(|block| now < block.saturating_add(RESUBMIT_AFTER))
    {
        return Ok(());
    }
    let Some(id) = progress.job else {
        return post::<T>(service, batch, pre_root, progress, now);
    };
    match service.batch(&id) {
        Ok(JobState::Queued { position }) => {
            log::debug!(target: LOG_TARGET, "{}: queued behind {position}", Name(batch));
            Ok(())
        }
        Ok(JobState::Running { stage, percent }) => {
            log::debug!(target: LOG_TARGET, "{}: {stage:?}, {percent} %", Name(batch));
            Ok(())
        }
        Ok(JobState::Done(result)) => {
            submit::<T>(batch, result, progress, now);
            Ok(())
        }
        Ok(JobState::Failed {
            kind: FailureKind::UnknownProgram,
            ..
        })
        | Err(ServiceError::NotFound) => {
            progress.job = None;
            post::<T>(service, batch, pre_root, progress, now)
        }
        Ok(JobState::Failed {
            kind,
            message,
            retryable,
        }) => {
            log::error!(target: LOG_TARGET, "{}: proving failed, {kind}: {message}", Name(batch));
            progress.fail(now, !retryable);
            Ok(())
        }
        Err(error) => {
            if error != ServiceError::Unreachable {
                progress.fail(now, false);
            }
            Err(error)
        }
    }
}

/// Posts the batch's job, after the program if the service does not have it.
fn post<T: Config>(
    service: &Service,
    batch: &ProvableBatch,
    pre_root: Hash,
    progress: &mut Progress,
    now: u64,
) -> Result<(), ServiceError> {
    let job = job::<T>(batch, pre_root);
    let posted = match service.post_batch(&job) {
        Err(ServiceError::NotFound) => {
            post_program::<T>(service, batch).and_then(|()| service.post_batch(&job))
        }
        posted => posted,
    };
    match posted {
        Ok(id) => {
            log::info!(target: LOG_TARGET, "{}: job {} posted", Name(batch), ShortId(&id));
            progress.job = Some(id);
            Ok(())
        }
        Err(error) => {
            if error != ServiceError::Unreachable {
                progress.fail(now, false);
            }
            Err(error)
        }
    }
}

fn post_program<T: Config>(service: &Service, batch: &ProvableBatch) -> Result<(), ServiceError> {
    let wasm = pallet_sequencer::Programs::<T>::get(batch.program.wasm_hash).unwrap_or_default();
    service.post_program(&wasm)?;
    log::info!(target: LOG_TARGET, "{}: program {} given to the prover service", Name(batch), ShortId(&batch.program.wasm_hash));
    Ok(())
}

/// Returns the batch's job. Leaves are sorted, so that every node that asks for the batch names the
/// same job.
fn job<T: Config>(batch: &ProvableBatch, pre_root: Hash) -> BatchJob {
    let mut leaves = T::State::leaves(batch.app);
    leaves.sort_unstable();
    BatchJob {
        batch: Batch {
            genesis_hash: pallet_sequencer::Pallet::<T>::genesis_hash(),
            app_id: batch.app,
            program_id: batch.program.program_id,
            batch_index: batch.index,
            pre_root,
            inbox_hash_pre: batch.inbox_hash_pre,
            vrf_seed: batch.seed,
            messages: pallet_sequencer::Pallet::<T>::messages(batch),
        },
        wasm_hash: batch.program.wasm_hash,
        leaves,
    }
}

/// Signs and submits a proof that the chain accepts in this block's state. A refused one would cost
/// the fee of its whole check, each time it is sent.
fn submit<T: Config>(batch: &ProvableBatch, result: BatchResult, progress: &mut Progress, now: u64) {
    let BatchResult {
        k,
        statement,
        effects,
        proof,
        ..
    } = result;
    let checked = Pallet::<T>::check_statement(batch, &statement)
        .and_then(|()| Pallet::<T>::check_effects(batch, &statement, &effects))
        .and_then(|()| Pallet::<T>::check_proof(k, &statement, &proof));
    if let Err(error) = checked {
        log::error!(
            target: LOG_TARGET,
            "{}: the chain would refuse what the prover service made: {error:?}",
            Name(batch)
        );
        progress.fail(now, true);
        return;
    }
    let call = || Call::<T>::submit_proof {
        app: batch.app,
        batch: batch.index,
        k,
        statement: Box::new(statement.clone()),
        effects: effects.clone(),
        proof: proof.clone(),
    };
    match Signer::<T, T::WorkerKey>::any_account().send_signed_transaction(|_| call()) {
        Some((_, Ok(()))) => {
            log::info!(target: LOG_TARGET, "{}: proof of {} bytes submitted", Name(batch), proof.len());
            progress.submitted_at = Some(now);
        }
        Some((_, Err(()))) => {
            log::warn!(target: LOG_TARGET, "{}: the transaction pool did not take the proof", Name(batch));
        }
        None => log::error!(
            target: LOG_TARGET,
            "{}: there is a proof and no key of type zkpr in the keystore to submit it with",
            Name(batch)
        ),
    }
}

/// A batch as the log names it.
struct Name<'a>(&'a ProvableBatch);

impl core::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "app {} batch {}", self.0.app, self.0.index)
    }
}

/// The beginning of a hash.
struct ShortId<'a>(&'a JobId);

impl core::fmt::Display for ShortId<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", Hex(&self.0[..4]))
    }
}
