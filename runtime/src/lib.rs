//! The zkFusion appchain's state transition function: which pallets there are and with what
//! parameters.
#![cfg_attr(not(feature = "std"), no_std)]
// The macros that compose the runtime recurse once a pallet.
#![recursion_limit = "512"]
// The macros that compose the runtime make public items without documentation.
#![allow(missing_docs)]

extern crate alloc;

#[cfg(feature = "std")]
include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));

pub mod apis;
#[cfg(feature = "runtime-benchmarks")]
#[macro_use]
mod benchmarks;
mod configs;
pub mod constants;
pub mod genesis;
pub mod migrations;
mod programs;
mod signing;
mod views;
mod weights;

use alloc::vec::Vec;
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    Cow, MultiAddress, MultiSignature,
};
use sp_version::{runtime_version, RuntimeVersion};

pub use apis::MmrLeaf;
pub use programs::VmPrograms;

/// The index of a block.
pub type BlockNumber = u32;
/// The signature of a transaction: sr25519, ed25519 or ECDSA.
pub type Signature = MultiSignature;
/// An account: 32 bytes, the public key for sr25519 and ed25519.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// An amount of the native token, in its smallest unit.
pub type Balance = u128;
/// The number of transactions an account has sent.
pub type Nonce = u32;
/// A 32-byte hash.
pub type Hash = sp_core::H256;
/// How transactions name accounts.
pub type Address = MultiAddress<AccountId, ()>;
/// The header of a block.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// What surrounds a call when a transaction is checked, in this order.
pub type TxExtension = (
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_verifier::CheckProofs<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    frame_system::WeightReclaim<Runtime>,
);
/// A transaction or an inherent, not checked yet.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;
/// Executes blocks.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
    migrations::Migrations,
>;

/// Blocks as the node sees them, with extrinsics it need not understand.
pub mod opaque {
    use super::*;

    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;

    /// A block.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
}

impl_opaque_keys! {
    /// The keys of a validator.
    pub struct SessionKeys {
        /// Authors blocks and makes their VRF outputs.
        pub babe: Babe,
        /// Votes for finality.
        pub grandpa: Grandpa,
        /// Signs for Ethereum what is final.
        pub beefy: Beefy,
        /// Tells the other validators where the node is.
        pub authority_discovery: AuthorityDiscovery,
    }
}

// The macro of the SDK reads numbers only, no expressions.
macro_rules! version {
    ($spec_version:tt) => {
        /// The version of this runtime.
        #[runtime_version]
        pub const VERSION: RuntimeVersion = RuntimeVersion {
            spec_name: Cow::Borrowed("zkfusion"),
            impl_name: Cow::Borrowed("zkfusion"),
            authoring_version: 1,
            spec_version: $spec_version,
            impl_version: 1,
            apis: apis::RUNTIME_API_VERSIONS,
            transaction_version: 1,
            system_version: 1,
        };
    };
}

#[cfg(not(feature = "next-version"))]
version!(1);
#[cfg(feature = "next-version")]
version!(2);

// What the pallet is called in the rest of the runtime.
#[cfg(feature = "next-version")]
use Randomness as Vrf;

#[frame_support::runtime]
mod runtime {
    #[runtime::runtime]
    #[runtime::derive(
        RuntimeCall,
        RuntimeEvent,
        RuntimeError,
        RuntimeOrigin,
        RuntimeFreezeReason,
        RuntimeHoldReason,
        RuntimeSlashReason,
        RuntimeLockId,
        RuntimeTask,
        RuntimeViewFunction
    )]
    pub struct Runtime;

    #[runtime::pallet_index(0)]
    pub type System = frame_system;

    #[runtime::pallet_index(1)]
    pub type Babe = pallet_babe;

    #[runtime::pallet_index(2)]
    pub type Timestamp = pallet_timestamp;

    #[runtime::pallet_index(3)]
    pub type Authorship = pallet_authorship;

    #[runtime::pallet_index(4)]
    pub type Balances = pallet_balances;

    #[runtime::pallet_index(5)]
    pub type TransactionPayment = pallet_transaction_payment;

    // Genesis and hooks go by index: staking elects before sessions begin.
    #[runtime::pallet_index(6)]
    pub type Staking = pallet_staking;

    #[runtime::pallet_index(7)]
    pub type Offences = pallet_offences;

    #[runtime::pallet_index(8)]
    pub type Historical = pallet_session::historical;

    #[runtime::pallet_index(9)]
    pub type Session = pallet_session;

    #[runtime::pallet_index(10)]
    pub type Grandpa = pallet_grandpa;

    #[runtime::pallet_index(11)]
    pub type AuthorityDiscovery = pallet_authority_discovery;

    // After `Session`, so that the leaf of a session's first block names the set after it.
    #[runtime::pallet_index(12)]
    pub type Mmr = pallet_mmr;

    #[runtime::pallet_index(13)]
    pub type Beefy = pallet_beefy;

    #[runtime::pallet_index(14)]
    pub type BeefyMmrLeaf = pallet_beefy_mmr;

    #[runtime::pallet_index(20)]
    pub type Network = pallet_network;

    #[runtime::pallet_index(21)]
    pub type Preimage = pallet_preimage;

    #[runtime::pallet_index(22)]
    pub type Scheduler = pallet_scheduler;

    #[runtime::pallet_index(23)]
    pub type Council = pallet_collective::Pallet<Runtime, Instance1>;

    #[runtime::pallet_index(24)]
    pub type Governance = pallet_governance;

    #[runtime::pallet_index(25)]
    pub type Treasury = pallet_treasury;

    #[runtime::pallet_index(26)]
    pub type Utility = pallet_utility;

    #[runtime::pallet_index(27)]
    pub type Proxy = pallet_proxy;

    #[runtime::pallet_index(28)]
    pub type Multisig = pallet_multisig;

    // After `Babe`, whose output it records, and before `Sequencer`, which makes seeds of it.
    #[cfg(not(feature = "next-version"))]
    #[runtime::pallet_index(30)]
    pub type Vrf = pallet_vrf;

    // No two pallets may have one index, even where one of them is left out.
    #[cfg(feature = "next-version")]
    #[runtime::pallet_index(29)]
    pub type Randomness = pallet_vrf;

    #[runtime::pallet_index(31)]
    pub type Sequencer = pallet_sequencer;

    #[runtime::pallet_index(32)]
    pub type KvStore = pallet_kv_store;

    #[runtime::pallet_index(33)]
    pub type Verifier = pallet_verifier;

    #[runtime::pallet_index(34)]
    pub type Relayer = pallet_relayer;
}
