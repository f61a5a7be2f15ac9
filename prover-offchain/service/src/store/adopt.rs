//! Taking over the jobs that another prover ended.

use super::{record, JobKind, Status, Store, StoreError};
use crate::store::tables::{FINISHED, INFOS, JOBS, RESULTS};
use codec::Encode;
use redb::ReadableTable;
use zkfusion_primitives::job::FailureKind;

impl Store {
    /// Goes through what has ended, for a prover that starts:
    ///
    /// * a job may be posted again that failed under another version, or by a defect: a file that
    ///   was damaged may be mended now;
    /// * a proof stays if it is one under today's keys. The keys of settlements are of the binary
    ///   too, so settlements of another one are forgotten. Keys that are not known do not change
    ///   anything;
    /// * what was learned about programs is learned again.
    pub(super) fn adopt(&self) -> Result<(), StoreError> {
        let write = self.database.begin_write()?;
        {
            let mut jobs = write.open_table(JOBS)?;
            let mut results = write.open_table(RESULTS)?;
            let mut finished = write.open_table(FINISHED)?;
            let ended: Vec<_> = finished
                .iter()?
                .map(|entry| entry.map(|(finish, id)| (finish.value(), *id.value())))
                .collect::<Result<_, _>>()?;
            for (finish, id) in ended {
                let mut job = record(&jobs, &id)?;
                match &mut job.status {
                    Status::Failed { failure, version, .. } => {
                        let defect = matches!(failure.kind, FailureKind::Prover | FailureKind::SelfCheck);
                        if !failure.retryable && (defect || *version != self.version) {
                            failure.retryable = true;
                            jobs.insert(&id, job.encode().as_slice())?;
                        }
                    }
                    Status::Done { version, .. } => {
                        let valid = match job.kind {
                            JobKind::Batch => version.keys == self.version.keys,
                            JobKind::Settlement => *version == self.version,
                        };
                        if !valid && self.version.keys.is_some() {
                            jobs.remove(&id)?;
                            results.remove(&id)?;
                            finished.remove(finish)?;
                        }
                    }
                    Status::Open { .. } => return Err(StoreError::Damaged("an open job has ended")),
                }
            }
            write.delete_table(INFOS)?;
            write.open_table(INFOS)?;
        }
        write.commit()?;
        Ok(())
    }
}
