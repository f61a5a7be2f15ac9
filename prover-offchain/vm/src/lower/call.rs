//! Calls of functions, of table elements, and of the host.

use super::{
    assembler::{Assembler, Op, Operand},
    function::Function,
    routines::Routine,
    stack::{Entry, Value},
};
use crate::{
    compile::{imports::Import, module::unexpected},
    host::HostFn,
    isa::{Group, Sub, TABLE_BASE},
    status, CompileError,
};

impl Function<'_, '_, '_> {
    /// `call`.
    pub(super) fn call(&mut self, function: u32) -> Result<(), CompileError> {
        let module = self.context.module;
        if let Some(import) = module.imports.get(function as usize) {
            return self.import(*import);
        }
        let ty = module.function_type(function)?;
        let (params, results) = (ty.params().len(), ty.results().len());
        let shift = self.arguments(params)?;
        let return_slot = params.max(results) as u32;
        self.slot(self.stack.height() + return_slot as usize);
        self.asm().call_function(function, shift, return_slot);
        self.results(results);
        Ok(())
    }

    /// `call_indirect`.
    pub(super) fn call_indirect(&mut self, ty: u32) -> Result<(), CompileError> {
        let module = self.context.module;
        let size = module.table.len() as u64;
        let canonical = module
            .canonical
            .get(ty as usize)
            .ok_or_else(|| unexpected("type index"))?;
        let word = element_word(*canonical, 0);
        let ty = module.ty(ty)?;
        let (params, results) = (ty.params().len(), ty.results().len());
        let return_slot = params.max(results);

        let index = self.pop()?;
        let index = self.in_slot(index);
        // The arguments get to their slots first: they may be in locals, and the index lies above them.
        let shift = self.arguments(params)?;
        let target = self.temp(return_slot + 1);
        let (bad, good) = (self.asm().label(), self.asm().label());
        let below = Op::new(Group::Compare, Sub::S0, false);
        self.compare_and_branch(below, index, Operand::Imm(size), true, bad);
        self.asm()
            .op(Op::new(Group::Mul, Sub::S1, true), index, Operand::Imm(3), target);
        self.load_word(Operand::Slot(target), TABLE_BASE, 8, true, target);
        // What remains is the entry's address, below 2^32, if the type is right.
        let subtract = Op::new(Group::Add, Sub::S1, false);
        self.asm()
            .op(subtract, Operand::Slot(target), Operand::Imm(word), target);
        self.compare_and_branch(below, Operand::Slot(target), Operand::Imm(1 << 32), false, good);
        self.asm().bind(bad);
        self.asm().end(status::BAD_INDIRECT_CALL);
        self.asm().bind(good);
        self.call_routine(Routine::Thunk(return_slot as u32 + 1), shift, return_slot as u32);
        self.results(results);
        Ok(())
    }

    /// Appends a call of a shared routine.
    pub(super) fn call_routine(&mut self, routine: Routine, shift: u32, return_slot: u32) {
        let index = self.context.routines.request(routine);
        self.asm().call_function(index, shift, return_slot);
    }

    /// Moves the topmost values into the slots of their heights, pops them, and returns the first slot.
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
            Import::WasmInput => {
                self.pop()?;
                self.host(HostFn::InboxNext, Operand::Imm(0), None, true);
            }
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

    fn host(&mut self, function: HostFn, x: Operand, y: Option<Operand>, result: bool) {
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

/// Returns the word of a table element: a function of canonical type `ty` whose code begins at `entry`.
pub(crate) const fn element_word(ty: u32, entry: u32) -> u64 {
    (ty as u64 + 1) << 32 | entry as u64
}
