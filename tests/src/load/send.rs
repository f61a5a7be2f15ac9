//! Sending a plan at its rate, and watching the chain meanwhile.

use serde_json::{json, Value};
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, PoisonError,
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use subxt::{
    ext::jsonrpsee::{
        core::{
            client::ClientT,
            params::{ArrayParams, BatchRequestBuilder},
        },
        ws_client::WsClientBuilder,
    },
    rpcs::client::RpcParams,
};

use super::{
    client::{bytes, hexadecimal, is_signed, Client},
    plan::{Account, Item, Parameters, Plan},
    setup::is_included,
};
use crate::{Failure, Result};

/// Connections; an account's extrinsics all go through the same one.
const CONNECTIONS: usize = 4;

/// Extrinsics of a request, at most.
const REQUEST: usize = 50;

/// Pause of a connection whose extrinsics are not due, or for which the pool has no room.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the chain may include nothing while extrinsics wait.
const STANDSTILL: Duration = Duration::from_secs(60);

/// Hexadecimal digits that tell whether an extrinsic is signed.
const HEAD_DIGITS: usize = 14;

/// A refusal of the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Code of the JSON-RPC error.
    pub code: i32,
    /// Its text and data.
    pub text: String,
}

/// What came of sending.
#[derive(Debug, Default)]
pub struct Sent {
    /// What the node answered to each item; nothing for those that were not sent.
    pub answers: Vec<Option<std::result::Result<(), Refusal>>>,
    /// When sending began and ended, in milliseconds since 1970.
    pub time: (u64, u64),
    /// When nothing waited in the pool any more, in milliseconds since 1970.
    pub drained: u64,
    /// Blocks between each new best block and the final one then.
    pub lags: Vec<u32>,
}

/// What is seen of the chain while extrinsics are sent.
#[derive(Debug, Default)]
struct Watch {
    /// Those that the pool has taken and a block has to include.
    taken: AtomicU64,
    /// Those that blocks include.
    included: AtomicU64,
    lags: Mutex<Vec<u32>>,
}

impl Watch {
    fn backlog(&self) -> u64 {
        let included = self.included.load(Ordering::Acquire);
        self.taken.load(Ordering::Acquire).saturating_sub(included)
    }
}

/// Sends a plan and waits until blocks include what the pool has taken. No more than `backlog`
/// extrinsics wait in the pool.
///
/// # Errors
///
/// When the node is gone.
pub async fn run(
    client: &Client,
    url: &str,
    plan: &Plan,
    signed: &[Vec<u8>],
    parameters: &Parameters,
    backlog: u64,
) -> Result<Sent> {
    let watch = Watch::default();
    let before = number(&client.call("chain_getHeader", &[]).await?);
    let mut sent = Sent {
        answers: vec![None; plan.items.len()],
        ..Sent::default()
    };
    let lanes: Vec<Vec<usize>> = (0..CONNECTIONS)
        .map(|connection| {
            let ours = |index: &usize| lane(&plan.items[*index]) == connection;
            (0..plan.items.len()).filter(ours).collect()
        })
        .collect();
    let sending = async {
        let start = Instant::now();
        sent.time.0 = now();
        let lanes = lanes.iter().map(|items| {
            Lane {
                plan,
                signed,
                parameters,
                backlog,
                watch: &watch,
                start,
            }
            .run(url, items)
        });
        let answers = futures::future::try_join_all(lanes).await?;
        sent.time.1 = now();
        for (index, answer) in answers.into_iter().flatten() {
            sent.answers[index] = Some(answer);
        }
        drain(&watch).await;
        sent.drained = now();
        Ok::<_, Failure>(())
    };
    tokio::select! {
        outcome = sending => outcome?,
        outcome = watch_heads(client, &watch, before) => outcome?,
    }
    sent.lags = watch.lags.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(sent)
}

fn lane(item: &Item) -> usize {
    match item.account {
        Account::Load(index) => usize::from(index) % CONNECTIONS,
        Account::Poor(index) => index as usize % CONNECTIONS,
        Account::Stale | Account::Gap | Account::Filler(_) => 0,
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as u64)
}

type Answers = Vec<(usize, std::result::Result<(), Refusal>)>;

/// A connection that sends some accounts' extrinsics in order.
struct Lane<'a> {
    plan: &'a Plan,
    signed: &'a [Vec<u8>],
    parameters: &'a Parameters,
    backlog: u64,
    watch: &'a Watch,
    start: Instant,
}

impl Lane<'_> {
    async fn run(self, url: &str, items: &[usize]) -> Result<Answers> {
        let failed = |error: &dyn std::fmt::Display| Failure::of("sending the load", error);
        let connection = WsClientBuilder::default()
            .build(url)
            .await
            .map_err(|e| failed(&e))?;
        let end = Duration::from_secs(self.parameters.seconds);
        let mut answers = Vec::with_capacity(items.len());
        let mut rest = items;
        while !rest.is_empty() && self.start.elapsed() < end {
            let due = self.start.elapsed().as_micros() as u64 * self.parameters.rate / 1_000_000;
            let due = rest
                .iter()
                .take(REQUEST)
                .take_while(|index| **index as u64 <= due);
            let due = due.count();
            if due == 0 || self.watch.backlog() >= self.backlog {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            let (batch, later) = rest.split_at(due);
            rest = later;
            let mut request = BatchRequestBuilder::new();
            for index in batch {
                let mut params = ArrayParams::new();
                params
                    .insert(hexadecimal(&self.signed[*index]))
                    .map_err(|e| failed(&e))?;
                request
                    .insert("author_submitExtrinsic", params)
                    .map_err(|e| failed(&e))?;
            }
            let response = connection
                .batch_request::<Value>(request)
                .await
                .map_err(|e| failed(&e))?;
            let mut taken = 0;
            for (index, answer) in batch.iter().zip(response) {
                let answer = answer.map(|_| ()).map_err(|error| Refusal {
                    code: error.code(),
                    text: match error.data() {
                        Some(data) => format!("{}: {data}", error.message()),
                        None => error.message().to_owned(),
                    },
                });
                let fate = self.plan.items[*index].kind.fate();
                taken += u64::from(answer.is_ok() && is_included(fate));
                answers.push((*index, answer));
            }
            self.watch.taken.fetch_add(taken, Ordering::AcqRel);
        }
        Ok(answers)
    }
}

/// Waits until nothing waits in the pool, or the chain stands still. What is missing then is found
/// when blocks are compared.
async fn drain(watch: &Watch) {
    let mut progress = (watch.backlog(), Instant::now());
    while watch.backlog() > 0 && progress.1.elapsed() < STANDSTILL {
        if watch.backlog() != progress.0 {
            progress = (watch.backlog(), Instant::now());
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Counts what the blocks after the block `counted` include, and how far finality is behind.
async fn watch_heads(client: &Client, watch: &Watch, mut counted: u32) -> Result<()> {
    let gone = |error: &dyn std::fmt::Display| Failure::of("watching the chain", error);
    let mut heads = client
        .rpc()
        .subscribe::<Value>(
            "chain_subscribeNewHeads",
            RpcParams::new(),
            "chain_unsubscribeNewHeads",
        )
        .await
        .map_err(|e| gone(&e))?;
    while let Some(head) = heads.next().await {
        let best = number(&head.map_err(|e| gone(&e))?);
        while counted < best {
            counted += 1;
            let hash = client.hash(counted).await?;
            let mut signed = 0;
            for extrinsic in client.body(&hash).await? {
                let head = extrinsic.get(..HEAD_DIGITS).unwrap_or(&extrinsic);
                signed += u64::from(is_signed(&bytes(head)?));
            }
            watch.included.fetch_add(signed, Ordering::AcqRel);
        }
        let final_number = final_number(client).await?;
        let mut lags = watch.lags.lock().unwrap_or_else(PoisonError::into_inner);
        lags.push(best.saturating_sub(final_number));
    }
    Err(gone(&"the node stopped telling about blocks"))
}

/// Returns the number of the newest final block.
///
/// # Errors
///
/// When the node does not answer.
pub async fn final_number(client: &Client) -> Result<u32> {
    let hash = client.call("chain_getFinalizedHead", &[]).await?;
    Ok(number(&client.call("chain_getHeader", &[json!(hash)]).await?))
}

/// Waits until the block that is the best one now, and some after it, are final, and returns the
/// last of them.
///
/// # Errors
///
/// When the node is gone.
pub async fn finalized(client: &Client, more: u32) -> Result<u32> {
    let target = number(&client.call("chain_getHeader", &[]).await?) + more;
    let begin = Instant::now();
    loop {
        if final_number(client).await? >= target {
            return Ok(target);
        }
        if begin.elapsed() > STANDSTILL {
            return Err(Failure(format!(
                "block {target} was not final after {} seconds",
                STANDSTILL.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

fn number(header: &Value) -> u32 {
    let digits = header["number"].as_str().unwrap_or_default();
    u32::from_str_radix(digits.trim_start_matches("0x"), 16).unwrap_or_default()
}
