//! `fusion-prover`: executes and proves programs, and manages the trusted setup of their proofs.

mod bench;
mod client;
mod input;
mod jobs;
mod keys;
mod programs;
mod prove;
mod run;
mod serve;
mod setup;
mod wast;

use clap::{Parser, Subcommand};
use serde_json::{json, Value};
use std::{
    io::{IsTerminal, Write},
    process::ExitCode,
};

/// Executes and proves zkFusion programs, and manages the trusted setup of their proofs.
///
/// Answers go to standard output, everything else to standard error. The exit code is 0 exactly
/// when what was asked for was done.
#[derive(Debug, Parser)]
#[command(
    name = "fusion-prover",
    version,
    propagate_version = true,
    max_term_width = 110
)]
struct Args {
    /// Answers in JSON, one document; errors too.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Executes messages without proving: status, steps, fuel, writes, logs.
    Run(run::Run),
    /// Executes messages, proves that, and writes the proof to a file.
    Prove(prove::Prove),
    /// Verifies a proof that `prove` wrote.
    Verify(prove::Verify),
    /// Executes messages and checks every constraint, without a proof.
    Check(prove::Check),
    /// Runs the prover service: a durable queue of jobs behind an HTTP API on loopback.
    Serve(serve::Serve),
    /// Lists the jobs of a prover service.
    Jobs(jobs::Jobs),
    /// Has a prover service try failed jobs again.
    Retry(jobs::Retry),
    /// Proves a built-in program that fills a circuit, or the benchmark programs, and prints time,
    /// memory and sizes.
    Bench(bench::Bench),
    /// Runs WebAssembly test scripts, and checks and proves their calls.
    Wast(wast::Wast),
    /// Makes or imports the trusted setup (SRS).
    #[command(subcommand)]
    Setup(setup::Setup),
    #[command(hide = true)]
    ProvingProcess(zkfusion_prover::ProvingProcess),
}

/// An answer, as a document and as text.
struct Answer {
    document: Value,
    text: String,
    /// Whether it is the one that was hoped for.
    success: bool,
}

impl Answer {
    fn new(document: Value, text: impl Into<String>) -> Self {
        Self {
            document,
            text: text.into(),
            success: true,
        }
    }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    let args = Args::parse();
    let answer = match args.command {
        Command::Run(run) => run.run(),
        Command::Prove(prove) => prove.run(),
        Command::Verify(verify) => verify.run(),
        Command::Check(check) => check.run(),
        Command::Serve(serve) => serve.run(),
        Command::Jobs(jobs) => jobs.run(),
        Command::Retry(retry) => retry.run(),
        Command::Bench(bench) => bench.run(),
        Command::Wast(wast) => wast.run(),
        Command::Setup(setup) => setup.run(),
        Command::ProvingProcess(process) => process.run(),
    };
    match answer {
        Ok(answer) => {
            let text = if args.json {
                answer.document.to_string()
            } else {
                answer.text
            };
            // Whoever closed the pipe has seen enough.
            let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
            ExitCode::from(u8::from(!answer.success))
        }
        Err(message) => {
            let text = if args.json {
                json!({ "error": message }).to_string()
            } else {
                format!("error: {message}")
            };
            let _ = writeln!(std::io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}
