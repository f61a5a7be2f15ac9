//! Parameters of the pallets that the apps live in.

use crate::{
    constants::{MICRO, UNIT},
    programs::VmPrograms,
    AccountId, Balance, Balances, BlockNumber, KvStore, Mmr, Runtime, Vrf,
};
use alloc::vec;
use frame_support::{
    parameter_types,
    traits::{
        fungible::{Balanced, Inspect},
        tokens::{imbalance::ResolveTo, Fortitude, Precision, Preservation},
        ConstU128, ConstU32, ConstU64, OnUnbalanced,
    },
};
use frame_system::EnsureRoot;
use pallet_relayer::order::{MountainRange, ProvedLeaf};
use pallet_verifier::{crypto::WorkerKey, Halo2Proofs, WrongProofs};
use sp_runtime::Perbill;
use zkfusion_primitives::cost::{MAX_BATCH_COST, MAX_FUEL_LIMIT};

use super::governance::{Managers, TreasuryAccount};

/// The age of its oldest message at which a batch is sealed: two blocks.
const MAX_BATCH_AGE: BlockNumber = 2;

/// The batches of one settlement proof: those that the settlement circuit is made for.
const MAX_SETTLEMENT_BATCHES: u32 = 1;

parameter_types! {
    /// What is left pays for the upkeep of the network.
    pub const ProverShare: Perbill = Perbill::from_percent(80);
}

impl pallet_sequencer::Config for Runtime {
    type BatchBudget = ConstU64<MAX_BATCH_COST>;
    type BatchHistory = ConstU64<1_024>;
    type Currency = Balances;
    // A quarter of a token for the costliest message.
    type LowestPrice = ConstU128<MICRO>;
    type MaxBatchAge = ConstU32<MAX_BATCH_AGE>;
    type MaxBatchMessages = ConstU32<64>;
    type MaxHeads = ConstU32<256>;
    type MaxFuelLimit = ConstU64<MAX_FUEL_LIMIT>;
    type MaxOfSender = ConstU32<256>;
    type MaxUnprocessed = ConstU32<4_096>;
    type OutcomeHistory = ConstU64<8_192>;
    type Programs = VmPrograms;
    type ProverShare = ProverShare;
    type Randomness = Vrf;
    type RegisterOrigin = Managers;
    type SeedsPerVisit = ConstU32<4>;
    type Treasury = TreasuryAccount;
    type VisitsPerBlock = ConstU32<32>;
    type WeightInfo = crate::weights::pallet_sequencer::WeightInfo<Runtime>;
}

impl pallet_kv_store::Config for Runtime {}

impl pallet_verifier::Config for Runtime {
    type Proofs = Halo2Proofs;
    type ProtocolOrigin = EnsureRoot<AccountId>;
    type RoomForProofs = super::RoomForProofs;
    type State = KvStore;
    type VoidOrigin = Managers;
    type WeightInfo = crate::weights::pallet_verifier::WeightInfo<Runtime>;
    type WorkerKey = WorkerKey;
    type WrongProofs = TreasuryTakes;
}

/// What a wrong proof costs in addition to the fee of its check, which is a hundredth of it.
const WRONG_PROOF: Balance = UNIT;

/// Gives what wrong proofs cost to the treasury.
pub struct TreasuryTakes;

impl WrongProofs<AccountId> for TreasuryTakes {
    fn can_pay(account: &AccountId) -> bool {
        Balances::reducible_balance(account, Preservation::Preserve, Fortitude::Polite) >= WRONG_PROOF
    }

    fn pay(account: &AccountId) {
        let taken = <Balances as Balanced<AccountId>>::withdraw(
            account,
            WRONG_PROOF,
            Precision::BestEffort,
            Preservation::Expendable,
            Fortitude::Polite,
        );
        // What cannot be taken was spent in the same block.
        if let Ok(credit) = taken {
            ResolveTo::<TreasuryAccount, Balances>::on_unbalanced(credit);
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn endow(account: &AccountId) {
        use frame_support::traits::fungible::Mutate;
        Balances::set_balance(account, 10 * WRONG_PROOF);
    }
}

impl pallet_relayer::Config for Runtime {
    type MountainRange = MmrProofs;
    type MaxBatches = ConstU32<MAX_SETTLEMENT_BATCHES>;
}

/// Proofs from the nodes of the Merkle mountain range that this node has indexed.
pub struct MmrProofs;

impl MountainRange<BlockNumber> for MmrProofs {
    fn prove(block: BlockNumber, known: BlockNumber) -> Option<ProvedLeaf> {
        let (leaves, proof) = Mmr::generate_proof(vec![block], Some(known)).ok()?;
        Some(ProvedLeaf {
            leaf: leaves.into_iter().next()?,
            index: *proof.leaf_indices.first()?,
            count: proof.leaf_count,
            items: proof.items,
        })
    }
}
