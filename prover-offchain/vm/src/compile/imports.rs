//! Host functions as imports.

use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};

use wasmparser::{FuncType, ValType};

use crate::{host::HostFn, status, CompileError};

/// What an import stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Import {
    /// A host call.
    Host(HostFn),
    /// `inbox_next` with an argument that is ignored.
    WasmInput,
    /// Loads a leaf into memory.
    KvGet,
    /// Stores a leaf from memory.
    KvSet,
    /// Writes what stands for the current state.
    KvGetRoot,
    /// Ends the message unless it is given what stands for the current state.
    KvSetRoot,
    /// Compiled to a branch.
    Require,
    /// Ends the message with a status.
    Trap(u8),
    /// Writes to no file: none is open.
    FdWrite,
}

/// Returns the import `module.name` after checking its type.
pub(crate) fn resolve(module: &str, name: &str, ty: &FuncType) -> Result<Import, CompileError> {
    use ValType::{I32, I64};
    let (import, params, results): (_, &[ValType], &[ValType]) = match (module, name) {
        ("env", "inbox_next") => (Import::Host(HostFn::InboxNext), &[], &[I64]),
        ("env", "kv_load") => (Import::Host(HostFn::KvLoad), &[I32], &[]),
        ("env", "kv_store") => (Import::Host(HostFn::KvStore), &[I32], &[]),
        ("env", "kv_get") => (Import::KvGet, &[I32, I32], &[]),
        ("env", "kv_set") => (Import::KvSet, &[I32, I32], &[]),
        ("env", "kv_getroot") => (Import::KvGetRoot, &[I32], &[]),
        ("env", "kv_setroot") => (Import::KvSetRoot, &[I32], &[]),
        ("env", "leaf_get") => (Import::Host(HostFn::LeafGet), &[I32], &[I64]),
        ("env", "leaf_set") => (Import::Host(HostFn::LeafSet), &[I32, I64], &[]),
        ("env", "outbox_push") => (Import::Host(HostFn::OutboxPush), &[], &[]),
        ("env", "vrf_seed") => (Import::Host(HostFn::VrfSeed), &[I32], &[I64]),
        ("env", "log") => (Import::Host(HostFn::Log), &[I32, I32], &[]),
        ("env", "require") => (Import::Require, &[I32], &[]),
        ("env", "wasm_input") => (Import::WasmInput, &[I32], &[I64]),
        ("env", "abort") => (Import::Trap(status::UNREACHABLE), &[I32, I32, I32, I32], &[]),
        ("wasi_snapshot_preview1", "fd_write") => (Import::FdWrite, &[I32, I32, I32, I32], &[I32]),
        _ => {
            return Err(CompileError::UnknownImport {
                module: module.into(),
                name: name.into(),
            })
        }
    };
    if ty.params() != params || ty.results() != results {
        return Err(CompileError::ImportType {
            name: name.into(),
            expected: format!("{} -> {}", list(params), list(results)),
            found: type_text(ty),
        });
    }
    Ok(import)
}

/// Returns a function's type as errors show it.
pub(crate) fn type_text(ty: &FuncType) -> String {
    format!("{} -> {}", list(ty.params()), list(ty.results()))
}

fn list(types: &[ValType]) -> String {
    let names: Vec<String> = types.iter().map(ToString::to_string).collect();
    format!("[{}]", names.join(" "))
}
