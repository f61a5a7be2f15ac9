//! The prover role of a node: has the prover service prove batches and submits the proofs.
//!
//! The worker runs after each imported block, on that block's state. For every app with a provable
//! batch it takes one step: post the job, ask where the job stands, or submit the proof. It waits
//! for nothing but HTTP answers, each within [`REQUEST_MS`], and begins nothing after [`RUN_MS`]; a
//! lock keeps a slow run from being joined by the next.
//!
//! Between blocks it remembers, for each app, one small record in the node's offchain database
//! (`progress::Progress`). Losing the record costs a repeated question, since a job is named by its
//! content and a job that was posted before is not run again; so node and service may be killed at
//! any moment. Several nodes may have the same batch proved: the first proof counts, the others
//! learn that the batch is proved.

mod progress;
mod settings;
mod worker;

pub use settings::{Settings, KEY_PROVER, KEY_PROVER_URL};

use crate::{pallet::Config, LOG_TARGET};
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::offchain::Duration;
use sp_runtime::{
    offchain::storage_lock::{StorageLock, Time},
    SaturatedConversion,
};
use zkfusion_offchain::prover::REQUEST_MS;

/// After this time a run begins no further step, in milliseconds.
pub const RUN_MS: u64 = 4_000;

/// A run that holds the lock for longer is taken to be dead, in milliseconds: the longest run plus
/// its last step.
const LOCK_MS: u64 = RUN_MS + 5 * REQUEST_MS;

/// Takes one step for each app with a provable batch, if this node has the prover role and no other
/// run is under way.
pub(crate) fn run<T: Config>(now: BlockNumberFor<T>) {
    let Some(settings) = Settings::load() else { return };
    let mut lock =
        StorageLock::<Time>::with_deadline(b"zkfusion::prover::lock", Duration::from_millis(LOCK_MS));
    match lock.try_lock() {
        Ok(_guard) => worker::run::<T>(&settings, now.saturated_into()),
        Err(_) => log::debug!(target: LOG_TARGET, "the previous run of the prover role is still under way"),
    };
}
