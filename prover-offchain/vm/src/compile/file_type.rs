//! What a file is that is no WebAssembly module, for those who gave the wrong one.

use crate::CompileError;

/// Refuses what does not begin as a WebAssembly module of version 1, and object files.
///
/// # Errors
/// [`CompileError::NotWasm`], which says what the file is instead.
pub(super) fn require_module(wasm: &[u8]) -> Result<(), CompileError> {
    match wasm {
        // WebAssembly 2.0, binary format, "Modules": magic, then the version.
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Ok(()),
        _ => {
            let (found, hint) = recognize(wasm);
            Err(CompileError::NotWasm { found, hint })
        }
    }
}

/// Returns what a file is, and what to do.
fn recognize(file: &[u8]) -> (&'static str, &'static str) {
    const UNPACK: &str = "unpack it first";
    match file {
        [] => ("an empty file", "see whether the build failed"),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => (
            "a WebAssembly component",
            "give the core module that it was made from",
        ),
        [0, b'a', b's', b'm', _, _, _, _, ..] => {
            ("WebAssembly of an unknown version", "only version 1 is accepted")
        }
        [0, b'a', b's', b'm', ..] => ("the beginning of a WebAssembly module", "the file was cut off"),
        [0x1f, 0x8b, ..] => ("a gzip file", UNPACK),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => ("a zstd file", UNPACK),
        [b'P', b'K', 3, 4, ..] => ("a zip file", UNPACK),
        [0x7f, b'E', b'L', b'F', ..] => (
            "an ELF file",
            "build for wasm32: `--target wasm32-unknown-unknown`, or `--target=wasm32` of clang",
        ),
        [b'!', b'<', b'a', b'r', b'c', b'h', b'>', ..] => {
            ("a library of object files", "link it into a module")
        }
        _ if is_text(file) => (
            "WebAssembly text",
            "assemble it: `wat2wasm FILE`, or `wasm-tools parse FILE -o OUT`",
        ),
        _ => (
            "a file of an unknown kind",
            "a module begins with the bytes 00 61 73 6d 01 00 00 00",
        ),
    }
}

/// Returns whether the first thing in a file, after spaces and comments, is an open parenthesis.
fn is_text(file: &[u8]) -> bool {
    let mut lines = file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_start);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b";;"));
    first.is_some_and(|line| line.starts_with(b"("))
}
