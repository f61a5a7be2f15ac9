//! The store's record of a job.

use crate::{Failure, ProverVersion};
use codec::{Decode, Encode};
use zkfusion_primitives::ids::{AppId, BatchIndex, Hash};

/// What a job asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// A batch proof.
    Batch,
    /// A settlement proof.
    Settlement,
}

impl JobKind {
    /// Returns the name in metrics and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Settlement => "settlement",
        }
    }
}

/// What a job is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Label {
    /// The chain.
    pub genesis: Hash,
    /// The app.
    pub app: AppId,
    /// blake2b-256 of the wasm that the prover needs for it, if it does.
    pub program: Option<Hash>,
    /// First batch.
    pub first: BatchIndex,
    /// Last batch.
    pub last: BatchIndex,
}

/// A job, without its input and result.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct JobRecord {
    /// What it asks for.
    pub kind: JobKind,
    /// What it is about.
    pub label: Label,
    /// Its place in the order of all jobs.
    pub sequence: u64,
    /// When it came, in milliseconds since 1970.
    pub submitted_ms: u64,
    /// How often it was begun.
    pub attempts: u32,
    /// Where it stands.
    pub status: Status,
}

impl JobRecord {
    /// Returns whether nobody needs the job any more once `later` is posted. On one chain the
    /// batches of an app are proved and settled in order, so it asks only for what comes next. What
    /// a job for the same batch was about, or for an earlier one, is done, or was on another fork.
    ///
    /// A job that is worked on is not superseded. Its end is near, and where two nodes share the
    /// prover and follow different forks, each would end the other's for ever.
    pub(super) fn is_superseded_by(&self, kind: JobKind, later: &Label) -> bool {
        let waits = matches!(self.status, Status::Open { lease: None, .. });
        let same_app = (self.label.genesis, self.label.app) == (later.genesis, later.app);
        waits && self.kind == kind && same_app && self.label.first <= later.first
    }

    /// Returns whether the job is open and claimed under this token.
    pub(super) fn is_held_by(&self, token: u64) -> bool {
        matches!(&self.status, Status::Open { lease: Some(lease), .. } if lease.token == token)
    }
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Status {
    /// Waits or is worked on.
    Open {
        /// Whose it is.
        lease: Option<Lease>,
        /// When it may be begun, in milliseconds since 1970.
        not_before_ms: u64,
    },
    /// Has a result.
    Done {
        /// When, in milliseconds since 1970.
        ended_ms: u64,
        /// Its place in the order of ended jobs.
        finish: u64,
        /// Who proved it.
        version: ProverVersion,
    },
    /// Was given up.
    Failed {
        /// Why.
        failure: Failure,
        /// When, in milliseconds since 1970.
        ended_ms: u64,
        /// Its place in the order of ended jobs.
        finish: u64,
        /// Who gave up.
        version: ProverVersion,
    },
}

/// A worker's hold on a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Lease {
    /// Names the claim.
    pub token: u64,
    /// When it runs out, in milliseconds since 1970.
    pub until_ms: u64,
}
