//! A compiled program.

use alloc::{string::String, vec::Vec};

use crate::{
    isa::Instruction,
    lower::assembler::{Assembler, Operand},
};

/// A function, for diagnostics and for calls from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Name from the wasm's name section, or an export's name.
    pub name: Option<String>,
    /// Address of its first instruction; `None` for a host function that is never called as a
    /// function.
    pub entry: Option<u32>,
    /// Number of parameters.
    pub params: u32,
    /// Number of results.
    pub results: u32,
}

impl Function {
    /// Returns the slot of the return word, relative to the function's frame.
    pub fn return_slot(&self) -> u32 {
        self.params.max(self.results)
    }
}

/// Export of a function or a global, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Export {
    /// Index of a function.
    Function(u32),
    /// Index of a global.
    Global(u32),
}

/// A compiled program: what the circuit's fixed columns hold, and what people want to know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Code. Address 0 ends a message, address 1 is where a message starts.
    pub code: Vec<Instruction>,
    /// Nonzero words of initial memory (data segments, globals, tables) by local address,
    /// ascending.
    pub image: Vec<(u64, u64)>,
    /// Pages of linear memory at a message's start.
    pub initial_pages: u32,
    /// Pages to which it can grow.
    pub max_pages: u32,
    /// Functions by index, imported ones first.
    pub functions: Vec<Function>,
    /// Exported functions and globals.
    pub exports: Vec<(String, Export)>,
    /// Words of the system area: globals, of which each has the word of its index, tables, passive
    /// segments.
    pub system_words: u32,
    /// Address at which the functions' code ends and that of shared routines begins.
    pub routines: u32,
    /// Functions that run before a message's first call: the start function, and the initializer
    /// that is exported as `_initialize`.
    pub setup: Vec<u32>,
}

/// Returns the index of the function that is exported as `name`.
pub(crate) fn exported_function(exports: &[(String, Export)], name: &str) -> Option<u32> {
    exports.iter().find_map(|(export, item)| match item {
        Export::Function(index) if export == name => Some(*index),
        _ => None,
    })
}

impl Program {
    /// Returns the exported function `name`.
    pub fn exported_function(&self, name: &str) -> Option<&Function> {
        self.functions
            .get(exported_function(&self.exports, name)? as usize)
    }

    /// Returns the index of the exported global `name`.
    pub fn exported_global(&self, name: &str) -> Option<u32> {
        self.exports.iter().find_map(|(export, item)| match item {
            Export::Global(index) if export == name => Some(*index),
            _ => None,
        })
    }

    /// Returns the function whose code contains address `pc`; `None` in the routines that functions
    /// share.
    pub fn function_at(&self, pc: u32) -> Option<&Function> {
        if pc >= self.routines {
            return None;
        }
        self.functions
            .iter()
            .filter(|function| function.entry.is_some_and(|entry| entry <= pc))
            .max_by_key(|function| function.entry)
    }

    /// Returns the functions that run before a message's first call.
    pub fn setup_functions(&self) -> impl Iterator<Item = &Function> {
        let functions = self.setup.iter();
        functions.filter_map(|index| self.functions.get(*index as usize))
    }

    /// Returns the program whose messages run the setup functions and then call `function` with
    /// constants; its results end up in the slots from 0 on. `None` if the function has no code.
    pub fn calling(&self, function: &Function, arguments: &[u64]) -> Option<Self> {
        let setup = self.setup_functions().map(|function| (function, &[][..]));
        self.with_calls(setup.chain([(function, arguments)]))
    }

    /// Returns the program whose messages make these calls instead of its own.
    pub(crate) fn with_calls<'a>(
        &self,
        calls: impl IntoIterator<Item = (&'a Function, &'a [u64])>,
    ) -> Option<Self> {
        let mut code = self.code.clone();
        let mut asm = Assembler::at(code.len() as u32);
        for (function, arguments) in calls {
            for (slot, argument) in (0u32..).zip(arguments) {
                asm.mov(slot, Operand::Imm(*argument));
            }
            asm.call(function.entry?, 0, function.return_slot());
        }
        asm.push(Assembler::jump_instruction(0));
        code[2] = Assembler::jump_instruction(code.len() as u32);
        code.extend(asm.into_code());
        Some(Self { code, ..self.clone() })
    }
}
