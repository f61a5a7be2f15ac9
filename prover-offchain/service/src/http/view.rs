//! JSON for people, with bytes in hexadecimal.

use crate::store::{JobRecord, Status};
use serde_json::{json, Value};
use zkfusion_primitives::{
    job::{BatchResult, JobId, JobState, JobStats, SettlementResult, Stage},
    statement::Statement,
};

/// Returns a job's state.
pub(super) fn state<T>(state: &JobState<T>, result: impl FnOnce(&T) -> Value) -> Value {
    match state {
        JobState::Queued { position } => json!({ "state": "queued", "position": position }),
        JobState::Running { stage, percent } => {
            json!({ "state": "running", "stage": stage, "percent": percent })
        }
        JobState::Done(done) => json!({ "state": "done", "result": result(done) }),
        JobState::Failed {
            kind,
            message,
            retryable,
        } => {
            json!({ "state": "failed", "kind": kind, "message": message, "retryable": retryable })
        }
    }
}

/// Returns a proved batch.
pub(super) fn batch_result(result: &BatchResult) -> Value {
    let outcomes: Vec<Value> = result
        .effects
        .outcomes
        .iter()
        .map(|outcome| {
            json!({
                "status": outcome.status,
                "fuel_used": outcome.fuel_used,
                "writes": outcome.writes.iter().map(|(index, leaf)| json!([index, hex::encode(leaf)]))
                    .collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "k": result.k,
        "statement": statement(&result.statement),
        "outcomes": outcomes,
        "outbox": result.effects.outbox.iter().map(hex::encode).collect::<Vec<_>>(),
        "proof": hex::encode(&result.proof),
        "proof_bytes": result.proof.len(),
        "stats": stats(&result.stats),
    })
}

/// Returns a proved settlement.
pub(super) fn settlement_result(result: &SettlementResult) -> Value {
    json!({
        "statement": statement(&result.statement),
        "first": result.first,
        "last": result.last,
        "proof": hex::encode(&result.proof),
        "stats": stats(&result.stats),
    })
}

/// Returns a row of the list of jobs.
pub(super) fn job(id: &JobId, job: &JobRecord, stage: Option<(Stage, u8)>) -> Value {
    let mut row = json!({
        "id": hex::encode(id),
        "kind": job.kind,
        "app": job.label.app,
        "first": job.label.first,
        "last": job.label.last,
        "submitted_ms": job.submitted_ms,
        "attempts": job.attempts,
    });
    match &job.status {
        Status::Open { lease: Some(_), .. } => {
            row["state"] = json!("running");
            if let Some((stage, percent)) = stage {
                row["stage"] = json!(stage);
                row["percent"] = json!(percent);
            }
        }
        Status::Open { lease: None, .. } => row["state"] = json!("queued"),
        Status::Done { ended_ms, .. } => {
            row["state"] = json!("done");
            row["ended_ms"] = json!(ended_ms);
        }
        Status::Failed {
            failure, ended_ms, ..
        } => {
            row["state"] = json!("failed");
            row["failure"] = json!({ "kind": failure.kind, "message": failure.message });
            row["ended_ms"] = json!(ended_ms);
        }
    }
    row
}

fn stats(stats: &JobStats) -> Value {
    json!({
        "steps": stats.steps,
        "witness_s": stats.witness_ms as f64 / 1e3,
        "prove_s": stats.prove_ms as f64 / 1e3,
        "verify_s": stats.verify_ms as f64 / 1e3,
        "peak_mb": stats.peak_mb,
    })
}

fn statement(statement: &Statement) -> Value {
    json!({
        "genesis_hash": hex::encode(statement.genesis_hash),
        "app_id": statement.app_id,
        "program_id": hex::encode(statement.program_id),
        "batch_index": statement.batch_index,
        "pre_root": hex::encode(statement.pre_root),
        "post_root": hex::encode(statement.post_root),
        "inbox_hash_pre": hex::encode(statement.inbox_hash_pre),
        "inbox_hash_post": hex::encode(statement.inbox_hash_post),
        "writes_hash": hex::encode(statement.writes_hash),
        "outbox_root": hex::encode(statement.outbox_root),
        "vrf_seed": hex::encode(statement.vrf_seed),
        "deposit_hash_pre": hex::encode(statement.deposit_hash_pre),
        "deposit_hash_post": hex::encode(statement.deposit_hash_post),
    })
}
