//! The demo: from messages to Ethereum.

use serde_json::{json, Value};
use zkfusion_cli::{account::AccountArg, chain::Chain, program};
use zkfusion_halo2::srs::{cache_folder, SrsKind};
use zkfusion_primitives::{ids::AppId, ids::Hash, message::Message};

use crate::{
    build,
    network::Network,
    progress::Progress,
    prover::ProverClient,
    reexecution::{reexecute, Reexecution},
    report::{BatchFigures, CommitmentFigures, Report, SettlementFigures},
    scenario, wait, Failure, Result,
};

/// The example app as it is registered.
#[derive(Clone, Debug)]
pub struct ExampleApp {
    /// Its id.
    pub id: AppId,
    /// Its program.
    pub wasm: Vec<u8>,
}

/// Registers the example app. The relayer registers it with Ethereum as soon as there is something
/// to settle.
///
/// # Errors
///
/// When the chain refuses it.
pub async fn register(network: &Network, progress: &Progress) -> Result<ExampleApp> {
    register_at(&network.chain().await?, progress).await
}

/// As [`register`], on the chain of any node.
///
/// # Errors
///
/// As [`register`].
pub async fn register_at(chain: &Chain, progress: &Progress) -> Result<ExampleApp> {
    let step = progress.step("compiling the example program and making its keys (minutes, the first time)");
    let prepared = tokio::task::spawn_blocking(|| {
        let wasm = build::guest(scenario::PROGRAM)?;
        let program = program::prepare(&wasm, &cache_folder(), SrsKind::InsecureDevelopment)?;
        Ok::<_, Failure>((wasm, program))
    });
    let (wasm, prepared) = prepared.await.map_err(|error| Failure(error.to_string()))??;
    step.set("registering the example app");
    let admin = scenario::signer(scenario::ADMIN)?;
    let owner = admin.0.public_key().0;
    let registered = program::register(chain, &wasm, &prepared, owner, &admin).await?;
    drop(step);
    progress.done(format!(
        "The example app ({}, {} bytes of wasm) is registered as app {}",
        scenario::PROGRAM,
        wasm.len(),
        registered.app
    ));
    Ok(ExampleApp {
        id: registered.app,
        wasm,
    })
}

/// Sends three batches of messages, waits until the runtime has verified them and, with `settle`,
/// until Ethereum has settled them, and compares the roots.
///
/// # Errors
///
/// What went wrong, or which figures are not as they must be.
pub async fn run(network: &mut Network, settle: bool, progress: &Progress) -> Result<Report> {
    let app = register(network, progress).await?;
    let chain = network.chain().await?;
    let mut sent = Vec::new();
    for (batch, orders) in (0..).zip(scenario::batches()) {
        let messages = scenario::send(&chain, app.id, &orders).await?;
        wait::sealed(&chain, app.id, batch + 1).await?;
        progress.done(format!(
            "Batch {batch} is sealed with {} messages",
            messages.len()
        ));
        sent.push(messages);
    }
    let report = conclude(network, &chain, &app, &sent, settle, progress).await?;
    let failed: u64 = report.batches.iter().map(|batch| batch.failed).sum();
    if failed != scenario::TRAPS {
        return Err(Failure(format!(
            "{failed} messages failed, {} were meant to",
            scenario::TRAPS
        )));
    }
    Ok(report)
}

/// Waits until the batches of these messages are verified and, with `settle`, settled; gathers the
/// figures and compares the roots.
///
/// # Errors
///
/// As [`run`].
pub async fn conclude(
    network: &mut Network,
    chain: &Chain,
    app: &ExampleApp,
    sent: &[Vec<Message>],
    settle: bool,
    progress: &Progress,
) -> Result<Report> {
    let prover = network.prover()?;
    let count = sent.len() as u64;
    let verified = wait::verified(chain, &prover, app.id, count, progress).await;
    verified.map_err(|failure| explain(network, failure))?;
    if settle {
        let settlement = network.settlement().await?;
        let settled = wait::settled(&network.anvil.ws(), &settlement, &prover, app.id, count, progress).await;
        settled.map_err(|failure| explain(network, failure))?;
    }
    let mut report = figures(network, chain, &prover, app, sent).await?;
    if settle {
        settlement_figures(network, &prover, app.id, &mut report).await?;
    }
    report.seconds = rounded(progress.elapsed().as_secs_f64());
    check(&report, settle)?;
    Ok(report)
}

/// Returns a failure, or rather what ended if a part of the network did.
fn explain(network: &mut Network, failure: Failure) -> Failure {
    network.check().err().unwrap_or(failure)
}

async fn figures(
    network: &Network,
    chain: &Chain,
    prover: &ProverClient,
    app: &ExampleApp,
    sent: &[Vec<Message>],
) -> Result<Report> {
    let mut batches = Vec::new();
    let plain = plain(chain, app, sent).await?;
    let mut proofs = Vec::new();
    for batch in 0..sent.len() {
        let arguments = [json!(app.id), json!(batch)];
        proofs.push(chain.call("fusion_verify", &arguments).await?);
    }
    for ((batch, messages), (verification, failed)) in (0..).zip(sent).zip(proofs.iter().zip(&plain.failed)) {
        if !verification["error"].is_null() {
            return Err(Failure(format!(
                "the proof of batch {batch} is refused now: {verification}"
            )));
        }
        let stats = prover.stats("batch", app.id, batch, batch).await?;
        let on_chain = failed_on_chain(chain, app.id, messages).await?;
        if on_chain != *failed as u64 {
            return Err(Failure(format!(
                "{on_chain} messages of batch {batch} failed on the chain, {failed} in a plain execution"
            )));
        }
        batches.push(BatchFigures {
            index: batch,
            messages: messages.len() as u64,
            failed: on_chain,
            steps: stats.steps,
            witness_s: stats.witness_s,
            prove_s: stats.prove_s,
            peak_mb: stats.peak_mb,
            proof_bytes: verification["proofBytes"].as_u64().unwrap_or_default(),
            verify_ms: rounded(verification["verifyMs"].as_f64().unwrap_or_default()),
        });
    }
    let root = chain.call("fusion_app", &[json!(app.id)]).await?["root"].clone();
    Ok(Report {
        batches,
        verifier_code_bytes: network.contracts.verifier_code_bytes,
        root_l2: root.as_str().unwrap_or_default().to_owned(),
        root_reexecuted: format!("0x{}", hex::encode(plain.root)),
        balances: balances(chain, app.id).await?,
        ..Report::default()
    })
}

/// Executes the messages that were sent for each batch, without any proof, after checking that the
/// batches hold them.
///
/// # Errors
///
/// When a batch holds others, or the node does not answer.
pub async fn plain(chain: &Chain, app: &ExampleApp, sent: &[Vec<Message>]) -> Result<Reexecution> {
    let mut executed: Vec<(Hash, Vec<Message>)> = Vec::new();
    for (batch, messages) in (0_u64..).zip(sent) {
        let document = chain.call("fusion_batch", &[json!(app.id), json!(batch)]).await?;
        let held = (document["first"].as_u64(), document["count"].as_u64());
        let expected = (
            messages.first().map(|message| message.index),
            Some(messages.len() as u64),
        );
        if held != expected {
            return Err(Failure(format!(
                "batch {batch} holds other messages than were sent for it: {document}"
            )));
        }
        executed.push((bytes32(&document["seed"])?, messages.clone()));
    }
    reexecute(&app.wasm, &executed)
}

async fn failed_on_chain(chain: &Chain, app: AppId, messages: &[Message]) -> Result<u64> {
    let mut failed = 0;
    for message in messages {
        let status = chain
            .call("fusion_messageStatus", &[json!(app), json!(message.index)])
            .await?;
        match status["ok"].as_bool() {
            Some(ok) => failed += u64::from(!ok),
            None => {
                return Err(Failure(format!(
                    "message {} is not processed: {status}",
                    message.index
                )))
            }
        }
    }
    Ok(failed)
}

/// Reads the token's balances: leaves but the first are
/// `[balance, the first 24 bytes of the holder's id]`.
///
/// # Errors
///
/// When the node does not answer.
pub async fn balances(chain: &Chain, app: AppId) -> Result<Vec<(String, u64)>> {
    let state = chain.call("fusion_state", &[json!(app)]).await?;
    let mut leaves = Vec::new();
    for leaf in state["leaves"].as_array().into_iter().flatten() {
        leaves.push((
            leaf["index"].as_u64().unwrap_or_default(),
            bytes32(&leaf["leaf"])?,
        ));
    }
    let mut balances = Vec::new();
    for name in scenario::HOLDERS {
        let AccountArg(id) = name.parse().map_err(Failure)?;
        let leaf = leaves
            .iter()
            .find(|(index, leaf)| *index != 0 && leaf[8..] == id[..24]);
        let balance = leaf.map_or(0, |(_, leaf)| {
            u64::from_le_bytes(core::array::from_fn(|byte| leaf[byte]))
        });
        balances.push((name.to_owned(), balance));
    }
    Ok(balances)
}

async fn settlement_figures(
    network: &Network,
    prover: &ProverClient,
    app: AppId,
    report: &mut Report,
) -> Result<()> {
    let settlement = network.settlement().await?;
    let apps = settlement.apps(Some(app), 0).await?;
    let document = apps.first().map(|app| app.to_json()).unwrap_or_default();
    report.root_l1 = document["rootL2"].as_str().map(str::to_owned);
    if let Some(app) = apps.first() {
        for accepted in settlement.commitments(app.order, 0).await? {
            let number = |field: &str| accepted[field].as_u64().unwrap_or_default();
            report.commitments.push(CommitmentFigures {
                validator_set: number("validatorSet"),
                appchain_block: number("appchainBlock"),
                mmr_root: accepted["mmrRoot"].as_str().unwrap_or_default().to_owned(),
                l1_gas: number("gas"),
            });
        }
    }
    for settled in settlement.settlements(&apps, 0).await? {
        let number = |field: &str| settled[field].as_u64().unwrap_or_default();
        let (first, last) = (number("first"), number("last"));
        let stats = prover.stats("settlement", app, first, last).await?;
        report.settlements.push(SettlementFigures {
            first,
            last,
            prove_s: stats.prove_s,
            peak_mb: stats.peak_mb,
            l1_gas: number("gas"),
        });
    }
    Ok(())
}

/// Checks what must hold whatever the machine.
fn check(report: &Report, settled: bool) -> Result<()> {
    let claims = [
        (
            "the runtime's root is not that of a plain execution",
            report.root_l2 == report.root_reexecuted,
        ),
        (
            "Ethereum's root is not the runtime's",
            !settled || report.root_l1.as_ref() == Some(&report.root_l2),
        ),
        (
            "Ethereum has settled without a commitment of the validators",
            !settled || !report.commitments.is_empty(),
        ),
        (
            "Ethereum has not settled each batch once",
            !settled
                || covers(
                    report.settlements.iter().map(|it| (it.first, it.last)),
                    report.batches.len() as u64,
                ),
        ),
    ];
    match claims.iter().find(|(_, holds)| !holds) {
        Some((claim, _)) => Err(Failure(format!("{claim}: {}", json!(report)))),
        None => Ok(()),
    }
}

/// Returns whether settlements, each the first and the last of its batches, follow each other from
/// the first batch to the last.
pub fn covers(settlements: impl IntoIterator<Item = (u64, u64)>, batches: u64) -> bool {
    let next = settlements.into_iter().try_fold(0, |next, (first, last)| {
        (first == next && last >= next).then_some(last + 1)
    });
    next == Some(batches)
}

/// Returns a figure without digits that mean nothing.
fn rounded(figure: f64) -> f64 {
    (figure * 1e3).round() / 1e3
}

fn bytes32(value: &Value) -> Result<[u8; 32]> {
    let digits = value.as_str().unwrap_or_default().trim_start_matches("0x");
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits, &mut bytes)
        .map_err(|_| Failure(format!("{value} is not 32 bytes in hexadecimal")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settlements_must_cover_each_batch_once() {
        assert!(covers([(0, 0), (1, 2)], 3));
        assert!(covers([(0, 2)], 3));
        assert!(!covers([(0, 1)], 3));
        assert!(!covers([(0, 1), (1, 2)], 3));
        assert!(!covers([(0, 0), (2, 2)], 3));
    }
}
