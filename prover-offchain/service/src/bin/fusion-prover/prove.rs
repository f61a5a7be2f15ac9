//! `fusion-prover prove`, `verify` and `check`.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{fs, path::PathBuf, time::Instant};
use zkfusion_halo2::prover::ProverError;
use zkfusion_primitives::statement::Statement;
use zkfusion_prover::peak_mb;

use crate::{
    input::{Input, Program, EXAMPLE},
    keys::Keys,
    Answer,
};

/// Executes messages, proves that, and writes the proof with what it says to a file.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Prove {
    #[command(flatten)]
    input: Input,
    /// Where the proof goes.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    keys: Keys,
}

/// Verifies a proof that `prove` wrote.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    program: Program,
    /// The proof.
    proof: PathBuf,
    #[command(flatten)]
    keys: Keys,
}

/// Executes messages and checks every constraint and bus of the circuit, without a proof. Says
/// which fail, in which table and row.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Check {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    keys: Keys,
}

/// A proof with what it says.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ProofFile {
    /// Size of the circuit.
    k: u8,
    /// The public inputs.
    statement: Statement,
    /// The proof, in hexadecimal.
    proof: String,
}

fn text(error: ProverError) -> String {
    error.to_string()
}

impl Prove {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let wasm = self.input.program.read()?;
        let prover = self.keys.prover();
        let program = prover
            .program(&wasm)
            .map_err(|error| format!("{}: {error}", self.input.program.name()))?;
        let job = self.input.job(&wasm, program.program_id())?;
        let batch = prover.execute(&program, &job).map_err(text)?;
        let proved = prover.prove(&program, &batch, &|_| ()).map_err(text)?;
        let file = ProofFile {
            k: proved.k,
            statement: batch.statement.clone(),
            proof: hex::encode(&proved.proof),
        };
        let encoded = serde_json::to_string(&file).map_err(|error| error.to_string())?;
        fs::write(&self.output, encoded).map_err(|error| format!("{}: {error}", self.output.display()))?;
        let failed = batch
            .effects
            .outcomes
            .iter()
            .filter(|outcome| !outcome.status.is_ok())
            .count();
        let document = json!({
            "program_id": hex::encode(program.program_id()),
            "k": proved.k,
            "messages": job.batch.messages.len(),
            "failed": failed,
            "steps": batch.steps,
            "post_root": hex::encode(batch.statement.post_root),
            "witness_s": batch.time.as_secs_f64(),
            "prove_s": proved.prove_time.as_secs_f64(),
            "verify_s": proved.verify_time.as_secs_f64(),
            "peak_mb": peak_mb(),
            "proof_bytes": proved.proof.len(),
            "proof": self.output,
        });
        let text = format!(
            "{} messages, {failed} failed, {} steps; proof of {} bytes at k = {} in {:.1} s: {}",
            job.batch.messages.len(),
            batch.steps,
            proved.proof.len(),
            proved.k,
            proved.prove_time.as_secs_f64(),
            self.output.display()
        );
        Ok(Answer::new(document, text))
    }
}

impl Verify {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let (name, wasm) = (self.program.name(), self.program.read()?);
        let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", self.proof.display());
        let encoded = fs::read_to_string(&self.proof).map_err(|e| wrong(&e))?;
        let file: ProofFile = serde_json::from_str(&encoded).map_err(|e| wrong(&e))?;
        let proof = hex::decode(&file.proof).map_err(|e| wrong(&e))?;
        let prover = self.keys.prover();
        let program = prover
            .program(&wasm)
            .map_err(|error| format!("{name}: {error}"))?;
        if program.program_id() != file.statement.program_id {
            return Err(wrong(&format!("the proof is of another program than {name}")));
        }
        let start = Instant::now();
        prover
            .verify(&program, file.k, &file.statement, &proof)
            .map_err(|error| match error {
                ProverError::SelfCheck(error) => wrong(&format!("the proof is refused: {error}")),
                error => wrong(&error),
            })?;
        let verify_s = start.elapsed().as_secs_f64();
        let document = json!({
            "valid": true,
            "program_id": hex::encode(program.program_id()),
            "pre_root": hex::encode(file.statement.pre_root),
            "post_root": hex::encode(file.statement.post_root),
            "verify_s": verify_s,
        });
        let text = format!(
            "valid: from root {} to root {}",
            hex::encode(file.statement.pre_root),
            hex::encode(file.statement.post_root)
        );
        Ok(Answer::new(document, text))
    }
}

impl Check {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let wasm = self.input.program.read()?;
        let prover = self.keys.prover();
        let program = prover
            .program(&wasm)
            .map_err(|error| format!("{}: {error}", self.input.program.name()))?;
        let job = self.input.job(&wasm, program.program_id())?;
        let batch = prover.execute(&program, &job).map_err(text)?;
        let faults = prover.check(&program, &batch);
        if !faults.is_empty() {
            let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
            return Err(format!(
                "{} constraints do not hold:\n{}",
                faults.len(),
                faults.join("\n")
            ));
        }
        let rows = batch.witness.height();
        let document = json!({ "steps": batch.steps, "rows": rows, "faults": 0 });
        let text = format!(
            "{} steps in {rows} rows: every constraint holds, every bus balances",
            batch.steps
        );
        Ok(Answer::new(document, text))
    }
}
