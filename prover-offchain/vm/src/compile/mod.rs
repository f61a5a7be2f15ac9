//! From wasm to a [`Program`].

pub(crate) mod constant;
mod file_type;
pub(crate) mod image;
pub(crate) mod imports;
pub(crate) mod layout;
mod long_types;
pub(crate) mod module;
mod names;
pub(crate) mod operators;
mod unsupported;
pub(crate) mod usage;
mod validate;
mod values;

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec,
    vec::Vec,
};

use crate::{
    floats::Library,
    isa::{Group, Instruction, Sub},
    limits::Limit,
    lower::{
        self,
        assembler::{Assembler, Op, Operand},
        routines::Routines,
        Context,
    },
    program::{exported_function, Export, Function, Program},
    status, CompileError,
};
use constant::Constant;
use image::References;
use layout::Layout;
use module::Module;
use usage::Usage;

/// The export with which a message begins.
pub const ENTRY: &str = "zkmain";

/// The export that runs before it, if there is one: a reactor's initializer (WASI, "Current
/// Unstable ABI", application-abi.md).
const INITIALIZER: &str = "_initialize";

/// Compiles wasm that exports `zkmain: [] -> []`. The same wasm gives the same program everywhere.
///
/// # Errors
/// [`CompileError`] when the wasm is invalid, uses anything that is not accepted, exceeds a
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
    let setup = setup(&module, entry)?;

    let functions = module.functions.len() as u32;
    let asm = Assembler::default();
    let layout = Layout::new(&module, &Usage::of(&module.bodies)?);
    Limit::System.check(layout.words)?;
    let library = Library::read()?;
    let mut context = Context {
        module: &module,
        layout: &layout,
        asm,
        routines: Routines::new(functions),
        library: &library,
        in_library: false,
    };
    entry_stub(&mut context, setup.iter().copied().chain(entry));
    let mut addresses = vec![None; functions as usize];
    let addressed: BTreeSet<u32> = module
        .referenced()
        .chain(setup.iter().copied())
        .chain(entry)
        .collect();
    for (function, import) in (0u32..).zip(&module.imports) {
        if addressed.contains(&function) {
            addresses[function as usize] = Some(context.asm.pc());
            lower::lower_import(&mut context, function, *import)?;
        }
    }
    for (function, body) in (module.imports.len() as u32..).zip(&module.bodies) {
        addresses[function as usize] = Some(context.asm.pc());
        let place = || names::place(wasm, body.range().start);
        lower::lower_function(&mut context, function, body).map_err(|error| error.at(place))?;
    }
    let routines_at = context.asm.pc();
    context.write_routines()?;
    let Context { asm, routines, .. } = context;
    let references = References {
        module: &module,
        addresses: &addresses,
    };
    let entry = |index| match addresses.get(index as usize) {
        Some(address) => address.unwrap_or_default(),
        None => routines.address(index).unwrap_or_default(),
    };
    let code = asm.finish(entry, |function| references.word(Constant::Function(function)))?;

    // Soundness must not rest on the compiler being free of defects.
    if !code.iter().all(Instruction::is_determined) {
        return Err(CompileError::unexpected("instruction of several results"));
    }

    let image = image::image(&module, &layout, &references);
    Limit::Image.check(image.len() as u64)?;
    Ok(Program {
        code,
        image,
        initial_pages: module.initial_pages,
        max_pages: module.max_pages,
        functions: describe(&module, &addresses)?,
        system_words: layout.words as u32,
        routines: routines_at,
        setup,
        exports: module.exports,
    })
}

/// Finds the entry function and checks its type.
fn entry_function(module: &Module<'_>, export: &str) -> Result<u32, CompileError> {
    let index = exported_function(&module.exports, export).ok_or_else(|| CompileError::NoEntry {
        export: export.to_string(),
        exports: exported_functions(module),
    })?;
    require_no_values(module, export, index)?;
    Ok(index)
}

fn exported_functions(module: &Module<'_>) -> Vec<String> {
    let functions = module.exports.iter().filter_map(|(name, item)| match item {
        Export::Function(_) => Some(name.clone()),
        Export::Global(_) => None,
    });
    functions.collect()
}

/// Returns what runs before the entry. Without one, instances have functions that others call,
/// which includes the initializer.
fn setup(module: &Module<'_>, entry: Option<u32>) -> Result<Vec<u32>, CompileError> {
    let mut setup: Vec<u32> = module.start.into_iter().collect();
    if let (Some(entry), Some(initializer)) = (entry, exported_function(&module.exports, INITIALIZER)) {
        let runs_anyway = initializer == entry || setup.contains(&initializer);
        if !runs_anyway {
            require_no_values(module, INITIALIZER, initializer)?;
            setup.push(initializer);
        }
    }
    Ok(setup)
}

/// Checks that an exported function takes and returns nothing.
fn require_no_values(module: &Module<'_>, export: &str, function: u32) -> Result<(), CompileError> {
    let ty = module.function_type(function)?;
    if ty.params().is_empty() && ty.results().is_empty() {
        return Ok(());
    }
    Err(CompileError::EntryType {
        export: export.to_string(),
        found: imports::type_text(ty),
    })
}

/// Writes the end of a message at address 0 and its start at address 1.
fn entry_stub(context: &mut Context<'_, '_>, calls: impl Iterator<Item = u32>) {
    let asm = &mut context.asm;
    asm.end(status::OK);
    let set_pages = Op::new(Group::System, Sub::S1, false);
    let pages = Operand::Imm(u64::from(context.module.initial_pages));
    asm.push(Assembler::instruction(set_pages, Operand::Imm(0), pages));
    for function in calls {
        asm.call_function(function, 0, 0);
    }
    asm.push(Assembler::jump_instruction(0));
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
