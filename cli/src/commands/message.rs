//! `fusion message`.

use serde_json::{json, Value};
use std::time::Duration;
use tokio::time::{timeout_at, Instant};
use zkfusion_cli::{chain::Chain, error::CliError};

use crate::{
    args::MessageCommand,
    output::{text, Output},
};

pub(crate) async fn run(command: MessageCommand, output: &Output) -> Result<(), CliError> {
    let MessageCommand::Status {
        app,
        index,
        wait,
        node,
    } = command;
    let chain = Chain::connect(&node.url).await?;
    let status = if wait.wait {
        await_message(&chain, app, index, wait.timeout, output).await?
    } else {
        status(&chain, app, index).await?
    };
    let mut document = status;
    document["app"] = json!(app);
    document["index"] = json!(index);
    output.answer(&document, describe);
    Ok(())
}

async fn status(chain: &Chain, app: u32, index: u64) -> Result<Value, CliError> {
    chain
        .call("fusion_messageStatus", &[json!(app), json!(index)])
        .await
}

/// Waits until a message is processed, and returns its status.
pub(crate) async fn await_message(
    chain: &Chain,
    app: u32,
    index: u64,
    timeout: Duration,
    output: &Output,
) -> Result<Value, CliError> {
    let spinner = output.spinner(format!("message {index} of app {app}"));
    let deadline = Instant::now() + timeout;
    let mut heads = chain.heads().await?;
    loop {
        let status = status(chain, app, index).await?;
        match status["state"].as_str() {
            Some("open") => spinner.set_message(format!("message {index}: waits for its batch to be sealed")),
            Some("sealed") => {
                let batch = text(&status, "batch");
                spinner.set_message(format!("message {index}: batch {batch} is being proved"));
            }
            _ => {
                spinner.finish_and_clear();
                return Ok(status);
            }
        }
        match timeout_at(deadline, heads.next()).await {
            Ok(head) => drop(head?),
            Err(_) => {
                let state = text(&status, "state");
                let seconds = timeout.as_secs();
                let message =
                    format!("message {index} of app {app} was still {state} after {seconds} seconds");
                return Err(CliError::new("timeout", message).hint(
                    "does a prover run? `fusion app batches` shows which batch waits; --timeout waits longer",
                ));
            }
        }
    }
}

/// Returns a message's status in words.
pub(crate) fn describe(status: &Value) -> String {
    match status["state"].as_str() {
        Some("open") => "waits for its batch to be sealed".into(),
        Some("sealed") => format!("in batch {}, which is not proved yet", text(status, "batch")),
        Some("forgotten") => "processed so long ago that the outcome is not kept".into(),
        Some("processed") => {
            let (outcome, batch) = (text(status, "outcome"), text(status, "batch"));
            let fuel = text(status, "fuelUsed");
            let verdict = if status["ok"] == json!(true) {
                "processed"
            } else {
                "failed"
            };
            format!("{verdict}: {outcome}; proved in batch {batch}, {fuel} units of fuel")
        }
        _ => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_told_apart_from_successes() {
        let mut status = json!({ "state": "processed", "batch": 2, "ok": true, "outcome": "ok", "code": 0, "fuelUsed": 9 });
        assert_eq!(
            describe(&status),
            "processed: ok; proved in batch 2, 9 units of fuel"
        );
        status["ok"] = json!(false);
        status["outcome"] = json!("require failed");
        assert_eq!(
            describe(&status),
            "failed: require failed; proved in batch 2, 9 units of fuel"
        );
        assert_eq!(
            describe(&json!({ "state": "open" })),
            "waits for its batch to be sealed"
        );
    }
}
