//! The chain: its `fusion` methods and its transactions.

use alloy::primitives::{Address, U256};
use codec::Decode;
use serde_json::{json, Value};
use std::{fmt, sync::Arc, time::Duration};
use subxt::{
    backend::LegacyBackend,
    config::PolkadotExtrinsicParamsBuilder,
    dynamic::{self, Value as Argument},
    error::{DispatchError, TransactionEventsError},
    ext::{scale_encode::EncodeAsFields, scale_value::Composite},
    extrinsics::ExtrinsicEvents,
    rpcs::client::{RpcClient, RpcParams, RpcSubscription},
    tx::{DynamicPayload, TransactionStatus},
    ArcMetadata, OnlineClient, PolkadotConfig,
};
use tokio::sync::OnceCell;
use zkfusion_primitives::{
    field::{reduce, to_be_bytes},
    ids::AppId,
    verifier::halo2::{CheckedProtocol, Protocol},
};

use crate::{
    account::{address, Signer},
    error::{dispatch_hint, CliError},
    ethereum::AppConfig,
};

/// Longest time until a transaction should be in a block.
const INCLUSION: Duration = Duration::from_secs(120);

/// Bytes of an encoded call to register an app beyond its wasm and keys, at most.
const CALL_OVERHEAD: usize = 256;
/// Bytes of an encoded key beyond the key, at most.
const KEY_OVERHEAD: usize = 16;

/// Key of the storage item `Council.Members`: `twox_128` of both names.
const COUNCIL_MEMBERS: &str = "0xaebd463ed9925c488c112434d61debc0ba7fb8745735dc3be2a2c61a72c39e78";

/// Key of the storage item `Verifier.CurrentProtocol`, the digest of the protocol in force:
/// `twox_128` of both names.
const CURRENT_PROTOCOL: &str = "0x6780906036a0737931bc14669b077ae94e641b74d43431d46c5acb2de9d7acf7";

/// Beginning of the keys of the storage map `Verifier.Protocols`: `twox_128` of both names. A
/// protocol's digest follows.
const PROTOCOLS: &str = "0x6780906036a0737931bc14669b077ae9b64f2be53bee5c358e6917ab81cf9b5b";

/// Code of the node's error "there is no such app, batch or message".
const UNKNOWN: &str = "9001";

/// A connection to a node.
pub struct Chain {
    url: String,
    rpc: RpcClient,
    client: OnceCell<OnlineClient<PolkadotConfig>>,
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Chain({})", self.url)
    }
}

impl Chain {
    /// Connects to the node at `url`.
    ///
    /// # Errors
    ///
    /// When nobody answers there.
    pub async fn connect(url: &str) -> Result<Self, CliError> {
        let rpc = RpcClient::from_insecure_url(url).await.map_err(|error| {
            CliError::new(
                "node_unreachable",
                format!("cannot connect to the node at {url}: {error}"),
            )
            .hint("start one with `make devnet`, or name another with --node")
        })?;
        Ok(Self {
            url: url.into(),
            rpc,
            client: OnceCell::new(),
        })
    }

    /// Returns the URL of the node.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Calls a method of the node.
    ///
    /// # Errors
    ///
    /// When the node does not answer, does not know the method, or has not what was asked for.
    pub async fn call(&self, method: &str, arguments: &[Value]) -> Result<Value, CliError> {
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

    /// Returns what the next message of an app is taken for its fuel, in the chain's smallest
    /// units.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub async fn fuel_fee(&self, app: u32, payload_bytes: usize, fuel: u64) -> Result<u128, CliError> {
        let arguments = [json!(app), json!(payload_bytes), json!(fuel)];
        let fee = self.call("fusion_fuelFee", &arguments).await?;
        fee.as_str()
            .and_then(|fee| fee.parse().ok())
            .ok_or_else(|| CliError::new("node", format!("{} answered no fee: {fee}", self.url)))
    }

    /// Returns the decimals of the chain's token.
    ///
    /// # Errors
    ///
    /// As [`Self::call`].
    pub async fn decimals(&self) -> Result<u32, CliError> {
        let properties = self.call("system_properties", &[]).await?;
        let decimals = properties["tokenDecimals"].as_u64();
        decimals
            .and_then(|decimals| u32::try_from(decimals).ok())
            .ok_or_else(|| CliError::new("node", format!("{} tells no decimals of its token", self.url)))
    }

    /// Returns the number of votes by which the council decides: three quarters of its members,
    /// rounded up.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or there is no council.
    pub async fn council_threshold(&self) -> Result<u32, CliError> {
        let members = self.storage::<Vec<[u8; 32]>>(COUNCIL_MEMBERS).await?;
        let members = members
            .filter(|members| !members.is_empty())
            .ok_or_else(|| CliError::new("no_council", "the chain has no council, which registers apps"))?;
        let members = u32::try_from(members.len()).unwrap_or(u32::MAX);
        Ok(members.saturating_mul(3).div_ceil(4))
    }

    /// Returns the circuit and the trusted setup in force: those that the chain takes new keys for.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or the chain's proof system is of another version.
    pub async fn protocol(&self) -> Result<Protocol, CliError> {
        let none = || CliError::new("no_proof_system", "the chain takes no proofs");
        let digest = self
            .storage::<[u8; 32]>(CURRENT_PROTOCOL)
            .await?
            .ok_or_else(none)?;
        let key = format!("{PROTOCOLS}{}", hex::encode(digest));
        let bytes = self.storage::<Vec<u8>>(&key).await?.ok_or_else(none)?;
        let checked = CheckedProtocol::decode(&mut &bytes[..]).map_err(|_| {
            CliError::new("other_version", "the chain's proof system is of another version")
                .hint("use the fusion command of the node's version")
        })?;
        Ok(checked.protocol().clone())
    }

    /// Returns what the newest block has under a storage key, if it is there and of this type.
    async fn storage<T: Decode>(&self, key: &str) -> Result<Option<T>, CliError> {
        let stored = self.call("state_getStorage", &[json!(key)]).await?;
        let bytes = stored
            .as_str()
            .and_then(|text| hex::decode(text.trim_start_matches("0x")).ok());
        Ok(bytes.and_then(|bytes| T::decode(&mut &bytes[..]).ok()))
    }

    /// Returns what names an app of this chain on Ethereum, with the contracts that it is settled
    /// with there.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or there is no such app.
    pub async fn app_config(
        &self,
        app: AppId,
        order: Address,
        verifier: Address,
        upgrader: Option<Address>,
    ) -> Result<AppConfig, CliError> {
        let bytes = |value: &Value| -> Result<[u8; 32], CliError> {
            value
                .as_str()
                .and_then(|text| hex::decode(text.trim_start_matches("0x")).ok())
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or_else(|| {
                    CliError::new(
                        "internal",
                        format!("the node says {value} where a hash should be"),
                    )
                })
        };
        let genesis = self.call("chain_getBlockHash", &[json!(0)]).await?;
        let document = self.call("fusion_app", &[json!(app)]).await?;
        let word = |bytes: [u8; 32]| U256::from_be_bytes(to_be_bytes(&reduce(&bytes)));
        Ok(AppConfig {
            genesisHash: word(bytes(&genesis)?),
            appId: U256::from(app),
            programId: word(bytes(&document["firstProgramId"])?),
            order,
            verifier,
            upgrader: upgrader.unwrap_or_default(),
        })
    }

    /// Returns whether the chain is one for development, whose setup may be the insecure one.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn is_for_development(&self) -> Result<bool, CliError> {
        let chain_type = self.call("system_chainType", &[]).await?;
        Ok(matches!(chain_type.as_str(), Some("Development" | "Local")))
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

    /// Returns the headers of the best blocks as they come.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn heads(&self) -> Result<Heads, CliError> {
        let method = "chain_subscribeNewHeads";
        let subscription = self
            .rpc
            .subscribe(method, RpcParams::new(), "chain_unsubscribeNewHeads")
            .await
            .map_err(|error| self.explain(method, &error.to_string()))?;
        Ok(Heads {
            url: self.url.clone(),
            subscription,
        })
    }

    /// Returns the nonce of an account's next transaction, those in the pool counted.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn nonce(&self, signer: &Signer) -> Result<u64, CliError> {
        let account = address(signer.0.public_key().0);
        let nonce = self.call("system_accountNextIndex", &[json!(account)]).await?;
        nonce
            .as_u64()
            .ok_or_else(|| CliError::new("node", format!("{}: {nonce} is not a nonce", self.url)))
    }

    /// Signs and sends a call, waits until it is in a best block, and returns where it is. `nonce`
    /// is for callers that have several transactions under way; without it the account's next one
    /// is taken.
    ///
    /// # Errors
    ///
    /// When the transaction is refused, is in no block in time, or its call or the call that it
    /// makes as the council fails.
    pub async fn send<Call: EncodeAsFields>(
        &self,
        call: &DynamicPayload<Call>,
        signer: &Signer,
        nonce: Option<u64>,
    ) -> Result<Included, CliError> {
        match tokio::time::timeout(INCLUSION, self.send_without_limit(call, signer, nonce)).await {
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
        nonce: Option<u64>,
    ) -> Result<Included, CliError> {
        let node = |error: &dyn fmt::Display| CliError::new("node", format!("{}: {error}", self.url));
        let client = self
            .client
            .get_or_try_init(|| {
                // Not the default backend: it pins blocks, and loses those of transactions that a
                // busy node is late to tell about.
                let backend = LegacyBackend::builder().build(self.rpc.clone());
                OnlineClient::<PolkadotConfig>::from_backend(Arc::new(backend))
            })
            .await
            .map_err(|e| node(&e))?;
        let nonce = match nonce {
            Some(nonce) => nonce,
            None => self.nonce(signer).await?,
        };
        let params = PolkadotExtrinsicParamsBuilder::<PolkadotConfig>::new()
            .nonce(nonce)
            .build();
        let mut transactions = client.transactions().await.map_err(|e| node(&e))?;
        let mut progress = transactions
            .sign_and_submit_then_watch(call, &signer.0, params)
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
                        "not_included",
                        format!("the transaction was not included: {message}"),
                    ));
                }
                _ => continue,
            };
            let events = block.wait_for_success().await.map_err(explain_failure)?;
            let at = block.at().await.map_err(|e| node(&e))?;
            if let Some(failure) = council_failure(&events, at.metadata()) {
                return Err(explain_dispatch(&failure));
            }
            return Ok(Included {
                hash: format!("{:?}", block.block_hash()),
                number: at.block_number(),
                events,
            });
        }
        Err(CliError::new(
            "node",
            format!("{} stopped telling about the transaction", self.url),
        ))
    }
}

/// Where a transaction is, and what it did.
#[derive(Debug)]
pub struct Included {
    /// Hash of the block, in hexadecimal.
    pub hash: String,
    /// Number of the block.
    pub number: u64,
    events: ExtrinsicEvents<PolkadotConfig>,
}

impl Included {
    /// Returns the fields of the transaction's first event of this name.
    pub fn event(&self, pallet: &str, name: &str) -> Option<Composite<()>> {
        self.events
            .iter()
            .filter_map(Result::ok)
            .find(|event| (event.pallet_name(), event.event_name()) == (pallet, name))?
            .decode_fields_unchecked_as::<Composite<()>>()
            .ok()
    }
}

/// Headers of the best blocks as they come.
pub struct Heads {
    url: String,
    subscription: RpcSubscription<Value>,
}

impl fmt::Debug for Heads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heads({})", self.url)
    }
}

impl Heads {
    /// Waits for the next best block.
    ///
    /// # Errors
    ///
    /// When the connection is lost.
    pub async fn next(&mut self) -> Result<Value, CliError> {
        let lost = |reason: String| {
            CliError::new(
                "node",
                format!("{} stopped telling about blocks{reason}", self.url),
            )
        };
        match self.subscription.next().await {
            Some(Ok(head)) => Ok(head),
            Some(Err(error)) => Err(lost(format!(": {error}"))),
            None => Err(lost(String::new())),
        }
    }
}

/// Returns why the call that the council made failed, if it made one and it did: the extrinsic
/// itself succeeds all the same.
fn council_failure(events: &ExtrinsicEvents<PolkadotConfig>, metadata: ArcMetadata) -> Option<DispatchError> {
    let event = events
        .iter()
        .filter_map(Result::ok)
        .find(|event| (event.pallet_name(), event.event_name()) == ("Council", "Executed"))?;
    // The call's hash, then a SCALE `Result`: 1 and the error, or 0.
    let error = event.field_bytes().get(32..)?.strip_prefix(&[1])?;
    DispatchError::decode_from(error, metadata).ok()
}

fn explain_failure(error: TransactionEventsError) -> CliError {
    match &error {
        TransactionEventsError::ExtrinsicFailed(failure) => explain_dispatch(failure),
        _ => CliError::new("failed", error.to_string()),
    }
}

fn explain_dispatch(error: &DispatchError) -> CliError {
    let other = || CliError::new("failed", format!("the chain refused it: {error}"));
    let DispatchError::Module(module) = error else {
        return other();
    };
    let Ok(details) = module.details() else {
        return other();
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

/// Returns the call that appends a message to an app's inbox, at a fee for its fuel of at most
/// `max_fee`.
pub fn submit(
    app: u32,
    payload: Vec<u8>,
    fuel: u64,
    max_fee: u128,
) -> DynamicPayload<(u32, Vec<u8>, u64, u128)> {
    dynamic::transaction("Sequencer", "submit", (app, payload, fuel, max_fee))
}

/// Returns the call by which the council registers an app, with as many votes as `threshold`.
pub fn register(
    owner: [u8; 32],
    wasm: &[u8],
    keys: &[(u8, Vec<u8>)],
    threshold: u32,
) -> DynamicPayload<Composite<()>> {
    let length = keys
        .iter()
        .map(|(_, key)| key.len() + KEY_OVERHEAD)
        .sum::<usize>();
    let length = u128::try_from(length + wasm.len() + CALL_OVERHEAD).unwrap_or(u128::MAX);
    let keys = keys.iter().map(|(k, key)| {
        Argument::unnamed_composite([Argument::u128((*k).into()), Argument::from_bytes(key)])
    });
    let arguments = Composite::unnamed([
        Argument::from_bytes(owner),
        Argument::from_bytes(wasm),
        Argument::unnamed_composite(keys),
    ]);
    let call = dynamic::transaction("Sequencer", "register", arguments).into_value();
    let arguments = Composite::unnamed([Argument::u128(threshold.into()), call, Argument::u128(length)]);
    dynamic::transaction("Council", "propose", arguments)
}
