//! A runtime of this pallet alone, whose author and slot the tests set.

use crate as pallet_vrf;
use crate::{BlockAuthor, InherentError, Output, VrfClaim, INHERENT_IDENTIFIER};
use codec::Encode;
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU64, Hooks},
};
use sp_core::{crypto::VrfSecret, sr25519, Pair, H256};
use sp_runtime::BuildStorage;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Vrf: pallet_vrf = 1,
    }
);

type Block = frame_system::mocking::MockBlock<Test>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
}

parameter_types! {
    pub static Author: Option<sr25519::Public> = None;
    pub static Slot: u64 = 0;
}

/// The author and the slot of the running test.
pub struct TestAuthor;

impl BlockAuthor for TestAuthor {
    fn current() -> Option<(sr25519::Public, u64)> {
        Author::get().map(|key| (key, Slot::get()))
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn pretend(author: sr25519::Public, slot: u64) {
        Author::set(Some(author));
        Slot::set(slot);
    }
}

/// The history of the mock runtime, in blocks.
pub(crate) const HISTORY: u64 = 4;

impl pallet_vrf::Config for Test {
    type BlockAuthor = TestAuthor;
    type HistoryDepth = ConstU64<HISTORY>;
    type WeightInfo = ();
}

/// Returns the key pair of a development account.
pub(crate) fn pair(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(&format!("//{name}"), None).expect("a development account's path is valid")
}

/// Returns `pair`'s claim for the given input.
pub(crate) fn claim(pair: &sr25519::Pair, previous: &Output, slot: u64) -> VrfClaim {
    pair.vrf_sign(&VrfClaim::sign_data(previous, slot)).into()
}

/// Starts block `number` in `slot`, authored by `author`.
pub(crate) fn begin_block(number: u64, slot: u64, author: &sr25519::Pair) {
    Author::set(Some(author.public()));
    Slot::set(slot);
    System::initialize(&number, &genesis_hash(), &Default::default());
    Vrf::on_initialize(number);
}

/// Returns what the first block's VRF is evaluated on.
pub(crate) fn genesis_hash() -> H256 {
    H256::repeat_byte(7)
}

/// Returns inherent data with `claim`.
pub(crate) fn inherent_data(claim: &VrfClaim) -> sp_inherents::InherentData {
    let mut data = sp_inherents::InherentData::new();
    data.put_data(INHERENT_IDENTIFIER, claim)
        .expect("the data is empty");
    data
}

/// Returns how a missing inherent is reported.
pub(crate) fn missing() -> Vec<u8> {
    InherentError::Missing.encode()
}

/// Runs a test on the genesis state.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("the genesis is empty");
    storage.into()
}
