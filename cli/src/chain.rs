//! The chain: its `fusion` methods and its transactions.

use serde_json::Value;
use std::time::Duration;
use subxt::{
    dynamic,
    error::{DispatchError, TransactionEventsError},
    ext::scale_encode::EncodeAsFields,
    extrinsics::ExtrinsicEvents,
    rpcs::client::{RpcClient, RpcParams},
    tx::{DynamicPayload, TransactionStatus},
    OnlineClient, PolkadotConfig,
};

use crate::{
    account::Signer,
    error::{dispatch_hint, CliError},
};

/// Longest time until a transaction should be in a block.
const INCLUSION: Duration = Duration::from_secs(120);

/// Code of the node's error "there is no such app, batch or message".
const UNKNOWN: &str = "9001";

/// A connection to a node.
pub(crate) struct Chain {
    url: String,
    rpc: RpcClient,
}

impl Chain {
    /// Connects to the node at `url`.
    pub(crate) async fn connect(url: &str) -> Result<Self, CliError> {
        let rpc = RpcClient::from_insecure_url(url).await.map_err(|error| {
            CliError::new(
                "node_unreachable",
                format!("cannot connect to the node at {url}: {error}"),
            )
            .hint("start one with `make devnet`, or name another with --node")
        })?;
        Ok(Self { url: url.into(), rpc })
    }

    /// Calls a method of the node.
    pub(crate) async fn call(&self, method: &str, arguments: &[Value]) -> Result<Value, CliError> {
        let mut params = RpcParams::new();
        for argument in arguments {
            params
                .push(argument)
                .map_err(|error| CliError::new("internal", error.to_string()))?;
        }
        self.rpc
            .request(method, params)
            .await
            .map_err(|error| self.explain(method, &error.to_string()))
    }

    fn explain(&self, method: &str, error: &str) -> CliError {
        if error.contains(UNKNOWN) {
            let what = ["app", "verified batch", "batch", "message"]
                .into_iter()
                .find(|what| error.contains(&format!("no such {what}")))
                .unwrap_or("thing");
            return CliError::new(
                "unknown",
                format!("there is no such {what} on the chain of {}", self.url),
            )
            .hint("`fusion app show` lists the apps, `fusion app batches APP` an app's batches");
        }
        if error.contains("Method not found") {
            return CliError::new(
                "not_zkfusion",
                format!("the node at {} does not know {method}", self.url),
            )
            .hint("is it a zkFusion node, of this version?");
        }
        CliError::new("node", format!("{method} at {}: {error}", self.url))
    }

    /// Signs and sends a call, waits until it is in a block, and returns the hash of the block and the events.
    pub(crate) async fn send<Call: EncodeAsFields>(
        &self,
        call: &DynamicPayload<Call>,
        signer: &Signer,
    ) -> Result<(String, ExtrinsicEvents<PolkadotConfig>), CliError> {
        match tokio::time::timeout(INCLUSION, self.send_without_limit(call, signer)).await {
            Ok(sent) => sent,
            Err(_) => Err(CliError::new(
                "not_included",
                format!(
                    "the transaction was in no block after {} seconds",
                    INCLUSION.as_secs()
                ),
            )
            .hint("it may still be included; does the chain produce blocks?")),
        }
    }

    async fn send_without_limit<Call: EncodeAsFields>(
        &self,
        call: &DynamicPayload<Call>,
        signer: &Signer,
    ) -> Result<(String, ExtrinsicEvents<PolkadotConfig>), CliError> {
        let node = |error: &dyn std::fmt::Display| CliError::new("node", format!("{}: {error}", self.url));
        let client = OnlineClient::<PolkadotConfig>::from_rpc_client(self.rpc.clone())
            .await
            .map_err(|e| node(&e))?;
        let mut transactions = client.transactions().await.map_err(|e| node(&e))?;
        let mut progress = transactions
            .sign_and_submit_then_watch_default(call, &signer.0)
            .await
            .map_err(|error| {
                let error = CliError::new("refused", format!("the node refused the transaction: {error}"));
                error.hint("has the signer enough funds? did another transaction use its nonce just now?")
            })?;
        while let Some(status) = progress.next().await {
            let block = match status.map_err(|e| node(&e))? {
                TransactionStatus::InBestBlock(block) | TransactionStatus::InFinalizedBlock(block) => block,
                TransactionStatus::Error { message }
                | TransactionStatus::Invalid { message }
                | TransactionStatus::Dropped { message } => {
                    return Err(CliError::new(
                        "refused",
                        format!("the transaction was not included: {message}"),
                    ));
                }
                _ => continue,
            };
            let events = block.wait_for_success().await.map_err(explain_failure)?;
            return Ok((format!("{:?}", block.block_hash()), events));
        }
        Err(CliError::new(
            "node",
            format!("{} stopped telling about the transaction", self.url),
        ))
    }
}

fn explain_failure(error: TransactionEventsError) -> CliError {
    let TransactionEventsError::ExtrinsicFailed(DispatchError::Module(module)) = &error else {
        return CliError::new("failed", error.to_string());
    };
    let Ok(details) = module.details() else {
        return CliError::new("failed", error.to_string());
    };
    let (pallet, name) = (details.pallet.name(), details.variant.name.as_str());
    let docs = details.variant.docs.join(" ");
    let failure = CliError::new(
        "failed",
        format!("the chain refused it: {pallet}.{name}: {}", docs.trim()),
    );
    match dispatch_hint(pallet, name) {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Returns the call that appends a message to an app's inbox.
pub(crate) fn submit(app: u32, payload: Vec<u8>, fuel: u64) -> DynamicPayload<(u32, Vec<u8>, u64)> {
    dynamic::transaction("Sequencer", "submit", (app, payload, fuel))
}
