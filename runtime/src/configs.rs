//! The parameters of each pallet.

mod apps;
mod consensus;
mod governance;
mod staking;

use crate::{
    constants::EXISTENTIAL_DEPOSIT, constants::MILLISECS_PER_BLOCK, AccountId, Authorship, Babe, Balance,
    Balances, Block, BlockNumber, Hash, Nonce, PalletInfo, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask, System, VERSION,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{
        fungible::{Balanced, Credit},
        tokens::imbalance::ResolveTo,
        ConstU128, ConstU32, ConstU64, ConstU8, Imbalance, OnUnbalanced, VariantCountOf,
    },
    weights::{
        constants::{ParityDbWeight, WEIGHT_REF_TIME_PER_MILLIS},
        IdentityFee, Weight,
    },
};
use frame_system::limits::{BlockLength, BlockWeights};
use pallet_transaction_payment::{ConstFeeMultiplier, FungibleAdapter, Multiplier};
use sp_runtime::{traits::One, Perbill};
use sp_version::RuntimeVersion;
use zkfusion_primitives::ids::SS58_PREFIX;

use self::governance::TreasuryAccount;

/// The share of a block that user transactions may fill; the rest is for operational calls.
const NORMAL_DISPATCH_RATIO: Perbill = Perbill::from_percent(95);
/// The share of it that they leave to transactions with proofs: two to five proofs.
const PROOF_RATIO: Perbill = Perbill::from_percent(5);
/// The computing time of a block, in milliseconds: two thirds of the slot, as its author has.
/// The weights are those of a node compiled with less optimisation than a release
/// (docs/weights.md), so others have time to import.
const BLOCK_MILLIS: u64 = MILLISECS_PER_BLOCK * 2 / 3;
/// The largest block body, in bytes.
const BLOCK_BYTES: u32 = 5 * 1024 * 1024;

parameter_types! {
    pub const BlockHashCount: BlockNumber = 4096;
    pub const Version: RuntimeVersion = VERSION;
    pub const SS58Prefix: u16 = SS58_PREFIX;
    pub RuntimeBlockWeights: BlockWeights = BlockWeights::with_sensible_defaults(
        Weight::from_parts(BLOCK_MILLIS * WEIGHT_REF_TIME_PER_MILLIS, u64::MAX),
        NORMAL_DISPATCH_RATIO,
    );
    pub RuntimeBlockLength: BlockLength = BlockLength::builder()
        .max_length(BLOCK_BYTES)
        .modify_max_length_for_class(frame_support::dispatch::DispatchClass::Normal, |length| {
            *length = NORMAL_DISPATCH_RATIO * BLOCK_BYTES
        })
        .build();
    pub RoomForProofs: (Weight, u32) = (
        Weight::from_parts(PROOF_RATIO * (BLOCK_MILLIS * WEIGHT_REF_TIME_PER_MILLIS), 0),
        PROOF_RATIO * BLOCK_BYTES,
    );
    pub FeeMultiplier: Multiplier = Multiplier::one();
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type AccountData = pallet_balances::AccountData<Balance>;
    type AccountId = AccountId;
    type Block = Block;
    type BlockHashCount = BlockHashCount;
    type BlockLength = RuntimeBlockLength;
    type BlockWeights = RuntimeBlockWeights;
    type DbWeight = ParityDbWeight;
    type ExtensionsWeightInfo = crate::weights::frame_system_extensions::WeightInfo<Runtime>;
    type Hash = Hash;
    type MaxConsumers = ConstU32<16>;
    type Nonce = Nonce;
    type SS58Prefix = SS58Prefix;
    type Version = Version;
}

impl pallet_timestamp::Config for Runtime {
    type MinimumPeriod = ConstU64<{ MILLISECS_PER_BLOCK / 2 }>;
    type Moment = u64;
    type OnTimestampSet = Babe;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type AccountStore = System;
    type Balance = Balance;
    type DoneSlashHandler = ();
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type ReserveIdentifier = [u8; 8];
    type RuntimeEvent = RuntimeEvent;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type RuntimeHoldReason = RuntimeHoldReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
}

impl pallet_transaction_payment::Config for Runtime {
    type FeeMultiplierUpdate = ConstFeeMultiplier<FeeMultiplier>;
    type LengthToFee = IdentityFee<Balance>;
    type OnChargeTransaction = FungibleAdapter<Balances, AuthorEarns>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = crate::weights::pallet_transaction_payment::WeightInfo<Runtime>;
    type WeightToFee = IdentityFee<Balance>;
}

/// Gives the author of the block half of the fees and all tips, and the rest to the treasury. An
/// author that fills its own blocks loses the other half.
pub struct AuthorEarns;

impl OnUnbalanced<Credit<AccountId, Balances>> for AuthorEarns {
    fn on_unbalanceds(mut credits: impl Iterator<Item = Credit<AccountId, Balances>>) {
        let Some(fee) = credits.next() else { return };
        let (earned, rest) = fee.ration(1, 1);
        let earned = credits.fold(earned, |earned, tip| earned.merge(tip));
        let left = match Authorship::author() {
            Some(author) => Balances::resolve(&author, earned).err(),
            None => Some(earned),
        };
        let rest = match left {
            Some(left) => rest.merge(left),
            None => rest,
        };
        ResolveTo::<TreasuryAccount, Balances>::on_unbalanced(rest);
    }
}

impl pallet_network::Config for Runtime {}
