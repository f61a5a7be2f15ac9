//! Hands the Solidity sources of the interfaces to `sol!`, which follows no imports, as one text.

use std::{env, error::Error, fs, path::Path};

/// Files of `contracts/src`: the interfaces, and what they import.
const SOURCES: [&str; 8] = [
    "BeefyTypes.sol",
    "IBeefyOrder.sol",
    "IOrderAuthority.sol",
    "IProofVerifier.sol",
    "ISettlement.sol",
    "Merkle.sol",
    "OrderHead.sol",
    "SettlementStatement.sol",
];

fn main() -> Result<(), Box<dyn Error>> {
    // Not with `env!`: a checkout elsewhere may run what was compiled here.
    let crate_folder = env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?;
    let folder = Path::new(&crate_folder).join("../src");
    let mut text = String::from("alloy_sol_types::sol! {\n#![sol(extra_derives(Debug, PartialEq, Eq))]\n");
    for source in SOURCES {
        let path = folder.join(source);
        println!("cargo::rerun-if-changed={}", path.display());
        text += &fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    text += "}\n";
    let output = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&output).join("interfaces.rs"), text)?;
    Ok(())
}
