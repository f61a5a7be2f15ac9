//! A runtime of this pallet alone, whose authors the tests name.

use crate as pallet_vrf;
use crate::{BlockRandomness, Output};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU32, ConstU64, Hooks},
};
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
    /// The author of the current block, if its output is known.
    pub static Author: Option<u64> = None;
    /// The number of validators.
    pub static Authors: u32 = 4;
}

/// Block `n` has the output `[n; 32]`.
pub struct NumberedOutputs;

impl BlockRandomness<u64> for NumberedOutputs {
    fn current() -> Option<(u64, Output)> {
        Author::get().map(|author| (author, [System::block_number() as u8; 32]))
    }

    fn authors() -> u32 {
        Authors::get()
    }
}

/// The history of the mock runtime, in blocks.
pub(crate) const HISTORY: u64 = 8;
/// The validators that contribute besides a block's author.
pub(crate) const MIN_AUTHORS: u32 = 2;
/// The blocks that have to do in any case.
pub(crate) const WINDOW: u64 = 5;

impl pallet_vrf::Config for Test {
    type BlockRandomness = NumberedOutputs;
    type HistoryDepth = ConstU64<HISTORY>;
    type MaxWindow = ConstU64<WINDOW>;
    type MinAuthors = ConstU32<MIN_AUTHORS>;
    type WeightInfo = ();
}

/// Executes the next blocks, one by each of `authors`; 0 is an author whose output is unknown.
pub(crate) fn blocks(authors: impl IntoIterator<Item = u64>) {
    for author in authors {
        let now = System::block_number() + 1;
        Author::set((author != 0).then_some(author));
        System::set_block_number(now);
        Vrf::on_initialize(now);
        Vrf::on_finalize(now);
    }
}

/// Returns the genesis state.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("the genesis is empty");
    storage.into()
}
