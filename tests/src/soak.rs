//! Node, prover and Ethereum killed again and again while messages come: nothing is lost, and
//! nothing is done twice.

use rand::{rngs::StdRng, seq::SliceRandom, Rng, SeedableRng};
use serde::Serialize;
use serde_json::json;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use zkfusion_cli::chain::Chain;
use zkfusion_primitives::message::Message;

use crate::{
    demo::{self, ExampleApp},
    network::{Network, Plan},
    progress::Progress,
    scenario, wait, Failure, Result,
};

/// The most batches that wait to be proved or settled: with more, kills would hit the same work
/// again and again.
const BACKLOG: u64 = 3;

/// The longest time between two kills.
const PAUSE: Duration = Duration::from_secs(20);

/// How long to soak.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Chooses victims and moments.
    pub seed: u64,
    /// Kills.
    pub kills: u32,
    /// Begins no further kill after this time.
    pub time: Duration,
}

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Victim {
    /// The node, with its relayer.
    Node,
    /// The prover's daemon, with its processes.
    Prover,
    /// Ethereum, which forgets a block or two.
    Ethereum,
    /// All of them.
    All,
}

/// What a soak did.
#[derive(Clone, Debug, Serialize)]
pub struct Soaked {
    /// Kills by victim.
    pub kills: BTreeMap<Victim, u32>,
    /// Batches, each proved and settled once.
    pub batches: u64,
    /// Messages, each processed once.
    pub messages: u64,
    /// Transactions that settled on Ethereum.
    pub settlements: u64,
    /// Seconds, with the time until everything was settled.
    pub seconds: f64,
}

/// Sends messages and kills at random, and compares everything with a plain execution when all is
/// settled.
///
/// # Errors
///
/// When something is lost, done twice or otherwise, or does not start again.
pub async fn run(bounds: Bounds, progress: &Progress) -> Result<Soaked> {
    let mut random = StdRng::seed_from_u64(bounds.seed);
    let plan = Plan {
        relay: true,
        prover_daemon: true,
        durable_l1: true,
        ..Plan::default()
    };
    let mut network = Network::start(plan, progress).await?;
    let app = demo::register(&network, progress).await?;
    let mut sent: Vec<Vec<Message>> = Vec::new();
    let mut kills = BTreeMap::new();
    let begin = Instant::now();
    for kill in 0..bounds.kills {
        if begin.elapsed() > bounds.time {
            break;
        }
        let chain = network.chain().await?;
        if waiting(&network, &chain, &app).await? < BACKLOG {
            send(&chain, &app, &mut sent).await?;
        }
        drop(chain);
        tokio::time::sleep(PAUSE.mul_f64(random.gen())).await;
        let victims = [Victim::Node, Victim::Prover, Victim::Ethereum, Victim::All];
        let victim = *victims.choose(&mut random).unwrap_or(&Victim::All);
        progress.done(format!(
            "Kill {} of {}: {victim:?}, with {} batches sent",
            kill + 1,
            bounds.kills,
            sent.len()
        ));
        end(&mut network, victim).await?;
        *kills.entry(victim).or_default() += 1;
    }
    let chain = network.chain().await?;
    if sent.is_empty() {
        send(&chain, &app, &mut sent).await?;
    }
    let report = demo::conclude(&mut network, &chain, &app, &sent, true, progress).await?;
    let messages = sent.iter().map(|batch| batch.len() as u64).sum();
    let document = chain.call("fusion_app", &[json!(app.id)]).await?;
    for (field, expected) in [("messages", messages), ("processed", messages)] {
        if document[field] != json!(expected) {
            return Err(Failure(format!(
                "{expected} messages were sent, and the chain has {field}: {document}"
            )));
        }
    }
    Ok(Soaked {
        kills,
        batches: sent.len() as u64,
        messages,
        settlements: report.settlements.len() as u64,
        seconds: begin.elapsed().as_secs_f64().round(),
    })
}

/// Returns how many batches are sealed and not settled.
async fn waiting(network: &Network, chain: &Chain, app: &ExampleApp) -> Result<u64> {
    let document = chain.call("fusion_app", &[json!(app.id)]).await?;
    let sealed = document["batches"].as_u64().unwrap_or_default();
    let apps = network.settlement().await?.apps(Some(app.id), 0).await?;
    let settled = apps.first().map_or(0, |app| app.next_batch);
    Ok(sealed.saturating_sub(settled))
}

/// Sends the messages of a batch, and waits until they are final: what is not may be lost with the
/// node.
async fn send(chain: &Chain, app: &ExampleApp, sent: &mut Vec<Vec<Message>>) -> Result<()> {
    let batches = scenario::batches();
    let orders = &batches[sent.len() % batches.len()];
    sent.push(scenario::send(chain, app.id, orders).await?);
    wait::sealed(chain, app.id, sent.len() as u64).await?;
    wait::finalized(chain).await
}

async fn end(network: &mut Network, victim: Victim) -> Result<()> {
    if matches!(victim, Victim::Ethereum | Victim::All) {
        network.anvil.restart().await?;
    }
    if matches!(victim, Victim::Node | Victim::All) {
        network.node.restart().await?;
    }
    if matches!(victim, Victim::Prover | Victim::All) {
        if let Some(daemon) = &mut network.prover_daemon {
            daemon.restart().await?;
        }
    }
    Ok(())
}
