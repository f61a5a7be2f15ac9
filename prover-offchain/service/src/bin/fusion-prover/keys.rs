//! Which trusted setup proofs are made with, and where it is kept.

use clap::Args;
use std::path::PathBuf;
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};

/// Setup and cache.
#[derive(Debug, Args)]
pub(crate) struct Keys {
    /// Where setup and keys are kept; by default $ZKFUSION_CACHE or ~/.cache/zkfusion.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Uses the imported ceremony's setup, not the insecure development setup.
    #[arg(long)]
    ceremony: bool,
}

impl Keys {
    /// Returns the cache folder.
    pub(crate) fn cache(&self) -> PathBuf {
        self.cache.clone().unwrap_or_else(cache_folder)
    }

    /// Returns the setup.
    pub(crate) fn setup(&self) -> SrsKind {
        if self.ceremony {
            SrsKind::Ceremony
        } else {
            SrsKind::InsecureDevelopment
        }
    }

    /// Returns a prover that uses both.
    pub(crate) fn prover(&self) -> BatchProver {
        BatchProver::new(&self.cache(), self.setup())
    }
}
