//! The prover service inside the node, and the way to one that is elsewhere.

use sc_service::error::Error as ServiceError;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::runtime::{Builder, Runtime};
use zkfusion_halo2::srs::{cache_folder, SrsKind};
use zkfusion_offchain::url::Shown;
use zkfusion_prover::{Config, Handle, ProcessBackend, Service, Token};

use crate::roles::HttpUrl;

/// A running prover service with a runtime of its own, so that neither the node nor the service
/// waits for the other's threads. Proofs are made in processes of their own, whose death is not the
/// node's. Dropping it shuts it down; a running job goes on at the next start.
pub(crate) struct EmbeddedProver {
    running: Option<(Runtime, Handle)>,
    url: String,
    url_with_token: String,
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
        Ok(Self {
            url: handle.url(),
            url_with_token: handle.url_with_token(),
            running: Some((runtime, handle)),
        })
    }

    /// Returns the URL of the service's API, without a trailing slash.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns that URL with the service's token, for the offchain workers of this node alone.
    pub(crate) fn url_with_token(&self) -> &str {
        &self.url_with_token
    }
}

/// Returns the URL of a daemon with its token: that in `file`; without a file, if the daemon is on
/// this machine, that in the file of a daemon that is started with default settings.
///
/// # Errors
///
/// When the file has no token.
pub(crate) fn url_with_token(url: &HttpUrl, file: Option<&Path>) -> Result<String, ServiceError> {
    if url.has_user() {
        return Ok(url.as_str().into());
    }
    let token = match file {
        Some(file) => Token::read(file).map_err(|error| ServiceError::Other(error.to_string()))?,
        None => {
            let default = cache_folder().join("prover").join("token");
            let found = url.is_loopback().then(|| Token::read_or_make(&default));
            match found {
                Some(Ok(token)) => token,
                refused => {
                    let reason = refused.and_then(Result::err).map(|error| format!(" ({error})"));
                    log::warn!(
                        "there is no token for the prover at {}{}: it will refuse this node without --prover-token-file \
                         FILE",
                        Shown(url.as_str()),
                        reason.unwrap_or_default()
                    );
                    return Ok(url.as_str().into());
                }
            }
        }
    };
    if !url.is_loopback() && !url.as_str().starts_with("https://") {
        log::warn!(
            "the token for the prover at {} travels where others can read it: use https://",
            Shown(url.as_str())
        );
    }
    Ok(url.with_user("node", token.reveal()))
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
