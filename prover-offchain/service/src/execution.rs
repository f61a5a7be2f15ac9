//! Plain execution of messages, without a proof.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use zkfusion_primitives::{
    cost::DEFAULT_FUEL_LIMIT,
    effects::{BatchEffects, MessageOutcome},
    ids::Hash,
    merkle::{Leaf, SparseTree},
    message::{Message, Payload},
    status::MessageStatus,
};
use zkfusion_vm::{compile, execute_batch, CompileError, Program};

use crate::payload::{parse_account, parse_payload};

/// Messages to execute and the world that they meet, as people write it: the file that
/// `fusion-prover run` reads.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The batch's randomness: 32 bytes in hexadecimal, the last of them zero; zeros when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<String>,
    /// Leaves before the first message: index to 32 bytes in hexadecimal.
    #[serde(default)]
    pub leaves: BTreeMap<u32, String>,
    /// The messages in order.
    pub messages: Vec<ScriptMessage>,
}

/// A message of a [`Script`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptMessage {
    /// Who sends it: `Alice`, or 32 bytes in hexadecimal after `0x`.
    pub sender: String,
    /// Items as [`parse_payload`] takes them.
    #[serde(default)]
    pub payload: Vec<String>,
    /// Fuel that it may use.
    #[serde(default = "default_fuel")]
    pub fuel_limit: u64,
    /// Block that included it.
    #[serde(default)]
    pub at_block: u64,
}

fn default_fuel() -> u64 {
    DEFAULT_FUEL_LIMIT
}

/// Why a script cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScriptError {
    /// A message is not well-formed.
    #[error("message {index}: {message}")]
    Message {
        /// Its place in the script, from 0.
        index: usize,
        /// What is wrong.
        message: String,
    },
    /// A leaf or the seed is not 32 bytes in hexadecimal, or the seed is not a field element.
    #[error("{place}: {message}")]
    Bytes {
        /// Which.
        place: String,
        /// What is wrong.
        message: &'static str,
    },
}

impl Script {
    /// Returns the messages.
    ///
    /// # Errors
    /// [`ScriptError::Message`] naming the first that is not well-formed.
    pub fn messages(&self) -> Result<Vec<Message>, ScriptError> {
        let message = |(index, message): (usize, &ScriptMessage)| {
            let wrong = |message: String| ScriptError::Message { index, message };
            let payload =
                parse_payload(&message.payload, parse_account).map_err(|error| wrong(error.to_string()))?;
            Ok(Message {
                index: index as u64,
                sender: parse_account(&message.sender).map_err(wrong)?,
                at_block: message.at_block,
                fuel_limit: message.fuel_limit,
                payload: Payload::try_from(payload).map_err(|_| wrong("the payload is too long".into()))?,
            })
        };
        self.messages.iter().enumerate().map(message).collect()
    }

    /// Returns the leaves before the first message.
    ///
    /// # Errors
    /// [`ScriptError::Bytes`] naming the leaf.
    pub fn leaves(&self) -> Result<Vec<(u32, Leaf)>, ScriptError> {
        self.leaves
            .iter()
            .map(|(index, leaf)| Ok((*index, bytes(&format!("leaf {index}"), leaf)?)))
            .collect()
    }

    /// Returns the randomness.
    ///
    /// # Errors
    /// [`ScriptError::Bytes`].
    pub fn seed(&self) -> Result<Hash, ScriptError> {
        let seed = self
            .seed
            .as_deref()
            .map_or(Ok([0; 32]), |seed| bytes("seed", seed))?;
        if seed[31] != 0 {
            return Err(ScriptError::Bytes {
                place: "seed".into(),
                message: "its last byte must be zero",
            });
        }
        Ok(seed)
    }
}

fn bytes(place: &str, digits: &str) -> Result<[u8; 32], ScriptError> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(digits.trim_start_matches("0x"), &mut bytes).map_err(|_| ScriptError::Bytes {
        place: place.into(),
        message: "not 64 hexadecimal digits",
    })?;
    Ok(bytes)
}

/// What executing messages did.
#[derive(Clone, Debug)]
pub struct Execution {
    /// What the chain would apply.
    pub effects: BatchEffects,
    /// For each message, what only whoever executes sees.
    pub details: Vec<Detail>,
    /// State afterwards.
    pub state: SparseTree,
}

/// What is not proved of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// VM steps.
    pub steps: u64,
    /// Texts that it logged.
    pub logs: Vec<String>,
    /// Where it failed: the address, and the function if it has a name.
    pub failed_at: Option<(u32, Option<String>)>,
}

/// Executes messages as a batch: in order, each on the state that those before it left.
///
/// # Errors
/// [`CompileError`] when the wasm is not a program.
pub fn execute(
    wasm: &[u8],
    messages: &[Message],
    seed: &Hash,
    leaves: impl IntoIterator<Item = (u32, Leaf)>,
) -> Result<Execution, CompileError> {
    let program = compile(wasm)?;
    let mut state = SparseTree::from_leaves(leaves);
    let mut kv: BTreeMap<u32, [u64; 4]> = state
        .leaves()
        .map(|(index, leaf)| (index, to_words(leaf)))
        .collect();
    let tapes: Vec<_> = messages.iter().map(to_vm).collect();
    let outcomes = execute_batch(&program, &tapes, to_words(seed), &mut kv);
    let (mut ended, mut outbox) = (Vec::new(), Vec::new());
    let mut details = Vec::new();
    for outcome in outcomes {
        let status = MessageStatus::from_code(outcome.status).unwrap_or(MessageStatus::Unreachable);
        let writes: Vec<_> = outcome
            .writes
            .iter()
            .map(|(index, leaf)| (*index, to_bytes(leaf)))
            .collect();
        writes.iter().for_each(|(index, leaf)| state.set(*index, *leaf));
        outbox.extend(outcome.outbox.iter().map(to_bytes));
        details.push(Detail {
            steps: outcome.steps,
            logs: outcome.logs,
            failed_at: (!status.is_ok()).then(|| (outcome.pc, function_name(&program, outcome.pc))),
        });
        ended.push(MessageOutcome {
            status,
            fuel_used: outcome.fuel_used,
            writes,
        });
    }
    Ok(Execution {
        effects: BatchEffects::new(ended, outbox),
        details,
        state,
    })
}

fn function_name(program: &Program, pc: u32) -> Option<String> {
    program.function_at(pc).and_then(|function| function.name.clone())
}

/// Returns a message as the VM takes it.
pub(crate) fn to_vm(message: &Message) -> zkfusion_vm::Message {
    zkfusion_vm::Message {
        tape: message.tape(),
        fuel_limit: message.fuel_limit,
    }
}

fn to_words(bytes: &[u8; 32]) -> [u64; 4] {
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = chunk
            .iter()
            .rev()
            .fold(0, |word, byte| word << 8 | u64::from(*byte));
    }
    words
}

fn to_bytes(words: &[u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.chunks_exact_mut(8).zip(words) {
        chunk.copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SCRIPT: &str = r#"{
        "seed": "0x0102030405060708091011121314151617181920212223242526272829303100",
        "leaves": { "5": "0101010101010101010101010101010101010101010101010101010101010101" },
        "messages": [{ "sender": "//Alice", "payload": ["u64:5", "str:text"], "fuel_limit": 9, "at_block": 3 }]
    }"#;

    /// Reads everything that a script says.
    fn read(script: &Script) -> Result<(), ScriptError> {
        script.messages()?;
        script.leaves()?;
        script.seed()?;
        Ok(())
    }

    #[test]
    fn a_script_is_read() {
        let script: Script = serde_json::from_str(SCRIPT).unwrap();
        assert_eq!(read(&script), Ok(()));
        assert_eq!(script.messages().unwrap()[0].at_block, 3);
    }

    proptest! {
        #[test]
        fn damaged_scripts_are_refused_or_others(
            place in 0..SCRIPT.len(), removed in 0..4usize, text in "[0-9a-fx\"{}:, -]{0,3}|\\PC{0,3}"
        ) {
            let mut script = SCRIPT.to_owned();
            script.replace_range(place..SCRIPT.len().min(place + removed), &text);
            if let Ok(script) = serde_json::from_str::<Script>(&script) {
                if let Err(error) = read(&script) {
                    prop_assert!(!error.to_string().is_empty());
                }
            }
        }
    }
}
