//! Files of the Foundry project.

use std::{error::Error, fs, path::Path};

use serde_json::{json, Map, Value};
use zkfusion_settlement::{Contracts, SettlementProof, SettlementProver, STATEMENT_FIELDS};

/// Writes `generated/*.sol` of the Foundry project.
pub(crate) fn write_contracts(generated: &Contracts, contracts: &Path) -> Result<(), Box<dyn Error>> {
    let folder = contracts.join("generated");
    fs::create_dir_all(&folder)?;
    let path = folder.join(format!("{}.sol", generated.verifier.name));
    fs::write(&path, &generated.verifier.source)?;
    tracing::info!("{} is written", path.display());
    fs::write(folder.join("ProofLayout.sol"), &generated.layout)?;
    Ok(())
}

/// Writes `test/fixtures/proofs.json` of the Foundry project.
pub(crate) fn write_proofs(
    prover: &SettlementProver,
    proofs: &[SettlementProof],
    contracts: &Path,
) -> Result<(), Box<dyn Error>> {
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
