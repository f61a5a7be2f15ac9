//! `fusion-prover bench --programs`: programs that were compiled from Rust and C, executed and
//! proved.

use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};
use zkfusion_halo2::{prover::BatchProver, srs::SrsKind};
use zkfusion_prover::{
    benchmark::{measure, sized_message, Measurement},
    table::table,
};

use crate::Answer;

/// A program of `guests/programs`, and how much it gets to do.
struct Program {
    name: &'static str,
    /// The word in its payload.
    size: u64,
    /// Whether it computes with floats, whose instructions are calls of the VM's library.
    floats: bool,
}

impl Program {
    const fn new(name: &'static str, size: u64) -> Self {
        let floats = false;
        Self { name, size, floats }
    }

    const fn with_floats(name: &'static str, size: u64) -> Self {
        let floats = true;
        Self { name, size, floats }
    }

    fn path(&self, cache: &Path) -> PathBuf {
        cache
            .join("guests/programs")
            .join(self.name)
            .with_extension("wasm")
    }
}

const PROGRAMS: [Program; 11] = [
    Program::new("sha256", 1_000),
    Program::new("quicksort", 600),
    Program::new("fibonacci", 50_000),
    Program::new("kernels", 2),
    Program::new("bignum", 64),
    Program::new("json", 5),
    Program::new("regex-search", 2),
    Program::new("interpreter", 60),
    Program::new("orders", 20),
    Program::with_floats("matrix", 5),
    Program::with_floats("nbody", 3),
];

/// What a program took.
#[derive(Debug, Deserialize, Serialize)]
struct Measured {
    name: String,
    size: u64,
    floats: bool,
    #[serde(flatten)]
    measurement: Measurement,
}

/// What all programs took.
#[derive(Debug, Default, Deserialize, Serialize)]
struct Report {
    programs: Vec<Measured>,
}

/// Measures one program here, or each of them in a process of its own: the most memory that was
/// used is known of whole processes only.
pub(crate) fn run(cache: &Path, only: Option<&str>) -> Result<Answer, String> {
    if let Some(name) = only {
        let program = PROGRAMS.iter().find(|program| program.name == name);
        let program = program.ok_or_else(|| {
            let names = PROGRAMS.map(|program| program.name).join(", ");
            format!("there is no benchmark program {name:?}; there are {names}")
        })?;
        let programs = vec![measure_here(program, cache)?];
        return answer(&Report { programs });
    }
    for program in &PROGRAMS {
        read(&program.path(cache))?;
    }
    let style = ProgressStyle::with_template("{pos}/{len} {msg} ({elapsed})");
    let bar = ProgressBar::new(PROGRAMS.len() as u64).with_style(style.map_err(|error| error.to_string())?);
    let mut report = Report::default();
    for program in &PROGRAMS {
        bar.set_message(program.name);
        let measured = measure_apart(program, cache).map_err(|error| format!("{}: {error}", program.name))?;
        report.programs.extend(measured.programs);
        bar.inc(1);
    }
    bar.finish_and_clear();
    answer(&report)
}

/// Has another process of this program measure a program.
fn measure_apart(program: &Program, cache: &Path) -> Result<Report, String> {
    let us = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(us)
        .args(["--json", "bench", "--programs", "--only", program.name])
        .arg("--cache")
        .arg(cache)
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}", output.status, said.trim()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
}

fn measure_here(program: &Program, cache: &Path) -> Result<Measured, String> {
    let wasm = read(&program.path(cache))?;
    let prover = BatchProver::new(cache, SrsKind::InsecureDevelopment);
    let measurement =
        measure(&prover, &wasm, &sized_message(program.size)).map_err(|error| error.to_string())?;
    Ok(Measured {
        name: program.name.into(),
        size: program.size,
        floats: program.floats,
        measurement,
    })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| {
        let path = path.display();
        format!("{path}: {error}; guests/build.sh builds the benchmark programs")
    })
}

const HEADER: [&str; 9] = [
    "program",
    "size",
    "instructions",
    "steps",
    "steps/instruction",
    "k",
    "seconds",
    "kHz",
    "MB",
];

fn answer(report: &Report) -> Result<Answer, String> {
    let rows = report.programs.iter().map(|program| {
        let measurement = &program.measurement;
        vec![
            program.name.clone(),
            program.size.to_string(),
            measurement.instructions.to_string(),
            measurement.steps.to_string(),
            format!("{:.2}", measurement.steps_per_instruction()),
            measurement.k.to_string(),
            format!("{:.1}", measurement.seconds()),
            format!("{:.1}", measurement.khz()),
            measurement.peak_mb.to_string(),
        ]
    });
    let mut text = table(&HEADER, &rows.collect::<Vec<_>>());
    let mut document = serde_json::to_value(report).map_err(|error| error.to_string())?;
    let integers = || report.programs.iter().filter(|program| !program.floats);
    let instructions: u64 = integers().map(|program| program.measurement.instructions).sum();
    let steps: u64 = integers().map(|program| program.measurement.steps).sum();
    let seconds: f64 = integers().map(|program| program.measurement.seconds()).sum();
    if instructions > 0 {
        let (per_instruction, khz) = (steps as f64 / instructions as f64, steps as f64 / seconds / 1e3);
        text += &format!(
            "\nwithout floats: {instructions} instructions, {steps} steps, {per_instruction:.2} steps an instruction; {seconds:.1} s, \
             {khz:.1} kHz"
        );
        document["without_floats"] = json!({
            "instructions": instructions,
            "steps": steps,
            "steps_per_instruction": per_instruction,
            "seconds": seconds,
            "khz": khz,
        });
    }
    Ok(Answer::new(document, text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(cache: &Path, only: Option<&str>) -> String {
        run(cache, only).err().unwrap()
    }

    #[test]
    fn every_program_that_there_is_is_measured() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guests/programs");
        let names = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        let mut measured = PROGRAMS.map(|program| program.name);
        names.sort();
        measured.sort();
        assert_eq!(names, measured);
    }

    #[test]
    fn what_is_not_built_or_not_known_is_said() {
        let cache = tempfile::tempdir().unwrap();
        for only in [None, Some("sha256")] {
            let error = error(cache.path(), only);
            assert!(error.contains("guests/programs/sha256.wasm"), "{error}");
            assert!(error.contains("guests/build.sh"), "{error}");
        }
        let error = error(cache.path(), Some("sha1"));
        assert!(
            error.contains("\"sha1\"") && error.contains("sha256, quicksort"),
            "{error}"
        );
    }

    #[test]
    fn the_sum_leaves_out_floats() {
        let measured = |name: &str, floats, instructions| Measured {
            name: name.into(),
            size: 1,
            floats,
            measurement: Measurement {
                instructions,
                steps: 50,
                rows: 80,
                k: 14,
                witness_s: 0.5,
                prove_s: 1.5,
                verify_s: 0.01,
                peak_mb: 300,
                proof_bytes: 6_368,
            },
        };
        let programs = vec![
            measured("a", false, 100),
            measured("b", true, 10),
            measured("c", false, 150),
        ];
        let answer = answer(&Report { programs }).unwrap();
        let sum = &answer.document["without_floats"];
        assert_eq!((&sum["instructions"], &sum["steps"]), (&json!(250), &json!(100)));
        assert_eq!(sum["steps_per_instruction"], json!(0.4));
        let last = answer.text.lines().last().unwrap();
        assert_eq!(
            last,
            "without floats: 250 instructions, 100 steps, 0.40 steps an instruction; 4.0 s, 0.0 kHz"
        );
    }
}
