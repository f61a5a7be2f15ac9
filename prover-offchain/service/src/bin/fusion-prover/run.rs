//! `fusion-prover run`.

use clap::Args;
use serde_json::{json, Map, Value};
use std::time::Instant;
use zkfusion_air::{cost::Cost, tables, TableId};
use zkfusion_prover::{
    blake2_256,
    cost::{measure, BatchCost},
    execution::{execute, Detail, Execution},
    table::table,
};
use zkfusion_vm::{compile, name::Printable, CompileError};

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
    /// Shows the rows that a proof has in each table, for the batch and for each function.
    #[arg(long)]
    cost: bool,
}

impl Run {
    pub(crate) fn run(self) -> Result<Answer, String> {
        let wasm = self.input.program.read()?;
        let script = self.input.script()?;
        let messages = script.messages().map_err(|error| error.to_string())?;
        let leaves = script.leaves().map_err(|error| error.to_string())?;
        let seed = script.seed().map_err(|error| error.to_string())?;
        let start = Instant::now();
        let refused =
            |error: CompileError| format!("{} is not a program: {error}", self.input.program.name());
        let execution = execute(&wasm, &messages, &seed, leaves.iter().copied()).map_err(refused)?;
        let mut document = document(&wasm, &execution, start.elapsed().as_secs_f64());
        let mut text = text(&execution, &document);
        if self.cost {
            let program = compile(&wasm).map_err(refused)?;
            let cost = measure(&program, &messages, &seed, &leaves).map_err(|error| error.to_string())?;
            document["cost"] = cost_document(&cost);
            text = format!("{text}\n\n{}", cost_text(&cost));
        }
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
        lines.extend(
            detail
                .logs
                .iter()
                .map(|log| format!("  log: {}", Printable::whole(log))),
        );
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

/// Returns the rows of each table by its name.
fn by_table(cost: &Cost) -> Value {
    let rows = tables().into_iter().zip(TableId::ALL);
    let rows = rows.map(|(table, id)| (table.name.to_owned(), json!(cost.of(id))));
    rows.collect::<Map<_, _>>().into()
}

fn cost_document(cost: &BatchCost) -> Value {
    let functions = cost.functions.iter().map(|function| {
        json!({
            "name": function.name,
            "exported": function.exported,
            "calls": function.calls,
            "rows": function.own.rows(),
            "tables": by_table(&function.own),
            "rows_with_callees": function.with_callees.rows(),
            "tables_with_callees": by_table(&function.with_callees),
        })
    });
    json!({
        "k": cost.k,
        "rows": cost.tables.rows(),
        "tables": by_table(&cost.tables),
        "functions": functions.collect::<Vec<_>>(),
    })
}

fn cost_text(cost: &BatchCost) -> String {
    let names = tables().into_iter().map(|table| table.name);
    let shown: Vec<_> = names
        .zip(TableId::ALL)
        .filter(|(_, id)| cost.tables.of(*id) > 0)
        .collect();
    let line = |name: String, calls: String, rows: &Cost| {
        let cells = shown.iter().map(|(_, id)| rows.of(*id).to_string());
        let all = rows.rows().to_string();
        [name, calls]
            .into_iter()
            .chain(cells)
            .chain([all])
            .collect::<Vec<_>>()
    };
    let mut lines = vec![line("the batch".into(), String::new(), &cost.tables)];
    for function in cost.functions.iter().filter(|function| function.exported) {
        let name = format!("{} and its callees", Printable::name(&function.name));
        lines.push(line(name, function.calls.to_string(), &function.with_callees));
    }
    for function in &cost.functions {
        let calls = Some(function.calls).filter(|calls| *calls > 0);
        let calls = calls.map_or_else(String::new, |calls| calls.to_string());
        lines.push(line(
            Printable::name(&function.name).to_string(),
            calls,
            &function.own,
        ));
    }
    let header: Vec<_> = ["rows of", "calls"]
        .into_iter()
        .chain(shown.iter().map(|(name, _)| *name))
        .chain(["all"])
        .collect();
    format!(
        "{}\nfits k = {}: {} rows",
        table(&header, &lines),
        cost.k,
        1u64 << cost.k
    )
}

fn place(detail: &Detail) -> String {
    match &detail.failed_at {
        Some((pc, Some(function))) => format!(", at {pc} in {}", Printable::name(function)),
        Some((pc, None)) => format!(", at {pc}"),
        None => String::new(),
    }
}
