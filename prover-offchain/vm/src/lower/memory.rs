//! Linear memory and globals, a value at a time.

use wasmparser::MemArg;

use super::{
    assembler::{Assembler, Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    compile::{constant::Constant, layout::global_address},
    isa::{Group, Sub},
    CompileError,
};

/// Largest immediate of a memory access.
const MAX_OFFSET: u64 = u32::MAX as u64;

impl Function<'_, '_, '_> {
    /// Loads `bytes` bytes, zero-extended.
    pub(super) fn load(&mut self, memarg: &MemArg, bytes: u32) -> Result<(), CompileError> {
        let address = self.pop()?;
        let (x, offset) = self.address(address, memarg.offset);
        let d = self.push_slot();
        self.asm().load(x, offset, bytes, false, d);
        Ok(())
    }

    /// Stores the low `bytes` bytes of a value of the width.
    pub(super) fn store(&mut self, memarg: &MemArg, bytes: u32, w32: bool) -> Result<(), CompileError> {
        let value = self.pop()?;
        let whole = if w32 { 4 } else { 8 };
        let value = if bytes < whole {
            self.mask(value, (1 << (8 * bytes)) - 1, w32);
            self.pop()?
        } else {
            value
        };
        let y = self.in_slot(value);
        let address = self.pop()?;
        let (x, offset) = self.address(address, memarg.offset);
        self.asm().store(x, offset, bytes, false, y);
        Ok(())
    }

    /// Splits an address into a left operand and an immediate.
    pub(super) fn address(&mut self, address: Value, offset: u64) -> (Operand, u64) {
        match address.entry {
            Entry::Const(word) if word + offset <= MAX_OFFSET => (Operand::Imm(0), word + offset),
            _ => (self.left(address), offset),
        }
    }

    /// `memory.size`.
    pub(super) fn memory_size(&mut self) {
        let d = self.push_slot();
        let op = Op::new(Group::System, Sub::S0, false);
        self.asm().op(op, Operand::Imm(0), Operand::Imm(0), d);
    }

    /// `memory.grow`.
    pub(super) fn memory_grow(&mut self) -> Result<(), CompileError> {
        let delta = self.pop()?;
        let delta = self.source(delta);
        let max_pages = u64::from(self.context.module.max_pages);
        let d = self.push_slot();
        let (pages, grown) = (self.temp(1), self.temp(2));
        let end = self.asm().label();
        let asm = self.asm();
        asm.op(
            Op::new(Group::System, Sub::S0, false),
            Operand::Imm(0),
            Operand::Imm(0),
            pages,
        );
        asm.op(
            Op::new(Group::Add, Sub::S0, false),
            Operand::Slot(pages),
            delta,
            grown,
        );
        asm.mov(d, Operand::Imm(u64::from(u32::MAX)));
        let below = Op::new(Group::Compare, Sub::S0, false);
        self.asm().compare_and_branch(
            below,
            Operand::Slot(grown),
            Operand::Imm(max_pages + 1),
            true,
            end,
        );
        let asm = self.asm();
        let set_pages = Op::new(Group::System, Sub::S1, false);
        asm.push(Assembler::instruction(
            set_pages,
            Operand::Imm(0),
            Operand::Slot(grown),
        ));
        asm.mov(d, Operand::Slot(pages));
        asm.bind(end);
        Ok(())
    }

    /// `global.get`.
    pub(super) fn global_get(&mut self, index: u32) -> Result<(), CompileError> {
        let global = self.context.module.globals.get(index as usize);
        let global = *global.ok_or_else(|| CompileError::unexpected("global index"))?;
        if let (false, Constant::Word(word)) = (global.mutable, global.init) {
            self.stack.push(Entry::Const(word));
            return Ok(());
        }
        let d = self.push_slot();
        self.asm()
            .load(Operand::Imm(0), global_address(index), 8, true, d);
        Ok(())
    }

    /// `global.set`.
    pub(super) fn global_set(&mut self, index: u32) -> Result<(), CompileError> {
        let value = self.pop()?;
        let y = self.in_slot(value);
        self.asm()
            .store(Operand::Imm(0), global_address(index), 8, true, y);
        Ok(())
    }
}
