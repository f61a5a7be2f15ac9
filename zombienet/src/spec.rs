//! The chain that the networks run: the preset `local`, with short sessions.

use codec::DecodeAll;
use frame_support::{crypto::ecdsa::ECDSAExt, storage::storage_prefix};
use serde_json::{json, Value};
use sp_core::ecdsa;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use zkfusion_tests::{build, contracts::Validator};

use crate::{Failure, Result};

/// The lengths of sessions and eras.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// The length of a session, in slots of three seconds.
    pub slots: u32,
    /// The length of an era, in sessions.
    pub per_era: u32,
}

/// Writes the specification of a chain with these sessions into a folder, as the state of its
/// genesis, and returns the file. Its validators are Alice to Dave.
///
/// # Errors
///
/// When the node does not make it, or the files cannot be written.
pub fn write(folder: &Path, sessions: Sessions) -> Result<PathBuf> {
    let plain = folder.join("plain.json");
    let raw = folder.join("chain.json");
    let mut spec: Value = serde_json::from_slice(&export(&["--chain", "local"])?)
        .map_err(|error| Failure::of("the specification of the chain", error))?;
    spec["genesis"]["runtimeGenesis"]["patch"]["network"] =
        json!({ "sessionSlots": sessions.slots, "eraSessions": sessions.per_era });
    fs::write(&plain, spec.to_string())?;
    fs::write(&raw, export(&["--raw", "--chain", &plain.to_string_lossy()])?)?;
    Ok(raw)
}

/// Returns the validators of the first two sessions as Ethereum knows them, read from the genesis
/// of a specification that [`write()`] wrote.
///
/// # Errors
///
/// When the two sessions have different ones, or the file is another.
pub fn validators(chain: &Path) -> Result<Vec<Validator>> {
    let failed = |error: &dyn std::fmt::Display| Failure::of(chain.display(), error);
    let spec: Value = serde_json::from_slice(&fs::read(chain)?).map_err(|error| failed(&error))?;
    let set = |item: &str| {
        let key = storage_prefix(b"Beefy", item.as_bytes());
        let value = &spec["genesis"]["raw"]["top"][format!("0x{}", hex::encode(key))];
        let digits = value.as_str().unwrap_or_default().trim_start_matches("0x");
        let bytes = hex::decode(digits).map_err(|error| failed(&error))?;
        Vec::<ecdsa::Public>::decode_all(&mut &bytes[..]).map_err(|error| failed(&error))
    };
    let first = set("Authorities")?;
    if first != set("NextAuthorities")? {
        return Err(failed(&"the first two sessions have different validators"));
    }
    let address = |key: &ecdsa::Public| key.to_eth_address().map(Validator::from);
    let addresses: std::result::Result<_, _> = first.iter().map(address).collect();
    addresses.map_err(|()| failed(&"a key of BEEFY is not a point"))
}

/// Returns what `zkfusion-node export-chain-spec` writes.
fn export(arguments: &[&str]) -> Result<Vec<u8>> {
    let output = Command::new(build::program("zkfusion-node")?)
        .arg("export-chain-spec")
        .args(arguments)
        .output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Failure::of(
        "zkfusion-node export-chain-spec",
        String::from_utf8_lossy(&output.stderr),
    ))
}
