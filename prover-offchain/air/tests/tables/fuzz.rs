//! `make fuzz`: random modules in this VM and in wasmi, and some of them through the constraints,
//! for as long as wanted.

use std::{
    env, fmt, fs,
    panic::{catch_unwind, AssertUnwindSafe},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use rand::{rngs::StdRng, Rng, RngCore, SeedableRng};
use rayon::prelude::*;
use zkfusion_air::{table::Table, tables};

use crate::{
    generated::check_one,
    support::{
        compare::{compare, Tally},
        modules::module,
        mutants::Originals,
    },
};

/// Of so many modules one goes through the constraints, too.
const ONE_IN: u32 = 8;

/// Time between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(5);

/// Compares modules until `DURATION` seconds (60) are over; `SEED` chooses them, and the clock if
/// it is not given. `GUESTS` is a folder of more modules to change.
///
/// With `WASM`, only that file is compared, with the calls that the seed `SEED` chooses.
#[test]
#[ignore = "takes as long as it is told to; `make fuzz` runs it"]
fn modules_behave_as_in_wasmi_for_as_long_as_wanted() {
    let seed = number("SEED").unwrap_or_else(seconds_since_1970);
    if let Some(file) = variable("WASM") {
        let wasm = fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}"));
        println!("{}", exercise(&tables(), &wasm, seed, true));
        return;
    }
    let duration = Duration::from_secs(number("DURATION").unwrap_or(60));
    let run = Run::new(variable("GUESTS").as_deref().map(Path::new));
    let Originals { programs, suite } = &run.originals;
    println!(
        "seed {seed}, {} programs and {} modules of the test suite to change",
        programs.len(),
        suite.len()
    );
    let mut seeds = StdRng::seed_from_u64(seed);
    std::iter::repeat_with(|| seeds.next_u64())
        .take_while(|_| run.begun.elapsed() < duration)
        .par_bridge()
        .for_each(|seed| run.case(seed));
    let progress = run.progress();
    println!("{}", progress.counts);
    let diverged = &progress.diverged;
    assert!(
        diverged.is_empty(),
        "{} diverged:\n{}",
        diverged.len(),
        diverged.join("\n")
    );
}

/// Returns a variable that is not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.is_empty())
}

fn number(name: &str) -> Option<u64> {
    let parse = |text: String| {
        text.parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}"))
    };
    variable(name).map(parse)
}

fn seconds_since_1970() -> u64 {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    now.map_or(0, |now| now.as_secs())
}

/// Compares a module in both machines, with the calls of this seed, and checks the constraints for
/// one in [`ONE_IN`] modules, or in any case.
fn exercise(tables: &[Table], wasm: &[u8], seed: u64, check: bool) -> Counts {
    let mut random = StdRng::seed_from_u64(seed);
    let mut counts = Counts {
        tally: compare(wasm, &mut random),
        ..Counts::default()
    };
    if random.gen_ratio(1, ONE_IN) || check {
        if let Some(checked) = check_one(tables, wasm, &mut random) {
            assert_eq!(checked.faults, [], "the constraints");
            (counts.checked, counts.steps) = (1, checked.steps);
        }
    }
    counts
}

/// What has been done.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    /// Modules from wasm-smith.
    generated: usize,
    /// Mutants.
    mutants: usize,
    /// Modules with other bytes.
    damaged: usize,
    tally: Tally,
    /// Executions that went through the constraints.
    checked: usize,
    /// Their steps.
    steps: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.generated += other.generated;
        self.mutants += other.mutants;
        self.damaged += other.damaged;
        self.tally = self.tally + other.tally;
        self.checked += other.checked;
        self.steps += other.steps;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} generated, {} mutants, {} damaged: {}; {} executions of {} steps checked",
            self.generated, self.mutants, self.damaged, self.tally, self.checked, self.steps
        )
    }
}

/// How far a run is.
#[derive(Default)]
struct Progress {
    counts: Counts,
    /// For each module that behaves differently, how, and how to see it again.
    diverged: Vec<String>,
    /// When progress was last shown.
    shown: Duration,
}

/// A run of many modules.
struct Run {
    begun: Instant,
    tables: Vec<Table>,
    originals: Originals,
    progress: Mutex<Progress>,
}

impl Run {
    fn new(guests: Option<&Path>) -> Self {
        let mut originals = Originals::new();
        let folder = guests.and_then(|guests| fs::read_dir(guests).ok());
        let files = folder.into_iter().flatten().flatten().map(|file| file.path());
        let wasm = files.filter(|file| file.extension().is_some_and(|extension| extension == "wasm"));
        originals
            .programs
            .extend(wasm.filter_map(|file| fs::read(file).ok()));
        Self {
            begun: Instant::now(),
            tables: tables(),
            originals,
            progress: Mutex::default(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the module of a seed, compares it, and keeps it if it behaves differently.
    fn case(&self, seed: u64) {
        let mut random = StdRng::seed_from_u64(seed);
        let mut counts = Counts::default();
        let wasm = match random.gen_range(0..5) {
            0 | 1 => {
                counts.generated = 1;
                module(&mut random)
            }
            2 | 3 => {
                counts.mutants = 1;
                self.originals.mutant(&mut random)
            }
            _ => {
                counts.damaged = 1;
                self.originals.damaged(&mut random)
            }
        };
        let result = catch_unwind(AssertUnwindSafe(|| exercise(&self.tables, &wasm, seed, false)));
        let mut progress = self.progress();
        progress.counts.add(counts);
        match result {
            Ok(counts) => progress.counts.add(counts),
            Err(panic) => {
                let report = keep(
                    &wasm,
                    seed,
                    panic.downcast_ref::<String>().map_or("it panics", String::as_str),
                );
                eprintln!("{report}");
                progress.diverged.push(report);
            }
        }
        if self.begun.elapsed() > progress.shown + PROGRESS {
            progress.shown = self.begun.elapsed();
            println!("{:>5} s: {}", progress.shown.as_secs(), progress.counts);
        }
    }
}

/// Writes a module to a file and returns how to compare it again.
fn keep(wasm: &[u8], seed: u64, difference: &str) -> String {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{seed}.wasm"));
    match fs::write(&file, wasm) {
        Ok(()) => format!("{difference}\n    make fuzz WASM={} SEED={seed}", file.display()),
        Err(error) => format!("{difference}\n    seed {seed}; {}: {error}", file.display()),
    }
}
