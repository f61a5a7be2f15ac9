//! The next settlement of an app: what the worker remembers of it, and its proof.

use crate::{
    abi::{proves, AppState, Words},
    Config, LOG_TARGET,
};
use alloc::vec::Vec;
use alloy_primitives::Address;
use codec::{Decode, Encode};
use core::fmt;
use pallet_sequencer::{ProgramKeys, ProgramProtocols};
use pallet_verifier::{Protocols, StoredProof};
use sp_io::hashing::blake2_256;
use sp_runtime::offchain::storage::StorageValueRef;
use zkfusion_offchain::{
    backoff::Backoff,
    http::Hex,
    prover::{Service, ServiceError},
};
use zkfusion_primitives::{
    ids::{AppId, BatchIndex},
    job::{JobId, JobState, SettlementBatch, SettlementJob, SettlementResult},
    program::{SIZES, SIZE_COUNT},
    statement::Statement,
};

/// The longest pause after repeated failures, in blocks.
const MAX_PAUSE: u64 = 64;

/// A posted job.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct PostedJob {
    pub(super) id: JobId,
    /// The number of batches that it settles.
    pub(super) count: u32,
}

/// How far the next settlement of an app has come. Losing it costs a repeated question.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(super) struct Settling {
    /// Names what the settlement starts from: after another settlement it is another.
    fingerprint: [u8; 32],
    pub(super) job: Option<PostedJob>,
    backoff: Backoff,
}

impl Settling {
    /// Returns what is known about the settlement that starts from this state.
    pub(super) fn load(app: AppId, settlement: &Address, state: &AppState) -> Self {
        let fingerprint = (
            settlement.0 .0,
            state.next_batch,
            state.root.to_be_bytes::<32>(),
            state.inbox_hash.to_be_bytes::<32>(),
        )
            .using_encoded(blake2_256);
        StorageValueRef::persistent(&key(app))
            .get::<Self>()
            .ok()
            .flatten()
            .filter(|settling| settling.fingerprint == fingerprint)
            .unwrap_or(Self {
                fingerprint,
                job: None,
                backoff: Backoff::default(),
            })
    }

    /// Stores the record in place of the app's previous one.
    pub(super) fn save(&self, app: AppId) {
        StorageValueRef::persistent(&key(app)).set(self);
    }

    /// Returns whether the worker has to leave the app alone in this block.
    pub(super) fn paused(&self, now: u64) -> bool {
        self.backoff.paused(now)
    }

    /// Notes a failure: everything is tried again after a pause, the longest if that will most
    /// likely fail again.
    pub(super) fn fail(&mut self, now: u64, hopeless: bool) {
        match hopeless {
            true => self.backoff.rest(now, MAX_PAUSE),
            false => self.backoff.fail(now, MAX_PAUSE),
        }
        self.job = None;
    }
}

fn key(app: AppId) -> Vec<u8> {
    (b"zkfusion::relayer::settling::", app).encode()
}

/// Why there is no job for a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoJob {
    /// The node does not have the proof.
    NoProof(BatchIndex),
    /// The chain has no key of the size of the proof.
    NoKey(BatchIndex, u8),
    /// The circuit that the program's keys are of was retired.
    RetiredProtocol(BatchIndex),
}

impl fmt::Display for NoJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProof(batch) => write!(
                f,
                "this node does not have the proof of batch {batch}: it did not execute the block that verified it"
            ),
            Self::NoKey(batch, k) => {
                write!(f, "the chain has no key for k = {k}, with which batch {batch} was proved")
            }
            Self::RetiredProtocol(batch) => write!(
                f,
                "governance retired the circuit with which batch {batch} was proved, before it was settled"
            ),
        }
    }
}

/// Returns the job that settles these batches. Everything in it is what the chain verified, so that
/// all nodes name the same job.
pub(super) fn job<T: Config>(range: &[Statement]) -> Result<SettlementJob, NoJob> {
    let batches = range
        .iter()
        .map(|statement| {
            let batch = statement.batch_index;
            let StoredProof { k, proof } = StorageValueRef::persistent(&StoredProof::key(statement))
                .get()
                .ok()
                .flatten()
                .ok_or(NoJob::NoProof(batch))?;
            let key = ProgramKeys::<T>::get(statement.program_id, k).ok_or(NoJob::NoKey(batch, k))?;
            Ok(SettlementBatch {
                k,
                key: key.into_inner(),
                key_digests: key_digests::<T>(statement)?,
                statement: statement.clone(),
                proof,
            })
        })
        .collect::<Result<_, _>>()?;
    Ok(SettlementJob { batches })
}

/// Returns the digests of a program's keys by size, zero where it has none.
fn key_digests<T: Config>(statement: &Statement) -> Result<[[u8; 32]; SIZE_COUNT], NoJob> {
    let retired = NoJob::RetiredProtocol(statement.batch_index);
    let protocol = ProgramProtocols::<T>::get(statement.program_id)
        .filter(|protocol| Protocols::<T>::contains_key(protocol))
        .ok_or(retired)?;
    let mut digests = [[0; 32]; SIZE_COUNT];
    for (digest, k) in digests.iter_mut().zip(SIZES) {
        let Some(key) = ProgramKeys::<T>::get(statement.program_id, k) else {
            continue;
        };
        if let Ok(known) = pallet_verifier::Pallet::<T>::key_digest(&protocol, k, &key) {
            *digest = known;
        }
    }
    Ok(digests)
}

/// Has the next settlement of an app proved: posts the job, or asks where it stands. Returns the
/// proof when it is there, with the batches that it is of.
///
/// # Errors
///
/// Why the service could not be asked.
pub(super) fn advance<'a, T: Config>(
    service: &Service,
    app: AppId,
    range: &'a [Statement],
    settling: &mut Settling,
    now: u64,
) -> Result<Option<(SettlementResult, &'a [Statement])>, ServiceError> {
    let Some(posted) = settling.job.clone() else {
        return post::<T>(service, app, range, settling, now).map(|()| None);
    };
    // The job keeps its batches while others join behind them.
    let Some(range) = range.get(..posted.count as usize) else {
        return Ok(None);
    };
    let name = Name { app, range };
    match service.settlement(&posted.id) {
        Ok(JobState::Queued { position }) => {
            log::debug!(target: LOG_TARGET, "{name}: queued behind {position}");
            Ok(None)
        }
        Ok(JobState::Running { stage, percent }) => {
            log::debug!(target: LOG_TARGET, "{name}: {stage:?}, {percent} %");
            Ok(None)
        }
        Ok(JobState::Done(result)) if is_of(&result, range) => Ok(Some((result, range))),
        Ok(JobState::Done(_)) => {
            log::error!(target: LOG_TARGET, "{name}: the prover service proved something else");
            settling.fail(now, true);
            Ok(None)
        }
        Ok(JobState::Failed {
            kind,
            message,
            retryable,
        }) => {
            log::error!(target: LOG_TARGET, "{name}: proving failed, {kind}: {message}");
            settling.fail(now, !retryable);
            Ok(None)
        }
        Err(ServiceError::NotFound) => {
            settling.job = None;
            post::<T>(service, app, range, settling, now).map(|()| None)
        }
        Err(error) => {
            if error != ServiceError::Unreachable {
                settling.fail(now, false);
            }
            Err(error)
        }
    }
}

fn post<T: Config>(
    service: &Service,
    app: AppId,
    range: &[Statement],
    settling: &mut Settling,
    now: u64,
) -> Result<(), ServiceError> {
    let name = Name { app, range };
    let job = match job::<T>(range) {
        Ok(job) => job,
        Err(error) => {
            log::error!(target: LOG_TARGET, "{name}: {error}");
            settling.fail(now, true);
            return Ok(());
        }
    };
    match service.post_settlement(&job) {
        Ok(id) => {
            log::info!(target: LOG_TARGET, "{name}: job {} posted", Hex(&id[..4]));
            settling.job = Some(PostedJob {
                id,
                count: range.len() as u32,
            });
            Ok(())
        }
        Err(error) => {
            if error != ServiceError::Unreachable {
                settling.fail(now, false);
            }
            Err(error)
        }
    }
}

/// Returns whether a result settles these batches.
fn is_of(result: &SettlementResult, range: &[Statement]) -> bool {
    let words = |statement: Option<&Statement>| statement.and_then(|statement| Words::of(statement).ok());
    let words = words(Some(&result.statement)).zip(words(range.first()).zip(words(range.last())));
    let named = range.first().zip(range.last());
    let indices = named.map(|(first, last)| (first.batch_index, last.batch_index));
    indices == Some((result.first, result.last))
        && words.is_some_and(|(proved, (first, last))| proves(&proved, &first, &last))
}

/// A range of batches as the log names it.
pub(super) struct Name<'a> {
    pub(super) app: AppId,
    pub(super) range: &'a [Statement],
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            [] => write!(f, "app {}", self.app),
            [only] => write!(f, "app {} batch {}", self.app, only.batch_index),
            [first, .., last] => write!(
                f,
                "app {} batches {} to {}",
                self.app, first.batch_index, last.batch_index
            ),
        }
    }
}
