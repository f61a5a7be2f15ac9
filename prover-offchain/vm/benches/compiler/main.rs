//! What compiling costs: time and memory for each byte of wasm or instruction of output, of modules
//! that are made to be costly. `cargo bench -p zkfusion-vm --bench compiler`.
//!
//! The compiler runs on chain, so that a module must not cost out of proportion to its size. Each
//! is compiled in a process of its own, whose peak of memory is read from `/proc/self/status`.

mod modules;

use std::{
    env, fs,
    io::{self, Read, Write},
    process::{Command, ExitCode, Stdio},
    time::{Duration, Instant},
};

use zkfusion_vm::{compile, CompileError};

/// Bytes of a module, about: one whose code does not exceed its limit, and a large one.
const BYTES: [usize; 2] = [16_000, 400_000];
/// Compilations, of which the fastest counts.
const REPEATS: usize = 3;

/// What compiling a module cost.
struct Cost {
    bytes: usize,
    instructions: usize,
    time: Duration,
    memory: u64,
    outcome: &'static str,
}

impl Cost {
    /// Compiles a module in this process.
    fn measure(module: &[u8]) -> Result<Self, String> {
        let before = peak()?;
        let start = Instant::now();
        let result = compile(module);
        let mut time = start.elapsed();
        let memory = peak()?.saturating_sub(before);
        for _ in 1..REPEATS {
            let start = Instant::now();
            let _ = compile(module);
            time = time.min(start.elapsed());
        }
        let (instructions, outcome) = match result {
            Ok(program) => (program.code.len(), "compiled"),
            Err(CompileError::TooLarge { limit, size, .. }) => match limit {
                zkfusion_vm::limits::Limit::Code => (size.min(limit.value()) as usize, "too much code"),
                _ => (0, "too large"),
            },
            Err(CompileError::TooManyValues { .. }) => (0, "too many values"),
            Err(error) => return Err(error.to_string()),
        };
        Ok(Self {
            bytes: module.len(),
            instructions,
            time,
            memory,
            outcome,
        })
    }

    fn row(&self, name: &str) -> String {
        let size = (self.bytes + self.instructions) as f64;
        format!(
            "{name:36} {:>7} {:>7} {:>8.1} {:>8.3} {:>8.1} {:>7.0}  {}",
            self.bytes,
            self.instructions,
            self.time.as_secs_f64() * 1e3,
            self.time.as_secs_f64() * 1e6 / size,
            self.memory as f64 / 1e6,
            self.memory as f64 / size,
            self.outcome
        )
    }
}

/// Returns the most memory that this process has had, in bytes.
fn peak() -> Result<u64, String> {
    let status = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kilobytes
        .map(|kilobytes| 1024 * kilobytes)
        .ok_or_else(|| "no VmHWM".into())
}

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1).filter(|argument| argument != "--bench");
    let result = match arguments.next() {
        Some(name) => child(&name),
        None => parent(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parent() -> Result<(), String> {
    println!(
        "{:36} {:>7} {:>7} {:>8} {:>8} {:>8} {:>7}",
        "module", "bytes", "instr.", "ms", "us each", "MB", "B each"
    );
    for (name, make) in modules::ALL {
        for bytes in BYTES {
            compile_in_child(name, &make(bytes)).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    Ok(())
}

/// Compiles a module in another process, so that only its own memory counts.
fn compile_in_child(name: &str, module: &[u8]) -> Result<(), String> {
    let text = |error: io::Error| error.to_string();
    let mut child = Command::new(env::current_exe().map_err(text)?)
        .arg(name)
        .stdin(Stdio::piped())
        .spawn()
        .map_err(text)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(module).map_err(text)?;
    }
    match child.wait().map_err(text)?.success() {
        true => Ok(()),
        false => Err("the process failed".into()),
    }
}

fn child(name: &str) -> Result<(), String> {
    let mut module = Vec::new();
    io::stdin()
        .read_to_end(&mut module)
        .map_err(|error| error.to_string())?;
    println!("{}", Cost::measure(&module)?.row(name));
    Ok(())
}
