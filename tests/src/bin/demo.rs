//! `make demo` and `make devnet`.

use clap::Parser;
use std::process::ExitCode;
use tokio::signal::unix::{signal, SignalKind};
use zkfusion_tests::{
    demo,
    network::{Network, Plan, Ports},
    progress::Progress,
    scenario, Failure, Result,
};

/// Runs the whole path once: messages sequenced, proved, verified by the runtime, and settled on
/// Ethereum.
///
/// Progress goes to standard error; tables and, as the last line, one JSON object to standard
/// output. Everything that was started is stopped at the end, whatever happens.
#[derive(Debug, Parser)]
struct Args {
    /// Instead of sending messages, keeps the network running at the usual ports until it is
    /// interrupted.
    #[arg(long)]
    keep_running: bool,
    /// Leaves Ethereum out: ends when the runtime has verified the batches.
    #[arg(long)]
    no_settlement: bool,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        tokio::select! {
            outcome = run(&args) => outcome,
            interrupted = interrupted() => match (interrupted, args.keep_running) {
                (Ok(()), true) => Ok(()),
                (Ok(()), false) => Err(Failure("interrupted".into())),
                (Err(failure), _) => Err(failure),
            },
        }
    });
    // Keys that are being made are of no use any more.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Waits until somebody wants us to end.
async fn interrupted() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

async fn run(args: &Args) -> Result<()> {
    let progress = Progress::new();
    let plan = Plan {
        ports: if args.keep_running {
            Ports::USUAL
        } else {
            Ports::default()
        },
        relay: !args.no_settlement,
        ..Plan::default()
    };
    let mut network = Network::start(plan, &progress).await?;
    if args.keep_running {
        let app = demo::register(&network, &progress).await?;
        println!("{}", usage(&network, app.id));
        return std::future::pending().await;
    }
    let report = demo::run(&mut network, !args.no_settlement, &progress).await?;
    drop(network);
    println!("{}\n", report.tables());
    let document = serde_json::to_string(&report).map_err(|error| Failure(error.to_string()))?;
    println!("{document}");
    Ok(())
}

fn usage(network: &Network, app: u32) -> String {
    let (node, l1, contract) = (
        network.node.ws(),
        network.anvil.http(),
        network.contracts.settlement,
    );
    let holders = scenario::HOLDERS.map(|name| format!("//{name}")).join(" ");
    let lines = [
        (
            "Node",
            format!("{node} (https://polkadot.js.org/apps/?rpc={node})"),
        ),
        ("Prover", network.node.prover().to_owned()),
        ("Ethereum", l1.clone()),
        ("Settlement", contract.to_string()),
        (
            "Accounts",
            format!("{holders} ..; //Alice is the council, //Ferdie pays for proofs"),
        ),
        ("Data, logs", network.folder().display().to_string()),
    ];
    let lines = lines
        .map(|(label, value)| format!("  {label:<11} {value}"))
        .join("\n");
    format!(
        "\nThe network runs until you press Ctrl-C.\n\n{lines}\n\nTry, in another terminal after `. scripts/env.sh` and \
         `PATH=$CARGO_TARGET_DIR/debug:$PATH`:\n
  fusion app show {app}
  fusion app submit {app} u64:1 account:Alice u64:1000 --as //Alice --wait   # mint: the first minter is the admin
  fusion app submit {app} u64:2 account:Bob u64:300 --as //Alice --wait      # transfer
  fusion app state {app} --account //Bob
  fusion app batches {app}
  fusion settlement show --l1 {l1} --contract {contract}
  fusion app register --wasm PROGRAM.wasm --as //Alice                    # your own: guests/README.md\n
The relayer settles what the runtime has verified, yours too; a settlement proof takes minutes.\n"
    )
}
