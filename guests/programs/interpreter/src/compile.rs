//! From a script's words to operations.
//!
//! `: name ... ;` defines a word, `( ... )` is a comment, `exit` returns early, `if ... then` and
//! `begin ... while ... repeat` are as in Forth. What stands outside definitions is the program.

use alloc::vec::Vec;

use crate::machine::{Operation, Program};

/// A word that was defined, and its place.
struct Definition<'s> {
    name: &'s str,
    place: usize,
}

/// What has begun and not ended.
enum Open {
    /// A jump over what follows `if`.
    If { jump: usize },
    /// A loop that goes back to `begin`.
    Begin { begin: usize },
    /// The same, and the jump out of it.
    While { begin: usize, jump: usize },
}

/// Compiles a script.
///
/// # Errors
/// When it has a word that is not known, or words that belong together do not stand so.
pub(crate) fn compile(script: &str) -> Result<Program, &'static str> {
    let mut operations: Vec<Operation> = Vec::new();
    let mut definitions: Vec<Definition<'_>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut start = 0;
    let mut words = script.split_ascii_whitespace();
    while let Some(word) = words.next() {
        let place = operations.len();
        match word {
            "(" => {
                words.find(|word| *word == ")").ok_or("a comment has no end")?;
            }
            ":" => {
                let name = words.next().ok_or("a definition has no name")?;
                definitions.push(Definition { name, place });
            }
            ";" => {
                operations.push(Operation::Return);
                start = operations.len();
            }
            "exit" => operations.push(Operation::Return),
            "if" => {
                open.push(Open::If { jump: place });
                operations.push(Operation::JumpIfZero(place));
            }
            "then" => match open.pop() {
                Some(Open::If { jump }) => operations[jump] = Operation::JumpIfZero(place),
                _ => return Err("then without if"),
            },
            "begin" => open.push(Open::Begin { begin: place }),
            "while" => match open.pop() {
                Some(Open::Begin { begin }) => {
                    open.push(Open::While { begin, jump: place });
                    operations.push(Operation::JumpIfZero(place));
                }
                _ => return Err("while without begin"),
            },
            "repeat" => match open.pop() {
                Some(Open::While { begin, jump }) => {
                    operations.push(Operation::Jump(begin));
                    operations[jump] = Operation::JumpIfZero(place + 1);
                }
                _ => return Err("repeat without while"),
            },
            word => {
                let known = definitions
                    .iter()
                    .rev()
                    .find(|definition| definition.name == word);
                operations.push(match known {
                    Some(definition) => Operation::Call(definition.place),
                    None => primitive(word)?,
                });
            }
        }
    }
    if !open.is_empty() {
        return Err("if without then, or begin without repeat");
    }
    operations.push(Operation::Return);
    Ok(Program { operations, start })
}

/// Returns what a word of the language, or a number, means.
fn primitive(word: &str) -> Result<Operation, &'static str> {
    Ok(match word {
        "+" => Operation::Add,
        "-" => Operation::Subtract,
        "*" => Operation::Multiply,
        "%" => Operation::Remainder,
        "=" => Operation::Equal,
        "<" => Operation::Less,
        "dup" => Operation::Duplicate,
        "drop" => Operation::Drop,
        "swap" => Operation::Swap,
        "over" => Operation::Over,
        "rot" => Operation::Rotate,
        number => Operation::Number(number.parse().map_err(|_| "a word is not known")?),
    })
}
