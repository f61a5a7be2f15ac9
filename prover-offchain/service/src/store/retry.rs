//! Trying failed jobs again.

use super::{record, JobId, Status, Store, StoreError};
use crate::store::tables::{FINISHED, INPUTS, JOBS, QUEUE};
use codec::Encode;
use redb::{ReadableTable, Table};

/// Why a job is not tried again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RetryError {
    /// There is no such job.
    #[error("there is no job {}", hex::encode(.0))]
    Unknown(JobId),
    /// It waits, runs, or is done.
    #[error("the job has not failed: it {0}")]
    NotFailed(&'static str),
    /// What it asked for has been forgotten.
    #[error("what the job asked for is not kept any more: wait until a node posts it again")]
    InputGone,
    /// The store does not serve.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<E: Into<redb::Error>> From<E> for RetryError {
    fn from(error: E) -> Self {
        Self::Store(StoreError::from(error))
    }
}

impl Store {
    /// Puts a failed job into the queue as if it had just come.
    ///
    /// # Errors
    /// [`RetryError`] when it has not failed, or its input is gone.
    pub fn retry(&self, id: &JobId, now_ms: u64) -> Result<(), RetryError> {
        let write = self.database.begin_write()?;
        {
            let mut jobs = write.open_table(JOBS)?;
            if jobs.get(id)?.is_none() {
                return Err(RetryError::Unknown(*id));
            }
            let mut job = record(&jobs, id)?;
            let finish = match &job.status {
                Status::Open { lease: None, .. } => return Err(RetryError::NotFailed("waits")),
                Status::Open { lease: Some(_), .. } => return Err(RetryError::NotFailed("runs")),
                Status::Done { .. } => return Err(RetryError::NotFailed("is done")),
                Status::Failed { finish, .. } => *finish,
            };
            let inputs = write.open_table(INPUTS)?;
            if inputs.get(id)?.is_none() {
                return Err(RetryError::InputGone);
            }
            job.attempts = 0;
            job.status = Status::Open {
                lease: None,
                not_before_ms: now_ms,
            };
            jobs.insert(id, job.encode().as_slice())?;
            write.open_table(FINISHED)?.remove(finish)?;
            write.open_table(QUEUE)?.insert(job.sequence, id)?;
        }
        write.commit()?;
        Ok(())
    }

    /// Forgets what failed jobs asked for, the oldest first, where all of it is more than is kept.
    pub(super) fn forget_inputs(
        &self,
        inputs: &mut Table<'_, &'static [u8; 32], &'static [u8]>,
        finished: &impl ReadableTable<u64, &'static [u8; 32]>,
    ) -> Result<(), StoreError> {
        let mut room = self.max_failed_bytes;
        for entry in finished.iter()?.rev() {
            let id = *entry?.1.value();
            let bytes = inputs.get(&id)?.map_or(0, |input| input.value().len() as u64);
            match room.checked_sub(bytes) {
                Some(left) => room = left,
                None => {
                    inputs.remove(&id)?;
                }
            }
        }
        Ok(())
    }
}
