//! `fusion-prover jobs` and `fusion-prover retry`.

use clap::Args;
use serde_json::{json, Value};
use zkfusion_prover::table::table;

use crate::{client::Client, Answer};

/// Digits of an id that the list shows, and that are enough to name a job.
const DIGITS: usize = 12;

/// Lists the jobs of a prover service, newest first.
#[derive(Debug, Args)]
pub(crate) struct Jobs {
    #[command(flatten)]
    client: Client,
    /// Lists only those that have failed.
    #[arg(long)]
    failed: bool,
}

/// Has a prover service try failed jobs again, after what made them fail has been mended: a missing
/// setup, a full disk, too little memory.
///
/// Jobs that nodes post again on their own need no command. Nodes find a proof that was made in
/// this way when they look next, within 64 blocks.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  fusion-prover jobs --failed\n  fusion-prover retry 3f2a9c\n  fusion-prover retry --all-failed"
)]
pub(crate) struct Retry {
    /// The job, by the first digits of its id, as `fusion-prover jobs` shows them.
    #[arg(required_unless_present = "all_failed", conflicts_with = "all_failed")]
    job: Option<String>,
    /// Every job that has failed.
    #[arg(long)]
    all_failed: bool,
    #[command(flatten)]
    client: Client,
}

fn list(client: &Client) -> Result<Vec<Value>, String> {
    match client.get("/v1/jobs")? {
        Value::Array(jobs) => Ok(jobs),
        _ => Err("the prover service answered something else than a list of jobs".into()),
    }
}

fn failed(job: &Value) -> bool {
    job["state"] == "failed"
}

fn id(job: &Value) -> &str {
    job["id"].as_str().unwrap_or_default()
}

impl Jobs {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let mut jobs = list(&self.client)?;
        jobs.retain(|job| !self.failed || failed(job));
        if jobs.is_empty() {
            return Ok(Answer::new(json!([]), "no jobs"));
        }
        let rows: Vec<_> = jobs.iter().map(row).collect();
        let header = ["job", "kind", "app", "batches", "attempts", "state", "what"];
        let text = table(&header, &rows);
        Ok(Answer::new(Value::Array(jobs), text))
    }
}

fn row(job: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let batches = match job["first"] == job["last"] {
        true => job["first"].to_string(),
        false => format!("{} to {}", job["first"], job["last"]),
    };
    let what = match (&job["failure"], &job["stage"]) {
        (Value::Null, Value::Null) => String::new(),
        (Value::Null, stage) => format!("{}, {} %", text(stage), job["percent"]),
        (failure, _) => text(&failure["message"]),
    };
    vec![
        id(job).chars().take(DIGITS).collect(),
        text(&job["kind"]),
        job["app"].to_string(),
        batches,
        job["attempts"].to_string(),
        text(&job["state"]),
        what,
    ]
}

impl Retry {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let jobs = list(&self.client)?;
        let chosen: Vec<&str> = match &self.job {
            Some(digits) => vec![find(&jobs, digits)?],
            None => jobs.iter().filter(|job| failed(job)).map(id).collect(),
        };
        let outcomes = chosen.iter().map(|id| {
            let outcome = self.client.post(&format!("/v1/jobs/{id}/retry"));
            (*id, outcome)
        });
        let outcomes: Vec<_> = outcomes.collect();
        if let (Some(_), [(_, Err(error))]) = (&self.job, &outcomes[..]) {
            return Err(error.clone());
        }
        let lines = outcomes.iter().map(|(id, outcome)| match outcome {
            Ok(()) => format!("{id}: tried again"),
            Err(error) => format!("{id}: {error}"),
        });
        let text = match outcomes.is_empty() {
            true => "no job has failed".to_owned(),
            false => lines.collect::<Vec<_>>().join("\n"),
        };
        let document = outcomes.iter().map(|(id, outcome)| match outcome {
            Ok(()) => json!({ "id": id, "retried": true }),
            Err(error) => json!({ "id": id, "retried": false, "error": error }),
        });
        Ok(Answer {
            document: document.collect(),
            text,
            success: outcomes.iter().all(|(_, outcome)| outcome.is_ok()),
        })
    }
}

/// Returns the id that begins with these digits.
fn find<'a>(jobs: &'a [Value], digits: &str) -> Result<&'a str, String> {
    let digits = digits.trim_start_matches("0x").to_ascii_lowercase();
    let found: Vec<_> = jobs.iter().map(id).filter(|id| id.starts_with(&digits)).collect();
    match found[..] {
        [id] => Ok(id),
        [] => Err(format!(
            "there is no job {digits}; `fusion-prover jobs` lists them"
        )),
        _ => Err(format!(
            "{} jobs begin with {digits:?}: give more digits",
            found.len()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_found_by_its_first_digits() {
        let jobs = ["aa11", "aa22", "bb33"].map(|id| json!({ "id": id }));
        assert_eq!(find(&jobs, "0xAA1"), Ok("aa11"));
        assert_eq!(find(&jobs, "bb33"), Ok("bb33"));
        assert!(find(&jobs, "aa")
            .unwrap_err()
            .contains("2 jobs begin with \"aa\""));
        assert!(find(&jobs, "c").unwrap_err().contains("fusion-prover jobs"));
    }
}
