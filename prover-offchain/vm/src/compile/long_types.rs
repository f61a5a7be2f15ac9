//! Finds reference types in the long encoding of WebAssembly 3.0 (binary format, "Reference
//! Types"): 0x63 or 0x64 before the heap type. WebAssembly 2.0 has only the short one, a byte, and
//! other engines of it refuse the long one.

use wasmparser::{BinaryReader, ValType};

/// Returns whether a value type at `offset` is in the long encoding.
pub(super) fn is_long(wasm: &[u8], offset: u64) -> bool {
    let first = usize::try_from(offset).ok().and_then(|offset| wasm.get(offset));
    matches!(first, Some(0x63 | 0x64))
}

/// Returns the offset behind the number at `offset`.
pub(super) fn after_number(wasm: &[u8], offset: u64) -> u64 {
    let bytes = usize::try_from(offset).ok().and_then(|offset| wasm.get(offset..));
    let mut reader = BinaryReader::new(bytes.unwrap_or_default(), offset);
    // A malformed number is the validator's to refuse.
    let _ = reader.read_var_u32();
    reader.original_position()
}

/// Returns the offset of the first type in the long encoding among the parameters and results of a
/// function type at `offset`, and the type.
pub(super) fn first_long(wasm: &[u8], offset: u64) -> Option<(u64, ValType)> {
    let bytes = wasm.get(usize::try_from(offset).ok()?..)?;
    let mut reader = BinaryReader::new(bytes, offset);
    // The form: 0x60, as only function types are accepted.
    reader.read_u8().ok()?;
    for _ in ["parameters", "results"] {
        for _ in 0..reader.read_var_u32().ok()? {
            let at = reader.original_position();
            let ty = reader.read::<ValType>().ok()?;
            if is_long(wasm, at) {
                return Some((at, ty));
            }
        }
    }
    None
}
