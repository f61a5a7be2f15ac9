//! `fusion-prover setup`.

use clap::{builder::RangedU64ValueParser, Args, Subcommand};
use serde_json::json;
use std::{path::PathBuf, time::Instant};
use zkfusion_halo2::srs::{cache_folder, Sha256Hash, SrsKind, SrsStore, MAX_DEVELOPMENT_K};
use zkfusion_prover::ZkBackend;

use crate::Answer;

/// Makes or imports the trusted setup (SRS).
#[derive(Debug, Subcommand)]
pub(crate) enum Setup {
    /// Makes the development setup, whose secret is public: whoever reads the source can forge proofs. Never for
    /// production.
    InsecureDevelopment(Insecure),
    /// Imports a ceremony's file (snarkjs .ptau, or halo2 parameters in raw form) if its hash is the expected one.
    Import(Import),
    /// Makes the keys of settlement proofs ahead, which otherwise the first settlement does; it takes minutes.
    SettlementKeys(SettlementKeys),
}

#[derive(Debug, Args)]
pub(crate) struct Insecure {
    /// Sizes to make: 2^k points each.
    #[arg(
        long,
        required = true,
        num_args = 1..,
        value_parser = RangedU64ValueParser::<u32>::new().range(1..=MAX_DEVELOPMENT_K as u64)
    )]
    k: Vec<u32>,
    #[command(flatten)]
    cache: Cache,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The file.
    file: PathBuf,
    /// Its SHA-256, as the ceremony published it.
    #[arg(long, value_name = "HEX")]
    sha256: Sha256Hash,
    #[command(flatten)]
    cache: Cache,
}

#[derive(Debug, Args)]
pub(crate) struct SettlementKeys {
    /// For the imported ceremony's setup, not for the insecure development setup.
    #[arg(long)]
    ceremony: bool,
    #[command(flatten)]
    cache: Cache,
}

#[derive(Debug, Args)]
struct Cache {
    /// Folder of setups and keys; ZKFUSION_CACHE, else ~/.cache/zkfusion.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
}

impl Cache {
    fn folder(&self) -> PathBuf {
        self.cache.clone().unwrap_or_else(cache_folder)
    }

    fn store(&self, kind: SrsKind) -> SrsStore {
        SrsStore::new(&self.folder(), kind)
    }
}

impl Setup {
    pub(crate) fn run(self) -> Result<Answer, String> {
        match self {
            Self::InsecureDevelopment(Insecure { k, cache }) => {
                let store = cache.store(SrsKind::InsecureDevelopment);
                let mut files = Vec::new();
                for k in k {
                    store.load(k).map_err(|error| error.to_string())?;
                    let file = store.development_file(k);
                    // Small setups are made when needed and never stored.
                    files.push(json!({ "k": k, "file": file.exists().then_some(file) }));
                }
                let text = format!(
                    "the INSECURE development setup is in {}",
                    store.folder().display()
                );
                Ok(Answer::new(
                    json!({ "kind": "insecure-development", "files": files }),
                    text,
                ))
            }
            Self::Import(Import { file, sha256, cache }) => {
                let store = cache.store(SrsKind::Ceremony);
                let imported = store.import(&file, sha256).map_err(|error| error.to_string())?;
                let text = format!("imported up to k = {}: {}", imported.k, imported.file.display());
                Ok(Answer::new(
                    json!({ "kind": "ceremony", "k": imported.k, "file": imported.file, "sha256": sha256.to_string() }),
                    text,
                ))
            }
            Self::SettlementKeys(SettlementKeys { ceremony, cache }) => {
                let kind = if ceremony {
                    SrsKind::Ceremony
                } else {
                    SrsKind::InsecureDevelopment
                };
                let start = Instant::now();
                let backend = ZkBackend::new(&cache.folder(), kind);
                let prover = backend.settlement_prover().map_err(|error| error.to_string())?;
                let seconds = start.elapsed().as_secs_f64();
                let text = format!(
                    "the keys of settlement circuit {} are ready ({seconds:.0} s)",
                    prover.id()
                );
                Ok(Answer::new(
                    json!({ "circuit": prover.id(), "seconds": seconds }),
                    text,
                ))
            }
        }
    }
}
