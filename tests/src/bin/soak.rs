//! `make soak`.

use clap::Parser;
use std::{process::ExitCode, time::Duration};
use zkfusion_tests::{
    command,
    progress::Progress,
    soak::{self, Bounds},
    Failure, Result,
};

/// Kills node, prover and Ethereum at random while messages come, and compares everything with a
/// plain execution in the end.
///
/// A node that proves in a daemon, and settles on an anvil that keeps its state, gets a batch of
/// messages whenever fewer than three wait. Every few seconds one of the three is killed, or all of
/// them, and started again. In the end each batch must be proved and settled once, with the root
/// that a plain execution of the messages has.
///
/// Progress goes to standard error, the figures to standard output as one JSON object.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:\n  \
    soak                             twenty kills, about half an hour on 2 cores\n  \
    soak --kills 1000 --minutes 600  a night\n  \
    soak --seed 7                    other victims at other moments")]
struct Args {
    /// Chooses victims and moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Kills.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Begins no further kill after so many minutes.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    minutes: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    command::run(run(&args))
}

async fn run(args: &Args) -> Result<()> {
    let bounds = Bounds {
        seed: args.seed,
        kills: args.kills,
        time: Duration::from_secs(60 * args.minutes),
    };
    let soaked = soak::run(bounds, &Progress::new()).await?;
    let document = serde_json::to_string(&soaked).map_err(|error| Failure(error.to_string()))?;
    println!("{document}");
    Ok(())
}
