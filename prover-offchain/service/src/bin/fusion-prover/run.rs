//! `fusion-prover run`.

use clap::Args;
use serde_json::{json, Value};
use std::time::Instant;
use zkfusion_prover::{
    blake2_256,
    execution::{execute, Detail, Execution},
};

use crate::{
    input::{Input, EXAMPLE},
    Answer,
};

/// A program and the messages that it gets.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Run {
    #[command(flatten)]
    input: Input,
}

impl Run {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let wasm = self.input.wasm()?;
        let script = self.input.script()?;
        let messages = script.messages().map_err(|error| error.to_string())?;
        let leaves = script.leaves().map_err(|error| error.to_string())?;
        let seed = script.seed().map_err(|error| error.to_string())?;
        let start = Instant::now();
        let execution = execute(&wasm, &messages, &seed, leaves)
            .map_err(|error| format!("{} is not a program: {error}", self.input.program()))?;
        let document = document(&wasm, &execution, start.elapsed().as_secs_f64());
        let text = text(&execution, &document);
        Ok(Answer::new(document, text))
    }
}

fn document(wasm: &[u8], execution: &Execution, seconds: f64) -> Value {
    let messages = execution.effects.outcomes.iter().zip(&execution.details).map(|(outcome, detail)| {
        let writes = outcome.writes.iter().map(|(index, leaf)| json!({ "index": index, "leaf": hex::encode(leaf) }));
        json!({
            "status": outcome.status,
            "code": outcome.status.code(),
            "steps": detail.steps,
            "fuel_used": outcome.fuel_used,
            "writes": writes.collect::<Vec<_>>(),
            "logs": detail.logs,
            "failed_at": detail.failed_at.as_ref().map(|(pc, function)| json!({ "pc": pc, "function": function })),
        })
    });
    let leaves = execution
        .state
        .leaves()
        .map(|(index, leaf)| json!({ "index": index, "leaf": hex::encode(leaf) }));
    json!({
        "wasm_hash": hex::encode(blake2_256(wasm)),
        "messages": messages.collect::<Vec<_>>(),
        "steps": execution.details.iter().map(|detail| detail.steps).sum::<u64>(),
        "fuel_used": execution.effects.outcomes.iter().map(|outcome| outcome.fuel_used).sum::<u64>(),
        "outbox": execution.effects.outbox.iter().map(hex::encode).collect::<Vec<_>>(),
        "outbox_root": hex::encode(execution.effects.outbox_root()),
        "writes_hash": hex::encode(execution.effects.writes_hash()),
        "root": hex::encode(execution.state.root()),
        "leaves": leaves.collect::<Vec<_>>(),
        "seconds": seconds,
    })
}

fn text(execution: &Execution, document: &Value) -> String {
    let mut lines = Vec::new();
    for (index, (outcome, detail)) in execution
        .effects
        .outcomes
        .iter()
        .zip(&execution.details)
        .enumerate()
    {
        lines.push(format!(
            "message {index}: {}, {} steps, {} fuel, {} writes{}",
            outcome.status,
            detail.steps,
            outcome.fuel_used,
            outcome.writes.len(),
            place(detail)
        ));
        lines.extend(detail.logs.iter().map(|log| format!("  log: {log}")));
        let writes = outcome.writes.iter();
        lines.extend(writes.map(|(index, leaf)| format!("  leaf {index} = {}", hex::encode(leaf))));
    }
    let outbox = execution.effects.outbox.iter();
    lines.extend(outbox.map(|entry| format!("outbox: {}", hex::encode(entry))));
    lines.push(format!(
        "{} steps, {} fuel",
        document["steps"], document["fuel_used"]
    ));
    lines.push(format!("root {}", hex::encode(execution.state.root())));
    lines.join("\n")
}

fn place(detail: &Detail) -> String {
    match &detail.failed_at {
        Some((pc, Some(function))) => format!(", at {pc} in {function}"),
        Some((pc, None)) => format!(", at {pc}"),
        None => String::new(),
    }
}
