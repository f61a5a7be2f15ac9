//! The Settlement contract.

use alloy::{
    contract::SolCallBuilder,
    network::Ethereum,
    primitives::{keccak256, Address, B256, U256},
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::types::{Filter, Log, TransactionReceipt},
    sol_types::{SolEvent, SolValue},
    transports::http::reqwest::Url,
};
use serde_json::{json, Value};
use std::{fmt::Display, future::Future, time::Duration};
use tokio::time::timeout;
use zkfusion_contracts::{
    IBeefyOrder::CommitmentAccepted,
    ISettlement::{appStateCall, App, AppRegistered, Settled},
};

pub use zkfusion_contracts::ISettlement::AppConfig;

use crate::error::CliError;

/// Longest time for an answer of the Ethereum node; a search of events takes seconds.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A Settlement contract.
#[derive(Debug)]
pub struct Settlement {
    url: String,
    address: Address,
    provider: DynProvider<Ethereum>,
}

/// Returns the key under which Settlement keeps an app with this configuration.
pub fn app_key(config: &AppConfig) -> B256 {
    keccak256(config.abi_encode())
}

/// An app that is registered there.
#[derive(Clone, Debug)]
pub struct SettledApp {
    key: B256,
    genesis_hash: U256,
    app: U256,
    program_id: U256,
    /// The contract that tells which batches are final on the appchain.
    pub order: Address,
    verifier: Address,
    upgrader: Address,
    /// The first batch that is not settled.
    pub next_batch: u64,
    root: U256,
    inbox_hash: U256,
}

impl SettledApp {
    /// Returns the app as JSON; field elements as Ethereum writes them, big-endian.
    pub fn to_json(&self) -> Value {
        json!({
            "app": number(self.app),
            "key": self.key,
            "genesisHash": word(self.genesis_hash),
            "programId": word(self.program_id),
            "order": self.order,
            "verifier": self.verifier,
            "upgrader": (!self.upgrader.is_zero()).then_some(self.upgrader),
            "nextBatch": self.next_batch,
            "root": word(self.root),
            "rootL2": chain_bytes(self.root),
            "inboxHash": word(self.inbox_hash),
        })
    }
}

/// Returns an app's id: a number, or its digits where anybody registered one that no appchain has.
fn number(value: U256) -> Value {
    u64::try_from(value).map_or_else(|_| json!(value.to_string()), |number| json!(number))
}

/// Returns a number as Ethereum writes it.
fn word(value: U256) -> B256 {
    value.into()
}

/// Returns a field element as the appchain writes it: 32 bytes, little-endian.
fn chain_bytes(value: U256) -> B256 {
    value.to_le_bytes::<32>().into()
}

impl Settlement {
    /// Connects to the Ethereum node at `url`, and checks that there is a contract.
    ///
    /// # Errors
    ///
    /// When nobody answers there, or no contract is at the address.
    pub async fn connect(url: &str, address: Address) -> Result<Self, CliError> {
        let parsed = url.parse::<Url>().map_err(|error| {
            CliError::new("l1_url", format!("{url:?} is not a URL: {error}"))
                .hint("write http://127.0.0.1:8545")
        })?;
        let provider = ProviderBuilder::new().connect_http(parsed).erased();
        let settlement = Self {
            url: url.into(),
            address,
            provider,
        };
        let code = settlement
            .ask("eth_getCode", async {
                settlement.provider.get_code_at(address).await
            })
            .await
            .map_err(|error| {
                CliError::new("l1_unreachable", error.message).hint("is it running? is --l1 its HTTP URL?")
            })?;
        if code.is_empty() {
            return Err(CliError::new(
                "no_contract",
                format!("there is no contract at {address} on the chain of {url}"),
            )
            .hint("is --contract the Settlement contract, on this network?"));
        }
        // Another contract has no such function, or answers otherwise.
        settlement.state(B256::ZERO).await.map_err(|error| {
            CliError::new(
                "not_settlement",
                format!("the contract at {address} is not Settlement: {}", error.message),
            )
            .hint("is --contract the Settlement contract?")
        })?;
        Ok(settlement)
    }

    /// Returns the first batch of an app that is not settled; nothing if the app is not registered
    /// under this key.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or the contract is another.
    pub async fn next_batch(&self, key: B256) -> Result<Option<u64>, CliError> {
        let state = self.state(key).await?;
        Ok(state.registered.then_some(state.nextBatch))
    }

    async fn state(&self, key: B256) -> Result<App, CliError> {
        let call = appStateCall { key };
        let call = SolCallBuilder::new_sol(&self.provider, &self.address, &call);
        self.ask("appState", async { call.call().await }).await
    }

    /// Returns the registered apps, or those with this id.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or the contract is another.
    pub async fn apps(&self, app: Option<u32>, from_block: u64) -> Result<Vec<SettledApp>, CliError> {
        let mut apps = Vec::new();
        for log in self.logs(AppRegistered::SIGNATURE_HASH, from_block).await? {
            let event = decode::<AppRegistered>(&log)?;
            if app.is_some_and(|app| event.appId != U256::from(app)) {
                continue;
            }
            let state = self.state(event.key).await?;
            apps.push(SettledApp {
                key: event.key,
                genesis_hash: event.genesisHash,
                app: event.appId,
                program_id: state.programId,
                order: event.config.order,
                verifier: state.verifier,
                upgrader: event.config.upgrader,
                next_batch: state.nextBatch,
                root: state.root,
                inbox_hash: state.inboxHash,
            });
        }
        Ok(apps)
    }

    /// Returns what was settled of the apps, oldest first.
    ///
    /// # Errors
    ///
    /// As [`Self::apps`].
    pub async fn settlements(&self, apps: &[SettledApp], from_block: u64) -> Result<Vec<Value>, CliError> {
        let mut settlements = Vec::new();
        for log in self.logs(Settled::SIGNATURE_HASH, from_block).await? {
            let event = decode::<Settled>(&log)?;
            let Some(app) = apps.iter().find(|app| app.key == event.key) else {
                continue;
            };
            let receipt = match log.transaction_hash {
                Some(hash) => self.receipt(hash).await?,
                None => None,
            };
            settlements.push(json!({
                "app": number(app.app),
                "first": event.firstBatch,
                "last": event.lastBatch,
                "root": word(event.root),
                "outboxRoot": word(event.outboxRoot),
                "block": log.block_number,
                "transaction": log.transaction_hash,
                "gas": receipt.map(|receipt| receipt.gas_used),
            }));
        }
        Ok(settlements)
    }

    /// Returns the commitments of the appchain's validators that a `BeefyOrder` contract accepted,
    /// oldest first.
    ///
    /// # Errors
    ///
    /// As [`Self::apps`].
    pub async fn commitments(&self, order: Address, from_block: u64) -> Result<Vec<Value>, CliError> {
        let mut commitments = Vec::new();
        for log in self
            .logs_of(order, CommitmentAccepted::SIGNATURE_HASH, from_block)
            .await?
        {
            let event = decode::<CommitmentAccepted>(&log)?;
            let receipt = match log.transaction_hash {
                Some(hash) => self.receipt(hash).await?,
                None => None,
            };
            commitments.push(json!({
                "validatorSet": event.validatorSetId,
                "appchainBlock": event.blockNumber,
                "mmrRoot": event.mmrRoot,
                "block": log.block_number,
                "transaction": log.transaction_hash,
                "gas": receipt.map(|receipt| receipt.gas_used),
            }));
        }
        Ok(commitments)
    }

    async fn receipt(&self, hash: B256) -> Result<Option<TransactionReceipt>, CliError> {
        let asked = async { self.provider.get_transaction_receipt(hash).await };
        self.ask("eth_getTransactionReceipt", asked).await
    }

    async fn logs(&self, event: B256, from_block: u64) -> Result<Vec<Log>, CliError> {
        self.logs_of(self.address, event, from_block).await
    }

    async fn logs_of(&self, contract: Address, event: B256, from_block: u64) -> Result<Vec<Log>, CliError> {
        let filter = Filter::new()
            .address(contract)
            .event_signature(event)
            .from_block(from_block);
        let asked = async { self.provider.get_logs(&filter).await };
        self.ask("eth_getLogs", asked).await.map_err(|error| {
            error.hint("public nodes limit ranges: name the contract's block with --from-block")
        })
    }

    /// Waits for an answer of the node, for a while.
    async fn ask<T, E: Display>(
        &self,
        what: &str,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CliError> {
        let error = |reason: &dyn Display| CliError::new("l1", format!("{what} at {}: {reason}", self.url));
        match timeout(TIMEOUT, answer).await {
            Ok(answer) => answer.map_err(|reason| error(&reason)),
            Err(_) => Err(error(&format!("no answer within {} s", TIMEOUT.as_secs()))),
        }
    }
}

fn decode<E: SolEvent>(log: &Log) -> Result<E, CliError> {
    log.log_decode::<E>().map(|log| log.inner.data).map_err(|error| {
        CliError::new(
            "not_settlement",
            format!("the contract's events are not those of Settlement: {error}"),
        )
        .hint("is --contract the Settlement contract?")
    })
}
