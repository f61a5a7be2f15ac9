//! A runtime of this pallet with the scheduler; account 1 decides, account 2 can cancel.

use crate as pallet_governance;
use frame_support::{
    derive_impl, ord_parameter_types, parameter_types,
    traits::{ConstU32, EqualPrivilegeOnly, Hooks},
    weights::Weight,
};
use frame_system::{EnsureRoot, EnsureSignedBy};
use sp_runtime::BuildStorage;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Balances: pallet_balances = 1,
        Preimage: pallet_preimage = 2,
        Scheduler: pallet_scheduler = 3,
        Governance: pallet_governance = 4,
    }
);

type Block = frame_system::mocking::MockBlock<Test>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountData = pallet_balances::AccountData<u64>;
    type Block = Block;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
}

impl pallet_preimage::Config for Test {
    type Consideration = ();
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<u64>;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
}

parameter_types! {
    pub MaximumWeight: Weight = Weight::from_parts(1_000_000_000_000, u64::MAX);
}

/// The most calls that are scheduled for one block.
pub(crate) const MAX_SCHEDULED: u32 = 10;

impl pallet_scheduler::Config for Test {
    type BlockNumberProvider = System;
    type MaxScheduledPerBlock = ConstU32<MAX_SCHEDULED>;
    type MaximumWeight = MaximumWeight;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type PalletsOrigin = OriginCaller;
    type Preimages = Preimage;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type ScheduleOrigin = EnsureRoot<u64>;
    type WeightInfo = ();
}

ord_parameter_types! {
    pub const Decides: u64 = 1;
    pub const Cancels: u64 = 2;
}

impl pallet_governance::Config for Test {
    type CancelOrigin = EnsureSignedBy<Cancels, u64>;
    type Preimages = Preimage;
    type ProposeOrigin = EnsureSignedBy<Decides, u64>;
    type RuntimeCall = RuntimeCall;
    type Scheduler = Scheduler;
    type WeightInfo = ();
}

/// The notice period of the genesis, in blocks.
pub(crate) const NOTICE: u64 = 5;

/// Executes blocks up to this one.
pub(crate) fn go_to(block: u64) {
    while System::block_number() < block {
        let next = System::block_number() + 1;
        System::set_block_number(next);
        Scheduler::on_initialize(next);
    }
}

/// Runs a test on the genesis state, in block 1.
pub(crate) fn execute(test: impl FnOnce()) {
    let genesis = RuntimeGenesisConfig {
        governance: pallet_governance::GenesisConfig { notice: NOTICE },
        ..Default::default()
    };
    let storage = genesis.build_storage().expect("the genesis is good");
    sp_io::TestExternalities::from(storage).execute_with(|| {
        System::set_block_number(1);
        test();
    });
}
