//! What the worker remembers about an app's batch between blocks.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use pallet_sequencer::ProvableBatch;
use sp_io::hashing::blake2_256;
use sp_runtime::offchain::storage::StorageValueRef;
use zkfusion_offchain::backoff::Backoff;
use zkfusion_primitives::{
    ids::{AppId, Hash},
    job::JobId,
};

/// The longest pause after repeated failures, in blocks.
const MAX_PAUSE: u64 = 64;

/// How far the proof of an app's next batch has come.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub(super) struct Progress {
    /// Names the batch together with the state it starts from: on another fork it is another.
    fingerprint: [u8; 32],
    /// The posted job.
    pub(super) job: Option<JobId>,
    /// Block in which the proof was sent to the transaction pool.
    pub(super) submitted_at: Option<u64>,
    backoff: Backoff,
}

impl Progress {
    /// Returns what is known about this batch; nothing was done for a batch that is not known.
    pub(super) fn load(batch: &ProvableBatch, pre_root: &Hash) -> Self {
        let fingerprint = (
            batch.app,
            batch.index,
            batch.program.program_id,
            batch.program.wasm_hash,
            pre_root,
            batch.inbox_hash_pre,
            batch.inbox_hash_post,
            batch.seed,
        )
            .using_encoded(blake2_256);
        let stored = StorageValueRef::persistent(&key(batch.app))
            .get::<Self>()
            .ok()
            .flatten();
        stored
            .filter(|progress| progress.fingerprint == fingerprint)
            .unwrap_or(Self {
                fingerprint,
                job: None,
                submitted_at: None,
                backoff: Backoff::default(),
            })
    }

    /// Stores the record in place of the app's previous one.
    pub(super) fn save(&self, app: AppId) {
        StorageValueRef::persistent(&key(app)).set(self);
    }

    /// Returns whether the worker has to leave the batch alone in this block.
    pub(super) fn paused(&self, now: u64) -> bool {
        self.backoff.paused(now)
    }

    /// Notes a failure: the job is posted again after a pause that doubles each time.
    ///
    /// `hopeless` says that the same job will most likely fail again; the pause is the longest then.
    pub(super) fn fail(&mut self, now: u64, hopeless: bool) {
        match hopeless {
            true => self.backoff.rest(now, MAX_PAUSE),
            false => self.backoff.fail(now, MAX_PAUSE),
        }
        self.job = None;
        self.submitted_at = None;
    }
}

fn key(app: AppId) -> Vec<u8> {
    (b"zkfusion::prover::progress::", app).encode()
}
