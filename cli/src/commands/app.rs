//! `fusion app`.

use serde_json::{json, Value};
use subxt::dynamic::At;
use zkfusion_cli::{
    account::{address, AccountArg, Signer},
    amount::Amount,
    chain::{self, Chain},
    error::CliError,
};
use zkfusion_primitives::merkle::MerklePath;
use zkfusion_prover::payload::parse_payload;

use super::{
    message::await_message,
    register::{self, Registration},
};
use crate::{
    args::{AppCommand, Wait},
    output::{short, table, text, Output},
};

/// Leaves asked for at a time.
const PAGE: u32 = 1000;

pub(crate) async fn run(command: AppCommand, output: &Output) -> Result<(), CliError> {
    match command {
        AppCommand::Register {
            wasm,
            entry,
            owner,
            signer,
            cache,
            node,
        } => {
            let registration = Registration {
                wasm,
                entry,
                owner,
                signer,
                cache,
                url: node.url,
            };
            register::run(registration, output).await
        }
        AppCommand::Submit {
            app,
            payload,
            fuel,
            max_fee,
            signer,
            wait,
            node,
        } => {
            let chain = Chain::connect(&node.url).await?;
            let fuel = Fuel { limit: fuel, max_fee };
            submit(&chain, app, &payload, &fuel, &signer, &wait, output).await
        }
        AppCommand::Show { app: Some(app), node } => {
            let chain = Chain::connect(&node.url).await?;
            let document = chain.call("fusion_app", &[json!(app)]).await?;
            output.answer(&document, show);
            Ok(())
        }
        AppCommand::Show { app: None, node } => {
            let chain = Chain::connect(&node.url).await?;
            let document = chain.call("fusion_apps", &[]).await?;
            output.answer(&document, show_all);
            Ok(())
        }
        AppCommand::State {
            app,
            leaf,
            account,
            node,
        } => {
            let chain = Chain::connect(&node.url).await?;
            match leaf.or(account.map(|account| leaf_index(account.0))) {
                Some(index) => leaf_with_proof(&chain, app, index, output).await,
                None => state(&chain, app, output).await,
            }
        }
        AppCommand::Batches { app, last, node } => {
            let chain = Chain::connect(&node.url).await?;
            batches(&chain, app, last, output).await
        }
    }
}

/// What a message may use, and what its sender pays for it at most.
struct Fuel {
    limit: u64,
    max_fee: Option<Amount>,
}

async fn submit(
    chain: &Chain,
    app: u32,
    items: &[String],
    fuel: &Fuel,
    signer: &Signer,
    wait: &Wait,
    output: &Output,
) -> Result<(), CliError> {
    let account = |name: &str| name.parse::<AccountArg>().map(|account| account.0);
    let payload = parse_payload(items, account).map_err(|error| {
        CliError::new("payload", error.to_string())
            .hint("`fusion app submit --help` shows the items of a payload")
    })?;
    let spinner = output.spinner("sending");
    let max_fee = match &fuel.max_fee {
        Some(amount) => {
            let decimals = chain.decimals().await?;
            let units = amount.in_units(decimals);
            units.map_err(|message| CliError::new("max_fee", message))?
        }
        None => chain
            .fuel_fee(app, payload.len(), fuel.limit)
            .await?
            .saturating_mul(2),
    };
    let call = chain::submit(app, payload, fuel.limit, max_fee);
    let included = chain.send(&call, signer, None).await?;
    let block = included.hash.clone();
    let index = included
        .event("Sequencer", "MessageSubmitted")
        .and_then(|event| u64::try_from(event.at("index")?.as_u128()?).ok())
        .ok_or_else(|| CliError::new("internal", "the block has no event about the message"))?;
    let mut document = json!({
        "app": app,
        "index": index,
        "sender": address(signer.0.public_key().0),
        "block": block,
    });
    spinner.finish_and_clear();
    let sent = format!("message {index} of app {app}, in block {block}");
    if wait.wait {
        // Whatever happens while it waits, the message has its number now.
        output.first_part(&sent);
        document["status"] = await_message(chain, app, index, wait.timeout, output)
            .await
            .map_err(|error| error.after(&sent))?;
    }
    output.answer(&document, |document| match &document["status"] {
        Value::Null => format!("{sent}\n  fusion message status {app} {index} --wait"),
        status => super::message::describe(status),
    });
    if wait.wait && document["status"]["ok"] == json!(false) {
        let outcome = text(&document["status"], "outcome");
        return Err(CliError::new(
            "message_failed",
            format!("message {index} of app {app} failed: {outcome}"),
        )
        .hint("the program refused it or trapped; `fusion-prover run` shows its log"));
    }
    Ok(())
}

async fn state(chain: &Chain, app: u32, output: &Output) -> Result<(), CliError> {
    let mut leaves = Vec::new();
    let mut root = Value::Null;
    let mut after = Value::Null;
    // A state that changes between two pages starts over.
    loop {
        let page = chain
            .call("fusion_state", &[json!(app), after.clone(), json!(PAGE)])
            .await?;
        if !root.is_null() && root != page["root"] {
            leaves.clear();
            (root, after) = (Value::Null, Value::Null);
            continue;
        }
        root = page["root"].clone();
        leaves.extend(page["leaves"].as_array().into_iter().flatten().cloned());
        after = page["next"].clone();
        if after.is_null() {
            break;
        }
    }
    leaves.sort_by_key(|leaf| leaf["index"].as_u64());
    output.answer(
        &json!({ "app": app, "root": root, "leaves": leaves }),
        |document| {
            let leaves = document["leaves"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let rows: Vec<_> = leaves.iter().map(leaf_row).collect();
            let count = leaves.len();
            format!(
                "root {}, {count} leaves\n{}",
                text(document, "root"),
                table(&LEAF_HEADER, &rows)
            )
        },
    );
    Ok(())
}

const LEAF_HEADER: [&str; 3] = ["index", "word 0", "leaf"];

fn leaf_row(leaf: &Value) -> Vec<String> {
    let digits = text(leaf, "leaf");
    let first = bytes32(&digits).map(|leaf| u64::from_le_bytes(first_word(&leaf)).to_string());
    vec![text(leaf, "index"), first.unwrap_or_else(|| "-".into()), digits]
}

fn first_word(leaf: &[u8; 32]) -> [u8; 8] {
    core::array::from_fn(|i| leaf[i])
}

fn bytes32(digits: &str) -> Option<[u8; 32]> {
    hex::decode(digits.trim_start_matches("0x")).ok()?.try_into().ok()
}

async fn leaf_with_proof(chain: &Chain, app: u32, index: u32, output: &Output) -> Result<(), CliError> {
    let mut document = chain.call("fusion_leaf", &[json!(app), json!(index)]).await?;
    check_leaf(&document, index).ok_or_else(|| {
        CliError::new(
            "bad_proof",
            format!("the node's proof of leaf {index} does not lead to the root that it names"),
        )
        .hint("ask another node")
    })?;
    document["proofChecked"] = json!(true);
    output.answer(&document, |document| {
        let rows = [leaf_row(document)];
        format!(
            "root {}, proof checked\n{}",
            text(document, "root"),
            table(&LEAF_HEADER, &rows)
        )
    });
    Ok(())
}

/// Checks the proof of inclusion in a node's answer.
fn check_leaf(document: &Value, index: u32) -> Option<()> {
    let siblings: Option<Vec<_>> = document["siblings"]
        .as_array()?
        .iter()
        .map(|sibling| bytes32(sibling.as_str()?))
        .collect();
    let path = MerklePath {
        index,
        leaf: bytes32(document["leaf"].as_str()?)?,
        siblings: siblings?.try_into().ok()?,
    };
    let root = bytes32(document["root"].as_str()?)?;
    (document["index"] == json!(index) && path.verify(&root)).then_some(())
}

/// Returns the index of an account's leaf, as `zkfusion_guest::account::Account::leaf_index`
/// computes it.
fn leaf_index(account: [u8; 32]) -> u32 {
    let word = |i: usize| u64::from_le_bytes(core::array::from_fn(|byte| account[8 * i + byte]));
    let mixed = word(0) ^ word(1).rotate_left(17) ^ word(2).rotate_left(31) ^ word(3).rotate_left(47);
    (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

async fn batches(chain: &Chain, app: u32, last: u64, output: &Output) -> Result<(), CliError> {
    let count = chain.call("fusion_app", &[json!(app)]).await?["batches"]
        .as_u64()
        .unwrap_or(0);
    let mut batches = Vec::new();
    for batch in count.saturating_sub(last)..count {
        match chain.call("fusion_batch", &[json!(app), json!(batch)]).await {
            Ok(document) => batches.push(document),
            // Old batches are forgotten.
            Err(error) if error.kind == "unknown" => {}
            Err(error) => return Err(error),
        }
    }
    output.answer(&json!(batches), |document| {
        let row = |batch: &Value| {
            let root = batch["statement"]["postRoot"]
                .as_str()
                .map_or_else(|| "-".into(), short);
            let fields = ["batch", "state", "first", "count", "sealedAt", "verifiedAt", "k"];
            fields
                .iter()
                .map(|field| text(batch, field))
                .chain([root])
                .collect()
        };
        let rows: Vec<Vec<_>> = document.as_array().into_iter().flatten().map(row).collect();
        let header = [
            "batch",
            "state",
            "first message",
            "messages",
            "sealed at",
            "verified at",
            "k",
            "root after",
        ];
        table(&header, &rows)
    });
    Ok(())
}

fn show(app: &Value) -> String {
    let fields = [
        ("app", "app"),
        ("owner", "owner"),
        ("program", "programId"),
        ("wasm hash", "wasmHash"),
        ("registered at", "registeredAt"),
        ("root", "root"),
        ("inbox hash", "inboxHash"),
    ];
    let mut lines: Vec<_> = fields
        .iter()
        .map(|(name, field)| format!("{name:<14} {}", text(app, field)))
        .collect();
    lines.push(format!(
        "{:<14} {}, {} processed",
        "messages",
        text(app, "messages"),
        text(app, "processed")
    ));
    lines.push(format!(
        "{:<14} {}, {} verified",
        "batches",
        text(app, "batches"),
        text(app, "verified")
    ));
    lines.push(format!(
        "{:<14} {} a unit, {} units wait",
        "fuel",
        text(app, "price"),
        text(app, "backlog")
    ));
    lines.join("\n")
}

fn show_all(apps: &Value) -> String {
    let row = |app: &Value| {
        let fields = ["app", "messages", "processed", "batches", "verified"].map(|field| text(app, field));
        fields
            .into_iter()
            .chain([short(&text(app, "root")), text(app, "owner")])
            .collect()
    };
    let rows: Vec<Vec<_>> = apps.as_array().into_iter().flatten().map(row).collect();
    if rows.is_empty() {
        return "no apps are registered".into();
    }
    table(
        &[
            "app",
            "messages",
            "processed",
            "batches",
            "verified",
            "root",
            "owner",
        ],
        &rows,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkfusion_primitives::merkle::SparseTree;

    fn proof() -> Value {
        let tree = SparseTree::from_leaves([(7, [1; 32]), (9, [2; 32])]);
        let path = tree.prove(7);
        let digits = |bytes: &[u8; 32]| format!("0x{}", hex::encode(bytes));
        json!({
            "root": digits(&tree.root()),
            "index": 7,
            "leaf": digits(&path.leaf),
            "siblings": path.siblings.iter().map(digits).collect::<Vec<_>>(),
        })
    }

    #[test]
    fn an_honest_leaf_is_accepted() {
        assert_eq!(check_leaf(&proof(), 7), Some(()));
    }

    #[test]
    fn a_forged_leaf_is_refused() {
        let forged = format!("0x{}", hex::encode([3; 32]));
        for (field, value) in [
            ("leaf", json!(forged)),
            ("root", json!(forged)),
            ("index", json!(9)),
            ("siblings", json!([])),
        ] {
            let mut document = proof();
            document[field] = value;
            assert_eq!(check_leaf(&document, 7), None, "{field}");
        }
        assert_eq!(check_leaf(&proof(), 9), None);
    }

    #[test]
    fn a_leaf_shows_its_first_word_as_a_number() {
        let leaf = json!({ "index": 5, "leaf": format!("0x2a{}", "00".repeat(31)) });
        assert_eq!(leaf_row(&leaf)[..2], ["5", "42"]);
    }

    #[test]
    fn no_apps_are_told_in_words() {
        assert_eq!(show_all(&json!([])), "no apps are registered");
    }
}
