//! A runtime of this pallet alone: programs whose wasm starts with the right byte, and block
//! outputs that tests set.

use crate as pallet_sequencer;
use crate::{CheckedProgram, Inbox, ProgramChecks, ProgramFault, SealedBatch};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Hooks},
};
use frame_system::EnsureRoot;
use pallet_vrf::{Output, RandomnessSource};
use sp_core::crypto::AccountId32;
use sp_runtime::{traits::IdentityLookup, BuildStorage, Perbill};
use zkfusion_primitives::{ids::Hash, program::LARGEST_K};

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system = 0,
        Sequencer: pallet_sequencer = 1,
        Balances: pallet_balances = 2,
    }
);

type Block = frame_system::mocking::MockBlock<Test>;

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type AccountData = pallet_balances::AccountData<u128>;
    type AccountId = AccountId32;
    type Block = Block;
    type Lookup = IdentityLookup<AccountId32>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type Balance = u128;
    type ExistentialDeposit = ConstU128<1>;
}

parameter_types! {
    pub Treasury: AccountId32 = account(TREASURY);
    pub const ProverShare: Perbill = Perbill::from_percent(80);
    /// There is no randomness after blocks from this one on.
    pub static SilentFrom: u64 = u64::MAX;
}

/// The randomness after block `n` comes in the next block and is `n + 1` in every byte, whatever it
/// is for.
pub struct NumberedOutputs;

impl RandomnessSource<u64> for NumberedOutputs {
    fn randomness_after(block: u64, _context: &[u8]) -> Option<Output> {
        let next = block + 1;
        (System::block_number() >= next && next < SilentFrom::get()).then_some([next as u8; 32])
    }
}

/// The first byte of what the mock takes for wasm.
pub(crate) const GOOD_WASM: u8 = b'w';

/// Digest of the protocol that all keys are of.
pub(crate) const PROTOCOL: Hash = [9; 32];

/// Takes a module for good by its first byte; a program's id counts its keys.
pub struct FirstByte;

impl ProgramChecks for FirstByte {
    fn check(wasm: &[u8], keys: &[(u8, Vec<u8>)]) -> Result<CheckedProgram, ProgramFault> {
        if keys.iter().any(|(_, key)| key.is_empty()) {
            return Err(ProgramFault::MalformedKey);
        }
        match wasm.first() {
            Some(&GOOD_WASM) => Ok(CheckedProgram {
                program_id: [keys.len() as u8; 32],
                protocol: PROTOCOL,
            }),
            Some(b'f') => Err(ProgramFault::UnsupportedInstruction),
            Some(b'i') => Err(ProgramFault::UnsupportedImport),
            Some(b'e') => Err(ProgramFault::MissingEntryPoint),
            Some(b'l') => Err(ProgramFault::LimitExceeded),
            Some(b'k') => Err(ProgramFault::WrongKey),
            _ => Err(ProgramFault::InvalidWasm),
        }
    }

    fn explain(wasm: &[u8]) -> Option<String> {
        (wasm.first() != Some(&GOOD_WASM)).then(|| "bad first byte".into())
    }
}

pub(crate) const MAX_UNPROCESSED: u32 = 12;
pub(crate) const MAX_OF_SENDER: u32 = 8;
/// What a unit costs of an app of which nothing waits.
pub(crate) const LOWEST_PRICE: u128 = 1_000_000;
/// Whose account is the treasury.
pub(crate) const TREASURY: u8 = 99;
/// What each of the accounts 1 to 9 has.
pub(crate) const FUNDS: u128 = 1_000_000_000_000;
pub(crate) const MAX_FUEL: u64 = 1_000;
pub(crate) const BUDGET: u64 = 3_500;
pub(crate) const MAX_MESSAGES: u32 = 4;
pub(crate) const MAX_AGE: u64 = 3;
pub(crate) const VISITS: u32 = 2;
pub(crate) const SEEDS: u32 = 2;
pub(crate) const HEADS: u32 = 3;
pub(crate) const OUTCOMES: u64 = 6;
pub(crate) const BATCHES: u64 = 2;

impl pallet_sequencer::Config for Test {
    type RegisterOrigin = EnsureRoot<AccountId32>;
    type Programs = FirstByte;
    type Randomness = NumberedOutputs;
    type Currency = Balances;
    type LowestPrice = ConstU128<LOWEST_PRICE>;
    type ProverShare = ProverShare;
    type Treasury = Treasury;
    type MaxUnprocessed = ConstU32<MAX_UNPROCESSED>;
    type MaxOfSender = ConstU32<MAX_OF_SENDER>;
    type MaxFuelLimit = ConstU64<MAX_FUEL>;
    type BatchBudget = ConstU64<BUDGET>;
    type MaxBatchMessages = ConstU32<MAX_MESSAGES>;
    type MaxBatchAge = ConstU64<MAX_AGE>;
    type VisitsPerBlock = ConstU32<VISITS>;
    type SeedsPerVisit = ConstU32<SEEDS>;
    type MaxHeads = ConstU32<HEADS>;
    type OutcomeHistory = ConstU64<OUTCOMES>;
    type BatchHistory = ConstU64<BATCHES>;
    type WeightInfo = ();
}

/// Returns an account.
pub(crate) fn account(n: u8) -> AccountId32 {
    AccountId32::new([n; 32])
}

/// Registers an app and returns its id.
pub(crate) fn register() -> u32 {
    let keys = vec![(LARGEST_K, vec![1])];
    Sequencer::register(RuntimeOrigin::root(), account(1), vec![GOOD_WASM], keys)
        .expect("the program is good");
    crate::NextApp::<Test>::get() - 1
}

/// Submits an empty message with the given fuel limit; two senders take turns.
pub(crate) fn submit(app: u32, fuel: u64) {
    let sender = account(2 + (inbox(app).next_message % 2) as u8);
    Sequencer::submit(RuntimeOrigin::signed(sender), app, Vec::new(), fuel, FUNDS)
        .expect("the message is good");
}

/// Returns where an app stands.
pub(crate) fn inbox(app: u32) -> Inbox<u64> {
    crate::Inboxes::<Test>::get(app)
}

/// Returns a batch that is there.
pub(crate) fn batch(app: u32, index: u64) -> SealedBatch<u64> {
    crate::Batches::<Test>::get(app, index).expect("the batch is sealed")
}

/// Ends blocks up to this one and begins it.
pub(crate) fn go_to(block: u64) {
    while System::block_number() < block {
        let now = System::block_number();
        Sequencer::on_finalize(now);
        Sequencer::check_state().expect("the invariants hold at the end of every block");
        System::set_block_number(now + 1);
        Sequencer::on_initialize(now + 1);
    }
}

/// Returns the genesis state, in block 1.
pub(crate) fn new_test_ext() -> sp_io::TestExternalities {
    let mut storage = frame_system::GenesisConfig::<Test>::default()
        .build_storage()
        .expect("the genesis is empty");
    let balances = pallet_balances::GenesisConfig::<Test> {
        balances: (1..=9).map(|n| (account(n), FUNDS)).collect(),
        ..Default::default()
    };
    balances
        .assimilate_storage(&mut storage)
        .expect("the accounts are not too many");
    let mut ext = sp_io::TestExternalities::from(storage);
    ext.execute_with(|| System::set_block_number(1));
    ext
}

/// Runs a test in block 1 and checks the pallet's invariants after it.
pub(crate) fn execute(test: impl FnOnce()) {
    new_test_ext().execute_with(|| {
        test();
        Sequencer::check_state().expect("the invariants hold after every test");
    });
}
