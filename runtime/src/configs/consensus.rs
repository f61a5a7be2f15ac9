//! Parameters of the pallets by which validators author, finalize, and sign for Ethereum.

use crate::{
    constants::{BONDING_ERAS, DAYS, MAX_NOMINATORS, MAX_VALIDATORS, MILLISECS_PER_BLOCK, VRF_HISTORY},
    AccountId, Authorship, Babe, BeefyMmrLeaf, Hash, Header, Historical, Offences, Runtime, RuntimeCall,
    RuntimeEvent, Sequencer, Session, SessionKeys, Staking, UncheckedExtrinsic,
};
use frame_support::{
    parameter_types,
    traits::{ConstU128, ConstU32, ConstU64, Get, KeyOwnerProofSystem},
};
use pallet_network::{EraLength, SessionLength};
use pallet_session::historical;
use sp_consensus_beefy::mmr::{BeefyDataProvider, MmrLeafVersion};
use sp_core::crypto::KeyTypeId;
use sp_runtime::{
    traits::{Keccak256, OpaqueKeys},
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    DispatchError,
};
use sp_staking::offence::OffenceReportSystem;

use super::governance::deposit;

/// Bytes that the keys of a validator take in storage: the four keys under its account, and its
/// account under each of them.
const SESSION_KEYS_BYTES: u32 = (40 + 129) + 3 * (45 + 32) + (46 + 32);

parameter_types! {
    /// How long a report of an equivocation is valid in the transaction pool, in blocks.
    pub const ReportLongevity: u64 = DAYS as u64;
    pub LeafVersion: MmrLeafVersion = MmrLeafVersion::new(0, 0);
}

/// Sessions whose sets are remembered to judge equivocations by: those of the bonding time, however
/// many an era has.
pub struct BondingSessions;

impl Get<u64> for BondingSessions {
    fn get() -> u64 {
        u64::from(BONDING_ERAS).saturating_mul(EraLength::<Runtime>::get().into())
    }
}

/// How equivocations are proved: by the keys of a past session.
type KeyOwnerProof<Id> = <Historical as KeyOwnerProofSystem<(KeyTypeId, Id)>>::Proof;

impl pallet_babe::Config for Runtime {
    type DisabledValidators = Session;
    type EpochChangeTrigger = pallet_babe::ExternalTrigger;
    type EpochDuration = SessionLength<Runtime>;
    type EquivocationReportSystem = BlockReports;
    type ExpectedBlockTime = ConstU64<MILLISECS_PER_BLOCK>;
    type KeyOwnerProof = KeyOwnerProof<pallet_babe::AuthorityId>;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<MAX_NOMINATORS>;
    type WeightInfo = ();
}

/// Takes reports of two blocks in one slot. What is no proof enters neither the transaction pool
/// nor a block: reports are free of charge, and two fill a block.
pub struct BlockReports;

type UncheckedBlockReports =
    pallet_babe::EquivocationReportSystem<Runtime, Offences, Historical, ReportLongevity>;
type BlockEvidence = (
    sp_consensus_babe::EquivocationProof<Header>,
    KeyOwnerProof<pallet_babe::AuthorityId>,
);

impl OffenceReportSystem<Option<AccountId>, BlockEvidence> for BlockReports {
    type Longevity = ReportLongevity;

    fn publish_evidence(evidence: BlockEvidence) -> Result<(), ()> {
        UncheckedBlockReports::publish_evidence(evidence)
    }

    fn check_evidence(evidence: BlockEvidence) -> Result<(), TransactionValidityError> {
        if !sp_consensus_babe::check_equivocation_proof(evidence.0.clone()) {
            return Err(InvalidTransaction::BadProof.into());
        }
        UncheckedBlockReports::check_evidence(evidence)
    }

    fn process_evidence(reporter: Option<AccountId>, evidence: BlockEvidence) -> Result<(), DispatchError> {
        UncheckedBlockReports::process_evidence(reporter, evidence)
    }
}

impl pallet_authorship::Config for Runtime {
    type EventHandler = Staking;
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
}

impl pallet_session::Config for Runtime {
    type Currency = crate::Balances;
    type DisablingStrategy = pallet_session::disabling::UpToLimitWithReEnablingDisablingStrategy;
    type KeyDeposit = ConstU128<{ deposit(5, SESSION_KEYS_BYTES) }>;
    type Keys = SessionKeys;
    type NextSessionRotation = Babe;
    type RuntimeEvent = RuntimeEvent;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type SessionManager = historical::NoteHistoricalRoot<Self, Staking>;
    type ShouldEndSession = Babe;
    type ValidatorId = AccountId;
    type ValidatorIdOf = sp_runtime::traits::ConvertInto;
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl historical::Config for Runtime {
    type FullIdentification = ();
    type FullIdentificationOf = pallet_staking::UnitIdentificationOf<Self>;
    type RuntimeEvent = RuntimeEvent;
}

impl pallet_offences::Config for Runtime {
    type IdentificationTuple = historical::IdentificationTuple<Self>;
    type OnOffenceHandler = Staking;
    type RuntimeEvent = RuntimeEvent;
}

impl pallet_grandpa::Config for Runtime {
    type EquivocationReportSystem =
        pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
    type KeyOwnerProof = KeyOwnerProof<pallet_grandpa::AuthorityId>;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<MAX_NOMINATORS>;
    type MaxSetIdSessionEntries = BondingSessions;
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
}

impl pallet_authority_discovery::Config for Runtime {
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
}

impl pallet_mmr::Config for Runtime {
    const INDEXING_PREFIX: &'static [u8] = sp_mmr_primitives::INDEXING_PREFIX;

    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
    type BlockHashProvider = pallet_mmr::DefaultBlockHashProvider<Runtime>;
    type Hashing = Keccak256;
    type LeafData = BeefyMmrLeaf;
    type OnNewRoot = pallet_beefy_mmr::DepositBeefyDigest<Runtime>;
    type WeightInfo = ();
}

impl pallet_beefy::Config for Runtime {
    type AncestryHelper = BeefyMmrLeaf;
    type BeefyId = sp_consensus_beefy::ecdsa_crypto::AuthorityId;
    type EquivocationReportSystem =
        pallet_beefy::EquivocationReportSystem<Self, Offences, Historical, ReportLongevity>;
    type KeyOwnerProof = KeyOwnerProof<sp_consensus_beefy::ecdsa_crypto::AuthorityId>;
    type MaxAuthorities = ConstU32<MAX_VALIDATORS>;
    type MaxNominators = ConstU32<MAX_NOMINATORS>;
    type MaxSetIdSessionEntries = BondingSessions;
    type OnNewValidatorSet = BeefyMmrLeaf;
    type WeightInfo = ();
}

impl pallet_beefy_mmr::Config for Runtime {
    type BeefyAuthorityToMerkleLeaf = pallet_beefy_mmr::BeefyEcdsaToEthereum;
    type BeefyDataProvider = OrderHeads;
    type LeafExtra = Hash;
    type LeafVersion = LeafVersion;
    type WeightInfo = ();
}

/// Puts the heads of the batches that ended in the block before into each leaf.
pub struct OrderHeads;

impl BeefyDataProvider<Hash> for OrderHeads {
    fn extra_data() -> Hash {
        Sequencer::order_root()
    }
}

impl pallet_vrf::Config for Runtime {
    type BlockRandomness = BabeRandomness;
    type HistoryDepth = ConstU32<VRF_HISTORY>;
    type MaxWindow = ConstU32<32>;
    type MinAuthors = ConstU32<2>;
    type WeightInfo = crate::weights::pallet_vrf::WeightInfo<Runtime>;
}

/// The VRF outputs that BABE checks.
pub struct BabeRandomness;

impl pallet_vrf::BlockRandomness<AccountId> for BabeRandomness {
    fn current() -> Option<(AccountId, pallet_vrf::Output)> {
        Authorship::author().zip(pallet_babe::AuthorVrfRandomness::<Runtime>::get())
    }

    fn authors() -> u32 {
        pallet_babe::Authorities::<Runtime>::decode_len().map_or(0, |length| length as u32)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn set_current() {
        use codec::{Decode, Encode};
        use sp_consensus_babe::digests::{PreDigest, SecondaryVRFPreDigest};
        use sp_core::crypto::UncheckedFrom;
        let authority = |n: u32| {
            let mut key = [0; 32];
            key[..4].copy_from_slice(&n.to_le_bytes());
            (sp_core::sr25519::Public::unchecked_from(key).into(), 1)
        };
        let authorities: alloc::vec::Vec<_> = (0..MAX_VALIDATORS).map(authority).collect();
        let authorities = authorities.try_into().expect("there are as many as there can be");
        pallet_babe::Authorities::<Runtime>::put::<frame_support::WeakBoundedVec<_, _>>(authorities);
        pallet_babe::AuthorVrfRandomness::<Runtime>::put(Some([1; 32]));
        let vrf_signature = Decode::decode(&mut &[0; 96][..]).expect("zeros are canonical");
        let digest = PreDigest::SecondaryVRF(SecondaryVRFPreDigest {
            authority_index: 0,
            slot: 0.into(),
            vrf_signature,
        });
        frame_system::Pallet::<Runtime>::deposit_log(sp_runtime::DigestItem::PreRuntime(
            sp_consensus_babe::BABE_ENGINE_ID,
            digest.encode(),
        ));
    }
}

impl<Call> frame_system::offchain::CreateBare<Call> for Runtime
where
    RuntimeCall: From<Call>,
{
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_bare(call)
    }
}
