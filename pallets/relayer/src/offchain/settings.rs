//! The worker's settings, which the node writes to its offchain database.

use crate::{abi::Contracts, fees::FeeLimits, Config};
use alloc::string::String;
use alloy_primitives::Address;
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_verifier::offchain::KEY_PROVER_URL;
use sp_core::offchain::StorageKind;
use sp_runtime::{offchain::storage::StorageValueRef, SaturatedConversion};

/// Key of the switch of the relayer role: the value `[1]` is on.
pub const KEY_RELAYER: &[u8] = b"zkfusion::relayer";

/// Key of the address of an Ethereum node's JSON-RPC, as UTF-8: `http://127.0.0.1:8545`.
pub const KEY_L1_URL: &[u8] = b"zkfusion::l1_url";

/// Key of the address of the `Settlement` contract, 20 bytes.
pub const KEY_L1_SETTLEMENT: &[u8] = b"zkfusion::l1_settlement";

/// Key of the address of the `BeefyOrder` contract, 20 bytes.
pub const KEY_L1_ORDER: &[u8] = b"zkfusion::l1_order";

/// Key of the address of the `SettlementProofVerifier` contract that apps are registered with, 20
/// bytes.
pub const KEY_L1_VERIFIER: &[u8] = b"zkfusion::l1_verifier";

/// Key of the address that may upgrade the apps, 20 bytes; nobody may when absent.
pub const KEY_L1_UPGRADER: &[u8] = b"zkfusion::l1_upgrader";

/// Key of the most that is paid for a unit of gas, in wei, as SCALE `u128`; 500 gwei when absent.
pub const KEY_L1_MAX_FEE: &[u8] = b"zkfusion::l1_max_fee";

/// Key of the id of the Ethereum chain, as SCALE `u64`; the chain on which the contracts are seen
/// first when absent.
pub const KEY_L1_CHAIN_ID: &[u8] = b"zkfusion::l1_chain_id";

/// Key of the newest final block that the node knows, as SCALE `(u64, [u8; 32])`: its number and
/// its hash. The node writes it whenever a block becomes final; without it nothing is settled.
pub const KEY_FINALIZED: &[u8] = b"zkfusion::finalized";

/// Settings of the relayer role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Address of the Ethereum node.
    pub l1_url: String,
    /// The Ethereum chain's id, if the operator gave it.
    pub chain_id: Option<u64>,
    /// The contracts.
    pub contracts: Contracts,
    /// Address of the prover service, without a trailing slash.
    pub prover_url: String,
    /// What is paid for gas at most.
    pub limits: FeeLimits,
}

/// Something that a relayer needs is not set, or is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingSetting(
    /// Key of the setting.
    pub &'static str,
);

impl Settings {
    /// Returns the settings if the node has the relayer role.
    ///
    /// # Errors
    ///
    /// The first setting that is missing or malformed.
    pub fn load() -> Result<Option<Self>, MissingSetting> {
        let read = |key| sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, key);
        if read(KEY_RELAYER).as_deref() != Some(&[1]) {
            return Ok(None);
        }
        let url = |key, name| {
            read(key)
                .and_then(|url| String::from_utf8(url).ok())
                .ok_or(MissingSetting(name))
        };
        let address = |key, name| {
            read(key)
                .and_then(|address| Address::try_from(&address[..]).ok())
                .ok_or(MissingSetting(name))
        };
        let contracts = Contracts {
            settlement: address(KEY_L1_SETTLEMENT, "zkfusion::l1_settlement")?,
            order: address(KEY_L1_ORDER, "zkfusion::l1_order")?,
            verifier: address(KEY_L1_VERIFIER, "zkfusion::l1_verifier")?,
            upgrader: match read(KEY_L1_UPGRADER) {
                Some(_) => address(KEY_L1_UPGRADER, "zkfusion::l1_upgrader")?,
                None => Address::ZERO,
            },
        };
        let limits = StorageValueRef::persistent(KEY_L1_MAX_FEE)
            .get::<u128>()
            .map_err(|_| MissingSetting("zkfusion::l1_max_fee"))?
            .map_or_else(FeeLimits::default, FeeLimits::up_to);
        let chain_id = StorageValueRef::persistent(KEY_L1_CHAIN_ID)
            .get::<u64>()
            .map_err(|_| MissingSetting("zkfusion::l1_chain_id"))?;
        Ok(Some(Self {
            chain_id,
            l1_url: url(KEY_L1_URL, "zkfusion::l1_url")?,
            contracts,
            prover_url: url(KEY_PROVER_URL, "zkfusion::prover_url")?
                .trim_end_matches('/')
                .into(),
            limits,
        }))
    }
}

/// Returns the number of the newest final block; nothing if the block that the worker runs on
/// neither is that block nor descends from it.
///
/// # Errors
///
/// When the node does not say which blocks are final.
pub fn finalized<T: Config>() -> Result<Option<BlockNumberFor<T>>, MissingSetting> {
    let (number, hash) = StorageValueRef::persistent(KEY_FINALIZED)
        .get::<(u64, [u8; 32])>()
        .ok()
        .flatten()
        .ok_or(MissingSetting("zkfusion::finalized"))?;
    let number: BlockNumberFor<T> = number.saturated_into();
    let ours = frame_system::Pallet::<T>::block_hash(number);
    Ok((ours.as_ref() == hash).then_some(number))
}
