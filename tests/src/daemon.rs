//! Programs that run beside the demo, and end with it whatever happens.

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};

use crate::{Failure, Result};

/// How long a program may take to end in order.
const PATIENCE: Duration = Duration::from_secs(20);

/// Lines of the log that a failure shows.
const LOG_TAIL: usize = 15;

/// A running program whose output goes to a log file. Dropping it stops it.
#[derive(Debug)]
pub struct Daemon {
    name: &'static str,
    child: Child,
    lines: UnboundedReceiver<String>,
    log: PathBuf,
}

impl Daemon {
    /// Starts a program. Its output is appended to `log`.
    ///
    /// It gets a process group of its own, so that Ctrl-C reaches it only through us, and is killed
    /// by the kernel when the thread that called this is gone: not even killing us leaves it
    /// behind.
    ///
    /// # Errors
    ///
    /// When the program does not start.
    pub fn spawn(name: &'static str, mut command: Command, log: &Path) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let die_with_parent = || {
            // SAFETY: prctl with these arguments only sets an attribute of the calling process, and
            // may be called between fork and exec.
            match unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) } {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            }
        };
        // SAFETY: the closure allocates nothing and takes no lock.
        unsafe { command.pre_exec(die_with_parent) };
        let file = File::options().create(true).append(true).open(log)?;
        let file = Arc::new(Mutex::new(file));
        let program = command.get_program().to_owned();
        let mut child = command
            .spawn()
            .map_err(|error| Failure::of(format!("{name} ({}) does not start", program.display()), error))?;
        let (sender, lines) = unbounded_channel();
        let outputs: [Option<Box<dyn Read + Send>>; 2] = [
            child.stdout.take().map(|out| Box::new(out) as _),
            child.stderr.take().map(|out| Box::new(out) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let (file, sender) = (file.clone(), sender.clone());
            thread::spawn(move || copy(output, &file, &sender));
        }
        Ok(Self {
            name,
            child,
            lines,
            log: log.to_owned(),
        })
    }

    /// Waits for a line of output from which `find` gets something.
    ///
    /// # Errors
    ///
    /// When the program ends before, or says no such thing in time.
    pub async fn find<T>(&mut self, within: Duration, mut find: impl FnMut(&str) -> Option<T>) -> Result<T> {
        let search = async {
            while let Some(line) = self.lines.recv().await {
                if let Some(found) = find(&line) {
                    return Some(found);
                }
            }
            None
        };
        match tokio::time::timeout(within, search).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(self.failure("ended before it was ready")),
            Err(_) => Err(self.failure(&format!("was not ready after {} seconds", within.as_secs()))),
        }
    }

    /// Returns the id of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Checks that the program still runs.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => {
                let how = match (status.code(), status.signal()) {
                    (Some(code), _) => format!("ended with exit code {code}"),
                    (None, signal) => format!("was ended by signal {}", signal.unwrap_or_default()),
                };
                Err(self.failure(&how))
            }
        }
    }

    /// Kills the program without a warning, as a power cut would.
    ///
    /// # Errors
    ///
    /// When the system does not let us.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Asks the program to end and waits for it; kills it if it takes too long.
    fn stop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) {
            return;
        }
        // SAFETY: the child was not waited for, so its id is still its own.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.kill();
    }

    fn failure(&self, how: &str) -> Failure {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(LOG_TAIL)..].join("\n  ");
        Failure(format!("{} {how}; the end of its log:\n  {tail}", self.name))
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Copies output to the log, and each line to whoever waits for one.
fn copy(output: impl Read, file: &Mutex<File>, sender: &UnboundedSender<String>) {
    for line in BufReader::new(output).split(b'\n') {
        let Ok(line) = line else { return };
        let line = String::from_utf8_lossy(&line).into_owned();
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that cannot be written must not stop the program that writes it.
        let _ = writeln!(file, "{line}");
        drop(file);
        let _ = sender.send(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_line_is_found_and_the_program_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo one; echo ready at 7 >&2; exec sleep 1000";
        let mut daemon = Daemon::spawn("sleeper", shell(script), &folder.path().join("log")).unwrap();
        let port = daemon
            .find(PATIENCE, |line| line.strip_prefix("ready at ").map(str::to_owned))
            .await;
        assert_eq!(port.as_deref(), Ok("7"));
        daemon.check().unwrap();
        let id = daemon.child.id() as libc::pid_t;
        drop(daemon);
        // SAFETY: signal 0 only asks whether there is such a process.
        assert_eq!(unsafe { libc::kill(id, 0) }, -1);
    }

    #[tokio::test]
    async fn a_program_that_ends_early_is_named_with_its_log() {
        let folder = tempfile::tempdir().unwrap();
        let mut daemon =
            Daemon::spawn("quitter", shell("echo no; exit 3"), &folder.path().join("log")).unwrap();
        let failure = daemon.find(PATIENCE, |_| None::<()>).await.unwrap_err();
        assert!(
            failure.0.contains("quitter ended") && failure.0.contains("no"),
            "{failure}"
        );
    }
}
