//! Accepts WebAssembly 2.0 without vectors, with extended constants and tail calls, and says
//! precisely what it refuses.

use wasmparser::{Validator, WasmFeatures};

use super::{file_type, names, unsupported};
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

/// Checks that `wasm` is valid and uses nothing beyond what is accepted, in time proportional to
/// its size.
///
/// # Errors
/// [`CompileError`] for the first thing that is not: [`CompileError::NotWasm`], what
/// [`unsupported::refuse_unsupported`] finds, [`CompileError::Invalid`] for what the specification
/// refuses.
pub(super) fn validate(wasm: &[u8]) -> Result<(), CompileError> {
    Limit::WasmBytes.check(wasm.len() as u64)?;
    file_type::require_module(wasm)?;
    unsupported::refuse_unsupported(wasm)?;
    Validator::new_with_features(FEATURES)
        .validate_all(wasm)
        .map_err(|error| names::locate(wasm, &error))?;
    Ok(())
}
