//! `fusion-prover wast`.

use clap::Args;
use indicatif::ProgressBar;
use rand::{rngs::StdRng, Rng, SeedableRng};
use rayon::prelude::*;
use serde_json::json;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex,
    },
};
use zkfusion_air::{
    checker::check,
    table::Table,
    tables,
    witness::{Execution, Witness},
};
use zkfusion_primitives::{
    cost::MAX_FUEL_LIMIT,
    merkle::SparseTree,
    message::{Message, Payload},
};
use zkfusion_prover::single::{job, message};
use zkfusion_vm::{environment::Leaf, status, trace_batch, Program};
use zkfusion_wast::{run, Call, Report};

use crate::{keys::Keys, Answer};

/// Runs WebAssembly test scripts in the VM: every directive of the official suite's.
///
/// A directive is skipped, with the reason, when it asks for something that the VM does not have.
/// The exit code is 0 exactly when none failed.
#[derive(Debug, Args)]
#[command(after_help = "Example: fusion-prover wast --check --prove 3 i32.wast f64.wast")]
pub(crate) struct Wast {
    /// Scripts (.wast).
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Checks every constraint of the circuit on each call.
    #[arg(long)]
    check: bool,
    /// Proves this many of the calls, and verifies the proofs.
    #[arg(long, value_name = "N", default_value_t = 0)]
    prove: usize,
    /// Chooses the calls that are proved.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Fuel of a checked or proved call: those that take more are cut off there, which is an
    /// execution like any other. Messages on the chain cannot have more than the default.
    #[arg(long, default_value_t = MAX_FUEL_LIMIT)]
    fuel: u64,
    #[command(flatten)]
    keys: Keys,
}

/// Calls that went through the checker.
#[derive(Default)]
struct Checked {
    calls: AtomicU64,
    /// Those of them that ended for want of fuel.
    cut_off: AtomicU64,
}

/// Calls to be proved: a fair sample of all that were seen (Vitter's algorithm R).
struct Sample {
    size: usize,
    seen: usize,
    random: StdRng,
    calls: Vec<(String, Program)>,
}

impl Sample {
    fn offer(&mut self, place: impl FnOnce() -> String, program: &Program) {
        self.seen += 1;
        if self.calls.len() < self.size {
            self.calls.push((place(), program.clone()));
        } else if self.size > 0 {
            let drawn = self.random.gen_range(0..self.seen);
            if let Some(call) = self.calls.get_mut(drawn) {
                *call = (place(), program.clone());
            }
        }
    }
}

impl Wast {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let texts = self.files.iter().map(|file| {
            let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
            Ok((file.as_path(), text))
        });
        let texts: Vec<(&Path, String)> = texts.collect::<Result<_, String>>()?;
        let tables = tables();
        let bar = ProgressBar::new(texts.len() as u64);
        // A sample depends on the order of calls, so that scripts are run one after the other when
        // there is one.
        let sample = Mutex::new(Sample {
            size: self.prove,
            seen: 0,
            random: StdRng::seed_from_u64(self.seed),
            calls: Vec::new(),
        });
        let checked = Checked::default();
        let script = |(file, text): &(&Path, String)| {
            let report = run(text, |call| {
                if self.check {
                    self.check(&tables, &call, &checked)?;
                }
                let place = || format!("{}:{}", file.display(), call.line);
                if let (true, Ok(mut sample)) = (self.prove > 0, sample.lock()) {
                    sample.offer(place, call.program);
                }
                Ok(())
            });
            bar.inc(1);
            report
        };
        let reports: Vec<Report> = if self.prove > 0 {
            texts.iter().map(script).collect()
        } else {
            texts.par_iter().map(script).collect()
        };
        bar.finish_and_clear();
        let sample = sample.into_inner().map_err(|error| error.to_string())?;
        let proofs = self.prove_all(&sample.calls);
        Ok(answer(&self.files, &reports, &checked, &proofs))
    }

    fn check(&self, tables: &[Table], call: &Call<'_>, checked: &Checked) -> Result<(), String> {
        let (status, witness) = self.witness(call.program)?;
        checked.calls.fetch_add(1, Ordering::Relaxed);
        if status == Some(status::FUEL) {
            checked.cut_off.fetch_add(1, Ordering::Relaxed);
        }
        match check(tables, call.program, &witness).first() {
            Some(fault) => Err(format!("the circuit refuses the call: {fault}")),
            None => Ok(()),
        }
    }

    fn message(&self) -> Message {
        message(self.fuel, Payload::default())
    }

    /// Returns how a message that makes the call ends, and the message's witness.
    fn witness(&self, program: &Program) -> Result<(Option<u8>, Witness), String> {
        let messages = [zkfusion_vm::Message {
            tape: self.message().tape(),
            fuel_limit: self.fuel,
        }];
        let batch = trace_batch(program, &messages, Leaf::default(), &mut BTreeMap::new());
        let witness = Witness::build(&Execution {
            program,
            trace: &batch.trace,
            tapes: &messages.map(|message| message.tape),
            state: SparseTree::new(),
            inbox_hash: [0; 32],
            seed: Leaf::default(),
        });
        let status = batch.outcomes.first().map(|outcome| outcome.status);
        Ok((status, witness.map_err(|error| error.to_string())?))
    }

    /// Returns what came of each proof.
    fn prove_all<'a>(&self, calls: &'a [(String, Program)]) -> Vec<(&'a str, Result<(), String>)> {
        let prover = self.keys.prover();
        let bar = ProgressBar::new(calls.len() as u64);
        let prove = |program: &Program| {
            let rows = self.witness(program)?.1.height();
            let text = |error: zkfusion_halo2::prover::ProverError| error.to_string();
            let prepared = prover.program_for_rows(program.clone(), rows).map_err(text)?;
            let batch = prover
                .execute(&prepared, &job(prepared.program_id(), self.message()))
                .map_err(text)?;
            // This verifies the proof too.
            prover.prove(&prepared, &batch, &|_| ()).map_err(text)?;
            Ok(())
        };
        let proofs = calls.iter().map(|(place, program)| {
            let proved = prove(program);
            bar.inc(1);
            (place.as_str(), proved)
        });
        proofs.collect()
    }
}

fn answer(
    files: &[PathBuf],
    reports: &[Report],
    checked: &Checked,
    proofs: &[(&str, Result<(), String>)],
) -> Answer {
    let mut lines = Vec::new();
    let mut documents = Vec::new();
    let mut total = Report::default();
    for (file, report) in files.iter().zip(reports) {
        total.add(report);
        documents.push(json!({
            "file": file,
            "passed": report.passed,
            "failed": report.failed.len(),
            "skipped": report.skips(),
        }));
        lines.push(format!("{}: {}", file.display(), numbers(report)));
        let skips = report.skipped.iter();
        lines.extend(skips.map(|(reason, count)| format!("  skipped {count}: {reason}")));
        let failures = report.failed.iter();
        lines.extend(
            failures.map(|failure| format!("  {}:{}: {}", file.display(), failure.line, failure.message)),
        );
    }
    lines.push(format!("all: {}", numbers(&total)));
    let (calls, cut_off) = (
        checked.calls.load(Ordering::Relaxed),
        checked.cut_off.load(Ordering::Relaxed),
    );
    if calls > 0 {
        lines.push(format!(
            "{calls} calls checked, {cut_off} of them only until their fuel was exhausted"
        ));
    }
    let refused = proofs
        .iter()
        .filter_map(|(place, proof)| Some((place, proof.as_ref().err()?)));
    lines.extend(
        refused
            .clone()
            .map(|(place, error)| format!("{place}: not proved: {error}")),
    );
    let refused = refused.count();
    if !proofs.is_empty() {
        lines.push(format!("{} calls proved", proofs.len() - refused));
    }
    Answer {
        document: json!({ "files": documents, "checked": calls, "cut_off": cut_off, "proved": proofs.len() - refused, "not_proved": refused }),
        text: lines.join("\n"),
        success: total.failed.is_empty() && refused == 0,
    }
}

fn numbers(report: &Report) -> String {
    format!(
        "{} passed, {} failed, {} skipped",
        report.passed,
        report.failed.len(),
        report.skips()
    )
}
