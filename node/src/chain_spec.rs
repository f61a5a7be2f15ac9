//! The chains this node knows by name.

use sc_service::{ChainType, Properties};
use zkfusion_runtime::{
    constants::{TOKEN_DECIMALS, TOKEN_SYMBOL},
    WASM_BINARY,
};

/// A chain specification.
pub(crate) type ChainSpec = sc_service::GenericChainSpec;

/// Returns the chain of one validator, Alice.
pub(crate) fn development() -> Result<ChainSpec, String> {
    build(
        "zkFusion Development",
        "dev",
        ChainType::Development,
        sp_genesis_builder::DEV_RUNTIME_PRESET,
    )
}

/// Returns the chain of two validators, Alice and Bob.
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
    let wasm = WASM_BINARY.ok_or("this node was built without a runtime (SKIP_WASM_BUILD was set)")?;
    let mut properties = Properties::new();
    properties.insert("tokenDecimals".into(), TOKEN_DECIMALS.into());
    properties.insert("tokenSymbol".into(), TOKEN_SYMBOL.into());
    Ok(ChainSpec::builder(wasm, None)
        .with_name(name)
        .with_id(id)
        .with_chain_type(chain_type)
        .with_properties(properties)
        .with_genesis_config_preset_name(preset)
        .build())
}
