//! The relayer role of a node: has verified batches proved for Ethereum and settles them there.
//!
//! The worker runs after each imported block, on that block's state. It asks Ethereum, in one
//! request if the node takes that, where it stands: the account, the transaction under way, the
//! apps. From the answer follows what to do:
//!
//! 1. The transaction under way is seen to its end: its outcome told when it is in a block, sent
//!    again when the node lost it, replaced with higher fees when it waits for too long
//!    ([`crate::plan::fate`]).
//! 2. For each app with batches that are verified at a final block and not settled, the next
//!    settlement proof is asked for ([`crate::plan::next_range`]), and an app that the contract
//!    does not know is registered.
//! 3. When no transaction is under way, Ethereum is told of a new set of validators, or of a block
//!    that they signed and that a settlement needs (`finality`); and when a proof is there, it is
//!    sent with the evidence that its batches are final.
//!
//! What is remembered between runs only saves work (`settling`: the posted job), or is about the
//! transaction under way (`worker` stores it before it is sent). Where an app stands is read from
//! Ethereum each time, so an Ethereum that went back or began anew is settled on again. A run waits
//! for nothing but HTTP answers, each within [`REQUEST_MS`], and begins nothing after [`RUN_MS`]; a
//! lock keeps a slow run from being joined by the next.

pub mod account;
mod candidates;
pub mod ethereum;
mod finality;
mod follow;
pub mod rpc;
mod send;
mod settings;
mod settling;
mod worker;

pub use finality::{commitment_key, KEY_NEWEST_SET};
pub use settings::{
    finalized, MissingSetting, Settings, KEY_FINALIZED, KEY_L1_CHAIN_ID, KEY_L1_MAX_FEE, KEY_L1_ORDER,
    KEY_L1_SETTLEMENT, KEY_L1_UPGRADER, KEY_L1_URL, KEY_L1_VERIFIER, KEY_RELAYER,
};

use crate::{Config, LOG_TARGET};
use frame_system::pallet_prelude::BlockNumberFor;
use rpc::REQUEST_MS;
use sp_core::offchain::Duration;
use sp_runtime::{
    offchain::{
        storage::StorageValueRef,
        storage_lock::{StorageLock, Time},
    },
    SaturatedConversion,
};
use zkfusion_offchain::backoff::Backoff;

/// After this time a run begins no further step, in milliseconds.
pub const RUN_MS: u64 = 4_000;

/// A run that holds the lock for longer is taken to be dead, in milliseconds: the longest run plus
/// its last step.
const LOCK_MS: u64 = RUN_MS + 6 * REQUEST_MS;

/// The longest pause while the role cannot be played at all, in blocks.
const MAX_PAUSE: u64 = 10;

/// Takes what steps there are to take, if this node has the relayer role and no other run is under
/// way.
pub(crate) fn run<T: Config>(now: BlockNumberFor<T>) {
    let settings = match Settings::load() {
        Ok(None) => return,
        Ok(Some(settings)) => Ok(settings),
        Err(missing) => Err(missing),
    };
    let now = now.saturated_into();
    let mut lock =
        StorageLock::<Time>::with_deadline(b"zkfusion::relayer::lock", Duration::from_millis(LOCK_MS));
    let Ok(_guard) = lock.try_lock() else {
        log::debug!(target: LOG_TARGET, "the previous run of the relayer role is still under way");
        return;
    };
    let outage = StorageValueRef::persistent(b"zkfusion::relayer::outage");
    let mut backoff = outage.get::<Backoff>().ok().flatten().unwrap_or_default();
    if backoff.paused(now) {
        return;
    }
    let result = match settings {
        // After an outage it is seen at once where Ethereum stands.
        Ok(settings) => worker::run::<T>(&settings, now, backoff.failures() > 0),
        Err(missing) => Err(worker::Outage::Setting(missing)),
    };
    match result {
        Ok(()) => {
            if backoff.failures() > 0 {
                log::info!(target: LOG_TARGET, "the relayer goes on");
                outage.set(&Backoff::default());
            }
        }
        Err(reason) => {
            log::warn!(target: LOG_TARGET, "the relayer cannot go on: {reason}");
            backoff.fail(now, MAX_PAUSE);
            outage.set(&backoff);
        }
    }
}
