//! Jobs.

use super::{blocking, view, ApiError, BINARY};
use crate::{
    blake2_256, check_settlement_job,
    clock::now_ms,
    shared::Shared,
    store::{JobKind, Label, Status},
    StoreError,
};
use axum::{
    body::Bytes,
    extract::{
        rejection::{BytesRejection, PathRejection},
        Path, RawQuery, State,
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    Json,
};
use codec::{Decode, DecodeAll, Encode};
use std::sync::Arc;
use zkfusion_primitives::job::{
    BatchJob, BatchResult, JobId, JobState, SettlementJob, SettlementResult, Stage,
};

type Body = Result<Bytes, BytesRejection>;
type Id = Result<Path<String>, PathRejection>;

/// Queues a batch.
pub(super) async fn post_batch(State(shared): State<Arc<Shared>>, body: Body) -> Result<Response, ApiError> {
    let body = body?;
    let job: BatchJob = decode(&body, "BatchJob")?;
    let id = blocking(shared, move |shared| {
        if !shared.store.has_program(&job.wasm_hash)? {
            let hash = hex::encode(job.wasm_hash);
            return Err(ApiError::unknown_program(format!(
                "unknown program {hash}: POST its wasm to /v1/programs"
            )));
        }
        if let Some(info) = shared.store.program_info(&job.wasm_hash)? {
            if info.program_id != job.batch.program_id {
                return Err(ApiError::invalid_job(format!(
                    "the wasm's program_id is {}, the job says {}",
                    hex::encode(info.program_id),
                    hex::encode(job.batch.program_id)
                )));
            }
        }
        let label = Label {
            genesis: job.batch.genesis_hash,
            app: job.batch.app_id,
            program: Some(job.wasm_hash),
            first: job.batch.batch_index,
            last: job.batch.batch_index,
        };
        submit(shared, JobKind::Batch, label, &body)
    })
    .await?;
    Ok((BINARY, id.to_vec()).into_response())
}

/// Queues a settlement.
pub(super) async fn post_settlement(
    State(shared): State<Arc<Shared>>,
    body: Body,
) -> Result<Response, ApiError> {
    let body = body?;
    let job: SettlementJob = decode(&body, "SettlementJob")?;
    check_settlement_job(&job)?;
    let (Some(first), Some(last)) = (job.batches.first(), job.batches.last()) else {
        return Err(ApiError::invalid_job("the settlement has no batches"));
    };
    let label = Label {
        genesis: first.statement.genesis_hash,
        app: first.statement.app_id,
        program: None,
        first: first.statement.batch_index,
        last: last.statement.batch_index,
    };
    let id = blocking(shared, move |shared| {
        submit(shared, JobKind::Settlement, label, &body)
    })
    .await?;
    Ok((BINARY, id.to_vec()).into_response())
}

/// Answers where a batch stands.
pub(super) async fn get_batch(
    State(shared): State<Arc<Shared>>,
    id: Id,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let state = state::<BatchResult>(shared, JobKind::Batch, &id?).await?;
    Ok(if wants_json(query) {
        Json(view::state(&state, view::batch_result)).into_response()
    } else {
        (BINARY, state.encode()).into_response()
    })
}

/// Answers where a settlement stands.
pub(super) async fn get_settlement(
    State(shared): State<Arc<Shared>>,
    id: Id,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let state = state::<SettlementResult>(shared, JobKind::Settlement, &id?).await?;
    Ok(if wants_json(query) {
        Json(view::state(&state, view::settlement_result)).into_response()
    } else {
        (BINARY, state.encode()).into_response()
    })
}

/// Puts a failed job into the queue again.
pub(super) async fn retry(State(shared): State<Arc<Shared>>, id: Id) -> Result<StatusCode, ApiError> {
    let id = parse(&id?)?;
    blocking(shared, move |shared| {
        shared.store.retry(&id, now_ms())?;
        tracing::info!(job = hex::encode(id), "tried again, as asked");
        shared.wake();
        Ok(StatusCode::NO_CONTENT)
    })
    .await
}

/// Lists the jobs, newest first.
pub(super) async fn list(State(shared): State<Arc<Shared>>) -> Result<Response, ApiError> {
    let jobs = blocking(shared, |shared| {
        let jobs = shared.store.jobs()?;
        let rows = jobs.iter().map(|(id, job)| view::job(id, job, shared.stage(id)));
        Ok(rows.collect::<Vec<_>>())
    })
    .await?;
    Ok(Json(jobs).into_response())
}

fn wants_json(query: Option<String>) -> bool {
    query.is_some_and(|query| {
        query
            .split('&')
            .any(|part| part == "json" || part.starts_with("json="))
    })
}

fn decode<T: Decode>(body: &[u8], what: &str) -> Result<T, ApiError> {
    T::decode_all(&mut &body[..])
        .map_err(|error| ApiError::bad_request(format!("the body is not a SCALE {what}: {error}")))
}

fn submit(shared: &Shared, kind: JobKind, label: Label, input: &[u8]) -> Result<JobId, ApiError> {
    let id = blake2_256(input);
    let superseded = shared.store.submit(&id, kind, label, input, now_ms())?;
    shared.metrics.superseded(kind, superseded.len());
    for old in superseded {
        tracing::info!(
            job = hex::encode(old),
            by = hex::encode(id),
            app = label.app,
            "dropped: its app has gone on"
        );
    }
    shared.wake();
    Ok(id)
}

fn parse(id: &str) -> Result<JobId, ApiError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(id.trim_start_matches("0x"), &mut bytes)
        .map_err(|_| ApiError::bad_request("a job's id is 64 hexadecimal digits"))?;
    Ok(bytes)
}

async fn state<T: Decode + Send + 'static>(
    shared: Arc<Shared>,
    kind: JobKind,
    id: &str,
) -> Result<JobState<T>, ApiError> {
    let bytes = parse(id)?;
    blocking(shared, move |shared| {
        let unknown =
            || ApiError::not_found(format!("there is no {} job {}", kind.name(), hex::encode(bytes)));
        let job = shared
            .store
            .job(&bytes)?
            .filter(|job| job.kind == kind)
            .ok_or_else(unknown)?;
        Ok(match job.status {
            Status::Open { lease: Some(_), .. } => {
                // Between the claim and the worker's first word, and when the lease has run out
                // unnoticed.
                let (stage, percent) = shared.stage(&bytes).unwrap_or((Stage::Preparing, 0));
                JobState::Running { stage, percent }
            }
            Status::Open { lease: None, .. } => JobState::Queued {
                position: shared.store.position(job.sequence)?,
            },
            Status::Done { .. } => {
                let result = shared.store.result(&bytes)?.ok_or_else(unknown)?;
                let result = T::decode(&mut &result[..]).map_err(|_| StoreError::Damaged("result"))?;
                JobState::Done(result)
            }
            Status::Failed { failure, .. } => JobState::Failed {
                kind: failure.kind,
                message: failure.message,
                retryable: failure.retryable,
            },
        })
    })
    .await
}
