//! From wasm to a [`Program`].

pub(crate) mod imports;
pub(crate) mod module;
mod operators;
mod validate;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec,
    vec::Vec,
};

use crate::{
    isa::{Group, Sub, LINEAR, SYSTEM_BASE, TABLE_BASE},
    limits::Limit,
    lower::{
        self,
        assembler::{Assembler, Op, Operand},
        routines::Routines,
        Context,
    },
    program::{Export, Function, Program},
    status, CompileError,
};
use module::Module;

/// The export with which a message begins.
pub const ENTRY: &str = "zkmain";

/// Compiles wasm that exports `zkmain: [] -> []`. The same wasm gives the same program everywhere.
///
/// # Errors
/// [`CompileError`] when the wasm is invalid, uses anything but the integer MVP and the host functions, exceeds a
/// limit, or has no entry function.
pub fn compile(wasm: &[u8]) -> Result<Program, CompileError> {
    compile_with_entry(wasm, Some(ENTRY))
}

/// Compiles wasm whose messages begin with another export, or that has functions but no messages.
///
/// # Errors
/// As [`compile`].
pub fn compile_with_entry(wasm: &[u8], entry: Option<&str>) -> Result<Program, CompileError> {
    validate::validate(wasm)?;
    let module = Module::read(wasm)?;
    let entry = entry.map(|export| entry_function(&module, export)).transpose()?;

    let functions = module.functions.len() as u32;
    let asm = Assembler::default();
    let mut context = Context {
        module: &module,
        asm,
        routines: Routines::new(functions),
    };
    entry_stub(&mut context, entry);
    let mut addresses = vec![None; functions as usize];
    let addressed = addressed_functions(&module, entry);
    for (function, import) in (0u32..).zip(&module.imports) {
        if addressed.contains(&function) {
            addresses[function as usize] = Some(context.asm.pc());
            lower::lower_import(&mut context, function, *import)?;
        }
    }
    for (function, body) in (module.imports.len() as u32..).zip(&module.bodies) {
        addresses[function as usize] = Some(context.asm.pc());
        lower::lower_function(&mut context, function, body)?;
    }
    let Context {
        mut asm,
        mut routines,
        ..
    } = context;
    routines.emit(&mut asm);
    let code = asm.finish(|index| match addresses.get(index as usize) {
        Some(address) => address.unwrap_or_default(),
        None => routines.address(index).unwrap_or_default(),
    })?;

    let image = image(&module, &addresses);
    Limit::Image.check(image.len() as u64)?;
    Ok(Program {
        code,
        image,
        initial_pages: module.initial_pages,
        max_pages: module.max_pages,
        functions: describe(&module, &addresses)?,
        globals: module.globals.len() as u32,
        table: module.table.len() as u32,
        start: module.start,
        exports: module.exports,
    })
}

/// Finds the entry function and checks its type.
fn entry_function(module: &Module<'_>, export: &str) -> Result<u32, CompileError> {
    let index = module.exports.iter().find_map(|(name, item)| match item {
        Export::Function(index) if name == export => Some(*index),
        _ => None,
    });
    let index = index.ok_or_else(|| CompileError::NoEntry {
        export: export.to_string(),
    })?;
    let ty = module.function_type(index)?;
    if !ty.params().is_empty() || !ty.results().is_empty() {
        return Err(CompileError::EntryType {
            export: export.to_string(),
        });
    }
    Ok(index)
}

/// Writes the end of a message at address 0 and its start at address 1.
fn entry_stub(context: &mut Context<'_, '_>, entry: Option<u32>) {
    let asm = &mut context.asm;
    asm.end(status::OK);
    let set_pages = Op::new(Group::System, Sub::S1, false);
    let pages = Operand::Imm(u64::from(context.module.initial_pages));
    asm.push(Assembler::instruction(set_pages, Operand::Imm(0), pages));
    for function in context.module.start.into_iter().chain(entry) {
        asm.call_function(function, 0, 0);
    }
    asm.push(Assembler::jump_instruction(0));
}

/// Returns the functions whose addresses something refers to.
fn addressed_functions(module: &Module<'_>, entry: Option<u32>) -> BTreeSet<u32> {
    module
        .table
        .iter()
        .copied()
        .flatten()
        .chain(module.start)
        .chain(entry)
        .collect()
}

/// Returns the nonzero words of initial memory.
fn image(module: &Module<'_>, addresses: &[Option<u32>]) -> Vec<(u64, u64)> {
    let data = module.data.iter().map(|(address, word)| (*address, *word));
    let globals = (LINEAR + SYSTEM_BASE / 8..).zip(module.globals.iter().map(|global| global.init));
    let elements = module.table.iter().map(|element| {
        let Some(function) = *element else { return 0 };
        let ty = module
            .functions
            .get(function as usize)
            .and_then(|ty| module.canonical.get(*ty as usize));
        let address = addresses.get(function as usize).copied().flatten();
        lower::element_word(ty.copied().unwrap_or_default(), address.unwrap_or_default())
    });
    let elements = (LINEAR + TABLE_BASE / 8..).zip(elements);
    data.chain(globals)
        .chain(elements)
        .filter(|(_, word)| *word != 0)
        .collect()
}

/// Describes the functions.
fn describe(module: &Module<'_>, addresses: &[Option<u32>]) -> Result<Vec<Function>, CompileError> {
    let mut names: BTreeMap<u32, String> = BTreeMap::new();
    for (name, item) in &module.exports {
        if let Export::Function(index) = item {
            names.insert(*index, name.clone());
        }
    }
    names.extend(module.names.iter().map(|(index, name)| (*index, name.clone())));
    let mut functions = Vec::with_capacity(addresses.len());
    for (index, entry) in (0u32..).zip(addresses) {
        let ty = module.function_type(index)?;
        functions.push(Function {
            name: names.remove(&index),
            entry: *entry,
            params: ty.params().len() as u32,
            results: ty.results().len() as u32,
        });
    }
    Ok(functions)
}
