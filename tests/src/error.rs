//! What goes wrong.

use std::fmt::Display;
use zkfusion_cli::error::CliError;

/// Why a network does not do what it should, for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(
    /// What was wrong, and where.
    pub String,
);

/// What comes of an attempt.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Returns a failure of doing `what`, for the reason `error`.
    pub fn of(what: impl Display, error: impl Display) -> Self {
        Self(format!("{what}: {error}"))
    }
}

impl From<CliError> for Failure {
    fn from(error: CliError) -> Self {
        let hint = error.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        Self(error.message + &hint)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}
