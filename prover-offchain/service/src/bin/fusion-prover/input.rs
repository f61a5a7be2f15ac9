//! Programs and messages on the command line.

use clap::Args;
use std::{fmt::Display, fs, path::PathBuf};
use zkfusion_primitives::{
    batch::Batch, cost::DEFAULT_FUEL_LIMIT, ids::ProgramId, job::BatchJob, merkle::SparseTree,
};
use zkfusion_prover::{
    blake2_256,
    entry::with_entry,
    execution::{Script, ScriptMessage},
};

/// A program and the messages that it gets.
#[derive(Debug, Args)]
pub(crate) struct Input {
    #[command(flatten)]
    pub(crate) program: Program,
    /// A JSON file with the messages; - for standard input. Without it there is one message.
    #[arg(conflicts_with_all = ["payload", "sender", "fuel"])]
    messages: Option<PathBuf>,
    /// The items of that message's payload; none by default.
    #[arg(long, num_args = 1.., value_name = "ITEM")]
    payload: Vec<String>,
    /// The sender of that message.
    #[arg(long, default_value = "Alice", value_name = "ACCOUNT")]
    sender: String,
    /// The fuel of that message.
    #[arg(long, default_value_t = DEFAULT_FUEL_LIMIT, value_name = "UNITS")]
    fuel: u64,
}

/// A program.
#[derive(Debug, Args)]
pub(crate) struct Program {
    /// The program.
    wasm: PathBuf,
    /// The exported function that a message begins with; by default zkmain.
    #[arg(long, value_name = "EXPORT")]
    entry: Option<String>,
}

impl Program {
    /// Returns the program as people call it.
    pub(crate) fn name(&self) -> String {
        self.wasm.display().to_string()
    }

    /// Reads the program.
    pub(crate) fn read(&self) -> Result<Vec<u8>, String> {
        let text = |error: &dyn Display| format!("{}: {error}", self.wasm.display());
        let wasm = fs::read(&self.wasm).map_err(|error| text(&error))?;
        match &self.entry {
            Some(entry) => with_entry(&wasm, entry).map_err(|error| text(&error)),
            None => Ok(wasm),
        }
    }
}

/// Shows what a file of messages looks like.
pub(crate) const EXAMPLE: &str = r#"Example of a file:
  {
    "messages": [
      { "sender": "Alice", "payload": ["u64:1", "account:Alice", "u64:1000"] },
      { "sender": "Alice", "payload": ["u64:2", "account:Bob", "u64:300"], "fuel_limit": 20000 }
    ]
  }
Optional in addition to "messages": "seed" (32 bytes in hexadecimal) and "leaves" ({"index": "32 bytes in hexadecimal"}), the state
before the first message.

The same as one message: fusion-prover run token.wasm --payload u64:1 account:Alice u64:1000"#;

impl Input {
    /// Reads the messages.
    pub(crate) fn script(&self) -> Result<Script, String> {
        let Some(path) = &self.messages else {
            let message = ScriptMessage {
                sender: self.sender.clone(),
                payload: self.payload.clone(),
                fuel_limit: self.fuel,
                at_block: 0,
            };
            return Ok(Script {
                messages: vec![message],
                ..Script::default()
            });
        };
        let read = if path.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            fs::read_to_string(path)
        };
        let json = read.map_err(|error| format!("{}: {error}", path.display()))?;
        serde_json::from_str(&json).map_err(|error| {
            format!(
                "{}: {error}; `fusion-prover run --help` shows an example",
                path.display()
            )
        })
    }

    /// Returns the messages as the first batch of an app on a chain without a name: genesis hash
    /// and app are zero.
    pub(crate) fn job(&self, wasm: &[u8], program_id: ProgramId) -> Result<BatchJob, String> {
        let script = self.script()?;
        let text = |error: zkfusion_prover::execution::ScriptError| error.to_string();
        let leaves = script.leaves().map_err(text)?;
        Ok(BatchJob {
            batch: Batch {
                genesis_hash: [0; 32],
                app_id: 0,
                program_id,
                batch_index: 0,
                pre_root: SparseTree::from_leaves(leaves.iter().copied()).root(),
                inbox_hash_pre: [0; 32],
                vrf_seed: script.seed().map_err(text)?,
                messages: script.messages().map_err(text)?,
            },
            wasm_hash: blake2_256(wasm),
            leaves,
        })
    }
}
