//! Genesis presets, asked for by name.

use crate::{
    constants::{MAX_NOMINATORS, UNIT},
    AccountId, BabeConfig, Balance, BalancesConfig, CouncilConfig, GovernanceConfig, NetworkConfig,
    RuntimeGenesisConfig, SessionConfig, SessionKeys, StakingConfig,
};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use pallet_staking::StakerStatus;
use serde_json::Value;
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_consensus_beefy::ecdsa_crypto::AuthorityId as BeefyId;
use sp_core::crypto::get_public_from_string_or_panic;
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET, LOCAL_TESTNET_RUNTIME_PRESET};
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::Perbill;

/// What each development account starts with.
const ENDOWMENT: Balance = 1_000_000 * UNIT;
/// What each validator of the genesis has bonded.
pub const BOND: Balance = 100_000 * UNIT;
/// The least that a validator bonds.
const MIN_VALIDATOR_BOND: Balance = 1_000 * UNIT;
/// The least that a nominator bonds.
const MIN_NOMINATOR_BOND: Balance = 100 * UNIT;
/// The candidates that there can be.
const MAX_CANDIDATES: u32 = 256;
/// The reporter's share of a slash.
const SLASH_REWARD: Perbill = Perbill::from_percent(10);
/// BABE's parameters. In a quarter of the slots somebody is drawn by VRF; in the others a validator
/// authors in turn, also with a VRF output.
pub const GENESIS_EPOCH: BabeEpochConfiguration = BabeEpochConfiguration {
    c: (1, 4),
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// Sessions of development chains: ten minutes, in slots.
const DEVELOPMENT_SESSION: u32 = 200;
/// The notice period of development chains, in blocks.
const DEVELOPMENT_NOTICE: u32 = 10;

/// A validator of the genesis.
pub struct Validator {
    /// The account that has bonded.
    pub stash: AccountId,
    /// The keys of its node.
    pub keys: SessionKeys,
}

/// What is different between networks.
pub struct Parameters {
    /// The validators.
    pub validators: Vec<Validator>,
    /// Accounts and what they have, the validators' bonds included.
    pub balances: Vec<(AccountId, Balance)>,
    /// The members of the council.
    pub council: Vec<AccountId>,
    /// The notice period of calls as root, in blocks.
    pub notice: u32,
    /// The length of a session, in slots.
    pub session_slots: u32,
    /// The length of an era, in sessions.
    pub era_sessions: u32,
}

/// Returns the names of the presets: one validator (Alice), or four (Alice to Dave).
pub fn preset_names() -> Vec<PresetId> {
    vec![
        PresetId::from(DEV_RUNTIME_PRESET),
        PresetId::from(LOCAL_TESTNET_RUNTIME_PRESET),
    ]
}

/// Returns the preset called `id` as a JSON patch of the genesis configuration.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    use {Ed25519Keyring as Ed25519, Sr25519Keyring as Sr25519};
    let patch = match id.as_ref() {
        DEV_RUNTIME_PRESET => development(&[(Sr25519::Alice, Ed25519::Alice, "Alice")]),
        LOCAL_TESTNET_RUNTIME_PRESET => development(&[
            (Sr25519::Alice, Ed25519::Alice, "Alice"),
            (Sr25519::Bob, Ed25519::Bob, "Bob"),
            (Sr25519::Charlie, Ed25519::Charlie, "Charlie"),
            (Sr25519::Dave, Ed25519::Dave, "Dave"),
        ]),
        _ => return None,
    };
    Some(
        serde_json::to_string(&patch)
            .expect("a JSON value is serializable")
            .into_bytes(),
    )
}

/// Returns a genesis with these validators, the well-known accounts endowed, and Alice as council.
fn development(validators: &[(Sr25519Keyring, Ed25519Keyring, &str)]) -> Value {
    let validator = |(sr25519, ed25519, name): &(Sr25519Keyring, Ed25519Keyring, &str)| Validator {
        stash: sr25519.to_account_id(),
        keys: SessionKeys {
            babe: sr25519.public().into(),
            grandpa: ed25519.public().into(),
            beefy: get_public_from_string_or_panic::<BeefyId>(name),
            authority_discovery: sr25519.public().into(),
        },
    };
    patch(Parameters {
        validators: validators.iter().map(validator).collect(),
        balances: Sr25519Keyring::well_known()
            .map(|account| (account.to_account_id(), ENDOWMENT))
            .collect(),
        council: vec![Sr25519Keyring::Alice.to_account_id()],
        notice: DEVELOPMENT_NOTICE,
        session_slots: DEVELOPMENT_SESSION,
        era_sessions: 6,
    })
}

/// Returns the JSON patch of the genesis with these parameters.
pub fn patch(parameters: Parameters) -> Value {
    let Parameters {
        validators,
        balances,
        council,
        notice,
        session_slots,
        era_sessions,
    } = parameters;
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig { balances },
        babe: BabeConfig {
            epoch_config: GENESIS_EPOCH,
        },
        session: SessionConfig {
            keys: validators
                .iter()
                .map(|it| (it.stash.clone(), it.stash.clone(), it.keys.clone()))
                .collect(),
        },
        staking: StakingConfig {
            validator_count: crate::constants::MAX_VALIDATORS,
            minimum_validator_count: 1,
            slash_reward_fraction: SLASH_REWARD,
            stakers: validators
                .iter()
                .map(|it| (it.stash.clone(), it.stash.clone(), BOND, StakerStatus::Validator))
                .collect(),
            min_nominator_bond: MIN_NOMINATOR_BOND,
            min_validator_bond: MIN_VALIDATOR_BOND,
            max_validator_count: Some(MAX_CANDIDATES),
            max_nominator_count: Some(MAX_NOMINATORS),
        },
        council: CouncilConfig { members: council },
        governance: GovernanceConfig { notice },
        network: NetworkConfig {
            session_slots,
            era_sessions,
        },
    })
}
