//! Moves values onto the operand stack, off it, and into slots.

use alloc::vec::Vec;

use super::{
    assembler::{Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    isa::{Group, Instruction, Sub},
    CompileError,
};

impl Function<'_, '_, '_> {
    /// Pops a value.
    pub(super) fn pop(&mut self) -> Result<Value, CompileError> {
        self.stack
            .pop()
            .ok_or_else(|| CompileError::unexpected("empty operand stack"))
    }

    /// Pops values and returns them, the topmost last.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<Value>, CompileError> {
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.pop()?);
        }
        values.reverse();
        Ok(values)
    }

    /// Pushes a value that is about to be computed and returns its slot.
    pub(super) fn push_slot(&mut self) -> u32 {
        let slot = self.temp(0);
        self.stack.push(Entry::Slot);
        slot
    }

    /// Returns where a value is.
    pub(super) fn source(&mut self, value: Value) -> Operand {
        match value.entry {
            Entry::Slot => Operand::Slot(self.slot(value.height)),
            Entry::Local(local) => Operand::Slot(self.local_slot(local)),
            Entry::Const(word) => Operand::Imm(word),
        }
    }

    /// Returns where a value is, having moved a constant other than 0 into a slot: a left operand.
    pub(super) fn left(&mut self, value: Value) -> Operand {
        match self.source(value) {
            Operand::Imm(0) => Operand::Imm(0),
            _ => self.in_slot(value),
        }
    }

    /// Returns the slot where a value is, having moved any constant into one.
    pub(super) fn in_slot(&mut self, value: Value) -> Operand {
        match self.source(value) {
            source @ Operand::Imm(_) => {
                let slot = self.slot(value.height);
                self.asm().mov(slot, source);
                Operand::Slot(slot)
            }
            source => source,
        }
    }

    /// Moves a popped value into the slot of its height.
    pub(super) fn move_home(&mut self, value: Value) -> u32 {
        let source = self.source(value);
        let slot = self.slot(value.height);
        self.asm().mov(slot, source);
        slot
    }

    /// Moves a value into a slot where a branch or a return takes it; code here no longer reads it.
    pub(super) fn move_away(&mut self, value: Value, slot: u32) {
        if let Some(producer) = self.producer(value) {
            producer.d = slot;
            return;
        }
        let source = self.source(value);
        self.asm().mov(slot, source);
    }

    /// Moves values that were on top of one another to `target` and the slots after it, as
    /// [`Self::move_away`]. The last of these is not above the last value's own.
    pub(super) fn move_down(&mut self, values: &[Value], target: u32) {
        if let [value] = values {
            return self.move_away(*value, target);
        }
        let mut sources = Vec::with_capacity(values.len());
        for (slot, value) in (target..).zip(values) {
            let source = self.source(*value);
            // Locals that a move before this one overwrites.
            let overwritten = matches!(source, Operand::Slot(local) if value.entry != Entry::Slot && (target..slot).contains(&local));
            sources.push(if overwritten {
                Operand::Slot(self.move_home(*value))
            } else {
                source
            });
        }
        for (slot, source) in (target..).zip(sources) {
            self.asm().mov(slot, source);
        }
    }

    /// Moves every value on the stack that is in a local into its own slot.
    pub(super) fn settle_locals(&mut self) {
        for (height, local) in self.stack.settle_all() {
            let source = Operand::Slot(self.local_slot(local));
            let slot = self.slot(height);
            self.asm().mov(slot, source);
        }
    }

    /// Returns the last instruction if it computes `value` and may still be changed.
    pub(super) fn producer(&mut self, value: Value) -> Option<&mut Instruction> {
        if value.entry != Entry::Slot {
            return None;
        }
        let slot = self.slot(value.height);
        self.asm().last_into(slot)
    }

    /// Returns an upper bound of a value.
    pub(super) fn bound(&mut self, value: Value, w32: bool) -> u64 {
        let width = if w32 { u64::from(u32::MAX) } else { u64::MAX };
        if let Entry::Const(word) = value.entry {
            return word;
        }
        let Some(producer) = self.producer(value) else {
            return width;
        };
        let m = producer.modifiers;
        match (producer.group, producer.sub) {
            (Group::Bits, Sub::S0) if !m.reads_y => producer.imm,
            (Group::Memory, Sub::S0) if producer.b < 8 => (1 << (8 * producer.b)) - 1,
            (Group::Compare, _) => 1,
            _ => width,
        }
    }

    /// `local.get`.
    pub(super) fn local_get(&mut self, local: u32) {
        self.stack.push(Entry::Local(local));
    }

    /// `local.set`, and the first half of `local.tee`.
    pub(super) fn local_set(&mut self, local: u32) -> Result<(), CompileError> {
        let value = self.pop()?;
        if value.entry == Entry::Local(local) {
            return Ok(());
        }
        let slot = self.local_slot(local);
        if self.stack.reference(local).is_none() {
            if let Some(producer) = self.producer(value) {
                producer.d = slot;
                return Ok(());
            }
        }
        while let Some(height) = self.stack.reference(local) {
            self.stack.settle(height);
            let own = self.slot(height);
            self.asm().mov(own, Operand::Slot(slot));
        }
        let source = self.source(value);
        self.asm().mov(slot, source);
        Ok(())
    }

    /// `z = op(x, y)` of the two topmost values.
    pub(super) fn binary(&mut self, op: Op, commutative: bool) -> Result<(), CompileError> {
        let (mut y, mut x) = (self.pop()?, self.pop()?);
        if commutative && matches!(x.entry, Entry::Const(_)) {
            core::mem::swap(&mut x, &mut y);
        }
        let x = self.left(x);
        let y = self.source(y);
        let d = self.push_slot();
        self.asm().op(op, x, y, d);
        Ok(())
    }

    /// `z = op(x, imm)` of the topmost value.
    pub(super) fn with_immediate(&mut self, op: Op, imm: u64) -> Result<(), CompileError> {
        let x = self.pop()?;
        let x = self.left(x);
        let d = self.push_slot();
        self.asm().op(op, x, Operand::Imm(imm), d);
        Ok(())
    }
}
