//! Several linked modules as one.
//!
//! Each index space of the merged module is that of its parts, one after the other, where an import
//! stands for what it refers to. Instantiation becomes a function of each part: it sets the globals
//! whose initialisers name other globals, applies the active segments, which are passive in the
//! merged module, and calls the start function.

mod indices;
mod sections;

use std::collections::BTreeMap;

use wasm_encoder::reencode::Error as ReencodeError;
use wasmparser::TypeRef;

use crate::interface::{Import, Interface};
use indices::{Indices, Next};
use sections::Merged;

/// A module to be merged.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its binary form, which is valid.
    pub(crate) wasm: Vec<u8>,
    /// Its interface.
    pub(crate) interface: Interface,
    /// What each import refers to: another part's number, and the index there.
    pub(crate) resolved: Vec<(usize, u32)>,
}

/// Why parts cannot be merged.
#[derive(Debug)]
pub(crate) enum MergeError {
    /// More than one part has a memory of its own.
    Memories,
    /// A passive element segment names a global.
    PassiveGlobal,
    /// The binary form is not as expected.
    Encoding(ReencodeError),
}

impl<E: Into<ReencodeError>> From<E> for MergeError {
    fn from(error: E) -> Self {
        Self::Encoding(error.into())
    }
}

/// Name of the function that instantiates part `number`.
pub(crate) fn initializer(number: usize) -> String {
    format!("{number}")
}

/// Name of what part `number` exports as `name`: functions and globals are exported as such, tables
/// as functions that return their size.
pub(crate) fn export(number: usize, name: &str) -> String {
    format!("{number}:{name}")
}

/// Merges parts, which are numbered; imports refer to smaller numbers.
pub(crate) fn merge(parts: &BTreeMap<usize, Part>) -> Result<Vec<u8>, MergeError> {
    let memories: usize = parts.values().map(Part::own_memories).sum();
    if memories > 1 {
        return Err(MergeError::Memories);
    }
    let mut merged = Merged::new();
    let mut renumbered: BTreeMap<usize, Indices> = BTreeMap::new();
    let mut next = Next::after(merged.types());
    for (number, part) in parts {
        let indices = Indices::of(part, &renumbered, &mut next);
        renumbered.insert(*number, indices);
    }
    for ((number, part), indices) in parts.iter().zip(renumbered.values_mut()) {
        merged.add(*number, part, indices)?;
    }
    Ok(merged.finish())
}

impl Part {
    fn own_memories(&self) -> usize {
        let is_memory = |import: &&Import| matches!(import.ty, TypeRef::Memory(_));
        self.interface.memories.len() - self.interface.imports.iter().filter(is_memory).count()
    }
}
