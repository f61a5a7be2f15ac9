//! The parts of a wasm module that the compiler needs, read after [`super::validate`] has accepted
//! them.

use alloc::{
    collections::BTreeMap,
    string::{String, ToString},
    vec,
    vec::Vec,
};

use wasmparser::{
    Data, DataKind, Element, ElementItems, ElementKind, ExternalKind, FuncType, FunctionBody, KnownCustom,
    Name, Parser, Payload, TypeRef,
};

use super::{
    constant::Constant,
    imports::{self, Import},
};
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
    /// Initial value.
    pub(crate) init: Constant,
}

/// A table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// Its elements at the start.
    pub(crate) elements: Vec<Constant>,
    /// The number of elements that it declares as its maximum.
    pub(crate) maximum: u64,
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
    /// Tables.
    pub(crate) tables: Vec<Table>,
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
    /// Data segments by index; empty unless passive.
    pub(crate) passive_data: Vec<&'a [u8]>,
    /// Element segments by index; empty unless passive.
    pub(crate) passive_elements: Vec<Vec<Constant>>,
    /// Functions that declarative segments name, so that code may refer to them.
    pub(crate) declared: Vec<u32>,
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
                        let kind = match import.ty {
                            TypeRef::Func(ty) | TypeRef::FuncExact(ty) => Ok(ty),
                            TypeRef::Memory(_) => Err("memory"),
                            TypeRef::Table(_) => Err("table"),
                            TypeRef::Global(_) => Err("global"),
                            TypeRef::Tag(_) => Err("tag"),
                        };
                        let ty = kind.map_err(|kind| CompileError::ImportKind {
                            kind,
                            module: import.module.into(),
                            name: import.name.into(),
                        })?;
                        let resolved = imports::resolve(import.module, import.name, module.ty(ty)?)?;
                        module.imports.push(resolved);
                        module.functions.push(ty);
                    }
                }
                Payload::FunctionSection(section) => {
                    for ty in section {
                        module.functions.push(ty?);
                    }
                }
                Payload::TableSection(section) => {
                    let mut elements = 0u64;
                    for table in section {
                        let ty = table?.ty;
                        elements = elements.saturating_add(ty.initial);
                        Limit::Table.check(elements)?;
                        module.tables.push(Table {
                            elements: vec![Constant::NULL; ty.initial as usize],
                            maximum: ty.maximum.unwrap_or(u64::MAX),
                        });
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
                        module.globals.push(Global {
                            mutable: global.ty.mutable,
                            init: Constant::evaluate(&global.init_expr)?,
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
                    for element in section {
                        module.element_segment(element?)?;
                    }
                }
                Payload::DataSection(section) => {
                    for data in section {
                        module.data_segment(data?)?;
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
            .ok_or_else(|| CompileError::unexpected("type index"))
    }

    /// Returns a function's type.
    pub(crate) fn function_type(&self, function: u32) -> Result<&FuncType, CompileError> {
        let index = self.functions.get(function as usize);
        self.ty(*index.ok_or_else(|| CompileError::unexpected("function index"))?)
    }

    /// Puts an active element segment into its table, and keeps a passive one.
    fn element_segment(&mut self, element: Element<'a>) -> Result<(), CompileError> {
        let items = references(element.items)?;
        let mut passive = Vec::new();
        match element.kind {
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                let offset = Constant::number(&offset_expr)?;
                let table = self.tables.get_mut(table_index.unwrap_or_default() as usize);
                let table = &mut table
                    .ok_or_else(|| CompileError::unexpected("table index"))?
                    .elements;
                let (end, size) = (offset + items.len() as u64, table.len() as u64);
                if end > size {
                    let segment = self.passive_elements.len();
                    return Err(out_of_bounds("element", segment, end, size));
                }
                table[offset as usize..end as usize].copy_from_slice(&items);
            }
            ElementKind::Passive => passive = items,
            ElementKind::Declared => self
                .declared
                .extend(items.into_iter().filter_map(Constant::function)),
        }
        self.passive_elements.push(passive);
        Ok(())
    }

    /// Puts an active data segment into the initial memory, and keeps a passive one.
    fn data_segment(&mut self, data: Data<'a>) -> Result<(), CompileError> {
        let mut passive: &[u8] = &[];
        match data.kind {
            DataKind::Active { offset_expr, .. } => {
                let segment = self.passive_data.len();
                self.place(segment, Constant::number(&offset_expr)?, data.data)?;
            }
            DataKind::Passive => passive = data.data,
        }
        self.passive_data.push(passive);
        Ok(())
    }

    /// Returns the functions whose addresses something may refer to, other than by calling them.
    pub(crate) fn referenced(&self) -> impl Iterator<Item = u32> + '_ {
        let elements = self.tables.iter().flat_map(|table| &table.elements);
        let passive = self.passive_elements.iter().flatten();
        let globals = self.globals.iter().map(|global| &global.init);
        let exported = self.exports.iter().filter_map(|(_, item)| match item {
            Export::Function(index) => Some(*index),
            Export::Global(_) => None,
        });
        elements
            .chain(passive)
            .chain(globals)
            .filter_map(|constant| constant.function())
            .chain(self.declared.iter().copied())
            .chain(exported)
    }

    /// Puts an active data segment into the initial memory.
    fn place(&mut self, segment: usize, offset: u64, bytes: &[u8]) -> Result<(), CompileError> {
        let end = offset + bytes.len() as u64;
        let size = u64::from(self.initial_pages) * PAGE_BYTES;
        if end > size {
            return Err(out_of_bounds("data", segment, end, size));
        }
        place_bytes(&mut self.data, 8 * LINEAR + offset, bytes);
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

/// Writes bytes at a byte address into words by their addresses.
pub(crate) fn place_bytes(words: &mut BTreeMap<u64, u64>, address: u64, bytes: &[u8]) {
    for (address, &byte) in (address..).zip(bytes) {
        let shift = 8 * (address % 8);
        let word = words.entry(address / 8).or_default();
        *word = *word & !(0xff << shift) | u64::from(byte) << shift;
    }
}

/// Evaluates the items of an element segment.
fn references(items: ElementItems<'_>) -> Result<Vec<Constant>, CompileError> {
    match items {
        ElementItems::Functions(functions) => functions
            .into_iter()
            .map(|function| Ok(Constant::Function(function?)))
            .collect(),
        ElementItems::Expressions(_, expressions) => expressions
            .into_iter()
            .map(|expression| Constant::evaluate(&expression?))
            .collect(),
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
