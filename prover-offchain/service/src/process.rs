//! A backend that has another process prove. What kills that process (the system, when memory runs
//! out; a stack that overflows; an abort) costs one attempt at one job, and not the service.
//!
//! ```text
//! service ──Request──▶ proving process          over a socket, which is its standard input;
//!         ◀──Reply────                          its log goes to the service's standard error
//! ```
//!
//! The process that proves batches lives on, with the keys that it has loaded. A settlement has a
//! process of its own, which ends with it: nothing of its gigabytes is of use to the next one. So
//! has the preparation of a program, which would else wait for a batch.

mod child;
mod frame;
mod message;
mod running;

pub use child::ProvingProcess;

use crate::{Backend, Failure, ProgramInfo, Watch};
use codec::Encode;
use message::{Reply, Task};
use running::Running;
use std::{
    fmt,
    path::Path,
    process::Command,
    sync::{Mutex, PoisonError, TryLockError},
};
use zkfusion_halo2::srs::SrsKind;
use zkfusion_primitives::job::{BatchJob, BatchResult, FailureKind, SettlementJob, SettlementResult};

/// Proves in processes of its own.
pub struct ProcessBackend {
    command: Box<dyn Fn() -> Command + Send + Sync>,
    /// The process that proves batches, while there is one.
    batches: Mutex<Option<Running>>,
}

impl fmt::Debug for ProcessBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessBackend").finish_non_exhaustive()
    }
}

impl ProcessBackend {
    /// Returns a backend that proves as [`ZkBackend`](crate::ZkBackend) does, in processes of this
    /// program: it must have [`ProvingProcess`] as its subcommand of that name.
    pub fn new(cache: &Path, srs: SrsKind) -> Self {
        let cache = cache.to_owned();
        Self::of(move || child::command(&cache, srs))
    }

    /// Returns a backend whose processes are started by a command. They must call
    /// [`ProvingProcess::serve`], and write nothing to their standard input.
    pub fn of(command: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self {
            command: Box::new(command),
            batches: Mutex::default(),
        }
    }

    /// Has a process of its own do something.
    fn ask_apart(&self, task: Task, watch: &dyn Watch) -> Result<Reply, Failure> {
        self.giving_way(Running::start((self.command)())?.ask(task, watch))
    }

    /// Has the process of batches do something, after starting it if there is none.
    fn ask_batches(&self, task: Task, watch: &dyn Watch) -> Result<Reply, Failure> {
        let mut batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        let mut running = match batches.take().and_then(Running::alive) {
            Some(running) => running,
            None => Running::start((self.command)())?,
        };
        let reply = running.ask(task, watch);
        // What may pass may have to do with the process: the next attempt starts afresh, with all
        // memory that there is. Other failures are the job's, and cost nobody the keys.
        if !reply.as_ref().is_err_and(|failure| failure.retryable) {
            *batches = Some(running);
        }
        reply
    }

    /// Ends an idle process of batches if there was not enough memory: its keys take some.
    fn giving_way<T>(&self, reply: Result<T, Failure>) -> Result<T, Failure> {
        if matches!(&reply, Err(failure) if failure.kind == FailureKind::OutOfMemory) {
            match self.batches.try_lock() {
                Ok(mut idle) => *idle = None,
                Err(TryLockError::Poisoned(idle)) => *idle.into_inner() = None,
                Err(TryLockError::WouldBlock) => {}
            }
        }
        reply
    }
}

impl Backend for ProcessBackend {
    fn keys(&self) -> Result<[u8; 32], Failure> {
        match self.ask_apart(Task::Keys, &())? {
            Reply::Keys(digest) => Ok(digest),
            other => Err(other.unexpected()),
        }
    }

    fn prepare_program(&self, wasm: &[u8], watch: &dyn Watch) -> Result<ProgramInfo, Failure> {
        match self.ask_apart(Task::Program(wasm.to_vec()), watch)? {
            Reply::Program(info) => Ok(info),
            other => Err(other.unexpected()),
        }
    }

    fn prove_batch(&self, job: &BatchJob, wasm: &[u8], watch: &dyn Watch) -> Result<BatchResult, Failure> {
        let task = Task::Batch {
            job: job.encode(),
            wasm: wasm.to_vec(),
        };
        match self.ask_batches(task, watch)? {
            Reply::Batch(result) => Ok(result),
            other => Err(other.unexpected()),
        }
    }

    fn prove_settlement(&self, job: &SettlementJob, watch: &dyn Watch) -> Result<SettlementResult, Failure> {
        match self.ask_apart(Task::Settlement(job.encode()), watch)? {
            Reply::Settlement(result) => Ok(result),
            other => Err(other.unexpected()),
        }
    }
}
