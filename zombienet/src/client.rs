//! What tests ask of a node: blocks, state and transactions, in the runtime's own types.

use codec::{Decode, DecodeAll, Encode};
use frame_metadata::RuntimeMetadataPrefixed;
use frame_metadata_hash_extension::CheckMetadataHash;
use frame_system::{EventRecord, Phase};
use merkleized_metadata::{generate_metadata_digest, ExtraInfo};
use serde_json::{json, Value};
use sp_core::Pair;
use sp_keyring::Sr25519Keyring;
use sp_runtime::generic::{Era, SignedPayload};
use std::time::{Duration, Instant};
use tokio::time::sleep;
use zkfusion_cli::chain::Chain;
use zkfusion_primitives::ids::SS58_PREFIX;
use zkfusion_runtime::{
    constants::{TOKEN_DECIMALS, TOKEN_SYMBOL},
    BlockNumber, Hash, Runtime, RuntimeCall, RuntimeEvent, Signature, TxExtension, UncheckedExtrinsic,
    VERSION,
};

use crate::{Failure, Result};

/// How long a new network may take until blocks are final.
const START: Duration = Duration::from_secs(180);
/// How long a transaction may take into a block.
const INCLUSION: Duration = Duration::from_secs(90);
/// How often a node is asked.
const POLL: Duration = Duration::from_millis(500);

/// A connection to a node.
#[derive(Debug)]
pub struct Client {
    chain: Chain,
}

/// The version of a runtime, as far as transactions are signed for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Rises with each upgrade.
    pub spec: u32,
    /// Rises when the encoding of calls changes.
    pub transaction: u32,
    /// The hash of the metadata, if it is signed too: hardware wallets show calls by the metadata.
    pub metadata: Option<[u8; 32]>,
}

impl Client {
    /// Connects to the node at a WebSocket URL.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn connect(url: &str) -> Result<Self> {
        let chain = Chain::connect(url).await?;
        Ok(Self { chain })
    }

    /// Returns the connection as the tests of a single node use it.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Calls a method of the node.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or refuses.
    pub async fn call(&self, method: &str, arguments: &[Value]) -> Result<Value> {
        Ok(self.chain.call(method, arguments).await?)
    }

    /// Keeps the state of the best block, to be checked by the runtime's own tests.
    ///
    /// # Errors
    ///
    /// As [`zkfusion_tests::state::keep`].
    pub async fn keep_state(&self, name: &str) -> Result<()> {
        zkfusion_tests::state::keep(&self.chain, name).await
    }

    /// Returns the number of the best block.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn best(&self) -> Result<BlockNumber> {
        number(&self.call("chain_getHeader", &[]).await?)
    }

    /// Returns the number of the last final block.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn finalized(&self) -> Result<BlockNumber> {
        let hash = self.call("chain_getFinalizedHead", &[]).await?;
        number(&self.call("chain_getHeader", &[hash]).await?)
    }

    /// Waits until blocks are final, and returns the last one.
    ///
    /// # Errors
    ///
    /// When none is in time, or the node does not answer.
    pub async fn started(&self) -> Result<BlockNumber> {
        let enough = |block: &BlockNumber| *block > 2;
        until("a final block", START, || self.finalized(), enough).await
    }

    /// Returns the number of the last block that the validators signed for Ethereum.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or knows none yet.
    pub async fn signed_for_ethereum(&self) -> Result<BlockNumber> {
        let hash = self.call("beefy_getFinalizedHead", &[]).await?;
        number(&self.call("chain_getHeader", &[hash]).await?)
    }

    /// Returns the hash of a block of the best chain.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or there is no such block.
    pub async fn hash(&self, block: BlockNumber) -> Result<Hash> {
        let hash = self.call("chain_getBlockHash", &[json!(block)]).await?;
        serde_json::from_value(hash).map_err(|error| Failure::of(format!("block {block}"), error))
    }

    /// Returns a value of the best block's state.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or the value is of another type.
    pub async fn storage<T: Decode>(&self, key: impl AsRef<[u8]>) -> Result<Option<T>> {
        self.storage_at(key, None).await
    }

    /// Returns the events of a block.
    ///
    /// # Errors
    ///
    /// When the node does not answer, or has not the block's state.
    pub async fn events(&self, block: BlockNumber) -> Result<Vec<EventRecord<RuntimeEvent, Hash>>> {
        let key = frame_support::storage::storage_prefix(b"System", b"Events");
        let at = self.hash(block).await?;
        Ok(self.storage_at(key, Some(at)).await?.unwrap_or_default())
    }

    /// Waits for an event from which `find` gets something, from block `from` on.
    ///
    /// # Errors
    ///
    /// When there is none in time, or the node does not answer.
    pub async fn find_event<T>(
        &self,
        what: &str,
        from: BlockNumber,
        within: Duration,
        find: impl Fn(&RuntimeEvent) -> Option<T>,
    ) -> Result<T> {
        let start = Instant::now();
        let mut next = from;
        while start.elapsed() < within {
            while next <= self.best().await? {
                for record in self.events(next).await? {
                    if let Some(found) = find(&record.event) {
                        return Ok(found);
                    }
                }
                next += 1;
            }
            sleep(POLL).await;
        }
        Err(Failure(format!(
            "no {what} in blocks {from} to {next}, after {} seconds",
            within.as_secs()
        )))
    }

    /// Returns the version of the runtime after the best block.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn version(&self) -> Result<Version> {
        let version = self.call("state_getRuntimeVersion", &[]).await?;
        let part = |name: &str| version[name].as_u64().unwrap_or_default() as u32;
        Ok(Version {
            spec: part("specVersion"),
            transaction: part("transactionVersion"),
            metadata: None,
        })
    }

    /// Returns the hash of the metadata as a wallet computes it
    /// ([RFC-78](https://github.com/polkadot-fellows/RFCs/blob/main/text/0078-merkleized-metadata.md)).
    ///
    /// # Errors
    ///
    /// When the node does not answer, or with metadata of another version than 15.
    pub async fn metadata_hash(&self) -> Result<[u8; 32]> {
        let arguments = [json!("Metadata_metadata_at_version"), json!("0x0f000000")];
        let answer = self.call("state_call", &arguments).await?;
        let wrong = |error: &dyn std::fmt::Display| Failure::of("the metadata", error);
        let digits = answer.as_str().unwrap_or_default().trim_start_matches("0x");
        let bytes = hex::decode(digits).map_err(|error| wrong(&error))?;
        let metadata = Option::<Vec<u8>>::decode_all(&mut &bytes[..]).map_err(|error| wrong(&error))?;
        let metadata = metadata.ok_or_else(|| wrong(&"the node has none of version 15"))?;
        let metadata =
            RuntimeMetadataPrefixed::decode_all(&mut &metadata[..]).map_err(|error| wrong(&error))?;
        let token = ExtraInfo {
            spec_version: self.version().await?.spec,
            spec_name: VERSION.spec_name.to_string(),
            base58_prefix: SS58_PREFIX,
            decimals: TOKEN_DECIMALS as u8,
            token_symbol: TOKEN_SYMBOL.into(),
        };
        let digest = generate_metadata_digest(&metadata.1, token).map_err(|error| wrong(&error))?;
        Ok(digest.hash())
    }

    /// Signs and sends a call, waits until it is in a block, and returns its events.
    ///
    /// # Errors
    ///
    /// When the transaction is refused, not included in time, or its call fails.
    pub async fn send(
        &self,
        call: impl Into<RuntimeCall>,
        signer: Sr25519Keyring,
    ) -> Result<Vec<RuntimeEvent>> {
        self.send_for(self.version().await?, call, signer).await
    }

    /// As [`send`](Self::send), with a signature for this version of the runtime.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_for(
        &self,
        version: Version,
        call: impl Into<RuntimeCall>,
        signer: Sr25519Keyring,
    ) -> Result<Vec<RuntimeEvent>> {
        let extrinsic = self.sign(version, call.into(), signer).await?;
        let text = json!(format!("0x{}", hex::encode(extrinsic.encode())));
        let from = self.best().await?;
        self.call("author_submitExtrinsic", std::slice::from_ref(&text))
            .await?;
        let start = Instant::now();
        let mut next = from;
        while start.elapsed() < INCLUSION {
            while next <= self.best().await? {
                let block = self
                    .call("chain_getBlock", &[json!(self.hash(next).await?)])
                    .await?;
                let extrinsics = block["block"]["extrinsics"].as_array();
                let position = extrinsics.and_then(|all| all.iter().position(|it| *it == text));
                if let Some(position) = position {
                    return self.outcome(next, position as u32).await;
                }
                next += 1;
            }
            sleep(POLL).await;
        }
        Err(Failure(format!(
            "the transaction was in no block after {} seconds",
            INCLUSION.as_secs()
        )))
    }

    /// Returns the events of a block's extrinsic, or why it failed.
    async fn outcome(&self, block: BlockNumber, position: u32) -> Result<Vec<RuntimeEvent>> {
        let events = self.events(block).await?.into_iter();
        let events: Vec<_> = events
            .filter(|record| record.phase == Phase::ApplyExtrinsic(position))
            .map(|record| record.event)
            .collect();
        for event in &events {
            match event {
                RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { dispatch_error, .. }) => {
                    return Err(Failure(format!("the chain refused the call: {dispatch_error:?}")));
                }
                RuntimeEvent::Council(pallet_collective::Event::Executed {
                    result: Err(error), ..
                }) => return Err(Failure(format!("the council's call failed: {error:?}"))),
                _ => {}
            }
        }
        Ok(events)
    }

    async fn sign(
        &self,
        version: Version,
        call: RuntimeCall,
        signer: Sr25519Keyring,
    ) -> Result<UncheckedExtrinsic> {
        let account = signer.to_account_id();
        let nonce = self.call("system_accountNextIndex", &[json!(account)]).await?;
        let nonce = serde_json::from_value(nonce).map_err(|error| Failure::of("a nonce", error))?;
        let genesis = self.hash(0).await?;
        let extension: TxExtension = (
            frame_system::AuthorizeCall::new(),
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(Era::Immortal),
            frame_system::CheckNonce::from(nonce),
            frame_system::CheckWeight::new(),
            pallet_verifier::CheckProofs::new(),
            pallet_transaction_payment::ChargeTransactionPayment::<Runtime>::from(0),
            match version.metadata {
                Some(hash) => CheckMetadataHash::new_with_custom_hash(hash),
                None => CheckMetadataHash::new(false),
            },
            frame_system::WeightReclaim::new(),
        );
        let implicit = (
            (),
            (),
            version.spec,
            version.transaction,
            genesis,
            genesis,
            (),
            (),
            (),
            (),
            version.metadata,
            (),
        );
        let payload = SignedPayload::from_raw(call, extension, implicit);
        let signature = payload.using_encoded(|bytes| signer.pair().sign(bytes));
        let (call, extension, _) = payload.deconstruct();
        Ok(UncheckedExtrinsic::new_signed(
            call,
            account.into(),
            Signature::Sr25519(signature),
            extension,
        ))
    }

    async fn storage_at<T: Decode>(&self, key: impl AsRef<[u8]>, at: Option<Hash>) -> Result<Option<T>> {
        let key = format!("0x{}", hex::encode(key));
        let value = self.call("state_getStorage", &[json!(key), json!(at)]).await?;
        let Some(text) = value.as_str() else {
            return Ok(None);
        };
        let wrong = |error: &dyn std::fmt::Display| Failure::of(format!("the value of {key}"), error);
        let bytes = hex::decode(text.trim_start_matches("0x")).map_err(|error| wrong(&error))?;
        T::decode_all(&mut &bytes[..])
            .map(Some)
            .map_err(|error| wrong(&error))
    }
}

/// Waits until something holds, asking again and again.
///
/// # Errors
///
/// When it does not hold in time, with what was seen last, or a question fails.
pub async fn until<T: std::fmt::Debug, F: std::future::Future<Output = Result<T>>>(
    what: &str,
    within: Duration,
    ask: impl Fn() -> F,
    holds: impl Fn(&T) -> bool,
) -> Result<T> {
    let start = Instant::now();
    loop {
        let seen = ask().await?;
        if holds(&seen) {
            return Ok(seen);
        }
        if start.elapsed() > within {
            return Err(Failure(format!(
                "{what}: not after {} seconds; {seen:?} was seen",
                within.as_secs()
            )));
        }
        sleep(POLL).await;
    }
}

/// Returns the number in a header.
fn number(header: &Value) -> Result<BlockNumber> {
    let text = header["number"].as_str().unwrap_or_default();
    BlockNumber::from_str_radix(text.trim_start_matches("0x"), 16)
        .map_err(|error| Failure::of(format!("the header {header}"), error))
}
