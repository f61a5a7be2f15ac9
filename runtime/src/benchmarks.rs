//! The benchmarks by which calls and hooks are measured.
//!
//! Without benchmarks are `pallet_authority_discovery`, `pallet_authorship`, `pallet_beefy`,
//! `pallet_offences` and the pallets of ours that have neither calls nor hooks that cost anything:
//! `kv-store`, `network`, `relayer`.

use crate::{
    constants::EXISTENTIAL_DEPOSIT, AccountId, AllPalletsWithSystem, Babe, Balances, BeefyMmrLeaf, Council,
    Governance, Grandpa, Mmr, Multisig, Preimage, Proxy, Runtime, Scheduler, Sequencer, SessionKeys, Staking,
    Timestamp, TransactionPayment, Treasury, Utility, Verifier, Vrf,
};
use alloc::{string::String, vec::Vec};
use codec::Encode;
use frame_benchmarking::{BenchmarkBatch, BenchmarkConfig, BenchmarkList};
use frame_support::traits::{
    fungible::Mutate, StorageInfo, StorageInfoTrait, TrackedStorageKey, WhitelistedStorageKeys,
};

frame_benchmarking::define_benchmarks!(
    // Ours, and what every signed transaction passes: `make weights` measures them.
    [frame_system_extensions, frame_system_benchmarking::extensions::Pallet::<Runtime>]
    [pallet_governance, Governance]
    [pallet_sequencer, Sequencer]
    [pallet_transaction_payment, TransactionPayment]
    [pallet_verifier, Verifier]
    [pallet_vrf, Vrf]
    // The SDK's, which have the SDK's own weights.
    [frame_system, frame_system_benchmarking::Pallet::<Runtime>]
    [pallet_babe, Babe]
    [pallet_balances, Balances]
    [pallet_beefy_mmr, BeefyMmrLeaf]
    [pallet_collective, Council]
    [pallet_grandpa, Grandpa]
    [pallet_mmr, Mmr]
    [pallet_multisig, Multisig]
    [pallet_preimage, Preimage]
    [pallet_proxy, Proxy]
    [pallet_scheduler, Scheduler]
    [pallet_session, pallet_session_benchmarking::Pallet::<Runtime>]
    [pallet_staking, Staking]
    [pallet_timestamp, Timestamp]
    [pallet_treasury, Treasury]
    [pallet_utility, Utility]
);

impl frame_system_benchmarking::Config for Runtime {}

impl pallet_session_benchmarking::Config for Runtime {
    fn generate_session_keys_and_proof(owner: AccountId) -> (SessionKeys, Vec<u8>) {
        let generated = SessionKeys::generate(&owner.encode(), None);
        (generated.keys, generated.proof.encode())
    }
}

impl pallet_transaction_payment::BenchmarkConfig for Runtime {}

/// What the treasury spends in benchmarks.
pub struct Spending;

impl pallet_treasury::ArgumentsFactory<(), AccountId> for Spending {
    fn create_asset_kind(_seed: u32) {}

    /// Returns an account that exists, since what is spent is less than an account has to hold.
    fn create_beneficiary(seed: [u8; 32]) -> AccountId {
        let account = AccountId::from(seed);
        let endowed = Balances::mint_into(&account, EXISTENTIAL_DEPOSIT);
        endowed.expect("the supply does not overflow");
        account
    }
}

/// Returns the benchmarks, and the storage that they can touch. With `extra` also those that no
/// weight needs.
pub(crate) fn metadata(extra: bool) -> (Vec<BenchmarkList>, Vec<StorageInfo>) {
    let mut list = Vec::new();
    list_benchmarks!(list, extra);
    (list, AllPalletsWithSystem::storage_info())
}

/// Runs a benchmark.
///
/// # Errors
///
/// Why it failed.
pub(crate) fn dispatch(config: BenchmarkConfig) -> Result<Vec<BenchmarkBatch>, String> {
    let mut whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    // Every transaction pays the treasury, so that a block reads and writes its account once.
    let treasury = frame_system::Account::<Runtime>::hashed_key_for(Treasury::account_id());
    whitelist.push(TrackedStorageKey::new(treasury));
    let mut batches = Vec::new();
    let params = (&config, &whitelist);
    add_benchmarks!(params, batches);
    Ok(batches)
}
