//! `make load`.

use clap::Parser;
use std::process::ExitCode;
use zkfusion_tests::{
    command,
    load::{self, plan::Parameters, Settings},
    progress::Progress,
    Failure, Result,
};

/// Puts a load on one node and compares everything that the chain did with a re-execution.
///
/// Starts a development chain of one validator that does not prove, registers apps, and sends
/// signed calls of `sequencer.submit` from many accounts, some of them wrong in every way that the
/// chain has to notice. Then it reads all blocks, executes the same extrinsics in a plain model,
/// and compares: outcomes, events, inboxes, batches, nonces, balances. It fails if anything
/// differs, or a valid extrinsic was lost.
///
/// Extrinsics are signed beforehand, and sent at the rate as long as the pool has room. So the
/// chain's own speed is what comes out when the rate is higher than it.
///
/// Progress goes to standard error, tables to standard output.
#[derive(Debug, Parser)]
#[command(after_help = "Examples:\n  \
    load --seconds 60                       the load that the chain is meant to bear\n  \
    load --seed 7 --invalid 50              more wrong extrinsics than usual\n  \
    load --apps 1 --rate 500                one app, whose inbox becomes full\n  \
    load --backlog 20000 -- --pool-limit 30000    with flags of the node")]
struct Args {
    /// Chooses accounts, payloads and what is wrong with which extrinsic: a seed makes the same
    /// extrinsics each time.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long to send, in seconds.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    seconds: u64,
    /// Extrinsics to send a second.
    #[arg(long, default_value_t = 1_200, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rate: u64,
    /// Apps to send to. Left out, there are as many as the load needs: an inbox holds 4,096
    /// messages that nobody proves.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    apps: Option<u32>,
    /// Accounts that send.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    accounts: u16,
    /// Extrinsics of a hundred that are wrong in some way.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(0..=100))]
    invalid: u8,
    /// Bytes of a usual payload, at most. One in 200 has 1,024.
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u16).range(0..=1_024))]
    payload: u16,
    /// Extrinsics that may wait in the node's pool, which holds 8,192 unless a flag says otherwise.
    /// Two blocks' worth: with less, blocks are not full.
    #[arg(long, default_value_t = 6_000, value_parser = clap::value_parser!(u64).range(1..))]
    backlog: u64,
    /// Print all figures as one JSON object in the last line.
    #[arg(long)]
    json: bool,
    /// More flags of the node.
    #[arg(last = true)]
    node_flags: Vec<String>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    command::run(run(args))
}

async fn run(args: Args) -> Result<()> {
    let settings = Settings {
        parameters: Parameters {
            seed: args.seed,
            seconds: args.seconds,
            rate: args.rate,
            apps: args.apps,
            accounts: args.accounts,
            invalid: args.invalid,
            payload: args.payload,
        },
        backlog: args.backlog,
        node_flags: args.node_flags,
    };
    let report = load::run(&settings, &Progress::new()).await?;
    println!("{}", report.tables());
    if args.json {
        let document = serde_json::to_string(&report).map_err(|error| Failure(error.to_string()))?;
        println!("{document}");
    }
    match report.differences {
        0 => Ok(()),
        count => Err(Failure(format!(
            "the chain did {count} things otherwise than re-executed; seed {}",
            settings.parameters.seed
        ))),
    }
}
