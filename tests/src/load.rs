//! A load on one node: extrinsics of `sequencer.submit`, valid and invalid, of many accounts for
//! many apps, and a comparison of everything that the chain did with them with a plain
//! re-execution.
//!
//! 1. [`setup`] registers apps and gives accounts funds. One app's inbox is filled.
//! 2. [`plan`] draws extrinsics from a seed; they are signed before the first is sent.
//! 3. [`send`] sends them at a rate, as long as the pool has room.
//! 4. [`check`] reads all blocks and the storage after the last one; [`model`] is what they have to
//!    be like.
//! 5. [`report`] says how fast the chain was.

pub mod check;
pub mod client;
pub mod model;
pub mod plan;
pub mod process;
pub mod report;
pub mod send;
pub mod setup;

use crate::{
    node::{self, Node, Prover},
    progress::Progress,
    Failure, Result,
};
use check::Checker;
use client::Client;
use model::Model;
use plan::{Parameters, Plan};
use process::{Machine, Usage};
use report::Report;
use setup::{Effect, Keys, Known};

/// Blocks after the load that are compared too: batches are sealed by age and get seeds in them.
const BLOCKS_AFTER: u32 = 4;

/// How the load is put on a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the load is.
    pub parameters: Parameters,
    /// Extrinsics that wait in the pool, at most.
    pub backlog: u64,
    /// More flags of the node, each argument by itself.
    pub node_flags: Vec<String>,
}

/// Starts a node of one validator, puts the load on it, and compares.
///
/// # Errors
///
/// When something does not start, or the node is gone. What the chain did otherwise than
/// re-executed is in the report.
pub async fn run(settings: &Settings, progress: &Progress) -> Result<Report> {
    let parameters = &settings.parameters;
    let folder = tempfile::Builder::new().prefix("zkfusion-load-").tempdir()?;
    // The states of all blocks are read at the end.
    let mut flags = vec!["--state-pruning".to_owned(), "archive".to_owned()];
    flags.extend(settings.node_flags.iter().cloned());
    let mut node = Node::start(node::Settings {
        folder: folder.path().join("node"),
        port: 0,
        prover: Prover::Off,
        relayer: None,
        flags,
    })
    .await?;
    let url = node.ws();
    progress.done(format!("The node runs at {url}"));
    let client = Client::connect(&url).await?;
    let plan = Plan::new(parameters);
    let keys = Keys::new(parameters.seed);

    let step = progress.step("registering apps, giving accounts funds, filling an inbox");
    let mut known = setup::run(&client, &url, &plan, parameters).await?;
    let first = known.len();
    drop(step);
    progress.done(format!(
        "{} apps are registered, {} accounts have funds, the inbox of app {} is full",
        plan.apps,
        parameters.accounts,
        plan::FULL_APP
    ));

    let step = progress.step(format!("signing {} extrinsics", plan.items.len()));
    let signed = setup::sign(&client, &plan, keys)?;
    drop(step);
    progress.done(format!("{} extrinsics are signed", signed.len()));

    let step = progress.step("sending them");
    let before = (Usage::of(node.pid()), Usage::of(std::process::id()));
    let sent = send::run(&client, &url, &plan, &signed, parameters, settings.backlog).await?;
    let after = (Usage::of(node.pid()), Usage::of(std::process::id()));
    drop(step);
    node.check()?;
    let answered = sent.answers.iter().flatten().count();
    progress.done(format!("{answered} of them were sent and answered"));

    let step = progress.step("waiting for finality");
    let last = send::finalized(&client, BLOCKS_AFTER).await?;
    drop(step);
    for (item, bytes) in plan.items.iter().zip(signed) {
        known.push(Known {
            // A repetition is told from the first by nothing.
            bytes: match item.repeats {
                Some(_) => Vec::new(),
                None => bytes,
            },
            signer: keys.of(item.account)?.public_key().0,
            nonce: item.nonce,
            effect: Effect::Submit(vec![item.submission.clone()]),
        });
    }
    let step = progress.step("comparing blocks with the re-execution");
    let mut checker = Checker::new(Model::new(client.bounds()?), known);
    for number in 1..=last {
        step.set(format!(
            "comparing block {number} of {last} with the re-execution"
        ));
        checker.block(number, &client.block(number).await?);
    }
    step.set("comparing the storage with the re-execution");
    checker.answers(&plan.items, &sent.answers, first);
    let accounts: Result<Vec<_>> = setup::funded(parameters, &client.bounds()?)
        .into_iter()
        .map(|account| Ok(keys.of(account)?.public_key().0))
        .collect();
    checker.storage(&client, &accounts?).await?;
    drop(step);
    progress.done(match checker.differences.len() {
        0 => format!("All {last} blocks and the storage after them are as re-executed"),
        count => format!("{count} things differ from the re-execution"),
    });
    let usage = report::Taken {
        node: after.0,
        node_cpu_s: after.0.cpu_s - before.0.cpu_s,
        own_cpu_s: after.1.cpu_s - before.1.cpu_s,
        proposals: process::proposals(&std::fs::read_to_string(node.log())?),
    };
    let limit = client.weight_limit()?;
    node.check()
        .map_err(|failure| Failure::of("after the load", failure))?;
    Ok(Report::new(
        settings,
        &plan,
        &sent,
        &checker,
        limit,
        usage,
        Machine::this(),
    ))
}
