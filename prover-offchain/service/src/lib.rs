//! The prover service: a durable queue of proving jobs behind an HTTP API on loopback.
//!
//! [`Service::start`] runs it inside a process, the node or the `fusion-prover` daemon; a
//! [`Backend`] makes the proofs. Jobs survive the process: they are kept in an embedded store until
//! they are done or failed, a job that was running when the process died runs again, and one that
//! keeps killing the process is given up. A proof is verified, and its statement compared with the
//! job, before anybody gets to see it.
//!
//! # HTTP API
//!
//! | request | body | answer |
//! |---|---|---|
//! | `POST /v1/programs` | wasm | JSON `{wasm_hash, program_id, ks}`; with `?prepare=false`, 202 and `{wasm_hash}` at once |
//! | `POST /v1/batches` | SCALE [`BatchJob`] | the job's id, 32 bytes; 404 `unknown_program` asks for the wasm |
//! | `GET /v1/batches/{id}` | | SCALE `JobState<BatchResult>`; JSON with `?json` |
//! | `POST /v1/settlements` | SCALE [`SettlementJob`] | the job's id, 32 bytes |
//! | `GET /v1/settlements/{id}` | | SCALE `JobState<SettlementResult>`; JSON with `?json` |
//! | `GET /v1/jobs` | | JSON list, newest first |
//! | `POST /v1/jobs/{id}/retry` | | 204: the failed job is in the queue again |
//! | `GET /health`, `GET /metrics` | | JSON; Prometheus text |
//!
//! All but the last two need the token that is in the file `token` of the service's data folder, as
//! `Authorization: Bearer TOKEN` or as the password of `Basic`. Errors are JSON `{error, message}`
//! with a fitting status.
//!
//! Posting a job again is harmless: it is the same job. A job that waits is forgotten when one for a
//! later batch of the same app is posted, or for the same batch on another fork: whoever gets 404
//! for it and still wants it posts it again.
//!
//! [`BatchJob`]: zkfusion_primitives::job::BatchJob
//! [`SettlementJob`]: zkfusion_primitives::job::SettlementJob

mod attempt;
mod backend;
pub mod benchmark;
mod check;
mod clock;
mod config;
mod control_group;
pub mod cost;
pub mod entry;
pub mod execution;
mod http;
pub mod instructions;
mod memory;
mod metrics;
mod panics;
pub mod payload;
mod process;
mod service;
mod shared;
pub mod single;
mod store;
pub mod table;
mod token;
mod turns;
mod version;
mod worker;
mod zk_backend;

pub use self::{
    backend::{Backend, Failure, ProgramInfo, ProofSize, Watch},
    check::{check_batch_job, check_batch_result, check_settlement_job},
    config::Config,
    http::{Tls, TlsError},
    memory::peak_mb,
    process::{ProcessBackend, ProvingProcess},
    service::{Handle, Service, StartError},
    store::{Claim, Counts, JobKind, JobRecord, Label, Lease, RetryError, Status, Store, StoreError},
    token::{Token, TokenError},
    version::ProverVersion,
    zk_backend::ZkBackend,
};

/// Returns the blake2b-256 hash that names jobs and programs.
pub fn blake2_256(bytes: &[u8]) -> [u8; 32] {
    use blake2::{digest::consts::U32, Blake2b, Digest};
    Blake2b::<U32>::digest(bytes).into()
}
