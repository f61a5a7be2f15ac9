//! `fusion-prover serve`.

use clap::Args;
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use zkfusion_halo2::srs::{cache_folder, SrsKind};
use zkfusion_prover::{Config, Service, ZkBackend};

use crate::Answer;

/// Runs the prover service until it is interrupted.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address of the HTTP API, on loopback.
    #[arg(long, default_value_t = SocketAddr::from(([127, 0, 0, 1], Config::DEFAULT_PORT)))]
    listen: SocketAddr,
    /// Folder of the job queue; by default `prover` in the cache folder.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Where setup and keys are kept; by default $ZKFUSION_CACHE or ~/.cache/zkfusion.
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Proves with the imported ceremony's setup, not with the insecure development setup.
    #[arg(long)]
    ceremony: bool,
}

impl Serve {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let cache = self.cache.unwrap_or_else(cache_folder);
        let kind = if self.ceremony {
            SrsKind::Ceremony
        } else {
            SrsKind::InsecureDevelopment
        };
        let mut config = Config::new(self.data.unwrap_or_else(|| cache.join("prover")));
        config.listen = self.listen;
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let backend = Arc::new(ZkBackend::new(&cache, kind));
            let handle = Service::start(config, backend)
                .await
                .map_err(|error| error.to_string())?;
            tracing::info!("proving for {} (setup: {kind:?}); Ctrl-C ends it", handle.url());
            tokio::signal::ctrl_c().await.map_err(|error| error.to_string())?;
            tracing::info!("shutting down; a running job goes on at the next start");
            handle.shutdown().await;
            Ok(Answer {
                document: json!({ "stopped": true }),
                text: "stopped".to_owned(),
            })
        })
    }
}
