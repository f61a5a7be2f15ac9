//! Keeps the state that a test leaves, for `runtime/tests/try_state.rs`: what the pallets promise
//! of their storage is compiled only into a runtime of other features.

use alloy::transports::http::reqwest::Client;
use serde_json::{json, Map, Value};
use std::path::PathBuf;
use zkfusion_cli::chain::Chain;

use crate::{Failure, Result};

/// Keys of storage that are asked for at once.
const PAGE: usize = 32;

/// Returns the folder of the states, which is beside the programs.
fn folder() -> Result<PathBuf> {
    let us = std::env::current_exe()?;
    let programs = us.ancestors().nth(2);
    let programs = programs.ok_or_else(|| Failure("tests run in a folder of the target".into()))?;
    Ok(programs.join("states"))
}

/// Asks a node over HTTP, which takes larger answers than a WebSocket's client: the state has the
/// runtime's code.
async fn ask(url: &str, method: &str, arguments: Value) -> Result<Value> {
    let failed = |error: &dyn std::fmt::Display| Failure::of(format!("{method} at {url}"), error);
    let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": arguments });
    let request = Client::new().post(url).header("content-type", "application/json");
    let answer = request.body(question.to_string()).send().await;
    let text = answer.map_err(|e| failed(&e))?.text().await;
    let text = text.map_err(|e| failed(&e))?;
    let mut answer: Value = serde_json::from_str(&text).map_err(|e| failed(&e))?;
    match answer.get_mut("result") {
        Some(result) => Ok(result.take()),
        None => Err(failed(&answer["error"])),
    }
}

/// Writes the state of the best block into a file of this name.
///
/// # Errors
///
/// When the node does not answer, or the file cannot be written.
pub async fn keep(chain: &Chain, name: &str) -> Result<()> {
    let url = chain.url().replacen("ws://", "http://", 1);
    let block = ask(&url, "chain_getBlockHash", json!([])).await?;
    let header = ask(&url, "chain_getHeader", json!([block])).await?;
    let mut pairs = Map::new();
    let mut last = json!(null);
    loop {
        let keys = json!(["0x", PAGE, last, block]);
        let keys = ask(&url, "state_getKeysPaged", keys).await?;
        let Some(key) = keys.as_array().and_then(|keys| keys.last()) else {
            break;
        };
        last = key.clone();
        let changes = ask(&url, "state_queryStorageAt", json!([keys, block])).await?;
        let values = changes[0]["changes"].as_array().into_iter().flatten();
        pairs.extend(values.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].clone()))));
    }
    let document = json!({ "number": header["number"], "stateRoot": header["stateRoot"], "pairs": pairs });
    let folder = folder()?;
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("{name}.json")), Value::to_string(&document))?;
    Ok(())
}
