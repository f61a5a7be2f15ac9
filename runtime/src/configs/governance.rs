//! Parameters of the pallets that decide for the network, and of accounts of several people.

use crate::{
    constants::{DAYS, MILLI},
    AccountId, Balance, Balances, OriginCaller, Preimage, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeHoldReason, RuntimeOrigin, Scheduler, System,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    instances::Instance1,
    parameter_types,
    traits::{
        fungible::HoldConsideration, tokens::PayFromAccount, tokens::UnityAssetBalanceConversion, ConstU128,
        ConstU32, EitherOfDiverse, EqualPrivilegeOnly, InstanceFilter, LinearStoragePrice,
    },
    weights::Weight,
    PalletId,
};
use frame_system::{EnsureRoot, EnsureWithSuccess};
use pallet_collective::EnsureProportionAtLeast;
use scale_info::TypeInfo;
use sp_runtime::{
    traits::{BlakeTwo256, IdentityLookup},
    Perbill, Permill,
};

use super::RuntimeBlockWeights;

/// Three quarters of the council.
pub(super) type ThreeQuarters = EnsureProportionAtLeast<AccountId, Instance1, 3, 4>;
/// Half of the council.
pub(super) type Half = EnsureProportionAtLeast<AccountId, Instance1, 1, 2>;
/// Root, after its notice period, or three quarters of the council at once.
pub(super) type Managers = EitherOfDiverse<EnsureRoot<AccountId>, ThreeQuarters>;

/// The deposit for `items` storage entries with `bytes` bytes.
pub(super) const fn deposit(items: u32, bytes: u32) -> Balance {
    items as Balance * 100 * MILLI + bytes as Balance * MILLI
}

parameter_types! {
    pub MaxScheduledWeight: Weight = Perbill::from_percent(80) * RuntimeBlockWeights::get().max_block;
    pub MaxProposalWeight: Weight = Perbill::from_percent(50) * RuntimeBlockWeights::get().max_block;
    pub const PreimageHoldReason: RuntimeHoldReason =
        RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
    pub const PreimageBaseDeposit: Balance = deposit(2, 64);
    pub const PreimageByteDeposit: Balance = deposit(0, 1);
    pub const Burn: Permill = Permill::zero();
    pub const TreasuryPalletId: PalletId = PalletId(*b"zkfu/trs");
    pub TreasuryAccount: AccountId = crate::Treasury::account_id();
    pub const MaxSpend: Balance = Balance::MAX;
}

impl pallet_preimage::Config for Runtime {
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHoldReason,
        LinearStoragePrice<PreimageBaseDeposit, PreimageByteDeposit, Balance>,
    >;
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<AccountId>;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
}

impl pallet_scheduler::Config for Runtime {
    type BlockNumberProvider = System;
    type MaxScheduledPerBlock = ConstU32<50>;
    type MaximumWeight = MaxScheduledWeight;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type PalletsOrigin = OriginCaller;
    type Preimages = Preimage;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
}

impl pallet_collective::Config<Instance1> for Runtime {
    type Consideration = ();
    type DefaultVote = pallet_collective::MoreThanMajorityThenPrimeDefaultVote;
    type DisapproveOrigin = Managers;
    type KillOrigin = Managers;
    type MaxMembers = ConstU32<32>;
    type MaxProposalWeight = MaxProposalWeight;
    type MaxProposals = ConstU32<32>;
    type MotionDuration = ConstU32<{ 7 * DAYS }>;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type SetMembersOrigin = EnsureRoot<AccountId>;
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
}

impl pallet_governance::Config for Runtime {
    type CancelOrigin = Half;
    type Preimages = Preimage;
    type ProposeOrigin = ThreeQuarters;
    type RuntimeCall = RuntimeCall;
    type Scheduler = Scheduler;
    type WeightInfo = crate::weights::pallet_governance::WeightInfo<Runtime>;
}

impl pallet_treasury::Config for Runtime {
    type AssetKind = ();
    type BalanceConverter = UnityAssetBalanceConversion;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = crate::benchmarks::Spending;
    type Beneficiary = AccountId;
    type BeneficiaryLookup = IdentityLookup<AccountId>;
    type BlockNumberProvider = System;
    type Burn = Burn;
    type BurnDestination = ();
    type Currency = Balances;
    type MaxApprovals = ConstU32<32>;
    type PalletId = TreasuryPalletId;
    type Paymaster = PayFromAccount<Balances, TreasuryAccount>;
    type PayoutPeriod = ConstU32<{ 30 * DAYS }>;
    type RejectOrigin = Managers;
    type RuntimeEvent = RuntimeEvent;
    type SpendFunds = ();
    type SpendOrigin = EnsureWithSuccess<Managers, AccountId, MaxSpend>;
    type SpendPeriod = ConstU32<DAYS>;
    type WeightInfo = pallet_treasury::weights::SubstrateWeight<Runtime>;
}

impl pallet_utility::Config for Runtime {
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
    type BlockNumberProvider = System;
    type Currency = Balances;
    type DepositBase = ConstU128<{ deposit(1, 88) }>;
    type DepositFactor = ConstU128<{ deposit(0, 32) }>;
    type MaxSignatories = ConstU32<64>;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
}

impl pallet_proxy::Config for Runtime {
    type AnnouncementDepositBase = ConstU128<{ deposit(1, 8) }>;
    type AnnouncementDepositFactor = ConstU128<{ deposit(0, 66) }>;
    type BlockNumberProvider = System;
    type CallHasher = BlakeTwo256;
    type Currency = Balances;
    type MaxPending = ConstU32<32>;
    type MaxProxies = ConstU32<32>;
    type ProxyDepositBase = ConstU128<{ deposit(1, 8) }>;
    type ProxyDepositFactor = ConstU128<{ deposit(0, 33) }>;
    type ProxyType = ProxyType;
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
}

/// What a proxy may do for an account.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    Any,
    /// Everything but moving tokens.
    NonTransfer,
    /// Vote in the council.
    Governance,
    /// Stake, nominate and validate.
    Staking,
    /// Send messages to apps.
    Messages,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        use RuntimeCall as Call;
        match self {
            Self::Any => true,
            Self::NonTransfer => matches!(
                call,
                Call::Council(..)
                    | Call::Governance(..)
                    | Call::Sequencer(..)
                    | Call::Session(..)
                    | Call::Staking(..)
                    | Call::Utility(..)
                    | Call::Verifier(..)
            ),
            Self::Governance => {
                matches!(call, Call::Council(..) | Call::Governance(..) | Call::Utility(..))
            }
            Self::Staking => {
                matches!(call, Call::Staking(..) | Call::Session(..) | Call::Utility(..))
            }
            Self::Messages => matches!(
                call,
                Call::Sequencer(pallet_sequencer::Call::submit { .. }) | Call::Utility(..)
            ),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (left, right) if left == right => true,
            (Self::Any, _) => true,
            (_, Self::Any) => false,
            (Self::NonTransfer, _) => true,
            _ => false,
        }
    }
}
