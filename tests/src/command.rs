//! What the commands of this crate have in common.

use std::{future::Future, process::ExitCode};
use tokio::signal::unix::{signal, SignalKind};

use crate::{Failure, Result};

/// Runs a command until it ends or is interrupted, and says why it failed if it did. What it has
/// started ends with it.
pub fn run(command: impl Future<Output = Result<()>>) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = command => outcome,
            _ = interrupt.recv() => Err(Failure("interrupted".into())),
            _ = terminate.recv() => Err(Failure("interrupted".into())),
        }
    });
    // Keys that are being made are of no use any more.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
