//! A runtime of this pallet alone.

use crate as pallet_kv_store;
use frame_support::derive_impl;
use sp_runtime::BuildStorage;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        KvStore: pallet_kv_store = 1,
    }
);

type Block = frame_system::mocking::MockBlock<Test>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
}

impl pallet_kv_store::Config for Test {}

/// Runs a test on the genesis state and checks the pallet's invariants after it.
pub(crate) fn execute(test: impl FnOnce()) {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("the genesis is empty");
    sp_io::TestExternalities::from(storage).execute_with(|| {
        test();
        KvStore::check_state().expect("the invariants hold after every test");
    });
}
