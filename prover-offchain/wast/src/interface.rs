//! The imports, exports and contents of a module.

use std::collections::BTreeMap;

use wasmparser::{ExternalKind, FuncType, GlobalType, MemoryType, Parser, Payload, TableType, TypeRef};

/// An import.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) ty: TypeRef,
}

/// A module's imports, exports, and the types of everything in its index spaces, imports first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interface {
    pub(crate) types: Vec<FuncType>,
    pub(crate) imports: Vec<Import>,
    /// Index of each function's type.
    pub(crate) functions: Vec<u32>,
    pub(crate) tables: Vec<TableType>,
    pub(crate) memories: Vec<MemoryType>,
    pub(crate) globals: Vec<GlobalType>,
    pub(crate) exports: BTreeMap<String, (ExternalKind, u32)>,
    /// Number of data segments.
    pub(crate) data: u32,
    /// Number of element segments.
    pub(crate) elements: u32,
}

impl Interface {
    /// Reads a valid module's interface.
    pub(crate) fn read(wasm: &[u8]) -> wasmparser::Result<Self> {
        let mut interface = Self::default();
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        interface.types.push(ty?);
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        match import.ty {
                            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => interface.functions.push(ty),
                            TypeRef::Table(ty) => interface.tables.push(ty),
                            TypeRef::Memory(ty) => interface.memories.push(ty),
                            TypeRef::Global(ty) => interface.globals.push(ty),
                            TypeRef::Tag(_) => {}
                        }
                        interface.imports.push(Import {
                            module: import.module.into(),
                            name: import.name.into(),
                            ty: import.ty,
                        });
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        interface.functions.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    for table in section {
                        interface.tables.push(table?.ty);
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        interface.memories.push(memory?);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        interface.globals.push(global?.ty);
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let item = (export.kind, export.index);
                        interface.exports.insert(export.name.into(), item);
                    }
                }
                Payload::ElementSection(section) => interface.elements = section.count(),
                Payload::DataSection(section) => interface.data = section.count(),
                _ => {}
            }
        }
        Ok(interface)
    }

    /// Returns the type of a function.
    pub(crate) fn function(&self, index: u32) -> Option<&FuncType> {
        self.types.get(*self.functions.get(index as usize)? as usize)
    }
}
