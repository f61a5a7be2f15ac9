//! Accepts WebAssembly 2.0 without vectors, extended constants and tail calls, and says precisely
//! what it refuses.

use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
};

use wasmparser::{
    FunctionBody, KnownCustom, Name, Parser, Payload, TypeRef, ValType, Validator, WasmFeatures,
};

use super::operators;
use crate::{limits::Limit, CompileError};

/// What the validator accepts.
const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::FLOATS)
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::MULTI_VALUE)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::GC_TYPES)
    .union(WasmFeatures::EXTENDED_CONST)
    .union(WasmFeatures::TAIL_CALL);

/// Checks that `wasm` is valid and uses nothing beyond what is accepted.
///
/// # Errors
/// [`CompileError::UnsupportedInstruction`] or [`CompileError::UnsupportedType`] for the first use
/// of anything else, [`CompileError::Invalid`] for what the specification refuses,
/// [`CompileError::TooLarge`].
pub(crate) fn validate(wasm: &[u8]) -> Result<(), CompileError> {
    Limit::WasmBytes.check(wasm.len() as u64)?;
    refuse_unsupported(wasm)?;
    Validator::new_with_features(FEATURES).validate_all(wasm)?;
    Ok(())
}

/// Looks for types and instructions that are not accepted.
fn refuse_unsupported(wasm: &[u8]) -> Result<(), CompileError> {
    let mut function = 0;
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::TypeSection(section) => {
                let offset = section.range().start;
                for (index, ty) in section.into_iter_err_on_gc_types().enumerate() {
                    let ty = ty?;
                    for value in ty.params().iter().chain(ty.results()) {
                        require_supported(*value, || format!("type {index}"), offset)?;
                    }
                }
            }
            Payload::ImportSection(section) => {
                for (index, item) in section.into_imports_with_offsets().enumerate() {
                    let (offset, import) = item?;
                    match import.ty {
                        TypeRef::Func(_) => function += 1,
                        TypeRef::Global(ty) => {
                            require_supported(ty.content_type, || format!("import {index}"), offset)?;
                        }
                        _ => {}
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for (index, item) in section.into_iter_with_offsets().enumerate() {
                    let (offset, global) = item?;
                    require_supported(global.ty.content_type, || format!("global {index}"), offset)?;
                }
            }
            Payload::CodeSectionEntry(body) => {
                refuse_in_body(wasm, function, &body)?;
                function += 1;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Looks for unsupported locals and instructions of one function.
fn refuse_in_body(wasm: &[u8], function: u32, body: &FunctionBody<'_>) -> Result<(), CompileError> {
    let mut locals = body.get_locals_reader()?;
    for _ in 0..locals.get_count() {
        let offset = locals.original_position();
        let (_, ty) = locals.read()?;
        require_supported(ty, || format!("a local of function {function}"), offset)?;
    }
    let mut reader = body.get_operators_reader()?;
    while !reader.eof() {
        let (operator, offset) = reader.read_with_offset()?;
        if !operators::is_supported(&operator) {
            return Err(CompileError::UnsupportedInstruction {
                instruction: operators::name(&operator),
                function,
                name: function_names(wasm).remove(&function),
                offset,
            });
        }
    }
    Ok(())
}

/// Refuses any type but numbers and the references of WebAssembly 2.0.
fn require_supported(ty: ValType, place: impl Fn() -> String, offset: u64) -> Result<(), CompileError> {
    match ty {
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::FUNCREF | ValType::EXTERNREF => {
            Ok(())
        }
        _ => Err(CompileError::UnsupportedType {
            ty: ty.to_string(),
            place: place(),
            offset,
        }),
    }
}

/// Reads what the name section and the exports call functions.
fn function_names(wasm: &[u8]) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
        match payload {
            Payload::ExportSection(section) => {
                for export in section.into_iter().map_while(Result::ok) {
                    if export.kind == wasmparser::ExternalKind::Func {
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
