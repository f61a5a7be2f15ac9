//! Choosing the export that messages begin with.

use wasm_encoder::{
    reencode::{self, Reencode, RoundtripReencoder},
    ExportKind, ExportSection, Module, RawSection,
};
use wasmparser::{ExternalKind, Parser, Payload};
use zkfusion_vm::ENTRY;

/// Why an export cannot be the entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The wasm is not a module.
    #[error("not a WebAssembly module: {0}")]
    Wasm(#[from] reencode::Error),
    /// The module does not export such a function.
    #[error("no function is exported as {name:?}; exported functions: {exports:?}")]
    Missing {
        /// The name that was asked for.
        name: String,
        /// Functions that are exported.
        exports: Vec<String>,
    },
}

impl From<wasmparser::BinaryReaderError> for EntryError {
    fn from(error: wasmparser::BinaryReaderError) -> Self {
        Self::Wasm(error.into())
    }
}

/// Returns the module with its exported function `name` exported as [`ENTRY`] too, in place of what
/// had that name before.
///
/// # Errors
/// [`EntryError`] when the wasm is not a module or exports no such function. Whether the function
/// has an entry's type is for the compiler to say.
pub fn with_entry(wasm: &[u8], name: &str) -> Result<Vec<u8>, EntryError> {
    let mut module = Module::new();
    let (mut found, mut names) = (false, Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Payload::ExportSection(exports) = payload {
            let mut section = ExportSection::new();
            for export in exports {
                let export = export?;
                if export.kind == ExternalKind::Func {
                    names.push(export.name.to_owned());
                    if export.name == name {
                        found = true;
                        section.export(ENTRY, ExportKind::Func, export.index);
                    }
                }
                if export.name != ENTRY {
                    RoundtripReencoder.parse_export(&mut section, export)?;
                }
            }
            module.section(&section);
        } else if let Some((id, range)) = payload.as_section() {
            let data = &wasm[range.start as usize..range.end as usize];
            module.section(&RawSection { id, data });
        }
    }
    if !found {
        let name = name.to_owned();
        return Err(EntryError::Missing { name, exports: names });
    }
    Ok(module.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkfusion_vm::compile;

    fn wasm() -> Vec<u8> {
        let text = r#"(module (memory (export "memory") 1) (global $g (mut i32) (i32.const 0))
            (func $one (export "one") (global.set $g (i32.const 1)))
            (func $two (export "two") (global.set $g (i32.const 2)))
            (func (export "zkmain") unreachable)
            (data (i32.const 0) "unchanged"))"#;
        wat::parse_str(text).unwrap()
    }

    #[test]
    fn messages_begin_with_the_chosen_export() {
        for name in ["one", "two"] {
            let chosen = compile(&with_entry(&wasm(), name).unwrap()).unwrap();
            let named = zkfusion_vm::compile_with_entry(&wasm(), Some(name)).unwrap();
            assert_eq!(chosen.code, named.code);
            assert_eq!(chosen.image, named.image);
        }
    }

    #[test]
    fn the_usual_entry_can_be_chosen_too() {
        let same = compile(&with_entry(&wasm(), ENTRY).unwrap()).unwrap();
        assert_eq!(same.code, compile(&wasm()).unwrap().code);
    }

    #[test]
    fn an_export_that_is_not_there_is_named_beside_those_that_are() {
        let error = with_entry(&wasm(), "three").unwrap_err().to_string();
        assert_eq!(
            error,
            r#"no function is exported as "three"; exported functions: ["one", "two", "zkmain"]"#
        );
        assert!(matches!(
            with_entry(&wasm(), "memory"),
            Err(EntryError::Missing { .. })
        ));
    }

    #[test]
    fn what_is_not_wasm_is_refused() {
        assert!(matches!(
            with_entry(b"\0asm\x01", "one"),
            Err(EntryError::Wasm(_))
        ));
        assert!(matches!(with_entry(b"hello", "one"), Err(EntryError::Wasm(_))));
    }
}
