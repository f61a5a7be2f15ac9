//! Parameters of staking: who validates, what it earns, and what it loses.

use crate::{
    constants::{BONDING_ERAS, MAX_NOMINATORS, MAX_VALIDATORS, MILLISECS_PER_BLOCK},
    AccountId, Balance, Balances, Runtime, RuntimeEvent, RuntimeHoldReason, Session, Staking, Timestamp,
    Treasury,
};
use frame_election_provider_support::{
    bounds::{ElectionBounds, ElectionBoundsBuilder},
    onchain, SequentialPhragmen,
};
use frame_support::{
    parameter_types,
    traits::{tokens::imbalance::ResolveTo, ConstU32, EitherOfDiverse, Nothing},
};
use frame_system::EnsureRoot;
use pallet_network::EraLength;
use pallet_staking::UseValidatorsMap;
use sp_runtime::Perbill;

use super::governance::ThreeQuarters;

/// What validators and the treasury earn a year, as a share of all tokens.
const YEARLY_INFLATION: Perbill = Perbill::from_percent(5);
/// The validators' share of it; the rest is the treasury's.
const STAKING_SHARE: Perbill = Perbill::from_percent(80);
/// A Julian year, in milliseconds.
const YEAR_MS: u64 = 36_525 * 24 * 36_000;

/// Candidates that take part in an election.
const MAX_CANDIDATES: u32 = 256;
/// The validators that a nominator can name.
const MAX_NOMINATIONS: u32 = 16;

parameter_types! {
    pub ElectionBoundsOnChain: ElectionBounds = ElectionBoundsBuilder::default()
        .voters_count((MAX_CANDIDATES + MAX_NOMINATORS).into())
        .targets_count(MAX_CANDIDATES.into())
        .build();
    pub TreasuryAccount: AccountId = Treasury::account_id();
}

/// The election at the end of each era: sequential Phragmén, in the block.
pub struct OnChainElection;

impl onchain::Config for OnChainElection {
    type Bounds = ElectionBoundsOnChain;
    type DataProvider = Staking;
    type MaxBackersPerWinner = ConstU32<MAX_NOMINATORS>;
    type MaxWinnersPerPage = ConstU32<MAX_VALIDATORS>;
    type Solver = SequentialPhragmen<AccountId, Perbill>;
    type Sort = frame_support::traits::ConstBool<true>;
    type System = Runtime;
    type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
}

impl pallet_staking::Config for Runtime {
    type AdminOrigin = EitherOfDiverse<EnsureRoot<AccountId>, ThreeQuarters>;
    type BenchmarkingConfig = ElectionSize;
    type BondingDuration = ConstU32<BONDING_ERAS>;
    type Currency = Balances;
    type CurrencyBalance = Balance;
    type CurrencyToVote = sp_staking::currency_to_vote::U128CurrencyToVote;
    type ElectionProvider = onchain::OnChainExecution<OnChainElection>;
    type EraPayout = FixedInflation;
    type EventListeners = ();
    type Filter = Nothing;
    type GenesisElectionProvider = onchain::OnChainExecution<OnChainElection>;
    type HistoryDepth = ConstU32<84>;
    type MaxControllersInDeprecationBatch = ConstU32<1>;
    type MaxExposurePageSize = ConstU32<64>;
    type MaxUnlockingChunks = ConstU32<32>;
    type MaxValidatorSet = ConstU32<MAX_VALIDATORS>;
    type NextNewSession = Session;
    type NominationsQuota = pallet_staking::FixedNominationsQuota<MAX_NOMINATIONS>;
    type OldCurrency = Balances;
    type Reward = ();
    type RewardRemainder = ResolveTo<TreasuryAccount, Balances>;
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type SessionInterface = Self;
    type SessionsPerEra = EraLength<Runtime>;
    type Slash = ResolveTo<TreasuryAccount, Balances>;
    type SlashDeferDuration = ConstU32<7>;
    type TargetList = UseValidatorsMap<Self>;
    type UnixTime = Timestamp;
    type VoterList = pallet_staking::UseNominatorsAndValidatorsMap<Self>;
    type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}

/// The size of the elections that benchmarks measure.
pub struct ElectionSize;

impl pallet_staking::BenchmarkingConfig for ElectionSize {
    type MaxNominators = ConstU32<MAX_NOMINATORS>;
    type MaxValidators = ConstU32<MAX_CANDIDATES>;
}

/// Pays [`YEARLY_INFLATION`] of all tokens, whatever is staked.
pub struct FixedInflation;

impl sp_staking::EraPayout<Balance> for FixedInflation {
    /// Returns what validators and nominators earn together, and what the treasury does. An era
    /// that took longer than planned, as of a network that stood still, pays as much as planned.
    fn era_payout(_staked: Balance, issuance: Balance, duration_ms: u64) -> (Balance, Balance) {
        let slots = u64::from(pallet_network::SessionSlots::<Runtime>::get())
            .saturating_mul(pallet_network::EraSessions::<Runtime>::get().into());
        let planned = slots.saturating_mul(MILLISECS_PER_BLOCK);
        let share = Perbill::from_rational(duration_ms.min(planned), YEAR_MS);
        let payout = share * (YEARLY_INFLATION * issuance);
        let staking = STAKING_SHARE * payout;
        (staking, payout.saturating_sub(staking))
    }
}
