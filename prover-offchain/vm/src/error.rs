//! The reasons why a program is refused.

use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::{
    limits::{Limit, VALUES_PER_BYTE},
    name::Printable,
};

/// A function, for messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionName {
    /// Its index.
    pub index: u32,
    /// What the name section or an export calls it.
    pub name: Option<String>,
}

impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "function {}", self.index)?;
        match &self.name {
            Some(name) => write!(f, " ({})", Printable::name(name)),
            None => Ok(()),
        }
    }
}

/// A place in the wasm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The function that it is in.
    pub function: Option<FunctionName>,
    /// Byte offset in the wasm.
    pub offset: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(function) = &self.function {
            write!(f, "in {function} ")?;
        }
        write!(f, "at byte {:#x}", self.offset)
    }
}

/// Why wasm does not compile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// Not a WebAssembly module at all.
    NotWasm {
        /// What it is instead.
        found: &'static str,
        /// What to do.
        hint: &'static str,
    },
    /// Not valid WebAssembly, or of a version that is not accepted.
    Invalid {
        /// What the validator says.
        message: String,
        /// Where.
        place: Place,
    },
    /// A limit is exceeded.
    TooLarge {
        /// Which.
        limit: Limit,
        /// The program's size.
        size: u64,
        /// Where, when it is the limit of something in particular.
        place: Option<Place>,
    },
    /// Instructions take and give more values than [`VALUES_PER_BYTE`] allows.
    TooManyValues {
        /// How many are allowed in so many bytes.
        allowed: u64,
        /// Where this number is exceeded.
        place: Place,
    },
    /// An instruction that is not accepted.
    UnsupportedInstruction {
        /// Its name in the text format.
        instruction: String,
        /// Where.
        place: Place,
    },
    /// A type that is not accepted.
    UnsupportedType {
        /// The type.
        ty: String,
        /// What has it.
        of: String,
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
    /// An import that is not a function.
    ImportKind {
        /// `memory`, `table`, `global` or `tag`.
        kind: &'static str,
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
        /// The type that it is imported with.
        found: String,
    },
    /// The entry function is not exported.
    NoEntry {
        /// Name of the missing export.
        export: String,
        /// The functions that are exported.
        exports: Vec<String>,
    },
    /// The entry function, or what runs before it, takes parameters or has results.
    EntryType {
        /// Name of the export.
        export: String,
        /// Its type.
        found: String,
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
            place: Place {
                function: None,
                offset: 0,
            },
        }
    }

    /// Adds where it is, if the error says nothing about it.
    pub(crate) fn at(mut self, somewhere: impl FnOnce() -> Place) -> Self {
        if let Self::TooLarge {
            limit: Limit::Locals | Limit::Frame,
            place: place @ None,
            ..
        } = &mut self
        {
            *place = Some(somewhere());
        }
        self
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWasm { found, hint } => write!(f, "{found}, not a WebAssembly module: {hint}"),
            Self::Invalid { message, place } => {
                // Some messages quote names of the module.
                write!(f, "invalid wasm {place}: {}", Printable::message(message))
            }
            Self::TooLarge { limit, size, place } => {
                write!(
                    f,
                    "too many {}: {size}, the limit is {}",
                    limit.name(),
                    limit.value()
                )?;
                match place {
                    Some(place) => write!(f, ", {place}"),
                    None => Ok(()),
                }
            }
            Self::TooManyValues { allowed, place } => write!(
                f,
                "instructions take and give too many values: more than {allowed}, {VALUES_PER_BYTE} for each \
                 byte of wasm, {place}"
            ),
            Self::UnsupportedInstruction { instruction, place } => {
                write!(f, "unsupported instruction {instruction} {place}")
            }
            Self::UnsupportedType { ty, of, offset } => {
                write!(f, "unsupported type {ty} of {of} at byte {offset:#x}")
            }
            Self::UnknownImport { module, name } => write!(
                f,
                "unknown import {}.{}: programs import host functions of module env, and of WASI only fd_write",
                Printable::name(module),
                Printable::name(name)
            ),
            Self::ImportKind { kind, module, name } => {
                let hint = match *kind {
                    "memory" => "; a linker's --import-memory does that",
                    "table" => "; a linker's --import-table does that",
                    "global" => "; position-independent code does that",
                    _ => "",
                };
                write!(
                    f,
                    "imported {kind} {}.{}: only functions can be imported{hint}",
                    Printable::name(module),
                    Printable::name(name)
                )
            }
            Self::ImportType {
                name,
                expected,
                found,
            } => {
                write!(f, "host function {name} has type {expected}, not {found}")
            }
            Self::NoEntry { export, exports } => {
                write!(f, "no exported function {}; ", Printable::name(export))?;
                list(f, exports)
            }
            Self::EntryType { export, found } => write!(
                f,
                "exported function {} must have type [] -> [], not {found}",
                Printable::name(export)
            ),
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

/// Lists exported functions.
fn list(f: &mut fmt::Formatter<'_>, exports: &[String]) -> fmt::Result {
    const SHOWN: usize = 8;
    if exports.is_empty() {
        return write!(f, "the module exports no function");
    }
    write!(f, "the module exports")?;
    for (index, export) in exports.iter().take(SHOWN).enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(f, "{comma} {}", Printable::name(export))?;
    }
    match exports.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => write!(f, " and {more} more"),
    }
}

impl core::error::Error for CompileError {}

impl From<wasmparser::Error> for CompileError {
    fn from(error: wasmparser::Error) -> Self {
        Self::Invalid {
            message: error.message().into(),
            place: Place {
                function: None,
                offset: error.offset(),
            },
        }
    }
}
