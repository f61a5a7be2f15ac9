//! The messages of the worker to its operator.

use parking_lot::Mutex;
use std::{io, sync::Arc};
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter, util::SubscriberInitExt};

/// What is logged on a thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Runs a part of a test and returns what the pallet logged: lines of a level and a text.
pub(super) fn logged(part: impl FnOnce()) -> Vec<String> {
    let lines = Lines::default();
    let recorder = tracing_subscriber::fmt()
        .with_writer(lines.clone())
        .with_max_level(LevelFilter::DEBUG)
        .with_ansi(false)
        .without_time()
        .finish();
    let guard = recorder.set_default();
    // Whoever came first may have asked for less.
    log::set_max_level(log::LevelFilter::Debug);
    part();
    drop(guard);
    let bytes = lines.0.lock().clone();
    let text = String::from_utf8(bytes).expect("logs are text");
    let target = format!("{}: ", crate::LOG_TARGET);
    text.lines()
        .filter(|line| line.contains(&target))
        .map(|line| line.trim().replacen(&target, "", 1))
        .collect()
}

/// Returns whether something was logged at this level that contains `text`.
pub(super) fn says(lines: &[String], level: &str, text: &str) -> bool {
    lines
        .iter()
        .any(|line| line.starts_with(level) && line.contains(text))
}

/// Returns whether nothing was logged that an operator has to look at.
pub(super) fn is_quiet(lines: &[String]) -> bool {
    !says(lines, "ERROR", "") && !says(lines, "WARN", "")
}
