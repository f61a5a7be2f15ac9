//! Several linked modules as one.
//!
//! Each index space of the merged module is that of its parts, one after the other, where an import stands for what it
//! refers to. Instantiation becomes a function of each part: it sets the globals whose initialisers name other globals,
//! applies the active segments, which are passive in the merged module, and calls the start function.

use std::collections::BTreeMap;

use wasm_encoder::{
    reencode::{Error as ReencodeError, Reencode},
    CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, Instruction, MemorySection, Module,
    TableSection, TypeSection, ValType,
};
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind, Operator, Parser, Payload, TypeRef};

use crate::interface::{Import, Interface};

/// A module to be merged.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Its binary form, which is valid.
    pub(crate) wasm: Vec<u8>,
    /// Its interface.
    pub(crate) interface: Interface,
    /// What each import refers to: another part's number, and the index there.
    pub(crate) resolved: Vec<(usize, u32)>,
}

/// Why parts cannot be merged.
#[derive(Debug)]
pub(crate) enum MergeError {
    /// More than one part has a memory of its own.
    Memories,
    /// A passive element segment names a global.
    PassiveGlobal,
    /// The binary form is not as expected.
    Encoding(ReencodeError),
}

impl<E: Into<ReencodeError>> From<E> for MergeError {
    fn from(error: E) -> Self {
        Self::Encoding(error.into())
    }
}

/// Name of the function that instantiates part `number`.
pub(crate) fn initializer(number: usize) -> String {
    format!("{number}")
}

/// Name of what part `number` exports as `name`: functions and globals are exported as such, tables as functions that
/// return their size.
pub(crate) fn export(number: usize, name: &str) -> String {
    format!("{number}:{name}")
}

/// Merges parts, which are numbered; imports refer to smaller numbers.
pub(crate) fn merge(parts: &BTreeMap<usize, Part>) -> Result<Vec<u8>, MergeError> {
    let memories: usize = parts.values().map(Part::own_memories).sum();
    if memories > 1 {
        return Err(MergeError::Memories);
    }
    let mut merged = Merged::default();
    merged.types.ty().function([], []);
    merged.types.ty().function([], [ValType::I32]);
    let mut renumbered: BTreeMap<usize, Indices> = BTreeMap::new();
    let mut next = Next {
        types: 2,
        ..Next::default()
    };
    for (number, part) in parts {
        let indices = Indices::of(part, &renumbered, &mut next);
        renumbered.insert(*number, indices);
    }
    for (number, part) in parts {
        let Some(indices) = renumbered.get_mut(number) else {
            continue;
        };
        let initialize = merged.part(part, indices)?;
        merged
            .extra
            .push((initialize, INITIALIZER_TYPE, initializer(*number)));
        merged.exports(*number, part, indices);
    }
    Ok(merged.finish())
}

/// Type of functions that take and return nothing.
const INITIALIZER_TYPE: u32 = 0;
/// Type of functions that return a size.
const SIZE_TYPE: u32 = 1;

impl Part {
    fn own_memories(&self) -> usize {
        let is_memory = |import: &&Import| matches!(import.ty, TypeRef::Memory(_));
        self.interface.memories.len() - self.interface.imports.iter().filter(is_memory).count()
    }
}

/// Where the next part's items go.
#[derive(Default)]
struct Next {
    types: u32,
    functions: u32,
    tables: u32,
    globals: u32,
    data: u32,
    elements: u32,
}

/// What a part's indices become.
struct Indices {
    types: u32,
    functions: Vec<u32>,
    tables: Vec<u32>,
    globals: Vec<u32>,
    data: u32,
    elements: u32,
}

impl Indices {
    fn of(part: &Part, others: &BTreeMap<usize, Self>, next: &mut Next) -> Self {
        let interface = &part.interface;
        let mut indices = Self {
            types: next.types,
            functions: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            data: next.data,
            elements: next.elements,
        };
        for (import, (number, index)) in interface.imports.iter().zip(&part.resolved) {
            let Some(other) = others.get(number) else { continue };
            let index = *index as usize;
            match import.ty {
                TypeRef::Table(_) => indices.tables.push(other.tables[index]),
                TypeRef::Global(_) => indices.globals.push(other.globals[index]),
                TypeRef::Memory(_) | TypeRef::Tag(_) => {}
                _ => indices.functions.push(other.functions[index]),
            }
        }
        number(
            &mut indices.functions,
            interface.functions.len(),
            &mut next.functions,
        );
        number(&mut indices.tables, interface.tables.len(), &mut next.tables);
        number(&mut indices.globals, interface.globals.len(), &mut next.globals);
        next.types += interface.types.len() as u32;
        next.data += interface.data;
        next.elements += interface.elements;
        indices
    }
}

/// Gives numbers to the items that are not imported.
fn number(indices: &mut Vec<u32>, count: usize, next: &mut u32) {
    while indices.len() < count {
        indices.push(*next);
        *next += 1;
    }
}

impl Reencode for Indices {
    type Error = core::convert::Infallible;

    fn type_index(&mut self, ty: u32) -> Result<u32, ReencodeError> {
        Ok(self.types + ty)
    }

    fn function_index(&mut self, function: u32) -> Result<u32, ReencodeError> {
        Ok(self.functions[function as usize])
    }

    fn table_index(&mut self, table: u32) -> Result<u32, ReencodeError> {
        Ok(self.tables[table as usize])
    }

    fn global_index(&mut self, global: u32) -> Result<u32, ReencodeError> {
        Ok(self.globals[global as usize])
    }

    fn data_index(&mut self, data: u32) -> Result<u32, ReencodeError> {
        Ok(self.data + data)
    }

    fn element_index(&mut self, element: u32) -> Result<u32, ReencodeError> {
        Ok(self.elements + element)
    }
}

/// Sections of the merged module.
#[derive(Default)]
struct Merged {
    types: TypeSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    export_section: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
    /// Functions that no part has, with their types and names.
    extra: Vec<(Function, u32, String)>,
}

impl Merged {
    /// Appends a part's sections and returns the function that instantiates it.
    fn part(&mut self, part: &Part, indices: &mut Indices) -> Result<Function, MergeError> {
        let mut initialize = Function::new([]);
        let mut start = None;
        for payload in Parser::new(0).parse_all(&part.wasm) {
            match payload? {
                Payload::TypeSection(section) => indices.parse_type_section(&mut self.types, section)?,
                Payload::FunctionSection(section) => {
                    indices.parse_function_section(&mut self.functions, section)?;
                }
                Payload::TableSection(section) => indices.parse_table_section(&mut self.tables, section)?,
                Payload::MemorySection(section) => {
                    indices.parse_memory_section(&mut self.memories, section)?;
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        self.global(&global?, indices, &mut initialize)?;
                    }
                }
                Payload::StartSection { func, .. } => start = Some(indices.function_index(func)?),
                Payload::ElementSection(section) => {
                    for (number, element) in (0..).zip(section) {
                        let segment = indices.element_index(number)?;
                        self.element(segment, element?, indices, &mut initialize)?;
                    }
                }
                Payload::DataSection(section) => {
                    for (number, data) in (0..).zip(section) {
                        let segment = indices.data_index(number)?;
                        self.data(segment, &data?, indices, &mut initialize)?;
                    }
                }
                Payload::CodeSectionEntry(body) => indices.parse_function_body(&mut self.code, body)?,
                _ => {}
            }
        }
        if let Some(start) = start {
            initialize.instruction(&Instruction::Call(start));
        }
        initialize.instruction(&Instruction::End);
        Ok(initialize)
    }

    /// Appends a global; one whose initialiser names another is set by `initialize`.
    fn global(
        &mut self,
        global: &wasmparser::Global<'_>,
        indices: &mut Indices,
        initialize: &mut Function,
    ) -> Result<(), MergeError> {
        let mut ty = indices.global_type(global.ty)?;
        if !names_global(&global.init_expr)? {
            self.globals
                .global(ty, &indices.const_expr(global.init_expr.clone())?);
            return Ok(());
        }
        ty.mutable = true;
        let zero = match ty.val_type {
            ValType::I32 => ConstExpr::i32_const(0),
            ValType::I64 => ConstExpr::i64_const(0),
            ValType::F32 => ConstExpr::f32_const(0.0.into()),
            ValType::F64 => ConstExpr::f64_const(0.0.into()),
            ValType::Ref(ty) => ConstExpr::ref_null(ty.heap_type),
            ValType::V128 => ConstExpr::v128_const(0),
        };
        let index = self.globals.len();
        self.globals.global(ty, &zero);
        expression(&global.init_expr, indices, initialize)?;
        initialize.instruction(&Instruction::GlobalSet(index));
        Ok(())
    }

    /// Appends an element segment, which `initialize` applies if it is active.
    fn element(
        &mut self,
        segment: u32,
        element: wasmparser::Element<'_>,
        indices: &mut Indices,
        initialize: &mut Function,
    ) -> Result<(), MergeError> {
        // Items that name globals are null in the segment.
        let mut named = Vec::new();
        let (items, count) = match element.items {
            items @ ElementItems::Functions(_) => {
                let ElementItems::Functions(functions) = &items else {
                    return Ok(());
                };
                let count = functions.count();
                (indices.element_items(items)?, count)
            }
            ElementItems::Expressions(ty, expressions) => {
                let ty = indices.ref_type(ty)?;
                let mut items = Vec::new();
                for (index, item) in (0..).zip(expressions) {
                    let item = item?;
                    if names_global(&item)? {
                        named.push((index, item));
                        items.push(ConstExpr::ref_null(ty.heap_type));
                    } else {
                        items.push(indices.const_expr(item)?);
                    }
                }
                let count = items.len() as u32;
                (Elements::Expressions(ty, items.into()), count)
            }
        };
        match element.kind {
            ElementKind::Declared => self.elements.declared(items),
            ElementKind::Passive if named.is_empty() => self.elements.passive(items),
            ElementKind::Passive => return Err(MergeError::PassiveGlobal),
            ElementKind::Active {
                table_index,
                offset_expr,
            } => {
                let table = indices.table_index(table_index.unwrap_or_default())?;
                expression(&offset_expr, indices, initialize)?;
                initialize
                    .instruction(&Instruction::I32Const(0))
                    .instruction(&Instruction::I32Const(count as i32))
                    .instruction(&Instruction::TableInit {
                        elem_index: segment,
                        table,
                    })
                    .instruction(&Instruction::ElemDrop(segment));
                for (index, item) in named {
                    expression(&offset_expr, indices, initialize)?;
                    initialize
                        .instruction(&Instruction::I32Const(index))
                        .instruction(&Instruction::I32Add);
                    expression(&item, indices, initialize)?;
                    initialize.instruction(&Instruction::TableSet(table));
                }
                self.elements.passive(items)
            }
        };
        Ok(())
    }

    /// Appends a data segment, which `initialize` applies if it is active.
    fn data(
        &mut self,
        segment: u32,
        data: &wasmparser::Data<'_>,
        indices: &mut Indices,
        initialize: &mut Function,
    ) -> Result<(), MergeError> {
        self.data.passive(data.data.iter().copied());
        if let DataKind::Active { offset_expr, .. } = &data.kind {
            expression(offset_expr, indices, initialize)?;
            initialize
                .instruction(&Instruction::I32Const(0))
                .instruction(&Instruction::I32Const(data.data.len() as i32))
                .instruction(&Instruction::MemoryInit {
                    mem: 0,
                    data_index: segment,
                })
                .instruction(&Instruction::DataDrop(segment));
        }
        Ok(())
    }

    /// Exports what a part exports.
    fn exports(&mut self, number: usize, part: &Part, indices: &Indices) {
        for (name, (kind, index)) in &part.interface.exports {
            let (name, index) = (export(number, name), *index as usize);
            match kind {
                ExternalKind::Func => {
                    self.export_section
                        .export(&name, ExportKind::Func, indices.functions[index]);
                }
                ExternalKind::Global => {
                    self.export_section
                        .export(&name, ExportKind::Global, indices.globals[index]);
                }
                ExternalKind::Table => {
                    let mut size = Function::new([]);
                    size.instruction(&Instruction::TableSize(indices.tables[index]))
                        .instruction(&Instruction::End);
                    self.extra.push((size, SIZE_TYPE, name));
                }
                _ => {}
            }
        }
    }

    /// Returns the module's binary form.
    fn finish(mut self) -> Vec<u8> {
        for (function, ty, name) in &self.extra {
            let index = self.functions.len();
            self.functions.function(*ty);
            self.code.function(function);
            self.export_section.export(name, ExportKind::Func, index);
        }
        let count = self.data.len();
        let mut module = Module::new();
        module
            .section(&self.types)
            .section(&self.functions)
            .section(&self.tables)
            .section(&self.memories)
            .section(&self.globals)
            .section(&self.export_section)
            .section(&self.elements)
            .section(&DataCountSection { count })
            .section(&self.code)
            .section(&self.data);
        module.finish()
    }
}

/// Appends the instructions of an initialiser.
fn expression(
    expression: &wasmparser::ConstExpr<'_>,
    indices: &mut Indices,
    function: &mut Function,
) -> Result<(), MergeError> {
    let mut operators = expression.get_operators_reader();
    while !operators.is_end_then_eof() {
        function.instruction(&indices.parse_instruction(&mut operators)?);
    }
    Ok(())
}

/// Returns whether an initialiser names a global.
fn names_global(expression: &wasmparser::ConstExpr<'_>) -> Result<bool, MergeError> {
    for operator in expression.get_operators_reader() {
        if matches!(operator?, Operator::GlobalGet { .. }) {
            return Ok(true);
        }
    }
    Ok(false)
}
