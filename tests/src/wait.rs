//! Waiting for what the chain and Ethereum tell.

use serde_json::{json, Value};
use std::time::Duration;
use subxt::rpcs::client::{RpcClient, RpcParams};
use tokio::time::{interval, MissedTickBehavior};
use zkfusion_cli::{chain::Chain, ethereum::Settlement};
use zkfusion_primitives::ids::AppId;

use crate::{
    progress::{Progress, Step},
    prover::{Job, ProverClient},
    Failure, Result,
};

/// How often what is shown is renewed while nothing happens.
const SHOW: Duration = Duration::from_secs(1);

/// How long it may take until the prover begins a proof: it may have to make setup and keys first.
const WORK: Duration = Duration::from_secs(600);

/// Waits until an app has so many sealed batches.
///
/// # Errors
///
/// When the node is gone.
pub async fn sealed(chain: &Chain, app: AppId, batches: u64) -> Result<()> {
    let mut heads = chain.heads().await?;
    loop {
        let document = chain.call("fusion_app", &[json!(app)]).await?;
        if document["batches"].as_u64() >= Some(batches) {
            return Ok(());
        }
        heads.next().await?;
    }
}

/// Waits until the block that is the best one now is final.
///
/// # Errors
///
/// When the node is gone.
pub async fn finalized(chain: &Chain) -> Result<()> {
    let mut heads = chain.heads().await?;
    let number = |header: &Value| {
        let digits = header["number"].as_str().unwrap_or_default();
        u64::from_str_radix(digits.trim_start_matches("0x"), 16).unwrap_or_default()
    };
    let best = number(&chain.call("chain_getHeader", &[]).await?);
    loop {
        let hash = chain.call("chain_getFinalizedHead", &[]).await?;
        if number(&chain.call("chain_getHeader", &[hash]).await?) >= best {
            return Ok(());
        }
        heads.next().await?;
    }
}

/// Waits until the prover makes the proof that begins with this batch. It tells nobody by itself,
/// so it is asked every now and then.
///
/// # Errors
///
/// When it gave the proof up, has made it already, or does not begin it for too long.
pub async fn proving(prover: &ProverClient, kind: &str, app: AppId, first: u64) -> Result<()> {
    let search = async {
        let mut ticks = interval(SHOW / 4);
        loop {
            ticks.tick().await;
            let Ok(jobs) = prover.jobs().await else { continue };
            let wanted = |job: &&Job| job.kind == kind && job.app == app && job.first == first;
            let Some(job) = jobs.iter().find(wanted) else {
                continue;
            };
            check(job)?;
            match (job.state.as_str(), job.stage.as_deref()) {
                ("running", Some("proving")) => return Ok(()),
                ("done", _) => {
                    return Err(Failure(format!(
                        "the {kind} of batch {first} was proved too soon"
                    )))
                }
                _ => {}
            }
        }
    };
    match tokio::time::timeout(WORK, search).await {
        Ok(found) => found,
        Err(_) => Err(Failure(format!(
            "the prover did not begin the {kind} of batch {first} in {} seconds",
            WORK.as_secs()
        ))),
    }
}

/// Waits until so many batches of an app are verified, and shows where they are.
///
/// # Errors
///
/// When the node is gone, or the prover gives a batch up.
pub async fn verified(
    chain: &Chain,
    prover: &ProverClient,
    app: AppId,
    batches: u64,
    progress: &Progress,
) -> Result<()> {
    let mut heads = chain.heads().await?;
    let mut ticks = interval(SHOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let steps: Vec<Step<'_>> = (0..batches)
        .map(|batch| progress.step(format!("batch {batch}: sealed")))
        .collect();
    let mut steps: Vec<Option<Step<'_>>> = steps.into_iter().map(Some).collect();
    loop {
        let document = chain.call("fusion_app", &[json!(app)]).await?;
        let verified = document["verified"].as_u64().unwrap_or_default();
        for batch in 0..verified.min(batches) {
            if steps[batch as usize].take().is_some() {
                progress.done(format!("Batch {batch} is verified by the runtime"));
            }
        }
        if verified >= batches {
            return Ok(());
        }
        loop {
            tokio::select! {
                head = heads.next() => {
                    head?;
                    break;
                }
                _ = ticks.tick() => show_batches(prover, app, &steps).await?,
            }
        }
    }
}

async fn show_batches(prover: &ProverClient, app: AppId, steps: &[Option<Step<'_>>]) -> Result<()> {
    // A prover that is too busy to answer is asked again.
    let Ok(jobs) = prover.jobs().await else {
        return Ok(());
    };
    for (batch, step) in steps.iter().enumerate() {
        let Some(step) = step else { continue };
        let job = jobs
            .iter()
            .find(|job| job.kind == "batch" && job.app == app && job.first == batch as u64);
        if let Some(job) = job {
            check(job)?;
            step.set(format!("batch {batch}: {}", describe(job)));
        }
    }
    Ok(())
}

/// Waits until Ethereum has settled so many batches of an app, and shows what the prover does for
/// that.
///
/// # Errors
///
/// When Ethereum is gone, or the prover gives a settlement up.
pub async fn settled(
    l1_ws: &str,
    settlement: &Settlement,
    prover: &ProverClient,
    app: AppId,
    batches: u64,
    progress: &Progress,
) -> Result<()> {
    let lost = |error: &dyn std::fmt::Display| Failure::of(format!("Ethereum at {l1_ws}"), error);
    let l1 = RpcClient::from_insecure_url(l1_ws).await.map_err(|e| lost(&e))?;
    let mut arguments = RpcParams::new();
    arguments.push("newHeads").map_err(|e| lost(&e))?;
    let mut heads = l1
        .subscribe::<Value>("eth_subscribe", arguments, "eth_unsubscribe")
        .await
        .map_err(|e| lost(&e))?;
    let mut ticks = interval(SHOW);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let step = progress.step("settlement: waiting for the relayer");
    let mut known = 0;
    loop {
        let apps = settlement.apps(Some(app), 0).await?;
        let next = apps.first().map_or(0, |app| app.next_batch);
        if next > known {
            progress.done(format!("Ethereum has settled the batches up to {}", next - 1));
            known = next;
        }
        if next >= batches {
            return Ok(());
        }
        loop {
            tokio::select! {
                head = heads.next() => {
                    head.ok_or_else(|| lost(&"it stopped telling about blocks"))?.map_err(|e| lost(&e))?;
                    break;
                }
                _ = ticks.tick() => show_settlement(prover, app, &step).await?,
            }
        }
    }
}

async fn show_settlement(prover: &ProverClient, app: AppId, step: &Step<'_>) -> Result<()> {
    let Ok(jobs) = prover.jobs().await else {
        return Ok(());
    };
    let job = jobs.iter().find(|job| job.kind == "settlement" && job.app == app);
    if let Some(job) = job {
        check(job)?;
        step.set(format!(
            "settlement of batches {} to {}: {}",
            job.first,
            job.last,
            describe(job)
        ));
    }
    Ok(())
}

fn describe(job: &Job) -> String {
    match (job.state.as_str(), &job.stage) {
        ("running", Some(stage)) => stage.clone(),
        ("done", _) => "proved, on its way into a block".into(),
        (state, _) => state.to_owned(),
    }
}

fn check(job: &Job) -> Result<()> {
    match (&job.failure, job.state.as_str()) {
        (Some(failure), "failed") => Err(Failure(format!(
            "the prover gave up the {} of batches {} to {}: {failure}",
            job.kind, job.first, job.last
        ))),
        _ => Ok(()),
    }
}
