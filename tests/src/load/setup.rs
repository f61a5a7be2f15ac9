//! What has to be on the chain before the load: apps, funds, a full inbox and a used nonce.

use codec::{Decode, Encode};
use serde_json::json;
use sp_crypto_hashing::{blake2_128, blake2_256};
use std::{
    collections::{btree_map::Entry, BTreeMap},
    time::{Duration, Instant},
};
use subxt::{
    dynamic::{self, Value},
    ext::scale_value::Composite,
    tx::DynamicPayload,
};
use subxt_signer::sr25519::{dev, Keypair};
use zkfusion_cli::chain::{self, Chain};
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};

use super::{
    client::{hexadecimal, value_key, Client},
    model::Bounds,
    plan::{Account, Fate, Item, Kind, Parameters, Plan, Submission, FUNDS},
};
use crate::{Failure, Result};

/// The smallest program.
const PROGRAM: &str = r#"(module (func (export "zkmain")))"#;

/// A program's verifying keys by size, each encoded.
type ProgramKeys = Vec<(u8, Vec<u8>)>;

/// Calls of a `utility.batch_all`.
const CALLS: usize = 128;

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(300);

/// What an extrinsic does to the sequencer.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Registers an app.
    Register,
    /// Gives funds to accounts.
    Fund,
    /// Submits messages.
    Submit(Vec<Submission>),
}

/// An extrinsic that we sent, with what is known about it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Who signed it.
    pub signer: [u8; 32],
    /// With which nonce.
    pub nonce: u64,
    /// What it does.
    pub effect: Effect,
}

/// The keys of the accounts of a load.
#[derive(Clone, Copy, Debug)]
pub struct Keys(u64);

impl Keys {
    /// Returns the keys that follow from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the key of an account.
    ///
    /// # Errors
    ///
    /// When there is no such key, which does not happen.
    pub fn of(self, account: Account) -> Result<Keypair> {
        let (role, index) = match account {
            Account::Load(index) => (0_u8, u32::from(index)),
            Account::Stale => (1, 0),
            Account::Gap => (2, 0),
            Account::Poor(index) => (3, index),
            Account::Filler(index) => (4, index),
        };
        let secret = blake2_256(&("zkfusion load", self.0, role, index).encode());
        Keypair::from_secret_key(secret).map_err(|error| Failure(error.to_string()))
    }
}

/// Returns the accounts that get funds.
pub fn funded(parameters: &Parameters, bounds: &Bounds) -> Vec<Account> {
    let load = (0..parameters.accounts).map(Account::Load);
    load.chain([Account::Stale, Account::Gap])
        .chain(Plan::fillers(bounds.max_unprocessed, bounds.max_of_sender))
        .collect()
}

/// Signs the extrinsics of a plan, on all processors.
///
/// # Errors
///
/// When the chain's metadata does not have the call.
pub fn sign(client: &Client, plan: &Plan, keys: Keys) -> Result<Vec<Vec<u8>>> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let share = plan.items.len().div_ceil(workers).max(1);
    let mut signed = Vec::with_capacity(plan.items.len());
    std::thread::scope(|scope| {
        let threads: Vec<_> = plan
            .items
            .chunks(share)
            .map(|items| scope.spawn(move || sign_items(client, items, keys)))
            .collect();
        for thread in threads {
            let part = thread
                .join()
                .map_err(|_| Failure("a thread that signs died".into()))?;
            signed.extend(part?);
        }
        Ok::<_, Failure>(())
    })?;
    for (index, item) in plan.items.iter().enumerate() {
        if let Some(earlier) = item.repeats {
            signed[index] = signed[earlier].clone();
        }
    }
    Ok(signed)
}

fn sign_items(client: &Client, items: &[Item], keys: Keys) -> Result<Vec<Vec<u8>>> {
    let mut cache = BTreeMap::new();
    let mut signed = Vec::with_capacity(items.len());
    for item in items {
        let Submission {
            app,
            payload,
            fuel,
            max_fee,
        } = item.submission.clone();
        let bytes = match item.kind {
            Kind::Malformed => {
                let said = codec::Compact(payload.len() as u32 + 7).encode();
                [said, payload].concat()
            }
            // No version of extrinsics is 0x3f.
            Kind::Undecodable => [&[0xbf], &payload[..]].concat().encode(),
            _ if item.repeats.is_some() => Vec::new(),
            _ => {
                let keypair = match cache.entry(item.account) {
                    Entry::Occupied(entry) => entry.into_mut(),
                    Entry::Vacant(entry) => entry.insert(keys.of(item.account)?),
                };
                client.sign(&chain::submit(app, payload, fuel, max_fee), keypair, item.nonce)?
            }
        };
        signed.push(match item.kind {
            Kind::BadSignature => with_a_wrong_signature(bytes),
            _ => bytes,
        });
    }
    Ok(signed)
}

/// Flips a bit of a signed extrinsic's signature, which comes after length, version, account and
/// kind of signature.
fn with_a_wrong_signature(mut extrinsic: Vec<u8>) -> Vec<u8> {
    let mut rest = &extrinsic[..];
    if codec::Compact::<u32>::decode(&mut rest).is_ok() {
        let signature = extrinsic.len() - rest.len() + 1 + 33 + 1;
        if let Some(byte) = extrinsic.get_mut(signature + 5) {
            *byte ^= 1;
        }
    }
    extrinsic
}

/// Makes the chain ready, and returns what it was sent.
///
/// # Errors
///
/// When the chain refuses something or takes too long.
pub async fn run(client: &Client, url: &str, plan: &Plan, parameters: &Parameters) -> Result<Vec<Known>> {
    let alice = dev::alice();
    let account = alice.public_key().0;
    let threshold = Chain::connect(url).await?.council_threshold().await?;
    let (wasm, proving_keys) = tokio::task::spawn_blocking(program)
        .await
        .map_err(|error| Failure(error.to_string()))??;
    let keys = Keys::new(parameters.seed);
    let mut calls: Vec<(DynamicPayload<Composite<()>>, Effect)> = Vec::new();
    for _ in 0..plan.apps {
        let call = chain::register(account, &wasm, &proving_keys, threshold);
        calls.push((call, Effect::Register));
    }
    let bounds = client.bounds()?;
    for accounts in funded(parameters, &bounds).chunks(CALLS) {
        let transfers = accounts.iter().map(|account| Ok(transfer(keys.of(*account)?)));
        calls.push((batch(transfers.collect::<Result<_>>()?), Effect::Fund));
    }
    let mut known = Vec::new();
    for (nonce, (call, effect)) in (0..).zip(calls) {
        known.push(Known {
            bytes: client.sign(&call, &alice, nonce)?,
            signer: account,
            nonce,
            effect,
        });
    }
    send(client, &known).await?;
    let filling = Plan::filling(parameters.seed, bounds.max_unprocessed);
    let fillers = Plan::fillers(bounds.max_unprocessed, bounds.max_of_sender);
    for (filler, part) in fillers.zip(filling.chunks(bounds.max_of_sender as usize)) {
        let key = keys.of(filler)?;
        let mut calls = Vec::new();
        for (nonce, part) in (0..).zip(part.chunks(CALLS)) {
            let call = batch(part.iter().map(submit).collect());
            calls.push(Known {
                bytes: client.sign(&call, &key, nonce)?,
                signer: key.public_key().0,
                nonce,
                effect: Effect::Submit(part.to_vec()),
            });
        }
        send(client, &calls).await?;
        known.extend(calls);
    }
    let stale = keys.of(Account::Stale)?;
    let first = Submission {
        app: plan.apps - 1,
        payload: Vec::new(),
        fuel: 1,
        max_fee: FUNDS,
    };
    let call = chain::submit(first.app, first.payload.clone(), first.fuel, first.max_fee);
    let used = Known {
        bytes: client.sign(&call, &stale, 0)?,
        signer: stale.public_key().0,
        nonce: 0,
        effect: Effect::Submit(vec![first]),
    };
    send(client, std::slice::from_ref(&used)).await?;
    known.push(used);
    Ok(known)
}

/// Sends one account's extrinsics and waits until a block includes the last of them.
async fn send(client: &Client, extrinsics: &[Known]) -> Result<()> {
    let Some(last) = extrinsics.last() else {
        return Ok(());
    };
    for known in extrinsics {
        client
            .call("author_submitExtrinsic", &[json!(hexadecimal(&known.bytes))])
            .await?;
    }
    let begin = Instant::now();
    while nonce_and_balance(client, last.signer, None).await?.0 <= last.nonce {
        if begin.elapsed() > PATIENCE {
            return Err(Failure(format!(
                "the chain did not include what prepares it for the load in {} seconds",
                PATIENCE.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    Ok(())
}

/// Returns the nonce and the free balance of an account at a block, the best one if none is named.
///
/// # Errors
///
/// When the node does not answer.
pub async fn nonce_and_balance(client: &Client, account: [u8; 32], at: Option<&str>) -> Result<(u64, u128)> {
    let head = match at {
        Some(hash) => json!(hash),
        None => client.call("chain_getBlockHash", &[]).await?,
    };
    let key = [
        &value_key("System", "Account")[..],
        &blake2_128(&account),
        &account,
    ]
    .concat();
    let stored = client.storage(&key, head.as_str().unwrap_or_default()).await?;
    // Nonce, consumers, providers, sufficients, and the free balance.
    let Some(bytes) = stored else { return Ok((0, 0)) };
    let (nonce, _, free) = <(u32, [u32; 3], u128)>::decode(&mut &bytes[..])
        .map_err(|error| Failure::of("an account on the chain", error))?;
    Ok((nonce.into(), free))
}

/// Returns the program and its keys.
fn program() -> Result<(Vec<u8>, ProgramKeys)> {
    let wasm = wat::parse_str(PROGRAM).map_err(|error| Failure(error.to_string()))?;
    let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
    let prepared = prover
        .program(&wasm)
        .map_err(|error| Failure::of("the keys of the load's program", error))?;
    let keys = prepared.keys().map(|(k, key, _)| (k, key.encode())).collect();
    Ok((wasm, keys))
}

fn transfer(to: Keypair) -> Value {
    let to = Value::unnamed_variant("Id", [Value::from_bytes(to.public_key().0)]);
    let arguments = Composite::unnamed([to, Value::u128(FUNDS)]);
    dynamic::transaction("Balances", "transfer_keep_alive", arguments).into_value()
}

fn submit(submission: &Submission) -> Value {
    let arguments = Composite::unnamed([
        Value::u128(submission.app.into()),
        Value::from_bytes(&submission.payload),
        Value::u128(submission.fuel.into()),
        Value::u128(submission.max_fee),
    ]);
    dynamic::transaction("Sequencer", "submit", arguments).into_value()
}

fn batch(calls: Vec<Value>) -> DynamicPayload<Composite<()>> {
    let arguments = Composite::unnamed([Value::unnamed_composite(calls)]);
    dynamic::transaction("Utility", "batch_all", arguments)
}

/// Returns whether a block has to include an extrinsic of this fate once the pool has taken it.
pub fn is_included(fate: Fate) -> bool {
    matches!(fate, Fate::Included(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_keys_of_their_own_that_follow_from_the_seed() {
        let key = |seed, account| Keys::new(seed).of(account).unwrap().public_key().0;
        assert_eq!(key(1, Account::Load(3)), key(1, Account::Load(3)));
        let others = [
            key(2, Account::Load(3)),
            key(1, Account::Load(4)),
            key(1, Account::Stale),
            key(1, Account::Gap),
            key(1, Account::Poor(3)),
        ];
        assert!(others.iter().all(|other| *other != key(1, Account::Load(3))));
    }

    #[test]
    fn only_the_signature_of_a_badly_signed_extrinsic_differs() {
        let extrinsic = vec![7_u8; 120].encode();
        let wrong = with_a_wrong_signature(extrinsic.clone());
        let different: Vec<usize> = (0..extrinsic.len())
            .filter(|place| extrinsic[*place] != wrong[*place])
            .collect();
        assert_eq!(different, [2 + 35 + 5]);
    }
}
