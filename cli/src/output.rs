//! Answers, progress and errors.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::{json, Value};
use std::{io::Write, time::Duration};
use zkfusion_cli::error::CliError;

pub(crate) use zkfusion_prover::table::table;

/// Where answers go.
#[derive(Debug)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Shows an answer: the document, or the text that `human` makes of it.
    pub(crate) fn answer(&self, document: &Value, human: impl FnOnce(&Value) -> String) {
        let text = if self.json {
            document.to_string()
        } else {
            human(document)
        };
        // Whoever closed the pipe has seen enough.
        let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
    }

    /// Shows the part of an answer that is known before the rest. A document comes as one.
    pub(crate) fn first_part(&self, text: &str) {
        if !self.json {
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// Shows an error.
    pub(crate) fn error(&self, error: &CliError) {
        let text = if self.json {
            json!({ "error": error.kind, "message": error.message, "hint": error.hint }).to_string()
        } else {
            let hint = error
                .hint
                .as_ref()
                .map(|hint| format!("\n  hint: {hint}"))
                .unwrap_or_default();
            format!("error: {}{hint}", error.message)
        };
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Returns a spinner on standard error; hidden with `--json` and where nobody looks.
    pub(crate) fn spinner(&self, message: impl Into<String>) -> ProgressBar {
        let target = if self.json {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(None, target);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        bar.set_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }
}

/// Returns a field of a document as text, `-` where it is absent.
pub(crate) fn text(document: &Value, field: &str) -> String {
    match &document[field] {
        Value::Null => "-".into(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Returns the beginning of a long hash.
pub(crate) fn short(hash: &str) -> String {
    match hash.char_indices().nth(14) {
        Some((end, _)) => format!("{}..", &hash[..end]),
        None => hash.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_fields_are_dashes() {
        let document = json!({ "a": 1, "b": "x", "c": null });
        assert_eq!(
            ["a", "b", "c", "d"].map(|field| text(&document, field)),
            ["1", "x", "-", "-"]
        );
    }
}
