//! Modules of about a given number of bytes, each costly in its own way.

use wasm_encoder::{
    BlockType, CodeSection, ConstExpr, DataSection, ElementSection, Elements, EntityType, ExportKind,
    ExportSection, Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction,
    MemorySection, MemoryType, Module, RefType, TableSection, TableType, TypeSection, ValType,
};

/// A module by name.
type Named = (&'static str, fn(usize) -> Vec<u8>);

/// All of them.
pub(crate) const ALL: &[Named] = &[
    ("square roots", |n| body(&[Instruction::F64Sqrt], n, ValType::F64)),
    ("signed divisions", |n| {
        body(
            &[Instruction::LocalGet(0), Instruction::I64DivS],
            n / 3,
            ValType::I64,
        )
    }),
    ("additions", |n| {
        body(
            &[Instruction::LocalGet(0), Instruction::I64Add],
            n / 3,
            ValType::I64,
        )
    }),
    ("constants", |n| {
        body(
            &[Instruction::I32Const(1), Instruction::Drop],
            n / 3,
            ValType::I64,
        )
    }),
    ("nops", |n| body(&[Instruction::Nop], n, ValType::I64)),
    ("code that cannot be reached", |n| {
        body(&[Instruction::Unreachable], n, ValType::I64)
    }),
    ("memory.copy", |n| memory_copies(n / 10)),
    ("references to a local", |n| references_to_a_local(n / 4)),
    ("br_table", branch_table),
    ("br_table that moves values", branch_table_with_values),
    ("br_if that moves values", branches_with_values),
    ("calls at the limit of values", |n| calls(n, 8)),
    ("calls of 1,000 parameters", |n| calls(n, 1_000)),
    ("nested blocks", |n| {
        nested(n / 3, &[Instruction::Block(BlockType::Empty)], 0)
    }),
    ("nested ifs that set locals", |n| {
        let open = [
            Instruction::LocalGet(0),
            Instruction::LocalSet(511),
            Instruction::LocalGet(511),
            Instruction::If(BlockType::Empty),
        ];
        nested(n / 11, &open, 512)
    }),
    ("loops", |n| {
        let pair = [
            Instruction::Loop(BlockType::Empty),
            Instruction::BrIf(0),
            Instruction::End,
        ];
        sequence(&pair, n / 7)
    }),
    ("functions with locals", functions_with_locals),
    ("imports", imports),
    ("types", |n| types(n / 3, 0)),
    ("types of 1,000 parameters", |n| types(n / 1_004, 1_000)),
    ("a data segment", |n| data(&[vec![1; n]])),
    ("data segments of a byte", |n| data(&vec![vec![1]; n / 6])),
    ("an element segment", elements),
    ("exports", exports),
    ("tables", tables),
    ("a global's initial value", constant_expression),
];

/// The sections of a module in their order, as far as they are needed.
#[derive(Default)]
struct Sections {
    types: TypeSection,
    imports: ImportSection,
    functions: FunctionSection,
    tables: TableSection,
    memories: MemorySection,
    globals: GlobalSection,
    exports: ExportSection,
    elements: ElementSection,
    code: CodeSection,
    data: DataSection,
}

impl Sections {
    /// Returns a module with the type [] -> [], no function, and a page of memory.
    fn new() -> Self {
        let mut sections = Self::default();
        sections.types.ty().function([], []);
        sections.memories.memory(MemoryType {
            minimum: 8,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        sections
    }

    /// Adds a function.
    fn function(&mut self, ty: u32, locals: &[(u32, ValType)], instructions: &[Instruction<'_>]) {
        let mut function = Function::new(locals.to_vec());
        for instruction in instructions {
            function.instruction(instruction);
        }
        function.instruction(&Instruction::End);
        self.functions.function(ty);
        self.code.function(&function);
    }

    /// Adds the entry, and ends the module.
    fn entry(mut self, locals: &[(u32, ValType)], instructions: &[Instruction<'_>]) -> Vec<u8> {
        let index = self.imports.len() + self.functions.len();
        self.exports.export("zkmain", ExportKind::Func, index);
        self.function(0, locals, instructions);
        let mut module = Module::new();
        module.section(&self.types);
        module.section(&self.imports);
        module.section(&self.functions);
        module.section(&self.tables);
        module.section(&self.memories);
        module.section(&self.globals);
        module.section(&self.exports);
        module.section(&self.elements);
        module.section(&self.code);
        module.section(&self.data);
        module.finish()
    }
}

/// Instructions that take and give one value, many times.
fn body(repeated: &[Instruction<'_>], times: usize, ty: ValType) -> Vec<u8> {
    let mut instructions = vec![Instruction::LocalGet(0)];
    instructions.extend(repeated.iter().cloned().cycle().take(repeated.len() * times));
    instructions.push(Instruction::Drop);
    Sections::new().entry(&[(1, ty)], &instructions)
}

fn sequence(repeated: &[Instruction<'_>], times: usize) -> Vec<u8> {
    let mut instructions = Vec::new();
    for _ in 0..times {
        instructions.push(repeated[0].clone());
        instructions.push(Instruction::LocalGet(0));
        instructions.extend_from_slice(&repeated[1..]);
    }
    Sections::new().entry(&[(1, ValType::I32)], &instructions)
}

fn memory_copies(times: usize) -> Vec<u8> {
    let copy = [
        Instruction::LocalGet(0),
        Instruction::LocalGet(0),
        Instruction::LocalGet(0),
        Instruction::MemoryCopy {
            src_mem: 0,
            dst_mem: 0,
        },
    ];
    let instructions: Vec<_> = copy.iter().cloned().cycle().take(4 * times).collect();
    Sections::new().entry(&[(1, ValType::I32)], &instructions)
}

/// Many copies of a local on the stack, which a write to it moves into their slots.
fn references_to_a_local(times: usize) -> Vec<u8> {
    let mut instructions = vec![Instruction::LocalGet(0); times];
    instructions.extend([Instruction::I32Const(1), Instruction::LocalSet(0)]);
    instructions.extend(vec![Instruction::Drop; times]);
    Sections::new().entry(&[(1, ValType::I32)], &instructions)
}

fn branch_table(bytes: usize) -> Vec<u8> {
    let targets = vec![0; bytes];
    let table = Instruction::BrTable(targets.into(), 0);
    Sections::new().entry(&[(1, ValType::I32)], &[Instruction::LocalGet(0), table])
}

/// A table whose targets carry 1,000 values to as many depths.
fn branch_table_with_values(bytes: usize) -> Vec<u8> {
    const VALUES: usize = 1_000;
    let depths = (bytes / 8).min(1_000);
    let mut sections = Sections::new();
    sections.types.ty().function([], vec![ValType::I32; VALUES]);
    let mut instructions = vec![Instruction::Block(BlockType::FunctionType(1)); depths];
    instructions.extend(vec![Instruction::LocalGet(0); VALUES + 2]);
    let targets: Vec<u32> = (0..depths as u32).collect();
    instructions.push(Instruction::BrTable(targets.into(), 0));
    for _ in 0..depths {
        instructions.push(Instruction::End);
        instructions.push(Instruction::Unreachable);
    }
    sections.entry(&[(1, ValType::I32)], &instructions)
}

/// Conditional branches, each of which moves as many values as the limit allows.
fn branches_with_values(bytes: usize) -> Vec<u8> {
    const VALUES: usize = 30;
    let mut sections = Sections::new();
    sections.types.ty().function([], vec![ValType::I32; VALUES]);
    let mut instructions = vec![
        Instruction::LocalGet(0),
        Instruction::Block(BlockType::FunctionType(1)),
    ];
    // One more than are carried, so that they are not in their places.
    instructions.extend(vec![Instruction::LocalGet(0); VALUES + 1]);
    for _ in 0..bytes / 4 {
        instructions.extend([Instruction::LocalGet(0), Instruction::BrIf(0)]);
    }
    instructions.extend([
        Instruction::Unreachable,
        Instruction::End,
        Instruction::Unreachable,
    ]);
    sections.entry(&[(1, ValType::I32)], &instructions)
}

/// Calls of a function that takes and returns so many values.
fn calls(bytes: usize, values: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    let many = vec![ValType::I32; values];
    sections.types.ty().function(many.clone(), many);
    sections.function(1, &[], &[Instruction::Unreachable]);
    let mut instructions = vec![Instruction::LocalGet(0); values];
    instructions.extend(vec![Instruction::Call(0); bytes / 2]);
    instructions.extend(vec![Instruction::Drop; values]);
    sections.entry(&[(1, ValType::I32)], &instructions)
}

fn nested(depth: usize, open: &[Instruction<'_>], locals: u32) -> Vec<u8> {
    let mut instructions: Vec<_> = open.iter().cloned().cycle().take(open.len() * depth).collect();
    instructions.extend(vec![Instruction::End; depth]);
    Sections::new().entry(&[(locals, ValType::I32)], &instructions)
}

/// As many functions as there may be, with as many locals as the limit of values allows.
fn functions_with_locals(bytes: usize) -> Vec<u8> {
    const FUNCTIONS: usize = 8_000;
    let mut sections = Sections::new();
    let nops = (bytes / FUNCTIONS).saturating_sub(8);
    for _ in 0..FUNCTIONS {
        let locals = [(7 * bytes as u32 / FUNCTIONS as u32, ValType::I32)];
        sections.function(0, &locals, &vec![Instruction::Nop; nops]);
    }
    sections.entry(&[], &[])
}

fn imports(bytes: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    sections.types.ty().function([ValType::I32], []);
    for _ in 0..(bytes / 15).min(8_000) {
        sections.imports.import("env", "require", EntityType::Function(1));
    }
    sections.entry(&[], &[])
}

fn types(count: usize, params: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    for index in 0..count {
        // The last parameters differ.
        let mut ty = vec![ValType::I32; params];
        for (bit, value) in ty.iter_mut().rev().take(16).enumerate() {
            if index >> bit & 1 == 1 {
                *value = ValType::I64;
            }
        }
        sections.types.ty().function(ty, []);
    }
    sections.entry(&[], &[])
}

fn data(segments: &[Vec<u8>]) -> Vec<u8> {
    let mut sections = Sections::new();
    for (index, segment) in segments.iter().enumerate() {
        let offset = ConstExpr::i32_const((8 * index % 500_000) as i32);
        sections.data.active(0, &offset, segment.iter().copied());
    }
    sections.entry(&[], &[])
}

fn elements(bytes: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    sections.tables.table(funcref(0));
    sections
        .elements
        .passive(Elements::Functions(vec![0; bytes].into()));
    let init = Instruction::TableInit {
        elem_index: 0,
        table: 0,
    };
    sections.entry(
        &[],
        &[
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            Instruction::I32Const(0),
            init,
        ],
    )
}

fn exports(bytes: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    for index in 0..bytes / 8 {
        let name = format!("{index:05}");
        sections.exports.export(&name, ExportKind::Func, 0);
    }
    sections.entry(&[], &[])
}

/// Tables that grow.
fn tables(bytes: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    let count = (bytes / 12) as u32;
    let mut instructions = Vec::new();
    for table in 0..count {
        sections.tables.table(funcref(0));
        instructions.extend([
            Instruction::RefNull(wasm_encoder::HeapType::FUNC),
            Instruction::I32Const(1),
            Instruction::TableGrow(table),
            Instruction::Drop,
        ]);
    }
    sections.entry(&[], &instructions)
}

fn funcref(minimum: u64) -> TableType {
    TableType {
        element_type: RefType::FUNCREF,
        minimum,
        maximum: None,
        table64: false,
        shared: false,
    }
}

fn constant_expression(bytes: usize) -> Vec<u8> {
    let mut sections = Sections::new();
    let mut init = ConstExpr::i32_const(1);
    for _ in 0..bytes / 3 {
        init = init.with_i32_const(1).with_i32_add();
    }
    let ty = GlobalType {
        val_type: ValType::I32,
        mutable: false,
        shared: false,
    };
    sections.globals.global(ty, &init);
    sections.entry(&[], &[])
}
