//! Blocks of the whole runtime, built and executed natively on the development genesis.

use codec::Encode;
use frame_support::{assert_ok, genesis_builder_helper::build_state};
use pallet_vrf::{RandomnessSource, VrfClaim, INHERENT_IDENTIFIER};
use sp_block_builder::runtime_decl_for_block_builder::BlockBuilder;
use sp_consensus_aura::AURA_ENGINE_ID;
use sp_core::{crypto::VrfSecret, sr25519};
use sp_genesis_builder::{PresetId, DEV_RUNTIME_PRESET};
use sp_inherents::InherentData;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    traits::{Block as _, Header as _},
    Digest, DigestItem,
};
use std::panic::{catch_unwind, AssertUnwindSafe};
use zkfusion_runtime::{
    constants::MILLISECS_PER_BLOCK, genesis, Block, Executive, Hash, Header, Runtime, RuntimeGenesisConfig,
    System, UncheckedExtrinsic, Vrf,
};

const SLOT: u64 = 1_000;

/// Returns the development chain's genesis state.
fn genesis() -> sp_io::TestExternalities {
    let mut state = sp_io::TestExternalities::default();
    state.execute_with(|| {
        let preset = genesis::preset(&PresetId::from(DEV_RUNTIME_PRESET)).expect("the preset exists");
        assert_ok!(build_state::<RuntimeGenesisConfig>(with_defaults(preset)));
    });
    state
}

/// Returns `patch` applied to the default genesis configuration.
fn with_defaults(patch: Vec<u8>) -> Vec<u8> {
    let patch: serde_json::Value = serde_json::from_slice(&patch).expect("a preset is JSON");
    let mut config =
        serde_json::to_value(RuntimeGenesisConfig::default()).expect("the configuration is serializable");
    for (pallet, values) in patch.as_object().expect("a preset is an object") {
        for (field, value) in values.as_object().expect("a pallet's preset is an object") {
            config[pallet][field] = value.clone();
        }
    }
    config.to_string().into_bytes()
}

fn genesis_hash() -> Hash {
    Hash::repeat_byte(3)
}

fn first_header() -> Header {
    let digest = Digest {
        logs: vec![DigestItem::PreRuntime(
            AURA_ENGINE_ID,
            SLOT.to_le_bytes().to_vec(),
        )],
    };
    Header::new(1, Default::default(), Default::default(), genesis_hash(), digest)
}

fn claim(author: Sr25519Keyring, slot: u64) -> VrfClaim {
    let pair: sr25519::Pair = author.pair();
    pair.vrf_sign(&VrfClaim::sign_data(&genesis_hash().0, slot))
        .into()
}

fn inherents(claim: Option<VrfClaim>) -> Vec<UncheckedExtrinsic> {
    let mut data = InherentData::new();
    let now = sp_timestamp::Timestamp::new(SLOT * MILLISECS_PER_BLOCK);
    data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &now)
        .expect("the data is empty");
    if let Some(claim) = claim {
        data.put_data(INHERENT_IDENTIFIER, &claim)
            .expect("the data has no claim");
    }
    genesis().execute_with(|| Runtime::inherent_extrinsics(data))
}

/// Builds the first block with these extrinsics as an author does.
fn build(extrinsics: Vec<UncheckedExtrinsic>) -> Block {
    genesis().execute_with(|| {
        Executive::initialize_block(&first_header());
        for extrinsic in &extrinsics {
            assert_ok!(Executive::apply_extrinsic(extrinsic.clone()).expect("the inherent is valid"));
        }
        Block::new(Executive::finalize_block(), extrinsics)
    })
}

/// Tells whether importing the block would succeed.
fn is_valid(block: Block) -> bool {
    genesis()
        .execute_with(|| catch_unwind(AssertUnwindSafe(|| Executive::execute_block(block.into()))).is_ok())
}

#[test]
fn block_should_be_valid_when_it_carries_its_authors_output() {
    let claim = claim(Sr25519Keyring::Alice, SLOT);
    let block = build(inherents(Some(claim)));
    genesis().execute_with(|| {
        Executive::execute_block(block.into());
        let author = Sr25519Keyring::Alice.public();
        assert_eq!(System::block_number(), 1);
        assert_eq!(Vrf::output_at(1), claim.verify(&author, &genesis_hash().0, SLOT));
        assert!(Vrf::output_at(1).is_some());
    });
}

#[test]
fn block_should_be_invalid_when_its_output_is_missing() {
    let whole = build(inherents(Some(claim(Sr25519Keyring::Alice, SLOT))));
    let without = inherents(None);
    assert_eq!(without.len() + 1, whole.extrinsics().len());
    assert!(is_valid(whole));
    let built = catch_unwind(|| build(without.clone()));
    assert!(built.is_err(), "an author cannot build it");
    let mut header = first_header();
    header.set_extrinsics_root(root(&without));
    assert!(!is_valid(Block::new(header, without)), "nobody imports it");
}

#[test]
fn block_should_be_invalid_when_its_output_is_forged() {
    for forged in [
        claim(Sr25519Keyring::Bob, SLOT),
        claim(Sr25519Keyring::Alice, SLOT + 1),
    ] {
        let extrinsics = inherents(Some(forged));
        let mut block = build(inherents(Some(claim(Sr25519Keyring::Alice, SLOT))));
        block.extrinsics = extrinsics;
        block.header.set_extrinsics_root(root(&block.extrinsics));
        assert!(!is_valid(block));
    }
}

#[test]
fn missing_output_should_be_reported_before_execution() {
    genesis().execute_with(|| {
        let extrinsics = inherents(None);
        let mut data = InherentData::new();
        let now = sp_timestamp::Timestamp::new(SLOT * MILLISECS_PER_BLOCK);
        data.put_data(sp_timestamp::INHERENT_IDENTIFIER, &now)
            .expect("the data is empty");
        let result = Runtime::check_inherents(Block::new(first_header(), extrinsics).into(), data);
        assert!(!result.ok() && result.fatal_error());
        let errors: Vec<_> = result.into_errors().collect();
        assert_eq!(
            errors,
            [(INHERENT_IDENTIFIER, pallet_vrf::InherentError::Missing.encode())]
        );
    });
}

#[test]
fn presets_should_all_build_a_genesis() {
    for name in genesis::preset_names() {
        let preset = genesis::preset(&name).expect("a named preset exists");
        sp_io::TestExternalities::default().execute_with(|| {
            assert_ok!(build_state::<RuntimeGenesisConfig>(with_defaults(preset)));
            assert!(!pallet_aura::Authorities::<Runtime>::get().is_empty());
        });
    }
    assert!(genesis::preset(&PresetId::from("unknown")).is_none());
}

fn root(extrinsics: &[UncheckedExtrinsic]) -> Hash {
    let encoded = extrinsics.iter().map(Encode::encode).collect();
    sp_io::trie::blake2_256_ordered_root(encoded, sp_runtime::StateVersion::V1)
}
