//! The generated contracts and the fixtures.

use std::{error::Error, fs, path::Path};

use serde_json::{json, Map, Value};
use zkfusion_settlement::{SettlementProof, SettlementProver, STATEMENT_FIELDS};

/// Writes `generated/*.sol` and `test/fixtures/proofs.json` of the Foundry project.
pub(crate) fn write(
    prover: &SettlementProver,
    proofs: &[SettlementProof],
    contracts: &Path,
) -> Result<(), Box<dyn Error>> {
    let generated = contracts.join("generated");
    fs::create_dir_all(&generated)?;
    fs::write(generated.join("Halo2Verifier.sol"), prover.solidity_verifier()?)?;
    fs::write(generated.join("ProofLayout.sol"), prover.solidity_layout())?;
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
