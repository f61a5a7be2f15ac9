//! What people see while they wait, on standard error.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::{
    io::IsTerminal,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Live lines on a terminal; elsewhere a line for each change.
#[derive(Debug)]
pub struct Progress {
    bars: MultiProgress,
    mode: Mode,
    start: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Terminal,
    Lines,
}

impl Progress {
    /// Returns progress on standard error.
    pub fn new() -> Self {
        let mode = if std::io::stderr().is_terminal() {
            Mode::Terminal
        } else {
            Mode::Lines
        };
        Self {
            bars: MultiProgress::new(),
            mode,
            start: Instant::now(),
        }
    }

    /// Returns the time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Tells of something that is done.
    pub fn done(&self, text: impl AsRef<str>) {
        let seconds = self.elapsed().as_secs();
        let line = format!("[{:>2}:{:02}] {}", seconds / 60, seconds % 60, text.as_ref());
        match self.mode {
            Mode::Terminal => self.bars.suspend(|| eprintln!("{line}")),
            Mode::Lines => eprintln!("{line}"),
        }
    }

    /// Shows something that is under way, until the step is dropped.
    pub fn step(&self, text: impl Into<String>) -> Step<'_> {
        let bar = self.bars.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("        {spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        if self.mode == Mode::Terminal {
            bar.enable_steady_tick(Duration::from_millis(120));
        }
        let step = Step {
            progress: self,
            bar,
            shown: Mutex::default(),
        };
        step.set(text);
        step
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self::new()
    }
}

/// Something under way.
#[derive(Debug)]
pub struct Step<'a> {
    progress: &'a Progress,
    bar: ProgressBar,
    shown: Mutex<String>,
}

impl Step<'_> {
    /// Says what happens now.
    pub fn set(&self, text: impl Into<String>) {
        let text = text.into();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if *shown == text {
            return;
        }
        if self.progress.mode == Mode::Lines {
            self.progress.done(format!("... {text}"));
        }
        self.bar.set_message(text.clone());
        *shown = text;
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
        self.progress.bars.remove(&self.bar);
    }
}
