//! Measures the settlement circuit with stand-in batch proofs, and writes the generated contracts and
//! the fixtures of the Foundry tests.

use std::{
    error::Error,
    fs,
    path::{Path, PathBuf},
};

use clap::{Parser, Subcommand};
use halo2_proofs::halo2curves::bn256::Fr;
use serde_json::json;
use zkfusion_halo2::srs::{cache_folder, SrsKind, SrsStore};
use zkfusion_settlement::{
    p2,
    stand_in::{StandIn, StandInShape},
    BatchCircuit, BatchProof, BatchStatement, ProgramKeys, SettlementConfig, SettlementProof,
    SettlementProver,
};

#[derive(Parser)]
#[command(about = "Measures the settlement circuit and writes what the contracts need of it")]
struct Arguments {
    /// Advice columns of the stand-in's first phase.
    #[arg(long, default_value_t = StandInShape::BATCH.advice, global = true)]
    advice: usize,
    /// Advice columns of its second phase.
    #[arg(long, default_value_t = StandInShape::BATCH.second_phase, global = true)]
    second_phase: usize,
    /// Its fixed columns.
    #[arg(long, default_value_t = StandInShape::BATCH.fixed, global = true)]
    fixed: usize,
    /// First-phase columns that are also opened on the next row.
    #[arg(long, default_value_t = StandInShape::BATCH.next_row, global = true)]
    next_row: usize,
    /// The size of the settlement circuit.
    #[arg(long, default_value_t = SettlementConfig::default().k, global = true)]
    k: u32,
    /// The most advice columns.
    #[arg(long, default_value_t = SettlementConfig::default().max_advice, global = true)]
    max_advice: usize,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Proves one stand-in batch and prints what it cost, as JSON.
    Bench {
        /// The size of the stand-in batch proof.
        #[arg(long, default_value_t = 16)]
        inner_k: u32,
        /// A folder for the generated contracts.
        #[arg(long)]
        contracts: Option<PathBuf>,
    },
    /// Writes the generated contracts and the proofs of two consecutive batches, at k = 14 and 16.
    Fixtures {
        /// The Foundry project.
        #[arg(long, default_value = "contracts")]
        contracts: PathBuf,
    },
}

fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(tracing::Level::INFO)
        .init();
    let arguments = Arguments::parse();
    let shape = StandInShape {
        advice: arguments.advice,
        second_phase: arguments.second_phase,
        fixed: arguments.fixed,
        next_row: arguments.next_row,
    };
    let config = SettlementConfig {
        k: arguments.k,
        max_advice: arguments.max_advice,
        ..SettlementConfig::default()
    };
    let cache = cache_folder();
    let store = SrsStore::new(&cache, SrsKind::InsecureDevelopment);
    match arguments.command {
        Command::Bench { inner_k, contracts } => {
            let stand_in = StandIn::new(store.load(inner_k)?, shape, 1).map_err(|e| e.to_string())?;
            let batch = stand_in.prove(batch(0)).map_err(|e| e.to_string())?;
            let prover = SettlementProver::load_or_setup(&cache, &store, config, stand_in.batch_circuit())?;
            if let Some(folder) = contracts {
                write_contracts(&prover, &folder)?;
            }
            drop(stand_in);
            let proof = prover.prove(&[batch])?;
            println!(
                "{}",
                json!({ "shape": shape, "k": config.k, "stats": proof.stats, "layout": prover.proof_layout() })
            );
        }
        Command::Fixtures { contracts } => {
            let (batch_circuit, batches) = consecutive_batches(&store, shape, &[14, 16])?;
            let prover = SettlementProver::load_or_setup(&cache, &store, config, batch_circuit)?;
            let proofs: Result<Vec<_>, _> = batches
                .iter()
                .map(|batch| prover.prove(std::slice::from_ref(batch)))
                .collect();
            write_contracts(&prover, &contracts.join("generated"))?;
            write_fixture(
                &proofs?,
                &contracts.join("test/fixtures/proofs.json"),
                prover.id(),
            )?;
        }
    }
    Ok(())
}

/// Proves invented batches that follow each other, of one program that has a key of each of the sizes.
fn consecutive_batches(
    store: &SrsStore,
    shape: StandInShape,
    sizes: &[u32],
) -> Result<(BatchCircuit, Vec<BatchProof>), Box<dyn Error>> {
    let programs: Result<Vec<_>, _> = sizes
        .iter()
        .map(|k| StandIn::new(store.load(*k)?, shape, 1))
        .collect();
    let programs = programs.map_err(|e| e.to_string())?;
    let mut keys = ProgramKeys::default();
    for program in &programs {
        for (all, own) in keys.digests.iter_mut().zip(program.program().digests) {
            *all += own;
        }
    }
    let circuit = programs[0].batch_circuit();
    let mut batches = Vec::new();
    for (index, program) in programs.into_iter().enumerate() {
        batches.push(
            program
                .with_keys(keys)
                .prove(batch(index as u64))
                .map_err(|e| e.to_string())?,
        );
    }
    Ok((circuit, batches))
}

/// Returns the statement of an invented batch that follows the one before.
fn batch(index: u64) -> BatchStatement {
    BatchStatement {
        genesis_hash: Fr::from(0x67e5),
        app_id: Fr::from(7),
        program_id: Fr::from(0),
        batch_index: Fr::from(index),
        pre_root: if index == 0 {
            empty_root()
        } else {
            Fr::from(1000 + index)
        },
        post_root: Fr::from(1001 + index),
        inbox_hash_pre: Fr::from(2000 * index),
        inbox_hash_post: Fr::from(2000 * (index + 1)),
        writes_hash: Fr::from(3000 + index),
        outbox_root: Fr::from(4000 + index),
        vrf_seed: Fr::from(5000 + index),
        deposit_hash_pre: Fr::from(0),
        deposit_hash_post: Fr::from(0),
    }
}

/// Returns the root of a KV tree in which every leaf is empty, with which every app starts.
fn empty_root() -> Fr {
    (0..32).fold(p2(Fr::from(0), Fr::from(0)), |node, _| p2(node, node))
}

fn write_contracts(prover: &SettlementProver, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("Halo2Verifier.sol"), prover.solidity_verifier())?;
    fs::write(folder.join("ProofLayout.sol"), prover.solidity_layout())?;
    Ok(())
}

fn write_fixture(proofs: &[SettlementProof], path: &Path, circuit: &str) -> Result<(), Box<dyn Error>> {
    let proofs: Vec<_> = proofs
        .iter()
        .map(|proof| {
            json!({
                "statement": format!("0x{}", hex::encode(proof.statement.abi_encode())),
                "proof": format!("0x{}", hex::encode(&proof.proof)),
            })
        })
        .collect();
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(
        path,
        serde_json::to_string_pretty(&json!({ "version": 1, "circuit": circuit, "proofs": proofs }))? + "\n",
    )?;
    Ok(())
}
