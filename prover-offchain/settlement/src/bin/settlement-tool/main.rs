//! Measures the settlement circuit with real batch proofs, and writes the generated contracts and
//! the fixtures of the Foundry tests.

#[path = "../../../tests/guest/mod.rs"]
mod guest;

mod fixtures;

use std::{error::Error, io::IsTerminal, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use serde_json::json;
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind, SrsStore},
};
use zkfusion_settlement::{BatchProof, Contracts, SettlementConfig, SettlementProof, SettlementProver};

#[derive(Parser)]
#[command(about = "Measures the settlement circuit and writes what the contracts need of it")]
struct Arguments {
    /// The size of the settlement circuit.
    #[arg(long, default_value_t = SettlementConfig::default().k, global = true)]
    k: u32,
    /// Bits of the table of range checks.
    #[arg(long, default_value_t = SettlementConfig::default().lookup_bits, global = true)]
    lookup_bits: usize,
    /// The most advice columns.
    #[arg(long, default_value_t = SettlementConfig::default().max_advice, global = true)]
    max_advice: usize,
    /// The Foundry project.
    #[arg(long, default_value = "contracts", global = true)]
    contracts: PathBuf,
    /// Takes the setup of the imported ceremony file, not the insecure development setup.
    #[arg(long, global = true)]
    ceremony: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Proves the settlement of a batch and prints what it cost, as JSON.
    Bench,
    /// Writes the generated contracts: the verifier of the setup, and the layout of its proofs.
    /// Needs no keys.
    Contracts,
    /// Writes the generated contracts, and the settlements of two consecutive batches of different
    /// sizes.
    Fixtures,
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_max_level(tracing::Level::INFO)
        .init();
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let config = SettlementConfig {
        k: arguments.k,
        lookup_bits: arguments.lookup_bits,
        max_advice: arguments.max_advice,
    };
    let kind = match arguments.ceremony {
        true => SrsKind::Ceremony,
        false => SrsKind::InsecureDevelopment,
    };
    let cache = cache_folder();
    let additions: &[u64] = match arguments.command {
        Command::Contracts => &[],
        Command::Bench => &[3],
        Command::Fixtures => &[3, 3000],
    };
    let (protocol, batches) = {
        let prover = BatchProver::new(&cache, kind);
        let batches = match additions {
            [] => Vec::new(),
            additions => {
                let program = guest::program(&prover, 5)?;
                guest::batches(&prover, &program, additions)?
            }
        };
        (prover.protocol()?, batches)
    };
    let store = SrsStore::new(&cache, kind);
    if let Command::Contracts = arguments.command {
        let contracts = Contracts::derive(&store, &config, &protocol)?;
        return fixtures::write_contracts(&contracts, &arguments.contracts);
    }
    let prover = SettlementProver::load_or_setup(&cache, &store, config, protocol.clone())?;
    let proofs: Vec<SettlementProof> = batches
        .iter()
        .map(|batch| {
            let proof = prover.prove(&[BatchProof::from_job(batch)?])?;
            let stats = serde_json::to_string(&proof.stats)?;
            tracing::info!("settled a batch of size k = {}: {stats}", batch.k);
            Ok(proof)
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    if let Command::Bench = arguments.command {
        println!(
            "{}",
            json!({ "config": config, "stats": proofs[0].stats, "layout": prover.proof_layout() })
        );
        return Ok(());
    }
    let contracts = prover.contracts()?;
    if contracts != Contracts::derive(&store, &config, &protocol)? {
        return Err(format!(
            "the key in {} is of another circuit than this one: raise CIRCUIT_VERSION in settlement/src/keys.rs",
            cache.join("settlement").display()
        )
        .into());
    }
    fixtures::write_contracts(&contracts, &arguments.contracts)?;
    fixtures::write_proofs(&prover, &proofs, &arguments.contracts)
}
