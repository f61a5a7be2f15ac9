//! The prover service inside the node.

use sc_service::error::Error as ServiceError;
use std::{path::PathBuf, sync::Arc};
use tokio::runtime::{Builder, Runtime};
use zkfusion_halo2::srs::{cache_folder, SrsKind};
use zkfusion_prover::{Config, Handle, ProcessBackend, Service};

/// A running prover service with a runtime of its own, so that neither the node nor the service
/// waits for the other's threads. Proofs are made in processes of their own, whose death is not the
/// node's. Dropping it shuts it down; a running job goes on at the next start.
pub(crate) struct EmbeddedProver {
    running: Option<(Runtime, Handle)>,
    url: String,
}

impl EmbeddedProver {
    /// Starts the service on loopback, on a free port if `port` is 0, with its queue in `data`.
    ///
    /// # Errors
    ///
    /// When the queue cannot be opened or the port is taken.
    pub(crate) async fn start(data: PathBuf, port: u16, setup: SrsKind) -> Result<Self, ServiceError> {
        let failed =
            |error: String| ServiceError::Other(format!("the embedded prover does not start: {error}"));
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("prover-api")
            .enable_all()
            .build()
            .map_err(|error| failed(error.to_string()))?;
        let mut config = Config::new(data);
        config.listen.set_port(port);
        let backend = Arc::new(ProcessBackend::new(&cache_folder(), setup));
        let started = runtime.spawn(Service::start(config, backend)).await;
        let handle = match started {
            Ok(Ok(handle)) => handle,
            error => {
                // A runtime must not be dropped where others run.
                runtime.shutdown_background();
                let reason = match error {
                    Ok(Err(error)) => error.to_string(),
                    _ => "it panicked".into(),
                };
                return Err(failed(reason));
            }
        };
        let url = handle.url();
        Ok(Self {
            running: Some((runtime, handle)),
            url,
        })
    }

    /// Returns the URL of the service's API, without a trailing slash.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for EmbeddedProver {
    fn drop(&mut self) {
        let Some((runtime, handle)) = self.running.take() else {
            return;
        };
        // Whoever drops this may be on a thread that must not block on a runtime.
        let ended = std::thread::spawn(move || {
            runtime.block_on(handle.shutdown());
            runtime.shutdown_background();
        });
        if ended.join().is_err() {
            log::error!("the embedded prover did not shut down in order");
        }
    }
}
