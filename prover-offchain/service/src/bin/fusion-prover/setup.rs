//! `fusion-prover setup`.

use clap::{builder::RangedU64ValueParser, Args, Subcommand};
use serde_json::json;
use std::{path::PathBuf, time::Instant};
use zkfusion_halo2::{
    prover::{self, BatchProver},
    srs::{cache_folder, Sha256Hash, SrsKind, SrsStore, MAX_DEVELOPMENT_K},
};
use zkfusion_primitives::program::LARGEST_K;
use zkfusion_prover::ZkBackend;
use zkfusion_settlement::SettlementConfig;

use crate::Answer;

/// Makes or imports the trusted setup (SRS).
#[derive(Debug, Subcommand)]
pub(crate) enum Setup {
    /// Makes the development setup, whose secret is public: whoever reads the source can forge
    /// proofs. Never for production.
    InsecureDevelopment(Insecure),
    /// Imports a ceremony's file (snarkjs .ptau, or halo2 parameters in raw form) if its hash is
    /// the expected one.
    Import(Import),
    /// Makes the keys of settlement proofs ahead, which otherwise the first settlement does; it
    /// takes minutes.
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
    /// Takes the place of another file that was imported before, and removes the keys that were
    /// made with that.
    #[arg(long)]
    replace: bool,
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
            Self::Import(import) => import.run(),
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

impl Import {
    fn run(self) -> Result<Answer, String> {
        let (folder, store) = (self.cache.folder(), self.cache.store(SrsKind::Ceremony));
        let protocol = || BatchProver::new(&folder, SrsKind::Ceremony).protocol();
        let before = if self.replace { protocol().ok() } else { None };
        let imported = match self.replace {
            true => store.replace(&self.file, self.sha256),
            false => store.import(&self.file, self.sha256),
        };
        let imported = imported.map_err(|error| error.to_string())?;
        let mut document = json!({
            "kind": "ceremony",
            "k": imported.k,
            "file": imported.file,
            "sha256": self.sha256.to_string(),
        });
        let mut text = format!("imported up to k = {}: {}", imported.k, imported.file.display());
        let needed = SettlementConfig::default().k.max(LARGEST_K.into());
        if imported.k < needed {
            text += &format!(
                "\nthis is too small for the keys of programs and settlements, which need k = {needed}"
            );
        }
        if let Some(replaced) = imported.replaced {
            let after = protocol().map_err(|error| error.to_string())?;
            let (programs, settlements) = match before {
                // A larger file of the same ceremony has the same secret.
                Some(before) if before != after => (
                    prover::remove_keys(&folder, &before).map_err(|error| error.to_string())?,
                    zkfusion_settlement::remove_keys(&folder, &before).map_err(|error| error.to_string())?,
                ),
                _ => (0, 0),
            };
            document["replaced"] = json!({
                "sha256": replaced.source_sha256,
                "k": replaced.k,
                "removed_programs": programs,
                "removed_settlements": settlements,
            });
            text += &format!(
                "\nreplaced {} (k = {}), and removed its keys of {programs} programs and {settlements} settlement circuits",
                replaced.source_sha256, replaced.k
            );
        }
        Ok(Answer::new(document, text))
    }
}
