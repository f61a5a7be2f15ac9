//! Answers of the `fusion` methods as JSON.

use pallet_sequencer::MessageState;
use pallet_verifier::StoredProof;
use serde::Serialize;
use sp_core::Bytes;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, MessageIndex},
    merkle::MerklePath,
    statement,
};
use zkfusion_runtime::AccountId;
use zkfusion_runtime_api::{AppView, BatchState, BatchView, VerifiedView};

fn bytes(bytes: [u8; 32]) -> Bytes {
    Bytes(bytes.to_vec())
}

/// An app and where it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct App {
    app: AppId,
    owner: AccountId,
    wasm_hash: Bytes,
    program_id: Bytes,
    /// The id of the app's first program, which names the app on Ethereum.
    first_program_id: Bytes,
    registered_at: u64,
    root: Bytes,
    inbox_hash: Bytes,
    messages: MessageIndex,
    processed: MessageIndex,
    batches: BatchIndex,
    verified: BatchIndex,
    /// Units that the messages which are not processed may use.
    backlog: u64,
    /// What a unit costs the next message, in the chain's smallest units: a decimal number, which
    /// may be larger than JSON's.
    price: String,
}

impl From<AppView<AccountId>> for App {
    fn from(view: AppView<AccountId>) -> Self {
        Self {
            app: view.app,
            owner: view.owner,
            wasm_hash: bytes(view.wasm_hash),
            program_id: bytes(view.program_id),
            first_program_id: bytes(view.first_program_id),
            registered_at: view.registered_at,
            root: bytes(view.root),
            inbox_hash: bytes(view.inbox_hash),
            messages: view.messages,
            processed: view.processed,
            batches: view.batches,
            verified: view.verified,
            backlog: view.backlog,
            price: view.price.to_string(),
        }
    }
}

/// A sealed batch and where it stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Batch {
    app: AppId,
    batch: BatchIndex,
    /// `seedPending`, `sealed` or `verified`.
    state: &'static str,
    first: MessageIndex,
    count: u32,
    sealed_at: u64,
    inbox_hash_pre: Bytes,
    inbox_hash_post: Bytes,
    seed: Option<Bytes>,
    verified_at: Option<u64>,
    prover: Option<AccountId>,
    k: Option<u8>,
    statement: Option<Statement>,
}

impl Batch {
    /// Returns a batch with what was proved of it.
    pub(super) fn new(
        app: AppId,
        batch: BatchIndex,
        view: BatchView,
        verified: Option<VerifiedView<AccountId>>,
    ) -> Self {
        let (state, verified_at) = match view.state {
            BatchState::SeedPending => ("seedPending", None),
            BatchState::Sealed => ("sealed", None),
            BatchState::Verified(at) => ("verified", Some(at)),
            BatchState::Voided(_) => ("voided", None),
        };
        let (prover, k, statement) = match verified {
            Some(VerifiedView {
                statement, k, prover, ..
            }) => (Some(prover), Some(k), Some(statement.into())),
            None => (None, None, None),
        };
        Self {
            app,
            batch,
            state,
            first: view.first,
            count: view.count,
            sealed_at: view.sealed_at,
            inbox_hash_pre: bytes(view.inbox_hash_pre),
            inbox_hash_post: bytes(view.inbox_hash_post),
            seed: view.seed.map(bytes),
            verified_at,
            prover,
            k,
            statement,
        }
    }
}

/// A statement.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Statement {
    genesis_hash: Bytes,
    app_id: AppId,
    program_id: Bytes,
    batch_index: BatchIndex,
    pre_root: Bytes,
    post_root: Bytes,
    inbox_hash_pre: Bytes,
    inbox_hash_post: Bytes,
    writes_hash: Bytes,
    outbox_root: Bytes,
    vrf_seed: Bytes,
    deposit_hash_pre: Bytes,
    deposit_hash_post: Bytes,
}

impl From<statement::Statement> for Statement {
    fn from(statement: statement::Statement) -> Self {
        Self {
            genesis_hash: bytes(statement.genesis_hash),
            app_id: statement.app_id,
            program_id: bytes(statement.program_id),
            batch_index: statement.batch_index,
            pre_root: bytes(statement.pre_root),
            post_root: bytes(statement.post_root),
            inbox_hash_pre: bytes(statement.inbox_hash_pre),
            inbox_hash_post: bytes(statement.inbox_hash_post),
            writes_hash: bytes(statement.writes_hash),
            outbox_root: bytes(statement.outbox_root),
            vrf_seed: bytes(statement.vrf_seed),
            deposit_hash_pre: bytes(statement.deposit_hash_pre),
            deposit_hash_post: bytes(statement.deposit_hash_post),
        }
    }
}

/// Where a message stands.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub(crate) enum MessageStatus {
    /// In no batch yet.
    Open,
    /// In a sealed batch that is not proved.
    Sealed {
        /// The batch.
        batch: BatchIndex,
    },
    /// Proved.
    #[serde(rename_all = "camelCase")]
    Processed {
        /// The batch.
        batch: BatchIndex,
        /// Whether the message took effect.
        ok: bool,
        /// Success or the trap, in words.
        outcome: &'static str,
        /// Success or the trap, as the circuit's code.
        code: u8,
        /// Trace rows used.
        fuel_used: u64,
    },
    /// In a batch that was voided: the message had no effect.
    Voided {
        /// The batch.
        batch: BatchIndex,
    },
    /// Processed so long ago that the outcome is not kept.
    Forgotten,
}

impl From<MessageState> for MessageStatus {
    fn from(state: MessageState) -> Self {
        match state {
            MessageState::Open => Self::Open,
            MessageState::Sealed(batch) => Self::Sealed { batch },
            MessageState::Processed(outcome) => Self::Processed {
                batch: outcome.batch,
                ok: outcome.status.is_ok(),
                outcome: outcome.status.name(),
                code: outcome.status.code(),
                fuel_used: outcome.fuel_used,
            },
            MessageState::Voided(batch) => Self::Voided { batch },
            MessageState::Forgotten => Self::Forgotten,
        }
    }
}

/// A leaf with its proof of inclusion.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LeafProof {
    root: Bytes,
    index: u32,
    leaf: Bytes,
    /// From the leaf's own sibling up.
    siblings: Vec<Bytes>,
}

impl LeafProof {
    /// Returns the proof that `path` is in the tree with this root.
    pub(super) fn new(root: [u8; 32], path: MerklePath) -> Self {
        Self {
            root: bytes(root),
            index: path.index,
            leaf: bytes(path.leaf),
            siblings: path.siblings.into_iter().map(bytes).collect(),
        }
    }
}

/// A leaf.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Leaf {
    index: u32,
    leaf: Bytes,
}

impl From<(u32, [u8; 32])> for Leaf {
    fn from((index, leaf): (u32, [u8; 32])) -> Self {
        Self {
            index,
            leaf: bytes(leaf),
        }
    }
}

/// A page of an app's state.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct State {
    /// Root of the whole state.
    pub(super) root: Bytes,
    /// Leaves in storage order.
    pub(super) leaves: Vec<Leaf>,
    /// The leaf after which the next page begins, if there may be one.
    pub(super) next: Option<u32>,
}

/// A proof with what it proves.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proof {
    k: u8,
    statement: Statement,
    proof: Bytes,
}

impl Proof {
    /// Returns a stored proof of a statement.
    pub(super) fn new(statement: statement::Statement, stored: StoredProof) -> Self {
        Self {
            k: stored.k,
            statement: statement.into(),
            proof: Bytes(stored.proof),
        }
    }
}

/// Outcome of checking a proof once more.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verification {
    /// Why the proof is refused; nothing if it is accepted.
    pub(super) error: Option<String>,
    /// Size of the proof, in bytes.
    pub(super) proof_bytes: usize,
    /// Time of the runtime call, in milliseconds.
    pub(super) verify_ms: f64,
}
