//! The library of floating-point arithmetic, from which a program gets the functions that it uses.
//!
//! `floats/library.wasm` is the crate `zkfusion-floats`, compiled by its `build.sh`. Its functions
//! are lowered like a program's own. They take and return words as they lie in slots, and use
//! neither memory nor globals.

use alloc::{collections::BTreeMap, vec::Vec};

use wasmparser::{ExternalKind, Parser, Payload};

use crate::{
    compile::{imports::Import, layout::Layout, module::Module, usage::Usage},
    status, CompileError,
};

const WASM: &[u8] = include_bytes!("floats/library.wasm");

/// The library.
pub(crate) struct Library {
    /// Its functions, types, and bodies.
    pub(crate) module: Module<'static>,
    /// An empty layout: it has no globals and no tables.
    pub(crate) layout: Layout,
    functions: BTreeMap<&'static str, u32>,
}

impl Library {
    /// Reads the library.
    ///
    /// # Errors
    /// [`CompileError`] if it is not what it should be.
    pub(crate) fn read() -> Result<Self, CompileError> {
        let mut module = Module::default();
        let mut functions = BTreeMap::new();
        for payload in Parser::new(0).parse_all(WASM) {
            match payload? {
                Payload::TypeSection(section) => {
                    let types: Result<Vec<_>, _> = section.into_iter_err_on_gc_types().collect();
                    module.types = types?;
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        module.imports.push(trap(import.name)?);
                        let wasmparser::TypeRef::Func(ty) = import.ty else {
                            return Err(CompileError::unexpected("import of the float library"));
                        };
                        module.functions.push(ty);
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.functions.push(ty?);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            functions.insert(export.name, export.index);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                _ => {}
            }
        }
        let layout = Layout::new(&module, &Usage::default());
        Ok(Self {
            module,
            layout,
            functions,
        })
    }

    /// Returns the index of the function for an instruction, by its name in the text format.
    ///
    /// # Errors
    /// [`CompileError::Invalid`] if there is none.
    pub(crate) fn function(&self, instruction: &str) -> Result<u32, CompileError> {
        let function = self.functions.get(instruction).copied();
        function.ok_or_else(|| CompileError::unexpected(instruction))
    }
}

/// Returns what an import of the library's stands for.
fn trap(name: &str) -> Result<Import, CompileError> {
    match name {
        "invalid_conversion" => Ok(Import::Trap(status::INVALID_CONVERSION)),
        "integer_overflow" => Ok(Import::Trap(status::OVERFLOW)),
        _ => Err(CompileError::unexpected("import of the float library")),
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::ValType;

    use super::*;
    use crate::compile::operators;

    /// Neither memory nor globals nor tables nor anything but integers: nothing that could meet the
    /// program's own.
    #[test]
    fn the_library_computes_with_integers_alone() {
        let library = Library::read().unwrap();
        let is_integer = |ty: &ValType| matches!(ty, ValType::I32 | ValType::I64);
        for ty in &library.module.types {
            assert!(ty.params().iter().chain(ty.results()).all(is_integer), "{ty}");
        }
        for body in &library.module.bodies {
            for local in body.get_locals_reader().unwrap() {
                let (_, ty) = local.unwrap();
                assert!(is_integer(&ty), "a local");
            }
            for operator in body.get_operators_reader().unwrap() {
                let name = operators::name(&operator.unwrap());
                const FOREIGN: [&str; 8] = [
                    "f32", "f64", "load", "store", "memory", "table", "global", "indirect",
                ];
                assert!(!FOREIGN.iter().any(|part| name.contains(part)), "{name}");
            }
        }
    }

    #[test]
    fn every_float_instruction_is_in_line_or_in_the_library() {
        macro_rules! names {
            ($( @$proposal:ident $op:ident $({ $($arg:ident: $argty:ty),* })? => $visit:ident ($($ann:tt)*) )*) => {
                [$( (stringify!($proposal), stringify!($visit)), )*]
            };
        }
        let in_line = [
            "const",
            "load",
            "store",
            "abs",
            "neg",
            "copysign",
            "reinterpret",
            "sub",
            "ne",
        ];
        let library = Library::read().unwrap();
        let mut linked = 0;
        for (proposal, visitor) in wasmparser::for_each_operator!(names) {
            let is_float = visitor.contains("f32") || visitor.contains("f64");
            if !is_float || !["mvp", "saturating_float_to_int"].contains(&proposal) {
                continue;
            }
            let name = visitor.trim_start_matches("visit_").replacen('_', ".", 1);
            let (_, operation) = name.split_once('.').unwrap();
            let base = operation.split('_').next().unwrap();
            if in_line.contains(&base) {
                continue;
            }
            linked += 1;
            library.function(&name).unwrap();
        }
        assert_eq!(linked, library.functions.len());
    }
}
