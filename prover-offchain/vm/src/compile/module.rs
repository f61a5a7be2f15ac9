//! The parts of a wasm module that the compiler needs, read after [`super::validate`] has accepted them.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use wasmparser::{
    ConstExpr, DataKind, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, KnownCustom, Name,
    Operator, Parser, Payload, TypeRef,
};

use super::imports::{self, Import};
use crate::{
    isa::{LINEAR, PAGE_BYTES},
    limits::{Limit, MAX_PAGES},
    program::Export,
    CompileError,
};

/// A global variable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Global {
    /// Whether it can be set.
    pub(crate) mutable: bool,
    /// Initial value; an `i32` is zero-extended.
    pub(crate) init: u64,
}

/// A module's parts.
#[derive(Default)]
pub(crate) struct Module<'a> {
    /// Function types.
    pub(crate) types: Vec<FuncType>,
    /// For each type, the index of the first type equal to it.
    pub(crate) canonical: Vec<u32>,
    /// Imported functions.
    pub(crate) imports: Vec<Import>,
    /// Type index of each function, imported ones first.
    pub(crate) functions: Vec<u32>,
    /// Function index of each table element.
    pub(crate) table: Vec<Option<u32>>,
    /// Pages of memory at the start.
    pub(crate) initial_pages: u32,
    /// Pages of memory at most.
    pub(crate) max_pages: u32,
    /// Globals.
    pub(crate) globals: Vec<Global>,
    /// Exported functions and globals.
    pub(crate) exports: Vec<(String, Export)>,
    /// The start function.
    pub(crate) start: Option<u32>,
    /// Initial memory by local address.
    pub(crate) data: BTreeMap<u64, u64>,
    /// Bodies of the functions that are not imported.
    pub(crate) bodies: Vec<FunctionBody<'a>>,
    /// Function names from the name section.
    pub(crate) names: BTreeMap<u32, String>,
}

impl<'a> Module<'a> {
    /// Reads a validated module.
    ///
    /// # Errors
    /// [`CompileError`] for an unknown import, a limit exceeded, or a segment that does not fit.
    pub(crate) fn read(wasm: &'a [u8]) -> Result<Self, CompileError> {
        let mut module = Self::default();
        let mut segments = 0;
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::TypeSection(section) => {
                    for ty in section.into_iter_err_on_gc_types() {
                        module.types.push(ty?);
                    }
                    module.canonical = canonical(&module.types);
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let (TypeRef::Func(ty) | TypeRef::FuncExact(ty)) = import.ty else {
                            return Err(CompileError::UnknownImport {
                                module: import.module.into(),
                                name: import.name.into(),
                            });
                        };
                        let resolved = imports::resolve(import.module, import.name, module.ty(ty)?)?;
                        module.imports.push(resolved);
                        module.functions.push(ty);
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.functions.push(ty?);
                    }
                    Limit::Functions.check(module.functions.len() as u64)?;
                }
                Payload::TableSection(section) => {
                    for table in section {
                        let size = table?.ty.initial;
                        Limit::Table.check(size)?;
                        module.table = vec![None; size as usize];
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory?;
                        Limit::Pages.check(memory.initial)?;
                        module.initial_pages = memory.initial as u32;
                        module.max_pages = memory.maximum.unwrap_or(MAX_PAGES).min(MAX_PAGES) as u32;
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        let global = global?;
                        let init = constant(&global.init_expr)?;
                        module.globals.push(Global {
                            mutable: global.ty.mutable,
                            init,
                        });
                    }
                    Limit::Globals.check(module.globals.len() as u64)?;
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        let item = match export.kind {
                            ExternalKind::Func => Export::Function(export.index),
                            ExternalKind::Global => Export::Global(export.index),
                            _ => continue,
                        };
                        module.exports.push((export.name.to_string(), item));
                    }
                }
                Payload::StartSection { func, .. } => module.start = Some(func),
                Payload::ElementSection(section) => {
                    for (index, element) in section.into_iter().enumerate() {
                        let element = element?;
                        let (ElementKind::Active { offset_expr, .. }, ElementItems::Functions(items)) =
                            (element.kind, element.items)
                        else {
                            continue;
                        };
                        let offset = constant(&offset_expr)?;
                        let end = offset + u64::from(items.count());
                        let size = module.table.len() as u64;
                        if end > size {
                            return Err(out_of_bounds("element", index, end, size));
                        }
                        for (slot, function) in module.table[offset as usize..].iter_mut().zip(items) {
                            *slot = Some(function?);
                        }
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        let data = data?;
                        let DataKind::Active { offset_expr, .. } = data.kind else {
                            continue;
                        };
                        module.place(segments, constant(&offset_expr)?, data.data)?;
                        segments += 1;
                    }
                }
                Payload::CodeSectionEntry(body) => module.bodies.push(body),
                Payload::CustomSection(section) => {
                    if let KnownCustom::Name(names) = section.as_known() {
                        module.read_names(names);
                    }
                }
                _ => {}
            }
        }
        Ok(module)
    }

    /// Returns a type.
    pub(crate) fn ty(&self, index: u32) -> Result<&FuncType, CompileError> {
        self.types
            .get(index as usize)
            .ok_or_else(|| unexpected("type index"))
    }

    /// Returns a function's type.
    pub(crate) fn function_type(&self, function: u32) -> Result<&FuncType, CompileError> {
        let index = self.functions.get(function as usize);
        self.ty(*index.ok_or_else(|| unexpected("function index"))?)
    }

    /// Puts a data segment into the initial memory.
    fn place(&mut self, segment: usize, offset: u64, bytes: &[u8]) -> Result<(), CompileError> {
        let end = offset + bytes.len() as u64;
        let size = u64::from(self.initial_pages) * PAGE_BYTES;
        if end > size {
            return Err(out_of_bounds("data", segment, end, size));
        }
        for (address, &byte) in (offset..).zip(bytes) {
            let shift = 8 * (address % 8);
            let word = self.data.entry(LINEAR + address / 8).or_default();
            *word = *word & !(0xff << shift) | u64::from(byte) << shift;
        }
        Ok(())
    }

    /// Reads function names; a malformed name section is ignored, as everywhere.
    fn read_names(&mut self, names: wasmparser::NameSectionReader<'_>) {
        for name in names {
            let Ok(Name::Function(map)) = name else { continue };
            for naming in map {
                let Ok(naming) = naming else { return };
                self.names.insert(naming.index, naming.name.to_string());
            }
        }
    }
}

/// For each type, finds the first type equal to it.
fn canonical(types: &[FuncType]) -> Vec<u32> {
    let mut first: BTreeMap<&FuncType, u32> = BTreeMap::new();
    (0u32..)
        .zip(types)
        .map(|(index, ty)| *first.entry(ty).or_insert(index))
        .collect()
}

/// Evaluates an initialiser, which is a constant in the MVP without imported globals.
fn constant(expr: &ConstExpr<'_>) -> Result<u64, CompileError> {
    match expr.get_operators_reader().read()? {
        Operator::I32Const { value } => Ok(u64::from(value as u32)),
        Operator::I64Const { value } => Ok(value as u64),
        _ => Err(unexpected("initialiser")),
    }
}

/// An error for what validation excludes.
pub(crate) fn unexpected(what: &str) -> CompileError {
    CompileError::Invalid {
        message: alloc::format!("unexpected {what}"),
        offset: 0,
    }
}

fn out_of_bounds(kind: &'static str, segment: usize, end: u64, size: u64) -> CompileError {
    CompileError::SegmentOutOfBounds {
        kind,
        segment: segment as u32,
        end,
        size,
    }
}
