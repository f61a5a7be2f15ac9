//! The chain that the networks run: the preset `local`, with short sessions.

use serde_json::{json, Value};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};
use zkfusion_tests::build;

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
