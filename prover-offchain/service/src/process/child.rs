//! A proving process, as it sees itself.

use super::{
    frame,
    message::{Reply, Request, Task},
};
use crate::{panics, Backend, Failure, ProofSize, Watch, ZkBackend};
use clap::Args;
use codec::{Decode, DecodeAll};
use std::{
    env, fs, io,
    os::{
        fd::AsFd,
        unix::{net::UnixStream, process::CommandExt},
    },
    path::{Path, PathBuf},
    process::{exit, Command},
    sync::{
        mpsc::{self, Receiver, RecvError},
        Mutex, PoisonError,
    },
    thread,
};
use zkfusion_halo2::srs::SrsKind;
use zkfusion_primitives::job::{BatchJob, FailureKind, SettlementJob, Stage};

/// What a proving process adds to the `oom_score_adj` of its service (0 to 1000): when memory runs
/// out, the system kills it first.
const EXPENDABLE: i32 = 500;

/// Proves for the service that started this process. Not for use by hand.
#[derive(Debug, Args)]
pub struct ProvingProcess {
    /// Where setup and keys are kept.
    #[arg(long, value_name = "FOLDER")]
    cache: PathBuf,
    /// Uses the imported ceremony's setup.
    #[arg(long)]
    ceremony: bool,
}

/// Returns the command that starts a [`ProvingProcess`] of this program, also when its file has
/// been replaced.
pub(super) fn command(cache: &Path, srs: SrsKind) -> Command {
    let mut command = Command::new("/proc/self/exe");
    if let Some(name) = env::args_os().next() {
        command.arg0(name);
    }
    command.arg("proving-process").arg("--cache").arg(cache);
    if srs == SrsKind::Ceremony {
        command.arg("--ceremony");
    }
    command
}

impl ProvingProcess {
    /// Proves what the service asks for, until the service is gone.
    pub fn run(&self) -> ! {
        // Whoever has a log already keeps it.
        let _ = tracing_subscriber::fmt()
            .with_writer(io::stderr)
            .with_ansi(false)
            .with_target(false)
            .try_init();
        let srs = match self.ceremony {
            true => SrsKind::Ceremony,
            false => SrsKind::InsecureDevelopment,
        };
        Self::serve(&ZkBackend::new(&self.cache, srs))
    }

    /// Carries out with `backend` what the service at the other end of standard input asks for,
    /// until it is gone.
    pub fn serve(backend: &dyn Backend) -> ! {
        if let Err(error) = make_expendable() {
            tracing::debug!(%error, "the proving process stays as important as its service");
        }
        let Err(error) = serve(backend);
        eprintln!("error: a proving process is started by its service: {error}");
        exit(1)
    }
}

fn serve(backend: &dyn Backend) -> io::Result<std::convert::Infallible> {
    let mut stream = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    // What is not a socket says so here.
    stream.peer_addr()?;
    let service = Service {
        stream: Mutex::new(stream.try_clone()?),
        requests: Mutex::new(requests(&mut stream)?),
    };
    loop {
        let reply = match service.next() {
            // Nobody waits for it any more: the task has failed meanwhile.
            Request::Held(_) => continue,
            Request::Task(task) => panics::caught(|| carry_out(backend, task, &service)),
        };
        service.say(&reply.unwrap_or_else(Reply::Failed));
    }
}

/// Reads requests on a thread of its own, which ends the process when the service is gone, whatever
/// it does then.
fn requests(stream: &mut UnixStream) -> io::Result<Receiver<Request>> {
    let (sender, requests) = mpsc::channel();
    let mut stream = stream.try_clone()?;
    thread::Builder::new().name("requests".into()).spawn(move || {
        while let Ok(request) = frame::read(&mut stream) {
            if sender.send(request).is_err() {
                break;
            }
        }
        exit(0)
    })?;
    Ok(requests)
}

fn carry_out(backend: &dyn Backend, task: Task, watch: &dyn Watch) -> Result<Reply, Failure> {
    match task {
        Task::Keys => backend.keys().map(Reply::Keys),
        Task::Program(wasm) => backend.prepare_program(&wasm, watch).map(Reply::Program),
        Task::Batch { job, wasm } => {
            let job: BatchJob = decode(&job)?;
            backend.prove_batch(&job, &wasm, watch).map(Reply::Batch)
        }
        Task::Settlement(job) => {
            let job: SettlementJob = decode(&job)?;
            backend.prove_settlement(&job, watch).map(Reply::Settlement)
        }
    }
}

fn decode<T: Decode>(job: &[u8]) -> Result<T, Failure> {
    T::decode_all(&mut &job[..])
        .map_err(|error| Failure::permanent(FailureKind::InvalidJob, error.to_string()))
}

/// The service, at the other end of the socket.
struct Service {
    stream: Mutex<UnixStream>,
    requests: Mutex<Receiver<Request>>,
}

impl Service {
    fn say(&self, reply: &Reply) {
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if frame::write(&mut *stream, reply).is_err() {
            exit(0);
        }
    }

    fn next(&self) -> Request {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        match requests.recv() {
            Ok(request) => request,
            Err(RecvError) => exit(0),
        }
    }
}

impl Watch for Service {
    fn progress(&self, stage: Stage, done: f32) {
        self.say(&Reply::Progress(stage, (done.clamp(0.0, 1.0) * 100.0) as u8));
    }

    fn hold(&self, proof: ProofSize) -> Result<(), Failure> {
        self.say(&Reply::Hold(proof));
        match self.next() {
            Request::Held(held) => held,
            // A service asks for nothing while it is asked.
            Request::Task(_) => exit(1),
        }
    }
}

/// Has the system kill this process before its service when memory runs out.
fn make_expendable() -> io::Result<()> {
    let file = "/proc/self/oom_score_adj";
    let inherited: i32 = fs::read_to_string(file)?.trim().parse().unwrap_or(0);
    fs::write(file, (inherited + EXPENDABLE).min(1000).to_string())
}
