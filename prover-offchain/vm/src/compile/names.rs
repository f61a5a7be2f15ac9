//! What functions are called, and in which of them a byte is, for messages.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
};

use wasmparser::{ExternalKind, KnownCustom, Name, Parser, Payload, TypeRef};

use crate::{CompileError, FunctionName, Place};

/// Returns a function with what the module calls it.
pub(super) fn function(wasm: &[u8], index: u32) -> FunctionName {
    FunctionName {
        index,
        name: names(wasm).remove(&index),
    }
}

/// Returns a place, with the function whose body it is in.
pub(super) fn place(wasm: &[u8], offset: u64) -> Place {
    Place {
        function: function_at(wasm, offset).map(|index| function(wasm, index)),
        offset,
    }
}

/// Says of an error of the validator in which function it is, and of what is beyond WebAssembly 2.0
/// that it cannot be had.
pub(super) fn locate(wasm: &[u8], error: &wasmparser::Error) -> CompileError {
    let message = error.message();
    let message = match message.contains("enabled") {
        true => alloc::format!("not in WebAssembly 2.0, and cannot be enabled: {message}"),
        false => message.to_string(),
    };
    CompileError::Invalid {
        message,
        place: place(wasm, error.offset()),
    }
}

/// Finds the function whose body contains a byte.
fn function_at(wasm: &[u8], offset: u64) -> Option<u32> {
    let mut function = 0;
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::ImportSection(section) => {
                let imports = section.into_imports().map_while(Result::ok);
                function += imports
                    .filter(|import| matches!(import.ty, TypeRef::Func(_)))
                    .count() as u32;
            }
            Payload::CodeSectionEntry(body) => {
                if body.range().contains(&offset) {
                    return Some(function);
                }
                function += 1;
            }
            _ => {}
        }
    }
    None
}

/// Reads what the name section and the exports call functions.
fn names(wasm: &[u8]) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::ExportSection(section) => {
                for export in section.into_iter().map_while(Result::ok) {
                    if export.kind == ExternalKind::Func {
                        names.insert(export.index, export.name.to_string());
                    }
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(section) = section.as_known() else {
                    continue;
                };
                for name in section.into_iter().map_while(Result::ok) {
                    let Name::Function(map) = name else { continue };
                    names.extend(
                        map.map_while(Result::ok)
                            .map(|naming| (naming.index, naming.name.to_string())),
                    );
                }
            }
            _ => {}
        }
    }
    names
}
