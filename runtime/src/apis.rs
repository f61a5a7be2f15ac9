//! The runtime APIs, which the node calls.

use crate::{
    genesis::{self, GENESIS_EPOCH},
    views, AccountId, AuthorityDiscovery, Babe, Balance, Beefy, BeefyMmrLeaf, Block, BlockNumber, Executive,
    Grandpa, Hash, Historical, InherentDataExt, KvStore, Mmr, Nonce, Runtime, RuntimeCall,
    RuntimeGenesisConfig, Sequencer, SessionKeys, System, TransactionPayment, Verifier, VmPrograms, VERSION,
};
use alloc::{string::String, vec::Vec};
use codec::Encode;
use frame_support::{
    genesis_builder_helper::{build_state, get_preset},
    traits::KeyOwnerProofSystem,
    view_functions::{ViewFunctionDispatchError, ViewFunctionId},
    weights::Weight,
};
use pallet_mmr::primitives::{
    AncestryProof, DataOrHash, EncodableOpaqueLeaf, Error as MmrError, LeafIndex, LeafProof,
};
use pallet_sequencer::{MessageState, ProgramChecks};
use pallet_transaction_payment::{FeeDetails, RuntimeDispatchInfo};
use sp_api::impl_runtime_apis;
use sp_authority_discovery::AuthorityId as AuthorityDiscoveryId;
use sp_consensus_babe::{
    AuthorityId as BabeId, BabeConfiguration, Epoch, OpaqueKeyOwnershipProof as BabeKeyOwnershipProof, Slot,
};
use sp_consensus_beefy::{
    ecdsa_crypto::{AuthorityId as BeefyId, Signature as BeefySignature},
    mmr::{BeefyAuthoritySet, BeefyNextAuthoritySet},
    DoubleVotingProof, ForkVotingProof, FutureBlockVotingProof,
    OpaqueKeyOwnershipProof as BeefyKeyOwnershipProof, ValidatorSet, ValidatorSetId,
};
use sp_consensus_grandpa::{AuthorityId as GrandpaId, OpaqueKeyOwnershipProof as GrandpaKeyOwnershipProof};
use sp_core::{crypto::KeyTypeId, OpaqueMetadata};
use sp_inherents::{CheckInherentsResult, InherentData};
use sp_runtime::{
    traits::{Block as BlockT, Keccak256, NumberFor},
    transaction_validity::{TransactionSource, TransactionValidity},
    ApplyExtrinsicResult, ExtrinsicInclusionMode, OpaqueValue,
};
use sp_session::OpaqueGeneratedSessionKeys;
use sp_version::RuntimeVersion;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, MessageIndex},
    merkle::{Leaf, MerklePath},
    message::Message,
    statement::Statement,
};
use zkfusion_runtime_api::{AppView, BatchView, VerifiedView};

/// A leaf of the Merkle mountain range.
pub type MmrLeaf = <BeefyMmrLeaf as pallet_mmr::primitives::LeafDataProvider>::LeafData;

impl_runtime_apis! {
    impl sp_api::Core<Block> for Runtime {
        fn version() -> RuntimeVersion {
            VERSION
        }

        fn execute_block(block: <Block as BlockT>::LazyBlock) {
            Executive::execute_block(block);
        }

        fn initialize_block(header: &<Block as BlockT>::Header) -> ExtrinsicInclusionMode {
            Executive::initialize_block(header)
        }
    }

    impl sp_api::Metadata<Block> for Runtime {
        fn metadata() -> OpaqueMetadata {
            OpaqueMetadata::new(Runtime::metadata().into())
        }

        fn metadata_at_version(version: u32) -> Option<OpaqueMetadata> {
            Runtime::metadata_at_version(version)
        }

        fn metadata_versions() -> Vec<u32> {
            Runtime::metadata_versions()
        }
    }

    impl frame_support::view_functions::runtime_api::RuntimeViewFunction<Block> for Runtime {
        fn execute_view_function(
            query_id: ViewFunctionId,
            input: Vec<u8>,
        ) -> Result<Vec<u8>, ViewFunctionDispatchError> {
            Runtime::execute_view_function(query_id, input)
        }
    }

    impl sp_block_builder::BlockBuilder<Block> for Runtime {
        fn apply_extrinsic(extrinsic: <Block as BlockT>::Extrinsic) -> ApplyExtrinsicResult {
            Executive::apply_extrinsic(extrinsic)
        }

        fn finalize_block() -> <Block as BlockT>::Header {
            Executive::finalize_block()
        }

        fn inherent_extrinsics(data: InherentData) -> Vec<<Block as BlockT>::Extrinsic> {
            data.create_extrinsics()
        }

        fn check_inherents(block: <Block as BlockT>::LazyBlock, data: InherentData) -> CheckInherentsResult {
            data.check_extrinsics(&block)
        }
    }

    impl sp_transaction_pool::runtime_api::TaggedTransactionQueue<Block> for Runtime {
        fn validate_transaction(
            source: TransactionSource,
            transaction: <Block as BlockT>::Extrinsic,
            block_hash: <Block as BlockT>::Hash,
        ) -> TransactionValidity {
            Executive::validate_transaction(source, transaction, block_hash)
        }
    }

    impl sp_offchain::OffchainWorkerApi<Block> for Runtime {
        fn offchain_worker(header: &<Block as BlockT>::Header) {
            Executive::offchain_worker(header)
        }
    }

    impl sp_consensus_babe::BabeApi<Block> for Runtime {
        fn configuration() -> BabeConfiguration {
            let epoch = Babe::epoch_config().unwrap_or(GENESIS_EPOCH);
            BabeConfiguration {
                slot_duration: Babe::slot_duration(),
                epoch_length: pallet_network::SessionSlots::<Runtime>::get().into(),
                c: epoch.c,
                authorities: Babe::authorities().to_vec(),
                randomness: Babe::randomness(),
                allowed_slots: epoch.allowed_slots,
            }
        }

        fn current_epoch_start() -> Slot {
            Babe::current_epoch_start()
        }

        fn current_epoch() -> Epoch {
            Babe::current_epoch()
        }

        fn next_epoch() -> Epoch {
            Babe::next_epoch()
        }

        fn generate_key_ownership_proof(_slot: Slot, authority: BabeId) -> Option<BabeKeyOwnershipProof> {
            let proof = Historical::prove((sp_consensus_babe::KEY_TYPE, authority))?;
            Some(BabeKeyOwnershipProof::new(proof.encode()))
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation: sp_consensus_babe::EquivocationProof<<Block as BlockT>::Header>,
            key_owner: BabeKeyOwnershipProof,
        ) -> Option<()> {
            Babe::submit_unsigned_equivocation_report(equivocation, key_owner.decode()?)
        }
    }

    impl sp_authority_discovery::AuthorityDiscoveryApi<Block> for Runtime {
        fn authorities() -> Vec<AuthorityDiscoveryId> {
            AuthorityDiscovery::authorities()
        }
    }

    #[api_version(6)]
    impl sp_consensus_beefy::BeefyApi<Block, BeefyId> for Runtime {
        fn beefy_genesis() -> Option<BlockNumber> {
            pallet_beefy::GenesisBlock::<Runtime>::get()
        }

        fn validator_set() -> Option<ValidatorSet<BeefyId>> {
            Beefy::validator_set()
        }

        fn submit_report_double_voting_unsigned_extrinsic(
            equivocation: DoubleVotingProof<BlockNumber, BeefyId, BeefySignature>,
            key_owner: BeefyKeyOwnershipProof,
        ) -> Option<()> {
            Beefy::submit_unsigned_double_voting_report(equivocation, key_owner.decode()?)
        }

        fn submit_report_fork_voting_unsigned_extrinsic(
            equivocation: ForkVotingProof<<Block as BlockT>::Header, BeefyId, OpaqueValue>,
            key_owner: BeefyKeyOwnershipProof,
        ) -> Option<()> {
            Beefy::submit_unsigned_fork_voting_report(equivocation.try_into()?, key_owner.decode()?)
        }

        fn submit_report_future_block_voting_unsigned_extrinsic(
            equivocation: FutureBlockVotingProof<BlockNumber, BeefyId>,
            key_owner: BeefyKeyOwnershipProof,
        ) -> Option<()> {
            Beefy::submit_unsigned_future_block_voting_report(equivocation, key_owner.decode()?)
        }

        fn generate_key_ownership_proof(
            _set: ValidatorSetId,
            authority: BeefyId,
        ) -> Option<BeefyKeyOwnershipProof> {
            let proof = Historical::prove((sp_consensus_beefy::KEY_TYPE, authority))?;
            Some(BeefyKeyOwnershipProof::new(proof.encode()))
        }
    }

    #[api_version(3)]
    impl sp_mmr_primitives::MmrApi<Block, Hash, BlockNumber> for Runtime {
        fn mmr_root() -> Result<Hash, MmrError> {
            Ok(pallet_mmr::RootHash::<Runtime>::get())
        }

        fn mmr_leaf_count() -> Result<LeafIndex, MmrError> {
            Ok(pallet_mmr::NumberOfLeaves::<Runtime>::get())
        }

        fn generate_proof(
            blocks: Vec<BlockNumber>,
            best_known: Option<BlockNumber>,
        ) -> Result<(Vec<EncodableOpaqueLeaf>, LeafProof<Hash>), MmrError> {
            let (leaves, proof) = Mmr::generate_proof(blocks, best_known)?;
            let leaves = leaves.into_iter().map(|leaf| EncodableOpaqueLeaf::from_leaf(&leaf));
            Ok((leaves.collect(), proof))
        }

        fn generate_ancestry_proof(
            previous: BlockNumber,
            best_known: Option<BlockNumber>,
        ) -> Result<AncestryProof<Hash>, MmrError> {
            Mmr::generate_ancestry_proof(previous, best_known)
        }

        fn verify_proof(leaves: Vec<EncodableOpaqueLeaf>, proof: LeafProof<Hash>) -> Result<(), MmrError> {
            let leaves = leaves
                .into_iter()
                .map(|leaf| leaf.into_opaque_leaf().try_decode().ok_or(MmrError::Verify))
                .collect::<Result<Vec<MmrLeaf>, _>>()?;
            Mmr::verify_leaves(leaves, proof)
        }

        fn verify_proof_stateless(
            root: Hash,
            leaves: Vec<EncodableOpaqueLeaf>,
            proof: LeafProof<Hash>,
        ) -> Result<(), MmrError> {
            let leaves = leaves.into_iter().map(|leaf| DataOrHash::Data(leaf.into_opaque_leaf()));
            pallet_mmr::verify_leaves_proof::<Keccak256, _>(root, leaves.collect(), proof)
        }
    }

    impl pallet_beefy_mmr::BeefyMmrApi<Block, Hash> for Runtime {
        fn authority_set_proof() -> BeefyAuthoritySet<Hash> {
            BeefyMmrLeaf::authority_set_proof()
        }

        fn next_authority_set_proof() -> BeefyNextAuthoritySet<Hash> {
            BeefyMmrLeaf::next_authority_set_proof()
        }
    }

    impl zkfusion_runtime_api::FusionApi<Block, AccountId> for Runtime {
        fn app_count() -> u32 {
            pallet_sequencer::NextApp::<Runtime>::get()
        }

        fn app(app: AppId) -> Option<AppView<AccountId>> {
            views::app(app)
        }

        fn fuel_fee(app: AppId, payload_bytes: u32, fuel_limit: u64) -> Option<u128> {
            views::fuel_fee(app, payload_bytes, fuel_limit)
        }

        fn batch(app: AppId, batch: BatchIndex) -> Option<BatchView> {
            views::batch(app, batch)
        }

        fn verified_batch(app: AppId, batch: BatchIndex) -> Option<VerifiedView<AccountId>> {
            views::verified(app, batch)
        }

        fn message_status(app: AppId, index: MessageIndex) -> Option<MessageState> {
            Sequencer::message_state(app, index)
        }

        fn message(app: AppId, index: MessageIndex) -> Option<Message> {
            pallet_sequencer::Messages::<Runtime>::get(app, index).map(|waiting| waiting.message)
        }

        fn leaf(app: AppId, index: u32) -> MerklePath {
            KvStore::prove(app, index)
        }

        fn leaves(app: AppId, after: Option<u32>, limit: u32) -> Vec<(u32, Leaf)> {
            KvStore::leaves_page(app, after, limit)
        }

        fn check_program(wasm: Vec<u8>) -> Result<(), String> {
            VmPrograms::explain(&wasm).map_or(Ok(()), Err)
        }

        fn check_proof(k: u8, statement: Statement, proof: Vec<u8>) -> Result<(), String> {
            Verifier::check_proof(k, &statement, &proof).map_err(|error| alloc::format!("{error:?}"))
        }
    }

    impl sp_session::SessionKeys<Block> for Runtime {
        fn generate_session_keys(owner: Vec<u8>, seed: Option<Vec<u8>>) -> OpaqueGeneratedSessionKeys {
            SessionKeys::generate(&owner, seed).into()
        }

        fn decode_session_keys(encoded: Vec<u8>) -> Option<Vec<(Vec<u8>, KeyTypeId)>> {
            SessionKeys::decode_into_raw_public_keys(&encoded)
        }
    }

    impl sp_consensus_grandpa::GrandpaApi<Block> for Runtime {
        fn grandpa_authorities() -> sp_consensus_grandpa::AuthorityList {
            Grandpa::grandpa_authorities()
        }

        fn current_set_id() -> sp_consensus_grandpa::SetId {
            Grandpa::current_set_id()
        }

        fn submit_report_equivocation_unsigned_extrinsic(
            equivocation: sp_consensus_grandpa::EquivocationProof<<Block as BlockT>::Hash, NumberFor<Block>>,
            key_owner: GrandpaKeyOwnershipProof,
        ) -> Option<()> {
            Grandpa::submit_unsigned_equivocation_report(equivocation, key_owner.decode()?)
        }

        fn generate_key_ownership_proof(
            _set: sp_consensus_grandpa::SetId,
            authority: GrandpaId,
        ) -> Option<GrandpaKeyOwnershipProof> {
            let proof = Historical::prove((sp_consensus_grandpa::KEY_TYPE, authority))?;
            Some(GrandpaKeyOwnershipProof::new(proof.encode()))
        }
    }

    impl frame_system_rpc_runtime_api::AccountNonceApi<Block, AccountId, Nonce> for Runtime {
        fn account_nonce(account: AccountId) -> Nonce {
            System::account_nonce(account)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentApi<Block, Balance> for Runtime {
        fn query_info(extrinsic: <Block as BlockT>::Extrinsic, length: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_info(extrinsic, length)
        }

        fn query_fee_details(extrinsic: <Block as BlockT>::Extrinsic, length: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_fee_details(extrinsic, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    impl pallet_transaction_payment_rpc_runtime_api::TransactionPaymentCallApi<Block, Balance, RuntimeCall> for Runtime {
        fn query_call_info(call: RuntimeCall, length: u32) -> RuntimeDispatchInfo<Balance> {
            TransactionPayment::query_call_info(call, length)
        }

        fn query_call_fee_details(call: RuntimeCall, length: u32) -> FeeDetails<Balance> {
            TransactionPayment::query_call_fee_details(call, length)
        }

        fn query_weight_to_fee(weight: Weight) -> Balance {
            TransactionPayment::weight_to_fee(weight)
        }

        fn query_length_to_fee(length: u32) -> Balance {
            TransactionPayment::length_to_fee(length)
        }
    }

    #[cfg(feature = "try-runtime")]
    impl frame_try_runtime::TryRuntime<Block> for Runtime {
        fn on_runtime_upgrade(checks: frame_try_runtime::UpgradeCheckSelect) -> (Weight, Weight) {
            let weight = Executive::try_runtime_upgrade(checks).expect("the upgrade keeps what holds");
            (weight, crate::configs::RuntimeBlockWeights::get().max_block)
        }

        fn execute_block(
            block: <Block as BlockT>::LazyBlock,
            state_root_check: bool,
            signature_check: bool,
            select: frame_try_runtime::TryStateSelect,
        ) -> Weight {
            Executive::try_execute_block(block, state_root_check, signature_check, select)
                .expect("the block keeps what holds")
        }
    }

    impl sp_genesis_builder::GenesisBuilder<Block> for Runtime {
        fn build_state(config: Vec<u8>) -> sp_genesis_builder::Result {
            build_state::<RuntimeGenesisConfig>(config)
        }

        fn get_preset(id: &Option<sp_genesis_builder::PresetId>) -> Option<Vec<u8>> {
            get_preset::<RuntimeGenesisConfig>(id, genesis::preset)
        }

        fn preset_names() -> Vec<sp_genesis_builder::PresetId> {
            genesis::preset_names()
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    impl frame_benchmarking::Benchmark<Block> for Runtime {
        fn benchmark_metadata(
            extra: bool,
        ) -> (Vec<frame_benchmarking::BenchmarkList>, Vec<frame_support::traits::StorageInfo>) {
            crate::benchmarks::metadata(extra)
        }

        fn dispatch_benchmark(
            config: frame_benchmarking::BenchmarkConfig,
        ) -> Result<Vec<frame_benchmarking::BenchmarkBatch>, String> {
            crate::benchmarks::dispatch(config)
        }
    }
}
