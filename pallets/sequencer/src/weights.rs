//! Weights of the calls and hooks.
//!
//! Measured in the runtime's wasm on a machine of 2 shared cores, as CPU time of the node that serves a runtime call (average
//! of ten), rounded up; not by `frame-omni-bencher`:
//!
//! - one P2 hash takes 73 us (`FusionApi_leaf` over 100 leaves: 3,300 hashes in 241 ms);
//! - compiling a program takes 57 ns a byte of wasm at most (`FusionApi_check_program` on modules of 420 to 504 kB: 60,000
//!   additions or multiplications, 30,000 blocks with branches, 500,000 `nop`s: 8 to 28 ms);
//! - the rest is storage, for which the database weights of the runtime stand.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// Reads for the seeds that an app can get in a visit: four, each of the outputs of 33 blocks and the
/// number of authors, the longest window of `pallet-vrf` in the runtime.
const SEED_READS: u64 = 4 * 34;

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Registers a program of `wasm` bytes with `keys` keys.
    fn register(wasm: u32, keys: u32) -> Weight;
    /// Takes in a message with `payload` bytes, sealing a batch.
    fn submit(payload: u32) -> Weight;
    /// Serves `apps` apps of the queue.
    fn on_finalize(apps: u32) -> Weight;
}

/// Weights with the database costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn register(wasm: u32, keys: u32) -> Weight {
        <() as WeightInfo>::register(wasm, keys)
            .saturating_add(T::DbWeight::get().reads_writes(2, 4u64.saturating_add(keys.into())))
    }

    fn submit(payload: u32) -> Weight {
        <() as WeightInfo>::submit(payload).saturating_add(T::DbWeight::get().reads_writes(3, 5))
    }

    fn on_finalize(apps: u32) -> Weight {
        let apps = u64::from(apps);
        <() as WeightInfo>::on_finalize(apps as u32).saturating_add(T::DbWeight::get().reads_writes(
            apps.saturating_mul(6 + SEED_READS).saturating_add(3),
            apps.saturating_mul(8).saturating_add(2),
        ))
    }
}

impl WeightInfo for () {
    fn register(wasm: u32, keys: u32) -> Weight {
        Weight::from_parts(2_000_000_000, 4_000)
            .saturating_add(Weight::from_parts(100_000, 0).saturating_mul(wasm.into()))
            .saturating_add(Weight::from_parts(20_000_000_000, 0).saturating_mul(keys.into()))
    }

    fn submit(payload: u32) -> Weight {
        let chunks = payload
            .min(zkfusion_primitives::message::MAX_PAYLOAD)
            .div_ceil(24);
        Weight::from_parts(400_000_000, 4_000)
            .saturating_add(Weight::from_parts(80_000_000, 0).saturating_mul(chunks.into()))
    }

    fn on_finalize(apps: u32) -> Weight {
        Weight::from_parts(5_000_000, 2_000)
            .saturating_add(Weight::from_parts(60_000_000, 30_000).saturating_mul(apps.into()))
    }
}
