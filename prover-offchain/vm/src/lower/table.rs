//! Tables, an element at a time, and how they grow.

use super::{
    assembler::{Assembler, Op, Operand},
    function::Function,
    routines::Routine,
    stack::Entry,
};
use crate::{
    compile::layout::{Layout, Length, Region},
    isa::{Group, Sub},
    status, CompileError,
};

const LESS: Op = Op::new(Group::Compare, Sub::S0, false);
const EQUAL: Op = Op::new(Group::Compare, Sub::S2, false);
const ADD: Op = Op::new(Group::Add, Sub::S0, false);
/// Indices of elements are below 2^32 / 8.
const SHIFT_LEFT: Op = Op::new(Group::Mul, Sub::S1, true);

/// Shift that turns an element's index into a distance in bytes.
const ELEMENT_SHIFT: Operand = Operand::Imm(3);

impl Function<'_, '_, '_> {
    fn table(&self, table: u32) -> Result<Region, CompileError> {
        let region = self.context.layout.tables.get(table as usize);
        region
            .copied()
            .ok_or_else(|| CompileError::unexpected("table index"))
    }

    /// Puts the distance in bytes of the element at `index` into the slot `offset`, or traps;
    /// `spare` is another slot.
    fn element_offset(&mut self, region: Region, index: Operand, offset: u32, spare: u32) {
        let outside = self.trap(status::TABLE_OUT_OF_BOUNDS);
        let asm = self.asm();
        let length = asm.length(region.length, spare);
        asm.compare_and_branch(LESS, index, length, true, outside);
        asm.op(SHIFT_LEFT, index, ELEMENT_SHIFT, offset);
    }

    /// Puts the element at `index` into the slot `target`, above which a slot is free.
    pub(super) fn load_element(
        &mut self,
        table: u32,
        index: Operand,
        target: u32,
    ) -> Result<(), CompileError> {
        let region = self.table(table)?;
        self.reserve(target + 1);
        self.element_offset(region, index, target, target + 1);
        self.asm()
            .load(Operand::Slot(target), region.base, 8, true, target);
        Ok(())
    }

    /// `table.get`.
    pub(super) fn table_get(&mut self, table: u32) -> Result<(), CompileError> {
        let index = self.pop()?;
        let index = self.in_slot(index);
        let d = self.push_slot();
        self.load_element(table, index, d)
    }

    /// `table.set`.
    pub(super) fn table_set(&mut self, table: u32) -> Result<(), CompileError> {
        let region = self.table(table)?;
        let (value, index) = (self.pop()?, self.pop()?);
        let (value, index) = (self.in_slot(value), self.in_slot(index));
        let (offset, spare) = (self.temp(2), self.temp(3));
        self.element_offset(region, index, offset, spare);
        self.asm()
            .store(Operand::Slot(offset), region.base, 8, true, value);
        Ok(())
    }

    /// `table.size`.
    pub(super) fn table_size(&mut self, table: u32) -> Result<(), CompileError> {
        match self.table(table)?.length {
            Length::Fixed(length) => self.stack.push(Entry::Const(length)),
            Length::Stored(address) => {
                let d = self.push_slot();
                self.asm().load(Operand::Imm(0), address, 8, true, d);
            }
        }
        Ok(())
    }

    /// `table.grow`.
    pub(super) fn table_grow(&mut self, table: u32) -> Result<(), CompileError> {
        let shift = self.arguments(2)?;
        let return_slot = self.temp(2) - shift;
        self.call_routine(Routine::Grow(table), shift, return_slot);
        self.push_slot();
        Ok(())
    }
}

impl Assembler {
    /// Returns a length, loaded into the slot `d` if it is not known.
    pub(super) fn length(&mut self, length: Length, d: u32) -> Operand {
        match length {
            Length::Fixed(length) => Operand::Imm(length),
            Length::Stored(address) => {
                self.load(Operand::Imm(0), address, 8, true, d);
                Operand::Slot(d)
            }
        }
    }
}

/// Writes [`Routine::Grow`]. New elements are stored one by one.
pub(super) fn emit_grow(asm: &mut Assembler, layout: &Layout, table: u32) {
    const VALUE: Operand = Operand::Slot(0);
    const COUNT: Operand = Operand::Slot(1);
    const RESULT: u32 = 0;
    const RETURN: u32 = 2;
    const OLD: u32 = 3;
    const NEW: u32 = 4;
    const AT: u32 = 5;
    let Some(region) = layout.tables.get(table as usize) else {
        return;
    };
    let (refused, again, done) = (asm.label(), asm.label(), asm.label());
    let (old, new, at) = (Operand::Slot(OLD), Operand::Slot(NEW), Operand::Slot(AT));
    let length = asm.length(region.length, OLD);
    asm.mov(OLD, length);
    asm.op(ADD, old, COUNT, NEW);
    asm.compare_and_branch(LESS, new, Operand::Imm(region.capacity + 1), true, refused);
    if let Length::Stored(address) = region.length {
        asm.store(Operand::Imm(0), address, 8, true, new);
    }
    asm.op(SHIFT_LEFT, old, ELEMENT_SHIFT, AT);
    asm.op(SHIFT_LEFT, new, ELEMENT_SHIFT, NEW);
    asm.compare_and_branch(EQUAL, at, new, false, done);
    asm.bind(again);
    asm.store(at, region.base, 8, true, VALUE);
    asm.op(ADD, at, Operand::Imm(8), AT);
    asm.compare_and_branch(LESS, at, new, false, again);
    asm.bind(done);
    asm.mov(RESULT, old);
    asm.ret(RETURN);
    asm.bind(refused);
    asm.mov(RESULT, Operand::Imm(u32::MAX.into()));
    asm.ret(RETURN);
}
