//! The `fusion` methods: apps, batches, messages and state.
//!
//! Hashes, roots and other field elements are the chain's own 32 bytes (little-endian) in
//! hexadecimal. Every method takes as its last parameter the block to ask about, the best one if it
//! is left out.

mod trees;
mod turn;
mod views;

use codec::Decode;
use jsonrpsee::{
    core::RpcResult,
    proc_macros::rpc,
    types::{ErrorObject, ErrorObjectOwned},
};
use pallet_verifier::StoredProof;
use sc_client_api::Backend;
use sp_api::{ApiError, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::{offchain::OffchainStorage, Bytes};
use std::{
    sync::{Arc, Mutex},
    time::Instant,
};
use trees::Trees;
use turn::Turn;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, MessageIndex},
    merkle::EMPTY_LEAF,
};
use zkfusion_runtime::{opaque::Block, AccountId, Hash};
use zkfusion_runtime_api::FusionApi;

use crate::client::{FullBackend, FullClient};
use views::{App, Batch, Leaf, LeafProof, MessageStatus, Proof, State, Verification};

/// The most leaves that one call returns.
const MAX_LEAVES: u32 = 1_000;

/// Methods about apps, batches, messages and state.
#[rpc(server, namespace = "fusion")]
pub(crate) trait Fusion {
    /// Returns all apps and where they stand.
    #[method(name = "apps")]
    fn apps(&self, at: Option<Hash>) -> RpcResult<Vec<App>>;

    /// Returns an app and where it stands.
    #[method(name = "app")]
    fn app(&self, app: AppId, at: Option<Hash>) -> RpcResult<App>;

    /// Returns what the next message of an app is taken for its fuel, in the chain's smallest units
    /// as a decimal number. What it does not use is returned when it is proved.
    #[method(name = "fuelFee")]
    fn fuel_fee(
        &self,
        app: AppId,
        payload_bytes: u32,
        fuel_limit: u64,
        at: Option<Hash>,
    ) -> RpcResult<String>;

    /// Returns a sealed batch and where it stands.
    #[method(name = "batch")]
    fn batch(&self, app: AppId, batch: BatchIndex, at: Option<Hash>) -> RpcResult<Batch>;

    /// Returns where a message stands.
    #[method(name = "messageStatus")]
    fn message_status(&self, app: AppId, index: MessageIndex, at: Option<Hash>) -> RpcResult<MessageStatus>;

    /// Returns a leaf of an app's state with its proof of inclusion.
    #[method(name = "leaf", blocking)]
    fn leaf(&self, app: AppId, index: u32, at: Option<Hash>) -> RpcResult<LeafProof>;

    /// Returns a page of an app's leaves that are not empty. The page after it begins after the
    /// leaf `next`.
    #[method(name = "state")]
    fn state(&self, app: AppId, after: Option<u32>, limit: Option<u32>, at: Option<Hash>)
        -> RpcResult<State>;

    /// Returns why wasm cannot be registered as a program; nothing if it can. One program or proof
    /// is checked at a time.
    #[method(name = "checkProgram", blocking)]
    fn check_program(&self, wasm: Bytes, at: Option<Hash>) -> RpcResult<Option<String>>;

    /// Returns the proof of a verified batch. Only nodes that index offchain data have proofs.
    #[method(name = "proof")]
    fn proof(&self, app: AppId, batch: BatchIndex, at: Option<Hash>) -> RpcResult<Proof>;

    /// Checks the proof of a verified batch once more, in the runtime, and returns how long that
    /// took. One program or proof is checked at a time.
    #[method(name = "verify", blocking)]
    fn verify(&self, app: AppId, batch: BatchIndex, at: Option<Hash>) -> RpcResult<Verification>;
}

/// The methods on a node's chain.
pub(crate) struct FusionRpc {
    client: Arc<FullClient>,
    backend: Arc<FullBackend>,
    trees: Mutex<Trees>,
    /// Who compiles a program or checks a proof: callers pay nothing for it.
    turn: Turn,
}

impl FusionRpc {
    /// Returns the methods on this chain.
    pub(crate) fn new(client: Arc<FullClient>, backend: Arc<FullBackend>) -> Self {
        Self {
            client,
            backend,
            trees: Mutex::default(),
            turn: Turn::default(),
        }
    }

    fn at(&self, at: Option<Hash>) -> Hash {
        at.unwrap_or_else(|| self.client.info().best_hash)
    }

    fn app_view(&self, app: AppId, at: Hash) -> RpcResult<zkfusion_runtime_api::AppView<AccountId>> {
        let api = self.client.runtime_api();
        FusionApi::<Block, AccountId>::app(&*api, at, app)
            .map_err(runtime)?
            .ok_or_else(|| unknown("app"))
    }

    fn stored_proof(
        &self,
        app: AppId,
        batch: BatchIndex,
        at: Hash,
    ) -> RpcResult<(zkfusion_runtime_api::VerifiedView<AccountId>, StoredProof)> {
        let api = self.client.runtime_api();
        let verified = FusionApi::<Block, AccountId>::verified_batch(&*api, at, app, batch)
            .map_err(runtime)?
            .ok_or_else(|| unknown("verified batch"))?;
        let stored = self.backend.offchain_storage().and_then(|storage| {
            storage.get(
                sp_core::offchain::STORAGE_PREFIX,
                &StoredProof::key(&verified.statement),
            )
        });
        let stored = stored.and_then(|bytes| StoredProof::decode(&mut &bytes[..]).ok());
        let stored = stored.ok_or_else(|| {
            error(
                Code::NotIndexed,
                "this node does not have the proof: it did not execute the block that verified it",
            )
        })?;
        Ok((verified, stored))
    }
}

impl FusionServer for FusionRpc {
    fn apps(&self, at: Option<Hash>) -> RpcResult<Vec<App>> {
        let at = self.at(at);
        let count =
            FusionApi::<Block, AccountId>::app_count(&*self.client.runtime_api(), at).map_err(runtime)?;
        (0..count)
            .map(|app| self.app_view(app, at).map(App::from))
            .collect()
    }

    fn app(&self, app: AppId, at: Option<Hash>) -> RpcResult<App> {
        self.app_view(app, self.at(at)).map(App::from)
    }

    fn fuel_fee(
        &self,
        app: AppId,
        payload_bytes: u32,
        fuel_limit: u64,
        at: Option<Hash>,
    ) -> RpcResult<String> {
        let (at, api) = (self.at(at), self.client.runtime_api());
        FusionApi::<Block, AccountId>::fuel_fee(&*api, at, app, payload_bytes, fuel_limit)
            .map_err(runtime)?
            .map(|fee| fee.to_string())
            .ok_or_else(|| unknown("app"))
    }

    fn batch(&self, app: AppId, batch: BatchIndex, at: Option<Hash>) -> RpcResult<Batch> {
        let (at, api) = (self.at(at), self.client.runtime_api());
        self.app_view(app, at)?;
        let view = FusionApi::<Block, AccountId>::batch(&*api, at, app, batch)
            .map_err(runtime)?
            .ok_or_else(|| unknown("batch"))?;
        let verified =
            FusionApi::<Block, AccountId>::verified_batch(&*api, at, app, batch).map_err(runtime)?;
        Ok(Batch::new(app, batch, view, verified))
    }

    fn message_status(&self, app: AppId, index: MessageIndex, at: Option<Hash>) -> RpcResult<MessageStatus> {
        let (at, api) = (self.at(at), self.client.runtime_api());
        self.app_view(app, at)?;
        let state = FusionApi::<Block, AccountId>::message_status(&*api, at, app, index).map_err(runtime)?;
        state.map(MessageStatus::from).ok_or_else(|| unknown("message"))
    }

    fn leaf(&self, app: AppId, index: u32, at: Option<Hash>) -> RpcResult<LeafProof> {
        let at = self.at(at);
        let root = self.app_view(app, at)?.root;
        let api = self.client.runtime_api();
        let leaves =
            || FusionApi::<Block, AccountId>::leaves(&*api, at, app, None, u32::MAX).map_err(runtime);
        let mut trees = self.trees.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let tree = trees.get(app, root, leaves)?;
        let path = tree.prove(index);
        if !path.verify(&root) {
            return Err(error(Code::Runtime, "the leaves do not make the root"));
        }
        Ok(LeafProof::new(root, path))
    }

    fn state(
        &self,
        app: AppId,
        after: Option<u32>,
        limit: Option<u32>,
        at: Option<Hash>,
    ) -> RpcResult<State> {
        let at = self.at(at);
        let root = self.app_view(app, at)?.root;
        let limit = limit.unwrap_or(MAX_LEAVES).min(MAX_LEAVES);
        let api = self.client.runtime_api();
        let leaves = FusionApi::<Block, AccountId>::leaves(&*api, at, app, after, limit).map_err(runtime)?;
        let next = (leaves.len() as u32 == limit)
            .then(|| leaves.last().map(|(index, _)| *index))
            .flatten();
        let leaves = leaves
            .into_iter()
            .filter(|(_, leaf)| *leaf != EMPTY_LEAF)
            .map(Leaf::from)
            .collect();
        Ok(State {
            root: Bytes(root.to_vec()),
            leaves,
            next,
        })
    }

    fn check_program(&self, wasm: Bytes, at: Option<Hash>) -> RpcResult<Option<String>> {
        let _turn = self.turn.take().ok_or_else(busy)?;
        let api = self.client.runtime_api();
        let checked =
            FusionApi::<Block, AccountId>::check_program(&*api, self.at(at), wasm.0).map_err(runtime)?;
        Ok(checked.err())
    }

    fn proof(&self, app: AppId, batch: BatchIndex, at: Option<Hash>) -> RpcResult<Proof> {
        let (verified, stored) = self.stored_proof(app, batch, self.at(at))?;
        Ok(Proof::new(verified.statement, stored))
    }

    fn verify(&self, app: AppId, batch: BatchIndex, at: Option<Hash>) -> RpcResult<Verification> {
        let at = self.at(at);
        let _turn = self.turn.take().ok_or_else(busy)?;
        let (verified, stored) = self.stored_proof(app, batch, at)?;
        let proof_bytes = stored.proof.len();
        let api = self.client.runtime_api();
        let start = Instant::now();
        let checked =
            FusionApi::<Block, AccountId>::check_proof(&*api, at, stored.k, verified.statement, stored.proof)
                .map_err(runtime)?;
        let verify_ms = start.elapsed().as_secs_f64() * 1e3;
        Ok(Verification {
            error: checked.err(),
            proof_bytes,
            verify_ms,
        })
    }
}

/// Codes of the methods' errors.
enum Code {
    /// There is no such app, batch or message.
    Unknown = 9_001,
    /// This node does not keep what was asked for.
    NotIndexed = 9_002,
    /// The runtime did not answer.
    Runtime = 9_003,
    /// This node does the same for somebody else.
    Busy = 9_004,
}

fn error(code: Code, message: impl Into<String>) -> ErrorObjectOwned {
    ErrorObject::owned(code as i32, message, None::<()>)
}

fn unknown(what: &str) -> ErrorObjectOwned {
    error(Code::Unknown, format!("there is no such {what}"))
}

fn busy() -> ErrorObjectOwned {
    error(
        Code::Busy,
        "this node is checking another program or proof; try again in a second",
    )
}

fn runtime(cause: ApiError) -> ErrorObjectOwned {
    error(Code::Runtime, format!("the runtime did not answer: {cause}"))
}
