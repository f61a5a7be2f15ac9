//! A proving process, as the service sees it.

use super::{
    frame,
    message::{Reply, Request, Task},
};
use crate::{Failure, Watch};
use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream, unix::process::CommandExt},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};
use zkfusion_primitives::job::FailureKind;

/// How often the service is asked whether the work has to end.
const LOOK: Duration = Duration::from_millis(200);

/// A process that reads nothing for so long is dead.
const READS_WITHIN: Duration = Duration::from_secs(60);

/// A proving process that runs. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    stream: UnixStream,
    replies: Receiver<Reply>,
}

impl Running {
    /// Starts a process.
    pub(super) fn start(mut command: Command) -> Result<Self, Failure> {
        let start = || -> io::Result<Self> {
            let (stream, theirs) = UnixStream::pair()?;
            stream.set_write_timeout(Some(READS_WITHIN))?;
            let child = command
                .stdin(OwnedFd::from(theirs))
                // What a library prints must not be lost, nor taken for an answer of this program.
                .stdout(Stdio::from(io::stderr()))
                // Ctrl-C is for the service, which gives the job back first.
                .process_group(0)
                .spawn()?;
            // The command holds the other end of the socket, whose end tells of the process's.
            drop(command);
            let (sender, replies) = mpsc::channel();
            let mut reader = stream.try_clone()?;
            thread::Builder::new()
                .name("proving-process".into())
                .spawn(move || {
                    while let Ok(reply) = frame::read(&mut reader) {
                        if sender.send(reply).is_err() {
                            return;
                        }
                    }
                })?;
            tracing::debug!(pid = child.id(), "a proving process starts");
            Ok(Self {
                child,
                stream,
                replies,
            })
        };
        start().map_err(|error| {
            Failure::transient(
                FailureKind::Prover,
                format!("a proving process cannot be started: {error}"),
            )
        })
    }

    /// Returns the process if it has not died meanwhile.
    pub(super) fn alive(mut self) -> Option<Self> {
        matches!(self.child.try_wait(), Ok(None)).then_some(self)
    }

    /// Has the process do something. After an error nothing more can be asked: drop it, which ends
    /// what it may still do.
    pub(super) fn ask(&mut self, task: Task, watch: &dyn Watch) -> Result<Reply, Failure> {
        self.say(&Request::Task(task))?;
        loop {
            if let Some(failure) = watch.over() {
                return Err(failure);
            }
            match self.replies.recv_timeout(LOOK) {
                Ok(Reply::Progress(stage, percent)) => watch.progress(stage, f32::from(percent) / 100.0),
                Ok(Reply::Hold(proof)) => self.say(&Request::Held(watch.hold(proof)))?,
                Ok(Reply::Failed(failure)) => return Err(failure),
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(self.death()),
            }
        }
    }

    fn say(&mut self, request: &Request) -> Result<(), Failure> {
        frame::write(&mut self.stream, request).map_err(|_| self.death())
    }

    /// Returns the failure that a process causes that is gone, or speaks another language.
    fn death(&mut self) -> Failure {
        let _ = self.child.kill();
        let status = match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        Failure::transient(
            FailureKind::Prover,
            format!(
                "the proving process died ({status}). Its last words are in the log, unless the system killed it \
                 because memory ran out, as `dmesg` tells"
            ),
        )
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may be dead, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
