//! The state on which benchmarks run.

use crate::chain::build_genesis;
use codec::Encode;
use sc_client_db::BenchmarkingState;
use sp_core::{
    offchain::{testing::TestOffchainExt, OffchainDbExt},
    traits::{ReadRuntimeVersion, ReadRuntimeVersionExt},
};
use sp_externalities::{set_and_run_with_externalities, Extensions, Externalities};
use sp_genesis_builder::DEV_RUNTIME_PRESET;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{traits::BlakeTwo256, Storage};
use sp_state_machine::{Ext, OverlayedChanges};
use zkfusion_runtime::{Runtime, VERSION};

/// Answers for any code with the version of this runtime.
struct ThisVersion;

impl ReadRuntimeVersion for ThisVersion {
    fn read_runtime_version(&self, _code: &[u8], _ext: &mut dyn Externalities) -> Result<Vec<u8>, String> {
        Ok(VERSION.encode())
    }
}

/// The development genesis, which benchmarks can reset and in which they can count what they read
/// and write.
pub(crate) struct State {
    backend: BenchmarkingState<BlakeTwo256>,
    extensions: Extensions,
}

impl State {
    /// Returns the state. Only with `count` are reads and writes counted, which takes time.
    pub(crate) fn new(count: bool) -> Self {
        let mut extensions = Extensions::default();
        extensions.register(OffchainDbExt::new(TestOffchainExt::new().0));
        extensions.register(KeystoreExt::new(MemoryKeystore::new()));
        extensions.register(ReadRuntimeVersionExt::new(ThisVersion));
        let backend = BenchmarkingState::new(genesis(), None, false, count);
        Self {
            backend: backend.expect("the genesis is good"),
            extensions,
        }
    }

    /// Runs something that has access to the state.
    pub(crate) fn with<R>(&mut self, run: impl FnOnce(&mut dyn Externalities) -> R) -> R {
        let mut overlay = OverlayedChanges::default();
        let mut ext = Ext::new(&mut overlay, &self.backend, Some(&mut self.extensions));
        run(&mut ext)
    }

    /// Runs native code on the state.
    pub(crate) fn execute<R>(&mut self, run: impl FnOnce() -> R) -> R {
        self.with(|ext| set_and_run_with_externalities(ext, run))
    }
}

/// Returns the storage of the development genesis.
fn genesis() -> Storage {
    let mut storage = Storage::default();
    build_genesis(DEV_RUNTIME_PRESET).execute_with(|| {
        // The SDK's benchmarks bond little.
        pallet_staking::MinNominatorBond::<Runtime>::kill();
        pallet_staking::MinValidatorBond::<Runtime>::kill();
        let mut key = Vec::new();
        while let Some(next) = sp_io::storage::next_key(&key) {
            let value = sp_io::storage::get(&next).expect("the key is there");
            storage.top.insert(next.clone(), value.to_vec());
            key = next;
        }
    });
    storage
}
