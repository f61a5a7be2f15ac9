//! The sections of the merged module.

use wasm_encoder::{
    reencode::Reencode, CodeSection, ConstExpr, DataCountSection, DataSection, ElementSection, Elements,
    ExportKind, ExportSection, Function, FunctionSection, GlobalSection, Instruction, MemorySection, Module,
    TableSection, TypeSection, ValType,
};
use wasmparser::{DataKind, ElementItems, ElementKind, ExternalKind, Operator, Parser, Payload};

use super::{export, indices::Indices, initializer, MergeError, Part};

/// Type of functions that take and return nothing.
const INITIALIZER_TYPE: u32 = 0;
/// Type of functions that return a size.
const SIZE_TYPE: u32 = 1;

/// Sections of the merged module.
#[derive(Default)]
pub(super) struct Merged {
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
    /// Returns sections of a module with nothing but the types of functions that no part has.
    pub(super) fn new() -> Self {
        let mut merged = Self::default();
        merged.types.ty().function([], []);
        merged.types.ty().function([], [ValType::I32]);
        merged
    }

    /// Returns the number of types so far.
    pub(super) fn types(&self) -> u32 {
        self.types.len()
    }

    /// Appends a part.
    pub(super) fn add(
        &mut self,
        number: usize,
        part: &Part,
        indices: &mut Indices,
    ) -> Result<(), MergeError> {
        let initialize = self.part(part, indices)?;
        self.extra
            .push((initialize, INITIALIZER_TYPE, initializer(number)));
        self.exports(number, part, indices);
        Ok(())
    }

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
    pub(super) fn finish(mut self) -> Vec<u8> {
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
