//! The chains this node knows by name.

use codec::Encode;
use sc_chain_spec::NoExtension;
use sc_service::{ChainType, Properties};
use serde_json::{json, Value};
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::ids::SS58_PREFIX;
use zkfusion_runtime::{
    constants::{TOKEN_DECIMALS, TOKEN_SYMBOL},
    WASM_BINARY,
};

use crate::client::OwnHostFunctions;

/// A chain specification.
pub(crate) type ChainSpec = sc_service::GenericChainSpec<NoExtension, OwnHostFunctions>;

/// A chain specification that is being made.
pub(crate) type ChainSpecBuilder = sc_chain_spec::ChainSpecBuilder<NoExtension, OwnHostFunctions>;

/// Returns the chain of one validator, Alice. Its proofs have the INSECURE development setup.
pub(crate) fn development() -> Result<ChainSpec, String> {
    build(
        "zkFusion Development",
        "dev",
        ChainType::Development,
        sp_genesis_builder::DEV_RUNTIME_PRESET,
    )
}

/// Returns the chain of four validators, Alice, Bob, Charlie and Dave. Its proofs have the INSECURE
/// development setup.
pub(crate) fn local_testnet() -> Result<ChainSpec, String> {
    let preset = sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;
    build(
        "zkFusion Local Testnet",
        "local_testnet",
        ChainType::Local,
        preset,
    )
}

fn build(name: &str, id: &str, chain_type: ChainType, preset: &str) -> Result<ChainSpec, String> {
    Ok(builder(name, id, chain_type)?
        .with_genesis_config_preset_name(preset)
        .with_genesis_config_patch(proof_system(SrsKind::InsecureDevelopment)?)
        .build())
}

/// Returns what all specifications have in common.
pub(crate) fn builder(name: &str, id: &str, chain_type: ChainType) -> Result<ChainSpecBuilder, String> {
    let wasm = WASM_BINARY.ok_or("this node was built without a runtime (SKIP_WASM_BUILD was set)")?;
    let mut properties = Properties::new();
    properties.insert("ss58Format".into(), SS58_PREFIX.into());
    properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
    properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
    Ok(ChainSpec::builder(wasm, None)
        .with_name(name)
        .with_id(id)
        .with_chain_type(chain_type)
        .with_properties(properties))
}

/// Returns the part of the genesis that proofs are checked against: the VM's circuit with the
/// verifier's part of a trusted setup.
pub(crate) fn proof_system(setup: SrsKind) -> Result<Value, String> {
    let protocol = BatchProver::new(&cache_folder(), setup)
        .protocol()
        .map_err(|error| format!("the genesis has no proof system: {error}"))?;
    let encoded = format!("0x{}", hex::encode(protocol.protocol().encode()));
    Ok(json!({ "verifier": { "protocol": encoded } }))
}
