//! The chain as the load sees it: extrinsics and events in bytes.

use codec::{Compact, Decode, Encode};
use futures::future::try_join_all;
use serde_json::{json, Value as Json};
use sp_crypto_hashing::{twox_128, twox_64};
use std::sync::Arc;
use subxt::{
    backend::LegacyBackend,
    client::{ClientAtBlock, OnlineClientAtBlockImpl},
    config::PolkadotExtrinsicParamsBuilder,
    error::DispatchError,
    events::Phase,
    ext::scale_encode::EncodeAsFields,
    rpcs::client::{RpcClient, RpcParams},
    tx::DynamicPayload,
    utils::H256,
    OnlineClient, PolkadotConfig,
};
use subxt_signer::sr25519::Keypair;
use zkfusion_primitives::ids::AppId;

use super::model::{Bounds, Event, Fault};
use crate::{Failure, Result};

/// Keys that one request asks for.
const PAGE: usize = 500;

/// A connection to the node.
#[derive(Clone)]
pub struct Client {
    rpc: RpcClient,
    online: OnlineClient<PolkadotConfig>,
    genesis: ClientAtBlock<PolkadotConfig, OnlineClientAtBlockImpl<PolkadotConfig>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Client")
    }
}

/// A block.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its extrinsics with what became of them, in order.
    pub extrinsics: Vec<Executed>,
    /// Events of the sequencer at its beginning and at its end.
    pub hooks: Vec<Event>,
    /// Milliseconds since 1970.
    pub time: u64,
    /// Computing time of user transactions, in picoseconds.
    pub weight: u64,
}

/// An extrinsic in a block.
#[derive(Clone, Debug, Default)]
pub struct Executed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Events of the sequencer that it caused.
    pub events: Vec<Event>,
    /// Why its call failed, as `Pallet.Error`; nothing if it did not.
    pub error: Option<String>,
    /// Whether the block says that it succeeded or failed.
    pub concluded: bool,
    /// Who paid for it, and how much.
    pub fee: Option<([u8; 32], u128)>,
}

impl Client {
    /// Connects to a node.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn connect(url: &str) -> Result<Self> {
        let failed = |error: &dyn std::fmt::Display| Failure::of(format!("the node at {url}"), error);
        let rpc = RpcClient::from_insecure_url(url).await.map_err(|e| failed(&e))?;
        let backend = Arc::new(LegacyBackend::builder().build(rpc.clone()));
        let online = OnlineClient::<PolkadotConfig>::from_backend(backend)
            .await
            .map_err(|e| failed(&e))?;
        let genesis = online.at_block(0_u32).await.map_err(|e| failed(&e))?;
        Ok(Self { rpc, online, genesis })
    }

    /// Calls a method of the node.
    ///
    /// # Errors
    ///
    /// When the node does not answer or says that it cannot.
    pub async fn call(&self, method: &str, arguments: &[Json]) -> Result<Json> {
        let mut params = RpcParams::new();
        for argument in arguments {
            params
                .push(argument)
                .map_err(|error| Failure::of(method, error))?;
        }
        let answer = self.rpc.request(method, params).await;
        answer.map_err(|error| Failure::of(method, error))
    }

    /// Returns the connection itself.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// Signs a call that stays valid for ever.
    ///
    /// # Errors
    ///
    /// When the chain's metadata does not have the call.
    pub fn sign<Call: EncodeAsFields>(
        &self,
        call: &DynamicPayload<Call>,
        signer: &Keypair,
        nonce: u64,
    ) -> Result<Vec<u8>> {
        let params = PolkadotExtrinsicParamsBuilder::<PolkadotConfig>::new()
            .nonce(nonce)
            .immortal()
            .build();
        let signed = self
            .genesis
            .tx()
            .create_signable_offline(call, params)
            .and_then(|mut signable| signable.sign(signer))
            .map_err(|error| Failure::of("signing", error))?;
        Ok(signed.into_encoded())
    }

    /// Returns the bounds of the sequencer pallet.
    ///
    /// # Errors
    ///
    /// When the chain's metadata does not have one.
    pub fn bounds(&self) -> Result<Bounds> {
        Ok(Bounds {
            max_unprocessed: self.constant("Sequencer", "MaxUnprocessed")?,
            max_of_sender: self.constant("Sequencer", "MaxOfSender")?,
            lowest_price: self.constant("Sequencer", "LowestPrice")?,
            max_fuel_limit: self.constant("Sequencer", "MaxFuelLimit")?,
            batch_budget: self.constant("Sequencer", "BatchBudget")?,
            max_batch_messages: self.constant("Sequencer", "MaxBatchMessages")?,
            max_batch_age: self.constant("Sequencer", "MaxBatchAge")?,
            visits_per_block: self.constant("Sequencer", "VisitsPerBlock")?,
            seeds_per_visit: self.constant("Sequencer", "SeedsPerVisit")?,
        })
    }

    /// Returns the computing time that a block has for user transactions, in picoseconds.
    ///
    /// # Errors
    ///
    /// When the chain's metadata does not have it.
    pub fn weight_limit(&self) -> Result<u64> {
        type Weight = (Compact<u64>, Compact<u64>);
        type Class = (Weight, Option<Weight>, Option<Weight>, Option<Weight>);
        let (_, largest, normal): (Weight, Weight, Class) = self.constant("System", "BlockWeights")?;
        Ok(normal.2.unwrap_or(largest).0 .0)
    }

    fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Result<T> {
        let what = || format!("the constant {pallet}.{name}");
        let address = subxt::dynamic::constant::<u32>(pallet, name);
        let bytes = self
            .genesis
            .constants()
            .entry_bytes(address)
            .map_err(|error| Failure::of(what(), error))?;
        T::decode(&mut &bytes[..]).map_err(|error| Failure::of(what(), error))
    }

    /// Returns the hash of a block of the best chain, in hexadecimal.
    ///
    /// # Errors
    ///
    /// When there is no such block.
    pub async fn hash(&self, number: u32) -> Result<String> {
        let hash = self.call("chain_getBlockHash", &[json!(number)]).await?;
        let hash = hash.as_str().map(str::to_owned);
        hash.ok_or_else(|| Failure(format!("there is no block {number}")))
    }

    /// Returns the extrinsics of a block, in hexadecimal.
    ///
    /// # Errors
    ///
    /// When there is no such block.
    pub async fn body(&self, hash: &str) -> Result<Vec<String>> {
        let block = self.call("chain_getBlock", &[json!(hash)]).await?;
        serde_json::from_value(block["block"]["extrinsics"].clone())
            .map_err(|error| Failure::of(format!("block {hash}"), error))
    }

    /// Returns a block with what became of its extrinsics.
    ///
    /// # Errors
    ///
    /// When there is no such block, or it is not to be understood.
    pub async fn block(&self, number: u32) -> Result<Block> {
        let wrong = |error: &dyn std::fmt::Display| Failure::of(format!("block {number}"), error);
        let hash = self.hash(number).await?;
        let mut block = Block::default();
        for text in self.body(&hash).await? {
            block.extrinsics.push(Executed {
                bytes: bytes(&text)?,
                ..Executed::default()
            });
        }
        let time = block.extrinsics.first().and_then(|first| timestamp(&first.bytes));
        block.time = time.ok_or_else(|| wrong(&"it does not begin with its time"))?;
        let weights = self.storage(&value_key("System", "BlockWeight"), &hash).await?;
        let normal = weights.and_then(|bytes| <(Compact<u64>, Compact<u64>)>::decode(&mut &bytes[..]).ok());
        block.weight = normal.map_or(0, |(time, _)| time.0);
        let hash = H256::decode(&mut &bytes(&hash)?[..]).map_err(|e| wrong(&e))?;
        let at = self.online.at_block(hash).await.map_err(|e| wrong(&e))?;
        let events = at.events().fetch().await.map_err(|e| wrong(&e))?;
        for event in events.iter() {
            let event = event.map_err(|e| wrong(&e))?;
            let fields = event.field_bytes();
            let extrinsic = match event.phase() {
                Phase::ApplyExtrinsic(index) => block.extrinsics.get_mut(index as usize),
                _ => None,
            };
            match (event.pallet_name(), event.event_name(), extrinsic) {
                ("Sequencer", name, Some(extrinsic)) => extrinsic.events.push(sequencer_event(name, fields)),
                ("Sequencer", name, None) => block.hooks.push(sequencer_event(name, fields)),
                ("System", "ExtrinsicSuccess", Some(extrinsic)) => extrinsic.concluded = true,
                ("System", "ExtrinsicFailed", Some(extrinsic)) => {
                    let error = DispatchError::decode_from(fields, at.metadata());
                    extrinsic.error = Some(describe(&error.map_err(|e| wrong(&e))?));
                    extrinsic.concluded = true;
                }
                ("TransactionPayment", "TransactionFeePaid", Some(extrinsic)) => {
                    let fee = <([u8; 32], u128)>::decode(&mut &fields[..]);
                    extrinsic.fee = Some(fee.map_err(|e| wrong(&e))?);
                }
                _ => {}
            }
        }
        Ok(block)
    }

    /// Returns what is stored under a key.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn storage(&self, key: &[u8], at: &str) -> Result<Option<Vec<u8>>> {
        let stored = self
            .call("state_getStorage", &[json!(hexadecimal(key)), json!(at)])
            .await?;
        stored.as_str().map(bytes).transpose()
    }

    /// Returns everything that is stored under keys with a prefix, by the rest of the key.
    ///
    /// # Errors
    ///
    /// When the node does not answer.
    pub async fn storage_below(&self, prefix: &[u8], at: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut keys: Vec<String> = Vec::new();
        loop {
            let arguments = [
                json!(hexadecimal(prefix)),
                json!(PAGE),
                json!(keys.last()),
                json!(at),
            ];
            let page = self.call("state_getKeysPaged", &arguments).await?;
            let page: Vec<String> =
                serde_json::from_value(page).map_err(|error| Failure::of("state_getKeysPaged", error))?;
            let last = page.len() < PAGE;
            keys.extend(page);
            if last {
                break;
            }
        }
        let pages = keys
            .chunks(PAGE)
            .map(|page| async move { self.call("state_queryStorageAt", &[json!(page), json!(at)]).await });
        let mut found = Vec::with_capacity(keys.len());
        for page in try_join_all(pages).await? {
            for change in page[0]["changes"].as_array().into_iter().flatten() {
                if let (Some(key), Some(value)) = (change[0].as_str(), change[1].as_str()) {
                    let rest = bytes(key)?.split_off(prefix.len());
                    found.push((rest, bytes(value)?));
                }
            }
        }
        Ok(found)
    }
}

/// Returns the key of a storage value, or the prefix of a map's keys.
pub fn value_key(pallet: &str, name: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(name.as_bytes())].concat()
}

/// Returns what a `Twox64Concat` map appends to its prefix for a key.
pub fn twox64_concat(key: impl Encode) -> Vec<u8> {
    let key = key.encode();
    [&twox_64(&key)[..], &key].concat()
}

/// Returns whether an extrinsic is signed, given its first bytes.
pub fn is_signed(extrinsic: &[u8]) -> bool {
    let mut rest = extrinsic;
    Compact::<u32>::decode(&mut rest).is_ok() && rest.first().is_some_and(|version| version & 0x80 != 0)
}

/// Returns the bytes that hexadecimal text stands for.
///
/// # Errors
///
/// When it is none.
pub fn bytes(text: &str) -> Result<Vec<u8>> {
    hex::decode(text.trim_start_matches("0x")).map_err(|error| Failure::of("not hexadecimal", error))
}

/// Returns bytes in hexadecimal.
pub fn hexadecimal(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// Returns the time in `timestamp.set`: length, version, pallet and call, and the time.
fn timestamp(extrinsic: &[u8]) -> Option<u64> {
    let mut rest = extrinsic;
    Compact::<u32>::decode(&mut rest).ok()?;
    <[u8; 3]>::decode(&mut rest).ok()?;
    Compact::<u64>::decode(&mut rest).ok().map(|time| time.0)
}

fn sequencer_event(name: &str, fields: &[u8]) -> Event {
    let input = &mut &fields[..];
    let decoded = match name {
        "AppRegistered" => AppId::decode(input).map(|app| Event::Registered { app }),
        "MessageSubmitted" => <(AppId, u64, [u8; 32])>::decode(input)
            .map(|(app, index, sender)| Event::Submitted { app, index, sender }),
        "BatchSealed" => {
            <(AppId, u64, u64, u32)>::decode(input).map(|(app, batch, first, count)| Event::Sealed {
                app,
                batch,
                first,
                count,
            })
        }
        "BatchSeeded" => <(AppId, u64)>::decode(input).map(|(app, batch)| Event::Seeded { app, batch }),
        _ => Ok(Event::Other(name.into())),
    };
    decoded.unwrap_or_else(|error| Event::Other(format!("{name}: {error}")))
}

/// Returns the name of an error as `Pallet.Error`.
fn describe(error: &DispatchError) -> String {
    match error {
        DispatchError::Module(module) => match module.details() {
            Ok(details) => format!("{}.{}", details.pallet.name(), details.variant.name),
            Err(error) => error.to_string(),
        },
        other => other.to_string(),
    }
}

/// Returns the name of an error of the sequencer pallet as `Pallet.Error`.
pub fn fault_name(fault: Fault) -> String {
    format!("Sequencer.{}", fault.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inherents_are_told_from_signed_extrinsics() {
        let inherent = [0x28, 0x04, 2, 0, 0x0b, 1, 2, 3, 4, 5, 6];
        assert!(!is_signed(&inherent));
        assert_eq!(timestamp(&inherent), Some(0x0605_0403_0201));
        assert!(is_signed(&[0x28, 0x84, 0]));
        assert!(!is_signed(&[]));
        assert_eq!(timestamp(&[0x28, 0x04, 2]), None);
    }

    #[test]
    fn storage_keys_are_those_of_frame() {
        let key = value_key("Council", "Members");
        assert_eq!(
            hexadecimal(&key),
            "0xaebd463ed9925c488c112434d61debc0ba7fb8745735dc3be2a2c61a72c39e78"
        );
        assert_eq!(twox64_concat(7_u32)[8..], [7, 0, 0, 0]);
    }
}
