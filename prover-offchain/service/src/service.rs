//! Starting and stopping the service.

use crate::{
    http,
    metrics::Metrics,
    store::{Claim, JobKind, Store, StoreError},
    worker, Backend, Config,
};
use std::{
    net::SocketAddr,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
    },
    thread::{self, JoinHandle},
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch, task};
use zkfusion_primitives::job::{JobId, Stage};

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is reachable from elsewhere, and that was not asked for.
    #[error("{0} is not on loopback, and the API has no authentication; allow remote access to use it all the same")]
    NotLoopback(SocketAddr),
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
        if !config.listen.ip().is_loopback() && !config.allow_remote {
            return Err(StartError::NotLoopback(config.listen));
        }
        let listen = config.listen;
        let store = Store::open(&config)?;
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
        let shared = Arc::new(Shared {
            config,
            store,
            backend,
            metrics: Metrics::new()?,
            stop: AtomicBool::new(false),
            activities: Mutex::default(),
            wake: Condvar::new(),
        });
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
        let server = tokio::spawn(http::serve(listener, shared.clone(), stopped));
        tracing::info!(%address, open_jobs = open, "prover service is up");
        Ok(Handle {
            address,
            shared,
            workers,
            server,
            stop,
        })
    }
}

/// A running service. Dropping it leaves the service running; [`Handle::shutdown`] ends it.
#[derive(Debug)]
pub struct Handle {
    address: SocketAddr,
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
        format!("http://{}", self.address)
    }

    /// Ends the service: answers what was asked already, waits for the running job as long as the
    /// settings say, and else leaves it to the next start.
    pub async fn shutdown(self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.wake.notify_all();
        // The receiver may be gone, when the server has ended on its own.
        let _ = self.stop.send(());
        let grace = self.shared.config.shutdown_grace;
        if tokio::time::timeout(grace, self.server).await.is_err() {
            tracing::warn!("connections were still open at shutdown");
        }
        let workers = self.workers;
        let ended = task::spawn_blocking(move || workers.map(JoinHandle::join));
        if tokio::time::timeout(grace, ended).await.is_ok() {
            return;
        }
        for claim in self.shared.claims() {
            match self.shared.store.release(&claim, worker::now_ms()) {
                Ok(_) => tracing::info!(job = hex::encode(claim.id), "left to the next start"),
                Err(error) => tracing::warn!(%error, "the running job was not released"),
            }
        }
    }
}

/// What workers and API share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) metrics: Metrics,
    stop: AtomicBool,
    /// What is under way, at most one job for each worker.
    activities: Mutex<Vec<Activity>>,
    wake: Condvar,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// What a worker does.
#[derive(Debug)]
struct Activity {
    claim: Claim,
    stage: Stage,
    percent: u8,
}

impl Shared {
    pub(crate) fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Blocks until there may be work, at most for `time`.
    pub(crate) fn sleep(&self, time: Duration) {
        let guard = self.activities();
        if !self.stopping() {
            // Woken, timed out, or poisoned: the caller looks at the queue in any case.
            drop(self.wake.wait_timeout(guard, time));
        }
    }

    /// Wakes the workers.
    pub(crate) fn wake(&self) {
        // Taken so that a worker that found the queue empty is asleep, and hears this, before it is
        // notified.
        drop(self.activities());
        self.wake.notify_all();
    }

    pub(crate) fn begin(&self, claim: &Claim) {
        let claim = Claim {
            input: Vec::new(),
            ..claim.clone()
        };
        self.activities().push(Activity {
            claim,
            stage: Stage::Preparing,
            percent: 0,
        });
    }

    pub(crate) fn progress(&self, id: &JobId, stage: Stage, percent: u8) {
        let mut activities = self.activities();
        if let Some(activity) = activities.iter_mut().find(|activity| activity.claim.id == *id) {
            (activity.stage, activity.percent) = (stage, percent);
        }
    }

    pub(crate) fn end(&self, id: &JobId) {
        self.activities().retain(|activity| activity.claim.id != *id);
    }

    /// Returns what a worker does for a job, if one works on it.
    pub(crate) fn stage(&self, id: &JobId) -> Option<(Stage, u8)> {
        let activities = self.activities();
        activities
            .iter()
            .find(|activity| activity.claim.id == *id)
            .map(|activity| (activity.stage, activity.percent))
    }

    fn claims(&self) -> Vec<Claim> {
        let activities = self.activities();
        activities.iter().map(|activity| activity.claim.clone()).collect()
    }

    fn activities(&self) -> MutexGuard<'_, Vec<Activity>> {
        self.activities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
