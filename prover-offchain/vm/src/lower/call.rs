//! Calls of functions, of table elements, and of the host.

use wasmparser::FuncType;

use super::{
    assembler::{Assembler, Op, Operand},
    function::Function,
    routines::Routine,
    stack::{Entry, Value},
};
use crate::{
    compile::imports::Import,
    host::HostFn,
    isa::{Group, Sub},
    status, CompileError,
};

/// What WASI answers when a file is not open: `badf` of wasi_snapshot_preview1's `errno`.
const BAD_FILE: u64 = 8;

/// Numbers of a function's parameters and results.
#[derive(Clone, Copy)]
struct Arity {
    params: usize,
    results: usize,
}

impl Arity {
    fn of(ty: &FuncType) -> Self {
        Self {
            params: ty.params().len(),
            results: ty.results().len(),
        }
    }

    /// Returns the slot of the return word in the function's frame.
    fn return_slot(self) -> usize {
        self.params.max(self.results)
    }
}

impl Function<'_, '_, '_> {
    /// `call`.
    pub(super) fn call(&mut self, function: u32) -> Result<(), CompileError> {
        let module = self.context.module;
        if let Some(import) = module.imports.get(function as usize) {
            return self.import(*import);
        }
        let arity = Arity::of(module.function_type(function)?);
        let shift = self.arguments(arity.params)?;
        self.slot(self.stack.height() + arity.return_slot());
        let function = self.context.callee(function);
        self.asm()
            .call_function(function, shift, arity.return_slot() as u32);
        self.results(arity.results);
        Ok(())
    }

    /// Calls the float library's function for an instruction.
    pub(super) fn call_library(&mut self, instruction: &str) -> Result<(), CompileError> {
        let library = self.context.library;
        let function = library.function(instruction)?;
        let arity = Arity::of(library.module.function_type(function)?);
        let shift = self.arguments(arity.params)?;
        self.slot(self.stack.height() + arity.return_slot());
        self.call_routine(Routine::Float(function), shift, arity.return_slot() as u32);
        self.results(arity.results);
        Ok(())
    }

    /// `return_call`.
    pub(super) fn return_call(&mut self, function: u32) -> Result<(), CompileError> {
        let module = self.context.module;
        if let Some(import) = module.imports.get(function as usize) {
            self.import(*import)?;
            self.leave()?;
        } else {
            let arity = Arity::of(module.function_type(function)?);
            self.hand_over(arity)?;
            self.asm().jump_function(function);
        }
        self.dead = true;
        Ok(())
    }

    /// `call_indirect`.
    pub(super) fn call_indirect(&mut self, table: u32, ty: u32) -> Result<(), CompileError> {
        let arity = Arity::of(self.context.module.ty(ty)?);
        let return_slot = arity.return_slot();
        let index = self.pop()?;
        let index = self.in_slot(index);
        // The arguments get to their slots first: they may be in locals, and the index lies above
        // them.
        let shift = self.arguments(arity.params)?;
        let target = self.temp(return_slot + 1);
        self.code_address(table, ty, index, target)?;
        self.call_routine(Routine::Thunk(return_slot as u32 + 1), shift, return_slot as u32);
        self.results(arity.results);
        Ok(())
    }

    /// `return_call_indirect`.
    pub(super) fn return_call_indirect(&mut self, table: u32, ty: u32) -> Result<(), CompileError> {
        let arity = Arity::of(self.context.module.ty(ty)?);
        let index = self.pop()?;
        let index = self.in_slot(index);
        // Above the arguments and the slot in which the return word waits.
        let target = self.temp(1);
        self.code_address(table, ty, index, target)?;
        self.hand_over(arity)?;
        let op = Op::new(Group::Jump, Sub::S1, false);
        let jump = Assembler::instruction(op, Operand::Slot(target), Operand::Imm(0));
        self.asm().push(jump);
        self.dead = true;
        Ok(())
    }

    /// Puts the code address of a table's element into the slot `target`, if the element is a
    /// function of the type.
    fn code_address(&mut self, table: u32, ty: u32, index: Operand, target: u32) -> Result<(), CompileError> {
        let canonical = self.context.module.canonical.get(ty as usize);
        let expected = element_word(
            *canonical.ok_or_else(|| CompileError::unexpected("type index"))?,
            0,
        );
        self.load_element(table, index, target)?;
        let (null, good) = (self.trap(status::NULL_REFERENCE), self.asm().label());
        let (below, equal) = (
            Op::new(Group::Compare, Sub::S0, false),
            Op::new(Group::Compare, Sub::S2, false),
        );
        let word = Operand::Slot(target);
        let asm = self.asm();
        // What remains is the entry's address, below 2^32, if the type is right.
        asm.op(
            Op::new(Group::Add, Sub::S1, false),
            word,
            Operand::Imm(expected),
            target,
        );
        asm.compare_and_branch(below, word, Operand::Imm(1 << 32), false, good);
        asm.compare_and_branch(equal, word, Operand::Imm(expected.wrapping_neg()), false, null);
        asm.end(status::BAD_INDIRECT_CALL);
        asm.bind(good);
        Ok(())
    }

    /// Takes the arguments of a function that returns to this one's caller, and lays out its frame
    /// in place of this one's.
    fn hand_over(&mut self, arity: Arity) -> Result<(), CompileError> {
        let arguments = self.take(arity.params)?;
        let (own, theirs) = (self.return_slot(), arity.return_slot() as u32);
        if own == theirs {
            self.move_down(&arguments, 0);
            return Ok(());
        }
        // The arguments may come to lie where the return word is, and the return word where they
        // are.
        let aside = self.temp(arguments.len());
        self.reserve(theirs);
        self.asm().mov(aside, Operand::Slot(own));
        self.move_down(&arguments, 0);
        self.asm().mov(theirs, Operand::Slot(aside));
        Ok(())
    }

    /// Appends a call of a shared routine.
    pub(super) fn call_routine(&mut self, routine: Routine, shift: u32, return_slot: u32) {
        let index = self.context.routines.request(routine);
        self.asm().call_function(index, shift, return_slot);
    }

    /// Moves the topmost values into the slots of their heights, pops them, and returns the first
    /// slot.
    pub(super) fn arguments(&mut self, count: usize) -> Result<u32, CompileError> {
        for _ in 0..count {
            let value = self.pop()?;
            self.move_home(value);
        }
        Ok(self.temp(0))
    }

    fn results(&mut self, count: usize) {
        for _ in 0..count {
            self.push_slot();
        }
    }

    /// A call of an imported function.
    pub(super) fn import(&mut self, import: Import) -> Result<(), CompileError> {
        match import {
            Import::Require => self.require()?,
            Import::Trap(status) => {
                self.asm().end(status);
                self.dead = true;
            }
            Import::FdWrite => {
                self.take(4)?;
                self.stack.push(Entry::Const(BAD_FILE));
            }
            Import::WasmInput => {
                self.pop()?;
                self.host(HostFn::InboxNext, Operand::Imm(0), None, true);
            }
            Import::KvGet => self.kv_get()?,
            Import::KvSet => self.kv_set()?,
            Import::KvGetRoot => self.kv_getroot()?,
            Import::KvSetRoot => self.kv_setroot()?,
            Import::Host(function @ HostFn::InboxNext) => self.host(function, Operand::Imm(0), None, true),
            Import::Host(function @ HostFn::OutboxPush) => self.host(function, Operand::Imm(0), None, false),
            Import::Host(function @ (HostFn::KvLoad | HostFn::KvStore)) => {
                let index = self.pop()?;
                let x = self.left(index);
                self.host(function, x, None, false);
            }
            Import::Host(function @ (HostFn::LeafGet | HostFn::VrfSeed)) => {
                let word = self.pop()?;
                let x = self.word_index(word)?;
                self.host(function, x, None, true);
            }
            Import::Host(function @ HostFn::LeafSet) => {
                let (word, index) = (self.pop()?, self.pop()?);
                let y = self.in_slot(word);
                let x = self.word_index(index)?;
                self.host(function, x, Some(y), false);
            }
            Import::Host(function @ HostFn::Log) => {
                let (length, pointer) = (self.pop()?, self.pop()?);
                let y = self.in_slot(length);
                let x = self.left(pointer);
                self.host(function, x, Some(y), false);
            }
        }
        Ok(())
    }

    /// Reduces the index of one of four words.
    fn word_index(&mut self, index: Value) -> Result<Operand, CompileError> {
        self.mask(index, 3, true);
        let index = self.pop()?;
        Ok(self.left(index))
    }

    pub(super) fn host(&mut self, function: HostFn, x: Operand, y: Option<Operand>, result: bool) {
        let op = Op::new(Group::System, Sub::S2, false);
        let code = function as u64;
        let mut instruction = Assembler::instruction(op, x, y.unwrap_or(Operand::Imm(code)));
        instruction.imm = code;
        if result {
            instruction.modifiers.writes_z = true;
            instruction.d = self.push_slot();
        }
        self.asm().push(instruction);
    }

    /// Ends the message unless the condition holds.
    fn require(&mut self) -> Result<(), CompileError> {
        let condition = self.pop()?;
        if let Entry::Const(1..) = condition.entry {
            return Ok(());
        }
        let holds = self.asm().label();
        let branch = self.condition(condition, true);
        self.asm().branch(branch, holds);
        self.asm().end(status::REQUIRE);
        self.asm().bind(holds);
        Ok(())
    }
}

/// Returns the word of a table element: a function of canonical type `ty` whose code begins at
/// `entry`.
pub(crate) const fn element_word(ty: u32, entry: u32) -> u64 {
    (ty as u64 + 1) << 32 | entry as u64
}
