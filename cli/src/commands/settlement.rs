//! `fusion settlement`.

use alloy::primitives::{Address, B256};
use serde_json::{json, Value};
use std::time::{Duration, Instant};
use zkfusion_cli::{
    chain::Chain,
    error::CliError,
    ethereum::{app_key, Settlement},
};

use crate::{
    args::SettlementCommand,
    output::{short, table, text, Output},
};

/// Time between two looks at Ethereum while waiting.
const LOOK: Duration = Duration::from_secs(1);

pub(crate) async fn run(command: SettlementCommand, output: &Output) -> Result<(), CliError> {
    let SettlementCommand::Show {
        l1,
        contract,
        app,
        from_block,
        wait_for,
        order,
        verifier,
        upgrader,
        timeout,
        node,
    } = command;
    let settlement = Settlement::connect(&l1, contract).await?;
    if let (Some(batch), Some(app), Some(order), Some(verifier)) = (wait_for, app, order, verifier) {
        let chain = Chain::connect(&node.url).await?;
        let config = chain.app_config(app, order, verifier, upgrader).await?;
        let waiting = Waiting {
            app,
            batch,
            key: app_key(&config),
        };
        await_batch(&settlement, &waiting, timeout, output).await?;
    }
    let apps = settlement.apps(app, from_block).await?;
    let settlements = settlement.settlements(&apps, from_block).await?;
    let document = json!({
        "contract": contract,
        "apps": apps.iter().map(|app| app.to_json()).collect::<Vec<_>>(),
        "settlements": settlements,
    });
    output.answer(&document, |document| show(contract, document));
    Ok(())
}

/// A batch that is waited for.
struct Waiting {
    app: u32,
    batch: u64,
    key: B256,
}

async fn await_batch(
    settlement: &Settlement,
    waiting: &Waiting,
    timeout: Duration,
    output: &Output,
) -> Result<(), CliError> {
    let Waiting { app, batch, key } = waiting;
    let spinner = output.spinner(format!("batch {batch} of app {app} is not settled yet"));
    let start = Instant::now();
    loop {
        let next = settlement.next_batch(*key).await?;
        if next.is_some_and(|next| next > *batch) {
            spinner.finish_and_clear();
            return Ok(());
        }
        if start.elapsed() > timeout {
            let seconds = timeout.as_secs();
            let message = format!("batch {batch} of app {app} was not settled after {seconds} seconds");
            return Err(match next {
                Some(_) => CliError::new("timeout", message).hint(
                    "does a relayer run? is the batch verified on the appchain? --timeout waits longer",
                ),
                None => CliError::new(
                    "timeout",
                    format!("{message}: no app is registered under its key {key}"),
                )
                .hint(
                    "does a relayer run? are --order, --verifier and --upgrader those of the relayer's node?",
                ),
            });
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn show(contract: Address, document: &Value) -> String {
    let rows = |list: &str, fields: &[&str]| -> Vec<Vec<String>> {
        let row = |item: &Value| {
            let cell = |field: &&str| match *field {
                "programId" | "root" | "transaction" => short(&text(item, field)),
                field => text(item, field),
            };
            fields.iter().map(cell).collect()
        };
        document[list].as_array().into_iter().flatten().map(row).collect()
    };
    let apps = rows(
        "apps",
        &["app", "nextBatch", "root", "programId", "order", "verifier"],
    );
    if apps.is_empty() {
        return format!("no app is registered with {contract}");
    }
    let settlements = rows(
        "settlements",
        &["app", "first", "last", "root", "block", "gas", "transaction"],
    );
    let apps = table(
        &[
            "app",
            "next batch",
            "root",
            "program",
            "order authority",
            "verifier",
        ],
        &apps,
    );
    let settled = table(
        &["app", "first", "last", "root", "block", "gas", "transaction"],
        &settlements,
    );
    format!("{apps}\n\n{settled}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settlements_are_shown_under_their_apps() {
        let document = json!({
            "apps": [{ "app": 0, "nextBatch": 2, "root": "0x01", "programId": "0x02" }],
            "settlements": [{ "app": 0, "first": 0, "last": 1, "root": "0x01", "block": 9, "gas": 400000,
                "transaction": format!("0x{}", "ab".repeat(32)) }],
        });
        let shown = show(Address::ZERO, &document);
        assert!(shown.contains("0x01"), "{shown}");
        assert!(shown.contains("400000  0xabababababab.."), "{shown}");
        assert!(show(Address::ZERO, &json!({ "apps": [] })).starts_with("no app is registered"));
    }
}
