//! Errors that say what was wrong, where, and what to do.

use std::fmt;
use zkfusion_primitives::{cost::MAX_FUEL_LIMIT, message::MAX_PAYLOAD};

/// An error for the user.
#[derive(Debug)]
pub struct CliError {
    /// Name for programs.
    pub kind: &'static str,
    /// What was wrong, and where.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl CliError {
    /// Returns an error without a hint.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// Returns the error with what was done before it.
    pub fn after(self, done: &str) -> Self {
        Self {
            message: format!("{done}: {}", self.message),
            ..self
        }
    }

    /// Returns the error with what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for CliError {}

/// Returns what to do about an error of the runtime's pallets, if there is something.
pub(crate) fn dispatch_hint(pallet: &str, error: &str) -> Option<String> {
    let hint = match (pallet, error) {
        ("Sequencer", "UnknownApp") => "`fusion app show` lists the apps",
        ("Sequencer", "PayloadTooLarge") => return Some(format!("a payload has at most {MAX_PAYLOAD} bytes")),
        ("Sequencer", "InboxFull") => {
            "the app has too many unprocessed messages: wait until batches are proved"
        }
        ("Sequencer", "TooManyOfSender") => {
            "as many of your messages wait at the app as one account may have: wait until some are proved"
        }
        ("Sequencer", "FuelTooExpensive") => {
            "more waits at the app than when the fee was asked for: try again, or allow more with --max-fee"
        }
        ("Sequencer", "CannotPayFuel") => {
            "the account has less than the fuel costs: choose a lower --fuel, or give the account funds"
        }
        ("Sequencer", "FuelLimitZero" | "FuelLimitTooHigh") => {
            return Some(format!("choose --fuel from 1 to {MAX_FUEL_LIMIT}"))
        }
        ("Sequencer", "WasmTooLarge") => {
            "a program has at most 512 KiB: strip symbols, build with opt-level 2 and LTO"
        }
        ("Sequencer", "WrongKey" | "MalformedKey") => {
            "the keys are of another circuit or trusted setup than the chain's: use the fusion command of the node's version"
        }
        ("Council", "NotMember") => {
            "registration is the council's for now: on development chains --as //Alice"
        }
        _ => return None,
    };
    Some(hint.into())
}
