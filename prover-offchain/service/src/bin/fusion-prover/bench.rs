//! `fusion-prover bench`.

use clap::{builder::RangedU64ValueParser, Args};
use serde_json::json;
use std::path::PathBuf;
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::{
    message::Payload,
    program::{LARGEST_K, SMALLEST_K},
};
use zkfusion_prover::{
    peak_mb,
    single::{job, message},
};

use crate::{programs, Answer};

/// Proves a built-in program that fills a circuit of the given size, and prints what it took.
///
/// With --programs, proves real programs instead: those that guests/build.sh builds from
/// guests/programs.
#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Size: the circuit has 2^k rows.
    #[arg(
        long,
        default_value_t = 16,
        conflicts_with = "programs",
        value_parser = RangedU64ValueParser::<u32>::new().range(u64::from(SMALLEST_K)..=u64::from(LARGEST_K))
    )]
    k: u32,
    /// Proves the benchmark programs, each in a process of its own, and prints a table.
    #[arg(long)]
    programs: bool,
    /// Proves only this one of them.
    #[arg(long, value_name = "NAME", requires = "programs")]
    only: Option<String>,
    /// Where setup and keys are kept; by default $ZKFUSION_CACHE or ~/.cache/zkfusion.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

/// A hash-like loop: additions, multiplications, shifts, bitwise operations, comparisons, loads and
/// stores.
const PROGRAM: &str = include_str!("bench.wat");

/// Fuel of the trial run that shows how many rows a unit of fuel takes.
const TRIAL_FUEL: u64 = 1 << 13;

/// Rows, in percent of the circuit, that the run is to take.
const FILL_PERCENT: u64 = 99;

impl Bench {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let cache = self.cache.unwrap_or_else(cache_folder);
        if self.programs {
            return programs::run(&cache, self.only.as_deref());
        }
        let prover = BatchProver::new(&cache, SrsKind::InsecureDevelopment);
        let text = |error: zkfusion_halo2::prover::ProverError| error.to_string();
        let wasm = wat::parse_str(PROGRAM).map_err(|error| error.to_string())?;
        let program = prover.program(&wasm).map_err(text)?;
        let execute = |fuel_limit| {
            let message = message(fuel_limit, Payload::default());
            prover.execute(&program, &job(program.program_id(), message))
        };
        let trial = execute(TRIAL_FUEL).map_err(text)?.witness.height() as u64;
        let doubled = execute(2 * TRIAL_FUEL).map_err(text)?.witness.height() as u64;
        // Rows grow evenly with fuel; what does not depend on fuel is in the trial already.
        let free = ((1u64 << self.k) * FILL_PERCENT / 100).saturating_sub(trial);
        let fuel_limit = TRIAL_FUEL + free * TRIAL_FUEL / doubled.saturating_sub(trial).max(1);
        let batch = execute(fuel_limit).map_err(text)?;
        let rows = batch.witness.height();
        let proved = prover.prove(&program, &batch, &|_| ()).map_err(text)?;
        let prove_s = proved.prove_time.as_secs_f64();
        let steps_per_s = batch.steps as f64 / (prove_s + batch.time.as_secs_f64());
        let document = json!({
            "k": proved.k,
            "steps": batch.steps,
            "rows": rows,
            "witness_s": batch.time.as_secs_f64(),
            "prove_s": prove_s,
            "steps_per_s": steps_per_s,
            "peak_mb": peak_mb(),
            "proof_bytes": proved.proof.len(),
            "verify_s": proved.verify_time.as_secs_f64(),
        });
        let text = format!(
            "k {}: {} steps in {rows} rows; witness {:.2} s, proof {prove_s:.2} s, {steps_per_s:.0} steps/s; peak {} MB; proof {} \
             bytes, verified in {:.3} s",
            proved.k,
            batch.steps,
            batch.time.as_secs_f64(),
            peak_mb(),
            proved.proof.len(),
            proved.verify_time.as_secs_f64(),
        );
        Ok(Answer::new(document, text))
    }
}
