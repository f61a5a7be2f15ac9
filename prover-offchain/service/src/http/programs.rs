//! Programs.

use super::{blocking, ApiError};
use crate::{attempt::Attempt, blake2_256, shared::Shared};
use axum::{
    body::Bytes,
    extract::{
        rejection::{BytesRejection, QueryRejection},
        Query, State,
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    Json,
};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Options {
    #[serde(default = "yes")]
    prepare: bool,
}

fn yes() -> bool {
    true
}

/// Stores a program and, unless told not to, compiles it and makes its keys before answering. The
/// wasm is known from the moment it is stored: a caller that does not wait for the keys loses
/// nothing, nor does one that is refused because other keys are being made.
pub(super) async fn post(
    State(shared): State<Arc<Shared>>,
    options: Result<Query<Options>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let Query(options) = options?;
    let wasm = body?;
    if !wasm.starts_with(b"\0asm") {
        return Err(ApiError::bad_request(
            "the body is not WebAssembly: it does not begin with \\0asm",
        ));
    }
    let hash = blake2_256(&wasm);
    if !options.prepare {
        blocking(shared, move |shared| {
            Ok(shared.store.put_program(&hash, &wasm)?)
        })
        .await?;
        let body = serde_json::json!({ "wasm_hash": hex::encode(hash) });
        return Ok((StatusCode::ACCEPTED, Json(body)).into_response());
    }
    let info = blocking(shared, move |shared| {
        shared.store.put_program(&hash, &wasm)?;
        if let Some(info) = shared.store.program_info(&hash)? {
            return Ok(info);
        }
        let _permit = shared.preparing.try_acquire().map_err(|_| {
            ApiError::busy(
                "the keys of another program are being made; this one is stored, and has its keys made when it is \
                 posted again, or with its first batch",
            )
        })?;
        let info = shared
            .backend
            .prepare_program(&wasm, &Attempt::new(shared, None))?;
        shared.store.put_program_info(&hash, &info)?;
        Ok(info)
    })
    .await?;
    Ok(Json(serde_json::json!({
        "wasm_hash": hex::encode(hash),
        "program_id": hex::encode(info.program_id),
        "ks": info.ks,
    }))
    .into_response())
}
