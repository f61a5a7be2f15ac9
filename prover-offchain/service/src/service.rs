//! Starting and stopping the service.

use crate::{
    clock::now_ms,
    http::{self, TlsListener},
    metrics::Metrics,
    panics,
    shared::Shared,
    store::{JobKind, Store, StoreError},
    token::{Token, TokenError},
    version::ProverVersion,
    worker, Backend, Config, Tls, TlsError,
};
use std::{
    net::SocketAddr,
    sync::Arc,
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch, task};

/// How long a worker may take to end once its process has to be killed.
const KILLED_WITHIN: Duration = Duration::from_secs(2);

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable from elsewhere, where anybody on the way can read the token.
    #[error("{0} is not on loopback: give a certificate and its key (--tls-cert, --tls-key)")]
    NotLoopback(SocketAddr),
    /// Certificate or key are not usable.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// The store does not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The metrics contradict each other.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The system gives no thread.
    #[error("cannot start the prover's thread: {0}")]
    Thread(std::io::Error),
}

/// The prover service; see [`Service::start`].
#[derive(Debug)]
pub struct Service;

impl Service {
    /// Opens the store, starts to work on its queue, and serves the API. Must be called in a tokio
    /// runtime. Batches and settlements are proved by a thread each, so that a batch, which users
    /// wait for, need not wait for a settlement.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(config: Config, backend: Arc<dyn Backend>) -> Result<Handle, StartError> {
        let tls = config.tls.as_ref().map(Tls::read).transpose()?;
        if tls.is_none() && !config.listen.ip().is_loopback() {
            return Err(StartError::NotLoopback(config.listen));
        }
        let token = Token::read_or_make(&config.token_file)?;
        let listen = config.listen;
        let version = version(backend.clone()).await;
        let store = Store::open(&config, version)?;
        let open = store.counts()?.open;
        let listener = TcpListener::bind(listen)
            .await
            .map_err(|source| StartError::Listen {
                address: listen,
                source,
            })?;
        let address = listener.local_addr().map_err(|source| StartError::Listen {
            address: listen,
            source,
        })?;
        let shared = Arc::new(Shared::new(config, store, backend, Metrics::new()?, token));
        let start = |name: &str, kind| {
            let shared = shared.clone();
            thread::Builder::new()
                .name(name.into())
                .spawn(move || worker::work(&shared, kind))
                .map_err(StartError::Thread)
        };
        let workers = [
            start("batch-prover", JobKind::Batch)?,
            start("settler", JobKind::Settlement)?,
        ];
        let (stop, stopped) = watch::channel(());
        let listening = |source| StartError::Listen { address, source };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let server = match tls {
            None => tokio::spawn(http::serve(listener, shared.clone(), stopped)),
            Some(tls) => {
                let listener = TlsListener::new(listener, tls).map_err(listening)?;
                tokio::spawn(http::serve(listener, shared.clone(), stopped))
            }
        };
        tracing::info!(%address, open_jobs = open, "prover service is up");
        Ok(Handle {
            address,
            scheme,
            shared,
            workers,
            server,
            stop,
        })
    }
}

/// Returns the version of this prover. A setup that is not usable yet is no reason not to start:
/// jobs say what is missing.
async fn version(backend: Arc<dyn Backend>) -> ProverVersion {
    let keys = task::spawn_blocking(move || panics::caught(|| backend.keys())).await;
    let keys = match keys {
        Ok(Ok(keys)) => Some(keys),
        Ok(Err(error)) => {
            tracing::warn!(%error, "nothing can be proved yet");
            None
        }
        Err(_) => None,
    };
    ProverVersion::of_this_program(keys)
}

/// A running service. Dropping it leaves the service running; [`Handle::shutdown`] ends it.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
    /// `http` or `https`.
    scheme: &'static str,
    shared: Arc<Shared>,
    workers: [JoinHandle<()>; 2],
    server: task::JoinHandle<()>,
    stop: watch::Sender<()>,
}

impl Handle {
    /// Returns the address that the API listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of the API, without a trailing slash.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Returns the URL of the API with the token in it, for clients that make a header of that.
    pub fn url_with_token(&self) -> String {
        format!(
            "{}://prover:{}@{}",
            self.scheme,
            self.shared.token.reveal(),
            self.address
        )
    }

    /// Ends the service: answers what was asked already, waits for the running job as long as the
    /// settings say, and else leaves it to the next start.
    pub async fn shutdown(self) {
        self.shared.stop();
        // The receiver may be gone, when the server has ended on its own.
        let _ = self.stop.send(());
        let grace = self.shared.config.shutdown_grace;
        if tokio::time::timeout(grace, self.server).await.is_err() {
            tracing::warn!("connections were still open at shutdown");
        }
        let workers = self.workers;
        let mut ended = task::spawn_blocking(move || workers.map(JoinHandle::join));
        if tokio::time::timeout(grace, &mut ended).await.is_ok() {
            return;
        }
        for claim in self.shared.claims() {
            match self.shared.store.release(&claim, now_ms()) {
                Ok(_) => tracing::info!(job = hex::encode(claim.id), "left to the next start"),
                Err(error) => tracing::warn!(%error, "the running job was not released"),
            }
        }
        // Not before: the attempts that end now would count.
        self.shared.abandon();
        if tokio::time::timeout(KILLED_WITHIN, ended).await.is_err() {
            tracing::warn!("a proof goes on until the process ends");
        }
    }
}
