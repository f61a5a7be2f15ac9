//! `fusion-prover serve`.

use clap::Args;
use serde_json::json;
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::signal::unix::{signal, SignalKind};
use zkfusion_prover::{Config, ProcessBackend, Service, Tls};

use crate::{keys::Keys, Answer};

/// Runs the prover service until it is interrupted.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Address of the HTTP API: on loopback, or another with --tls-cert and --tls-key.
    #[arg(long, default_value_t = SocketAddr::from(([127, 0, 0, 1], Config::DEFAULT_PORT)))]
    listen: SocketAddr,
    /// Folder of the job queue; by default `prover` in the cache folder.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Certificate of the API, with those of its issuers, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// A name of this machine under which the API may be used, in addition to its addresses and
    /// `localhost`; can be given several times.
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// File with the token that every request must bring, made when absent; by default `token` in
    /// the data folder. Nodes read it with --prover-token-file.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Memory that proofs may take at most; by default what the machine has free. A job that needs
    /// more fails and is tried again.
    #[arg(long, value_name = "MB")]
    memory: Option<u64>,
    /// The longest time of an attempt at a proof. One that takes longer is ended, and tried again.
    #[arg(long, value_name = "SECONDS", default_value_t = Config::DEFAULT_PROOF_TIME_LIMIT.as_secs(),
          value_parser = clap::value_parser!(u64).range(1..))]
    proof_time_limit: u64,
    #[command(flatten)]
    keys: Keys,
}

impl Serve {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let (cache, kind) = (self.keys.cache(), self.keys.setup());
        let mut config = Config::new(self.data.unwrap_or_else(|| cache.join("prover")));
        config.listen = self.listen;
        config.hosts = self.host;
        config.tls = self
            .tls_cert
            .zip(self.tls_key)
            .map(|(certificate, key)| Tls { certificate, key });
        if let Some(file) = self.token_file {
            config.token_file = file;
        }
        config.proof_time_limit = Duration::from_secs(self.proof_time_limit);
        config.memory = self.memory.map(|megabytes| megabytes.saturating_mul(1_000_000));
        let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let backend = Arc::new(ProcessBackend::new(&cache, kind));
            let handle = Service::start(config, backend)
                .await
                .map_err(|error| error.to_string())?;
            tracing::info!("proving for {} (setup: {kind:?}); Ctrl-C ends it", handle.url());
            interrupted().await.map_err(|error| error.to_string())?;
            tracing::info!("shutting down; a running job goes on at the next start");
            handle.shutdown().await;
            Ok(Answer::new(json!({ "stopped": true }), "stopped"))
        })
    }
}

/// Waits until somebody wants us to end.
async fn interrupted() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupt = tokio::signal::ctrl_c() => interrupt,
        _ = terminate.recv() => Ok(()),
    }
}
