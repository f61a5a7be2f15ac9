//! Keeps the state that a test leaves, for `runtime/tests/try_state.rs`: what the pallets promise of
//! their storage is compiled only into a runtime of other features.

use serde_json::{json, Map, Value};
use std::path::PathBuf;
use zkfusion_cli::chain::Chain;

use crate::{Failure, Result};

/// Keys of storage that are asked for at once.
const PAGE: usize = 100;

/// Returns the folder of the states, which is beside the programs.
fn folder() -> Result<PathBuf> {
    let us = std::env::current_exe()?;
    let programs = us.ancestors().nth(2);
    let programs = programs.ok_or_else(|| Failure("tests run in a folder of the target".into()))?;
    Ok(programs.join("states"))
}

/// Writes the state of the best block into a file of this name.
///
/// # Errors
///
/// When the node does not answer, or the file cannot be written.
pub async fn keep(chain: &Chain, name: &str) -> Result<()> {
    let block = chain.call("chain_getBlockHash", &[]).await?;
    let header = chain
        .call("chain_getHeader", std::slice::from_ref(&block))
        .await?;
    let mut pairs = Map::new();
    let mut last = json!(null);
    loop {
        let keys = [json!("0x"), json!(PAGE), last, block.clone()];
        let keys = chain.call("state_getKeysPaged", &keys).await?;
        let Some(key) = keys.as_array().and_then(|keys| keys.last()) else {
            break;
        };
        last = key.clone();
        let changes = chain.call("state_queryStorageAt", &[keys, block.clone()]).await?;
        let values = changes[0]["changes"].as_array().into_iter().flatten();
        pairs.extend(values.filter_map(|pair| Some((pair[0].as_str()?.to_owned(), pair[1].clone()))));
    }
    let document = json!({ "number": header["number"], "stateRoot": header["stateRoot"], "pairs": pairs });
    let folder = folder()?;
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join(format!("{name}.json")), Value::to_string(&document))?;
    Ok(())
}
