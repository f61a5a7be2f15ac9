//! Genesis presets, asked for by name.

use crate::{constants::UNIT, AccountId, BalancesConfig, RuntimeGenesisConfig, SudoConfig};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_consensus_grandpa::AuthorityId as GrandpaId;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// What each development account starts with.
const ENDOWMENT: u128 = 1_000_000 * UNIT;

/// Returns the names of the presets: one validator (Alice), or two (Alice and Bob).
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(DEV_RUNTIME_PRESET),
        PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}

/// Returns the preset called `id` as a JSON patch of the genesis configuration.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch = match id.as_ref() {
        DEV_RUNTIME_PRESET => patch(&[(Sr25519Keyring::Alice, Ed25519Keyring::Alice)]),
        LOCAL_TESTNET_RUNTIME_PRESET => patch(&[
            (Sr25519Keyring::Alice, Ed25519Keyring::Alice),
            (Sr25519Keyring::Bob, Ed25519Keyring::Bob),
        ]),
        _ => return None,
    };
    Some(
        serde_json::to_string(&patch)
            .expect("a JSON value is serializable")
            .into_bytes(),
    )
}

/// Returns a genesis with these validators, the well-known accounts endowed, and Alice as root.
fn patch(validators: &[(Sr25519Keyring, Ed25519Keyring)]) -> Value {
    let balances = Sr25519Keyring::well_known()
        .map(|account| (account.to_account_id(), ENDOWMENT))
        .collect();
    let root: AccountId = Sr25519Keyring::Alice.to_account_id();
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig { balances },
        aura: pallet_aura::GenesisConfig {
            authorities: validators
                .iter()
                .map(|(aura, _)| AuraId::from(aura.public()))
                .collect(),
        },
        grandpa: pallet_grandpa::GenesisConfig {
            authorities: validators
                .iter()
                .map(|(_, grandpa)| (GrandpaId::from(grandpa.public()), 1))
                .collect(),
        },
        sudo: SudoConfig { key: Some(root) },
    })
}
