//! The outcomes of a script's directives.

use std::collections::BTreeMap;

/// A directive that did not do what the script says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its line, from 1.
    pub line: usize,
    /// What happened.
    pub message: String,
}

/// What became of the directives of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Directives that did what the script says.
    pub passed: u32,
    /// Directives that did not.
    pub failed: Vec<Failure>,
    /// How many directives were not executed, by reason.
    pub skipped: BTreeMap<String, u32>,
}

impl Report {
    /// Returns the number of directives that were not executed.
    pub fn skips(&self) -> u32 {
        self.skipped.values().sum()
    }

    /// Adds another script's numbers.
    pub fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed.extend_from_slice(&other.failed);
        for (reason, count) in &other.skipped {
            *self.skipped.entry(reason.clone()).or_default() += count;
        }
    }
}
