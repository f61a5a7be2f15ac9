//! The generated contracts and the fixtures.

use std::{error::Error, fs, path::Path};

use serde_json::{json, Map, Value};
use zkfusion_settlement::{SettlementProof, SettlementProver, STATEMENT_FIELDS};

/// Writes `generated/*.sol` of the Foundry project.
pub(crate) fn write_contracts(prover: &SettlementProver, contracts: &Path) -> Result<(), Box<dyn Error>> {
    let generated = contracts.join("generated");
    fs::create_dir_all(&generated)?;
    let verifier = prover.solidity_verifier()?;
    let path = generated.join(format!("{}.sol", verifier.name));
    fs::write(&path, verifier.source)?;
    tracing::info!("{} is written", path.display());
    fs::write(generated.join("ProofLayout.sol"), prover.solidity_layout())?;
    Ok(())
}

/// Writes `generated/*.sol` and `test/fixtures/proofs.json` of the Foundry project.
pub(crate) fn write(
    prover: &SettlementProver,
    proofs: &[SettlementProof],
    contracts: &Path,
) -> Result<(), Box<dyn Error>> {
    write_contracts(prover, contracts)?;
    let fixtures = contracts.join("test/fixtures");
    fs::create_dir_all(&fixtures)?;
    let document = json!({
        "version": 2,
        "circuit": prover.id(),
        "proofs": proofs.iter().map(fixture).collect::<Vec<_>>(),
    });
    fs::write(
        fixtures.join("proofs.json"),
        serde_json::to_string_pretty(&document)? + "\n",
    )?;
    Ok(())
}

/// A proof, and its statement as bytes and field by field.
fn fixture(proof: &SettlementProof) -> Value {
    let hex = |bytes: &[u8]| Value::from(format!("0x{}", hex::encode(bytes)));
    let encoded = proof.statement.abi_encode();
    let fields: Map<_, _> = STATEMENT_FIELDS
        .iter()
        .zip(encoded.chunks(32))
        .map(|(name, word)| ((*name).to_owned(), hex(word)))
        .collect();
    json!({
        "statement": hex(&encoded),
        "fields": fields,
        "proof": hex(&proof.proof),
    })
}
