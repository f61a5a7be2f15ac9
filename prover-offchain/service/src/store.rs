//! The durable store: programs, jobs, their queue, their results.
//!
//! Times are milliseconds since 1970 and come from the caller. A job is *open* until it is done or
//! failed; an open job with a lease that has not run out is being worked on.

mod adopt;
mod open;
mod programs;
mod record;
mod retry;
mod tables;

use crate::{Config, Failure, ProverVersion};
use codec::{Decode, Encode};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata};
use std::{path::Path, sync::Arc};
use tables::{FINISHED, INPUTS, JOBS, META, NEXT_SEQUENCE, PROGRAMS, QUEUE, RESULTS};
use zkfusion_primitives::job::{FailureKind, JobId};

pub use record::{JobKind, JobRecord, Label, Lease, Status};
pub use retry::RetryError;

/// Why the store cannot serve.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another service in this one, uses the store.
    #[error("{0} is in use by another prover service")]
    InUse(String),
    /// The queue is full.
    #[error("{0} jobs are waiting already")]
    Full(u64),
    /// There is no room for another program: open jobs need all that are stored.
    #[error("{programs} programs of {bytes} bytes wait to be proved; there is no room for another one")]
    ProgramsFull {
        /// How many are stored.
        programs: u64,
        /// How large they are together.
        bytes: u64,
    },
    /// What was read is not what was written.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
    /// The database says no.
    #[error("store: {0}")]
    Database(Arc<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for StoreError {
    fn from(error: E) -> Self {
        Self::Database(Arc::new(error.into()))
    }
}

/// A job taken from the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The job.
    pub id: JobId,
    /// What it is.
    pub kind: JobKind,
    /// What it is about.
    pub label: Label,
    /// Its encoding.
    pub input: Vec<u8>,
    /// How often it was begun, this time included.
    pub attempt: u32,
    /// Names this claim: a worker whose lease ran out cannot finish the job any more.
    pub token: u64,
}

/// Numbers for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open jobs.
    pub open: u64,
    /// Jobs that ended and are remembered.
    pub finished: u64,
    /// Programs.
    pub programs: u64,
}

/// The store.
#[derive(Debug)]
pub struct Store {
    database: Database,
    max_open: u64,
    max_finished: u64,
    max_failed_bytes: u64,
    max_programs: u64,
    max_programs_bytes: u64,
    max_attempts: u32,
    retry_after_ms: u64,
    version: ProverVersion,
}

impl Store {
    /// Opens the store in `config.data` for a prover, creating it when absent, and takes all leases
    /// back: whoever held them is gone. Jobs that failed under another version, or by a defect of
    /// the prover, may be posted again; proofs under other keys are forgotten.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it open, else whatever the database says.
    pub fn open(config: &Config, version: ProverVersion) -> Result<Self, StoreError> {
        let database = open::open(&config.data)?;
        let store = Self {
            database,
            max_open: config.max_open_jobs,
            max_finished: config.max_finished_jobs,
            max_failed_bytes: config.max_failed_bytes,
            max_programs: config.max_programs,
            max_programs_bytes: config.max_programs_bytes,
            max_attempts: config.max_attempts,
            retry_after_ms: config.retry_after.as_millis() as u64,
            version,
        };
        store.take_leases_back()?;
        store.adopt()?;
        Ok(store)
    }

    /// Puts a job into the queue, and forgets those that it supersedes, which are returned: whoever
    /// still wants one of them posts it again. A job that is there already stays as it is, except
    /// that one which failed and may be tried again is.
    ///
    /// # Errors
    /// [`StoreError::Full`] when too many jobs wait, else whatever the database says.
    pub fn submit(
        &self,
        id: &JobId,
        kind: JobKind,
        label: Label,
        input: &[u8],
        now_ms: u64,
    ) -> Result<Vec<JobId>, StoreError> {
        let write = self.database.begin_write()?;
        let mut superseded = Vec::new();
        {
            let mut jobs = write.open_table(JOBS)?;
            let mut inputs = write.open_table(INPUTS)?;
            let mut queue = write.open_table(QUEUE)?;
            let mut finished = write.open_table(FINISHED)?;
            let known = jobs.get(id)?.map(|job| decode::<JobRecord>(job.value(), "job"));
            match known.transpose()?.map(|job| job.status) {
                None => {}
                Some(Status::Failed { failure, finish, .. }) if failure.retryable => {
                    finished.remove(finish)?;
                }
                Some(_) => return Ok(Vec::new()),
            }
            for entry in queue.iter()? {
                let other = *entry?.1.value();
                let job = record(&jobs, &other)?;
                if job.is_superseded_by(kind, &label) {
                    superseded.push((job.sequence, other));
                }
            }
            for (sequence, other) in &superseded {
                queue.remove(sequence)?;
                jobs.remove(other)?;
                inputs.remove(other)?;
            }
            if queue.len()? >= self.max_open {
                return Err(StoreError::Full(self.max_open));
            }
            let sequence = next_sequence(&write)?;
            let record = JobRecord {
                kind,
                label,
                sequence,
                submitted_ms: now_ms,
                attempts: 0,
                status: Status::Open {
                    lease: None,
                    not_before_ms: now_ms,
                },
            };
            jobs.insert(id, record.encode().as_slice())?;
            queue.insert(sequence, id)?;
            inputs.insert(id, input)?;
        }
        write.commit()?;
        Ok(superseded.into_iter().map(|(_, other)| other).collect())
    }

    /// Takes the first job of the queue that nobody works on. Jobs that were begun too often are
    /// failed on the way.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn claim(&self, now_ms: u64, lease_ms: u64) -> Result<Option<Claim>, StoreError> {
        self.claim_least(|_| Some(()), now_ms, lease_ms)
    }

    /// Takes a job as [`Self::claim`] does: of those that have a rank the first of the least.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn claim_least<R: Ord>(
        &self,
        rank: impl Fn(&JobRecord) -> Option<R>,
        now_ms: u64,
        lease_ms: u64,
    ) -> Result<Option<Claim>, StoreError> {
        let mut exhausted = Vec::new();
        let claim = {
            let write = self.database.begin_write()?;
            let claim = {
                let mut jobs = write.open_table(JOBS)?;
                let queue = write.open_table(QUEUE)?;
                let inputs = write.open_table(INPUTS)?;
                let mut next: Option<(R, JobId, JobRecord)> = None;
                for entry in queue.iter()? {
                    let id = *entry?.1.value();
                    let job = record(&jobs, &id)?;
                    let Status::Open { lease, not_before_ms } = &job.status else {
                        return Err(StoreError::Damaged("an ended job is queued"));
                    };
                    let held = lease.is_some_and(|lease| lease.until_ms > now_ms);
                    if held || *not_before_ms > now_ms {
                        continue;
                    }
                    let Some(rank) = rank(&job) else { continue };
                    if job.attempts >= self.max_attempts {
                        exhausted.push((id, job.attempts));
                    } else if next.as_ref().is_none_or(|(least, ..)| rank < *least) {
                        next = Some((rank, id, job));
                    }
                }
                let mut claim = None;
                if let Some((_, id, mut job)) = next {
                    let token = next_sequence(&write)?;
                    job.attempts += 1;
                    job.status = Status::Open {
                        lease: Some(Lease {
                            token,
                            until_ms: now_ms.saturating_add(lease_ms),
                        }),
                        not_before_ms: now_ms,
                    };
                    jobs.insert(&id, job.encode().as_slice())?;
                    let input = inputs
                        .get(&id)?
                        .ok_or(StoreError::Damaged("a job has no input"))?;
                    let input = input.value().to_vec();
                    claim = Some(Claim {
                        id,
                        kind: job.kind,
                        label: job.label,
                        input,
                        attempt: job.attempts,
                        token,
                    });
                }
                claim
            };
            write.commit()?;
            claim
        };
        for (id, attempts) in exhausted {
            let message = format!("begun {attempts} times without coming to an end");
            let failure = Failure::transient(FailureKind::AttemptsExhausted, message);
            self.end(&id, None, now_ms, Err(&failure))?;
        }
        Ok(claim)
    }

    /// Extends a claim. Returns whether the claim still holds.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn renew(&self, claim: &Claim, now_ms: u64, lease_ms: u64) -> Result<bool, StoreError> {
        self.change(claim, |job| {
            let lease = Lease {
                token: claim.token,
                until_ms: now_ms.saturating_add(lease_ms),
            };
            job.status = Status::Open {
                lease: Some(lease),
                not_before_ms: now_ms,
            };
        })
    }

    /// Gives a claim back as if the attempt had not been made. Returns whether the claim still
    /// held.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn release(&self, claim: &Claim, now_ms: u64) -> Result<bool, StoreError> {
        self.change(claim, |job| {
            job.attempts = job.attempts.saturating_sub(1);
            job.status = Status::Open {
                lease: None,
                not_before_ms: now_ms,
            };
        })
    }

    /// Ends a claim with a result. Returns whether the claim still held.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn complete(&self, claim: &Claim, now_ms: u64, result: &[u8]) -> Result<bool, StoreError> {
        self.end(&claim.id, Some(claim.token), now_ms, Ok(result))
    }

    /// Ends a claim with a failure: the job waits for another attempt when that may help and one is
    /// left, else it has failed. Returns whether the claim still held.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn fail(&self, claim: &Claim, now_ms: u64, failure: &Failure) -> Result<bool, StoreError> {
        if !failure.retryable || claim.attempt >= self.max_attempts {
            return self.end(&claim.id, Some(claim.token), now_ms, Err(failure));
        }
        let pause = self
            .retry_after_ms
            .saturating_mul(1 << (claim.attempt - 1).min(10));
        self.change(claim, |job| {
            job.status = Status::Open {
                lease: None,
                not_before_ms: now_ms.saturating_add(pause),
            };
        })
    }

    /// Returns what is known of a job.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn job(&self, id: &JobId) -> Result<Option<JobRecord>, StoreError> {
        let read = self.database.begin_read()?;
        let job = read
            .open_table(JOBS)?
            .get(id)?
            .map(|job| decode(job.value(), "job"));
        job.transpose()
    }

    /// Returns the result of a job that is done.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn result(&self, id: &JobId) -> Result<Option<Vec<u8>>, StoreError> {
        let read = self.database.begin_read()?;
        let result = read
            .open_table(RESULTS)?
            .get(id)?
            .map(|result| result.value().to_vec());
        Ok(result)
    }

    /// Returns the number of open jobs that came before the one with this sequence number. It may
    /// be begun before them, where it is its app's turn.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn position(&self, sequence: u64) -> Result<u32, StoreError> {
        let queue = self.database.begin_read()?.open_table(QUEUE)?;
        Ok(queue.range(..sequence)?.count() as u32)
    }

    /// Returns all remembered jobs, newest first.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn jobs(&self) -> Result<Vec<(JobId, JobRecord)>, StoreError> {
        let table = self.database.begin_read()?.open_table(JOBS)?;
        let mut jobs = Vec::new();
        for entry in table.iter()? {
            let (id, job) = entry?;
            jobs.push((*id.value(), decode::<JobRecord>(job.value(), "job")?));
        }
        jobs.sort_by_key(|(_, job)| std::cmp::Reverse(job.sequence));
        Ok(jobs)
    }

    /// Returns how much the store holds.
    ///
    /// # Errors
    /// Whatever the database says.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let read = self.database.begin_read()?;
        Ok(Counts {
            open: read.open_table(QUEUE)?.len()?,
            finished: read.open_table(FINISHED)?.len()?,
            programs: read.open_table(PROGRAMS)?.len()?,
        })
    }

    fn take_leases_back(&self) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        {
            let mut jobs = write.open_table(JOBS)?;
            for entry in write.open_table(QUEUE)?.iter()? {
                let id = *entry?.1.value();
                let mut job = record(&jobs, &id)?;
                if let Status::Open { lease, .. } = &mut job.status {
                    *lease = None;
                }
                jobs.insert(&id, job.encode().as_slice())?;
            }
        }
        write.commit()?;
        Ok(())
    }

    /// Changes the record of a claimed job, if the claim still holds.
    fn change(&self, claim: &Claim, change: impl FnOnce(&mut JobRecord)) -> Result<bool, StoreError> {
        let write = self.database.begin_write()?;
        {
            let mut jobs = write.open_table(JOBS)?;
            let mut job = record(&jobs, &claim.id)?;
            if !job.is_held_by(claim.token) {
                return Ok(false);
            }
            change(&mut job);
            jobs.insert(&claim.id, job.encode().as_slice())?;
        }
        write.commit()?;
        Ok(true)
    }

    /// Ends a job, if it is open and held by the token, when one is given; forgets the oldest ended
    /// ones.
    fn end(
        &self,
        id: &JobId,
        token: Option<u64>,
        now_ms: u64,
        outcome: Result<&[u8], &Failure>,
    ) -> Result<bool, StoreError> {
        let write = self.database.begin_write()?;
        {
            let mut jobs = write.open_table(JOBS)?;
            let mut inputs = write.open_table(INPUTS)?;
            let mut results = write.open_table(RESULTS)?;
            let mut finished = write.open_table(FINISHED)?;
            let mut job = record(&jobs, id)?;
            let held = token.map_or(matches!(job.status, Status::Open { .. }), |token| {
                job.is_held_by(token)
            });
            if !held {
                return Ok(false);
            }
            let finish = next_sequence(&write)?;
            job.status = match outcome {
                Ok(result) => {
                    results.insert(id, result)?;
                    inputs.remove(id)?;
                    Status::Done {
                        ended_ms: now_ms,
                        finish,
                        version: self.version,
                    }
                }
                Err(failure) => Status::Failed {
                    failure: failure.clone(),
                    ended_ms: now_ms,
                    finish,
                    version: self.version,
                },
            };
            jobs.insert(id, job.encode().as_slice())?;
            write.open_table(QUEUE)?.remove(job.sequence)?;
            finished.insert(finish, id)?;
            while finished.len()? > self.max_finished {
                let Some(oldest) = finished.pop_first()?.map(|(_, id)| *id.value()) else {
                    break;
                };
                jobs.remove(&oldest)?;
                inputs.remove(&oldest)?;
                results.remove(&oldest)?;
            }
            self.forget_inputs(&mut inputs, &finished)?;
        }
        write.commit()?;
        Ok(true)
    }
}

fn record(
    jobs: &impl ReadableTable<&'static [u8; 32], &'static [u8]>,
    id: &JobId,
) -> Result<JobRecord, StoreError> {
    let job = jobs
        .get(id)?
        .ok_or(StoreError::Damaged("a queued job is missing"))?;
    decode(job.value(), "job")
}

fn decode<T: Decode>(bytes: &[u8], what: &'static str) -> Result<T, StoreError> {
    T::decode(&mut &bytes[..]).map_err(|_| StoreError::Damaged(what))
}

fn next_sequence(write: &redb::WriteTransaction) -> Result<u64, StoreError> {
    let mut meta = write.open_table(META)?;
    let next = meta.get(NEXT_SEQUENCE)?.map_or(0, |next| next.value());
    meta.insert(NEXT_SEQUENCE, next + 1)?;
    Ok(next)
}

/// Returns the file of the store in a data folder.
pub(crate) fn file(data: &Path) -> std::path::PathBuf {
    data.join("jobs.redb")
}

#[cfg(test)]
mod tests;
