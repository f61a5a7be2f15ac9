//! The demo's figures.

use serde::Serialize;
use zkfusion_prover::table::table;

/// Everything the demo measured. As JSON it is the last line of its output.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    /// The batches.
    pub batches: Vec<BatchFigures>,
    /// What validators signed and Ethereum believed: the appchain's finality.
    pub commitments: Vec<CommitmentFigures>,
    /// The settlements on Ethereum.
    pub settlements: Vec<SettlementFigures>,
    /// Bytes of code of the generated verifier on Ethereum.
    pub verifier_code_bytes: usize,
    /// Root of the app's state on Ethereum, as the appchain writes it; nothing if nothing was to be
    /// settled.
    pub root_l1: Option<String>,
    /// Root of the app's state in the runtime.
    pub root_l2: String,
    /// Root of a plain execution of the same messages.
    pub root_reexecuted: String,
    /// Duration of the whole demo, in seconds.
    pub seconds: f64,
    /// Balances read from the chain.
    #[serde(skip)]
    pub balances: Vec<(String, u64)>,
}

/// A proved batch.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BatchFigures {
    /// Its index.
    pub index: u64,
    /// Its messages.
    pub messages: u64,
    /// Those of them that failed.
    pub failed: u64,
    /// VM steps executed and proved.
    pub steps: u64,
    /// Time to execute and build the witness, in seconds.
    pub witness_s: f64,
    /// Time to prove, in seconds.
    pub prove_s: f64,
    /// Most memory that the prover's process had resident, in MB.
    pub peak_mb: u64,
    /// Size of the proof.
    pub proof_bytes: u64,
    /// Time of the verification in the runtime, in milliseconds.
    pub verify_ms: f64,
}

/// A commitment of the appchain's validators on Ethereum.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CommitmentFigures {
    /// The set of validators that signed.
    pub validator_set: u64,
    /// The block of the appchain that they signed.
    pub appchain_block: u64,
    /// Root of the appchain's Merkle mountain range after that block.
    pub mmr_root: String,
    /// Gas that Ethereum charged.
    pub l1_gas: u64,
}

/// A settlement.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SettlementFigures {
    /// The first batch.
    pub first: u64,
    /// The last batch.
    pub last: u64,
    /// Time to prove, in seconds.
    pub prove_s: f64,
    /// Most memory that the prover's process had resident, in MB.
    pub peak_mb: u64,
    /// Gas that Ethereum charged.
    pub l1_gas: u64,
}

impl Report {
    /// Returns the figures in tables.
    pub fn tables(&self) -> String {
        let batches: Vec<Vec<String>> = self
            .batches
            .iter()
            .map(|batch| {
                vec![
                    batch.index.to_string(),
                    batch.messages.to_string(),
                    batch.failed.to_string(),
                    batch.steps.to_string(),
                    format!("{:.2} s", batch.witness_s),
                    format!("{:.1} s", batch.prove_s),
                    format!("{} MB", batch.peak_mb),
                    format!("{} B", batch.proof_bytes),
                    format!("{:.0} ms", batch.verify_ms),
                ]
            })
            .collect();
        let header = [
            "batch",
            "messages",
            "failed",
            "steps",
            "witness",
            "proof",
            "memory",
            "size",
            "verified in",
        ];
        let mut parts = vec![table(&header, &batches)];
        let commitments: Vec<Vec<String>> = self
            .commitments
            .iter()
            .map(|commitment| {
                vec![
                    commitment.appchain_block.to_string(),
                    commitment.validator_set.to_string(),
                    commitment.mmr_root.clone(),
                    commitment.l1_gas.to_string(),
                ]
            })
            .collect();
        if !commitments.is_empty() {
            parts.push(table(
                &[
                    "final on Ethereum",
                    "signed by set",
                    "root of all blocks (BEEFY)",
                    "gas",
                ],
                &commitments,
            ));
        }
        let settlements: Vec<Vec<String>> = self
            .settlements
            .iter()
            .map(|settlement| {
                vec![
                    format!("{} to {}", settlement.first, settlement.last),
                    format!("{:.1} s", settlement.prove_s),
                    format!("{} MB", settlement.peak_mb),
                    settlement.l1_gas.to_string(),
                ]
            })
            .collect();
        if !settlements.is_empty() {
            parts.push(table(
                &["settled batches", "proof", "memory", "gas"],
                &settlements,
            ));
        }
        let balances: Vec<Vec<String>> = self
            .balances
            .iter()
            .map(|(name, balance)| vec![name.clone(), balance.to_string()])
            .collect();
        parts.push(table(&["account", "balance"], &balances));
        let roots = [
            ("on Ethereum", self.root_l1.as_deref().unwrap_or("-")),
            ("in the runtime", &self.root_l2),
            ("re-executed", &self.root_reexecuted),
        ];
        let roots: Vec<Vec<String>> = roots
            .iter()
            .map(|(place, root)| vec![(*place).into(), (*root).into()])
            .collect();
        parts.push(table(&["root", ""], &roots));
        parts.join("\n\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn keys(value: &Value) -> Vec<&str> {
        value
            .as_object()
            .map(|object| object.keys().map(String::as_str).collect())
            .unwrap_or_default()
    }

    #[test]
    fn the_document_has_exactly_the_promised_fields() {
        let report = Report {
            batches: vec![BatchFigures::default()],
            commitments: vec![CommitmentFigures::default()],
            settlements: vec![SettlementFigures::default()],
            balances: vec![("Alice".into(), 1)],
            ..Report::default()
        };
        let document = serde_json::to_value(&report).unwrap();
        let mut fields = keys(&document);
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "batches",
                "commitments",
                "root_l1",
                "root_l2",
                "root_reexecuted",
                "seconds",
                "settlements",
                "verifier_code_bytes"
            ]
        );
        let mut fields = keys(&document["batches"][0]);
        fields.sort_unstable();
        assert_eq!(
            fields,
            [
                "failed",
                "index",
                "messages",
                "peak_mb",
                "proof_bytes",
                "prove_s",
                "steps",
                "verify_ms",
                "witness_s"
            ]
        );
        let mut fields = keys(&document["commitments"][0]);
        fields.sort_unstable();
        assert_eq!(fields, ["appchain_block", "l1_gas", "mmr_root", "validator_set"]);
        let mut fields = keys(&document["settlements"][0]);
        fields.sort_unstable();
        assert_eq!(fields, ["first", "l1_gas", "last", "peak_mb", "prove_s"]);
    }
}
