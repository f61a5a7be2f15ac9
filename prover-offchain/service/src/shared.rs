//! What workers and API share.

use crate::{
    memory::Memory,
    metrics::Metrics,
    store::{Claim, Store},
    token::Token,
    turns::Turns,
    Backend, Config,
};
use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
    },
    time::Duration,
};
use tokio::sync::Semaphore;
use zkfusion_primitives::job::{JobId, Stage};

/// What workers and API share.
pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) metrics: Metrics,
    pub(crate) token: Token,
    pub(crate) memory: Memory,
    pub(crate) turns: Turns,
    /// Who may make keys for a request.
    pub(crate) preparing: Semaphore,
    stop: AtomicBool,
    abandoned: AtomicBool,
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
    pub(crate) fn new(
        config: Config,
        store: Store,
        backend: Arc<dyn Backend>,
        metrics: Metrics,
        token: Token,
    ) -> Self {
        Self {
            memory: Memory::new(config.memory),
            turns: Turns::default(),
            preparing: Semaphore::new(config.max_preparing),
            config,
            store,
            backend,
            metrics,
            token,
            stop: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            activities: Mutex::default(),
            wake: Condvar::new(),
        }
    }

    /// Makes the workers end.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::SeqCst);
        self.wake.notify_all();
    }

    pub(crate) fn stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Ends what the workers do, where their backend can.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, Ordering::SeqCst);
    }

    pub(crate) fn abandoned(&self) -> bool {
        self.abandoned.load(Ordering::SeqCst)
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

    pub(crate) fn claims(&self) -> Vec<Claim> {
        let activities = self.activities();
        activities.iter().map(|activity| activity.claim.clone()).collect()
    }

    fn activities(&self) -> MutexGuard<'_, Vec<Activity>> {
        self.activities.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
