//! The reasons why a program is refused.

use alloc::string::String;
use core::fmt;

use crate::limits::Limit;

/// Why wasm does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// Not valid WebAssembly, or of a version that is not accepted.
    Invalid {
        /// What the validator says.
        message: String,
        /// Byte offset in the wasm.
        offset: u64,
    },
    /// A limit is exceeded.
    TooLarge {
        /// Which.
        limit: Limit,
        /// The program's size.
        size: u64,
    },
    /// An instruction that is not accepted.
    UnsupportedInstruction {
        /// Its name in the text format.
        instruction: String,
        /// Index of the function that contains it.
        function: u32,
        /// That function's name, when the wasm tells.
        name: Option<String>,
        /// Byte offset in the wasm.
        offset: u64,
    },
    /// A type that is not accepted.
    UnsupportedType {
        /// The type.
        ty: String,
        /// Where it is used.
        place: String,
        /// Byte offset in the wasm.
        offset: u64,
    },
    /// An import that is not a host function.
    UnknownImport {
        /// Its module.
        module: String,
        /// Its name.
        name: String,
    },
    /// A host function imported with another type than it has.
    ImportType {
        /// Its name.
        name: String,
        /// Its type.
        expected: String,
    },
    /// The entry function is not exported.
    NoEntry {
        /// Name of the missing export.
        export: String,
    },
    /// The entry function takes parameters or has results.
    EntryType {
        /// Name of the export.
        export: String,
    },
    /// A data or element segment does not fit the memory or table.
    SegmentOutOfBounds {
        /// `data` or `element`.
        kind: &'static str,
        /// Index of the segment.
        segment: u32,
        /// One past its last byte or element.
        end: u64,
        /// Size of the memory in bytes or of the table in elements.
        size: u64,
    },
}

impl CompileError {
    /// Returns the error for what validation excludes.
    pub(crate) fn unexpected(what: &str) -> Self {
        Self::Invalid {
            message: alloc::format!("unexpected {what}"),
            offset: 0,
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid { message, offset } => {
                write!(f, "invalid wasm at byte {offset:#x}: {message}")
            }
            Self::TooLarge { limit, size } => write!(
                f,
                "too many {}: {size}, the limit is {}",
                limit.name(),
                limit.value()
            ),
            Self::UnsupportedInstruction {
                instruction,
                function,
                name,
                offset,
            } => {
                write!(f, "unsupported instruction {instruction} in function {function}")?;
                if let Some(name) = name {
                    write!(f, " ({name})")?;
                }
                write!(f, " at byte {offset:#x}")
            }
            Self::UnsupportedType { ty, place, offset } => {
                write!(f, "unsupported type {ty} in {place} at byte {offset:#x}")
            }
            Self::UnknownImport { module, name } => {
                write!(
                    f,
                    "unknown import {module}.{name}: programs import host functions of module env, and of WASI only fd_write"
                )
            }
            Self::ImportType { name, expected } => {
                write!(f, "host function {name} has type {expected}")
            }
            Self::NoEntry { export } => write!(f, "no exported function {export}"),
            Self::EntryType { export } => {
                write!(f, "exported function {export} must have type [] -> []")
            }
            Self::SegmentOutOfBounds {
                kind,
                segment,
                end,
                size,
            } => {
                write!(
                    f,
                    "{kind} segment {segment} ends at {end}, beyond the size {size}"
                )
            }
        }
    }
}

impl core::error::Error for CompileError {}

impl From<wasmparser::Error> for CompileError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid {
            message: error.message().into(),
            offset: error.offset(),
        }
    }
}
