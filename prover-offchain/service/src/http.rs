//! The HTTP API.

mod doors;
mod error;
mod jobs;
mod programs;
mod tls;
mod view;

use crate::shared::Shared;
use axum::{
    extract::{DefaultBodyLimit, State},
    http::{header, HeaderName},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
    serve::Listener,
    Json, Router,
};
pub(crate) use tls::TlsListener;
pub use tls::{Tls, TlsError};

use error::ApiError;
use std::sync::Arc;
use tokio::{sync::watch, task};

/// Serves until `stopped` changes or its sender is gone.
pub(crate) async fn serve<L: Listener>(listener: L, shared: Arc<Shared>, mut stopped: watch::Receiver<()>)
where
    L::Addr: std::fmt::Debug,
{
    let server = axum::serve(listener, router(shared)).with_graceful_shutdown(async move {
        // A sender that is gone was dropped without a shutdown: the service goes on.
        if stopped.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    });
    if let Err(error) = server.await {
        tracing::error!(%error, "the prover's API ended");
    }
}

fn router(shared: Arc<Shared>) -> Router {
    let programs = DefaultBodyLimit::max(shared.config.max_program_bytes);
    let jobs = DefaultBodyLimit::max(shared.config.max_job_bytes);
    Router::new()
        .route("/v1/programs", post(programs::post).layer(programs))
        .route("/v1/batches", post(jobs::post_batch).layer(jobs))
        .route("/v1/batches/{id}", get(jobs::get_batch))
        .route("/v1/settlements", post(jobs::post_settlement).layer(jobs))
        .route("/v1/settlements/{id}", get(jobs::get_settlement))
        .route("/v1/jobs", get(jobs::list))
        .route("/v1/jobs/{id}/retry", post(jobs::retry))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .fallback(|| async { ApiError::not_found("no such path; see the documentation of zkfusion-prover") })
        .method_not_allowed_fallback(|| async {
            ApiError::method_not_allowed(
                "the path has another method; see the documentation of zkfusion-prover",
            )
        })
        .layer(middleware::from_fn_with_state(shared.clone(), doors::guard))
        .with_state(shared)
}

async fn health(State(shared): State<Arc<Shared>>) -> Result<Response, ApiError> {
    let counts = blocking(shared, |shared| Ok(shared.store.counts()?)).await?;
    Ok(Json(serde_json::json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "open_jobs": counts.open,
        "finished_jobs": counts.finished,
        "programs": counts.programs,
    }))
    .into_response())
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Result<Response, ApiError> {
    let text = blocking(shared, |shared| {
        let counts = shared.store.counts()?;
        shared
            .metrics
            .render(counts)
            .map_err(|error| ApiError::internal(error.to_string()))
    })
    .await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// Content type of SCALE bodies.
const BINARY: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/octet-stream")];

/// Runs what waits for the disk, or computes for long, off the runtime's threads.
async fn blocking<T: Send + 'static>(
    shared: Arc<Shared>,
    run: impl FnOnce(&Shared) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    task::spawn_blocking(move || run(&shared))
        .await
        .unwrap_or_else(|error| Err(ApiError::internal(error.to_string())))
}
