//! Shifts, rotations, and counts of bits.

use super::{
    assembler::{Op, Operand},
    function::Function,
    routines::{Count, Routine},
    stack::{Entry, Value},
};
use crate::{
    isa::{Group, Sub},
    CompileError,
};

/// Multiplication by a power of two, and what is kept of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shift {
    Left,
    RightUnsigned,
    RightSigned,
    RotateLeft,
    RotateRight,
}

impl Function<'_, '_, '_> {
    /// `shl`, `shr_u`, `shr_s`, `rotl`, `rotr`.
    pub(super) fn shift(&mut self, shift: Shift, w32: bool) -> Result<(), CompileError> {
        let width = if w32 { 32 } else { 64 };
        let (amount, value) = (self.pop()?, self.pop()?);
        let amount = if let Entry::Const(word) = amount.entry {
            let reduced = word % width;
            let reduced = if shift == Shift::RotateRight {
                (width - reduced) % width
            } else {
                reduced
            };
            if reduced == 0 {
                self.stack.push(value.entry);
                return Ok(());
            }
            Operand::Imm(reduced)
        } else {
            self.reduced_amount(shift, value, amount, width, w32)
        };
        match shift {
            Shift::Left => self.multiply(Sub::S1, value, amount, w32),
            Shift::RightUnsigned => self.multiply(Sub::S2, value, amount, w32),
            Shift::RotateLeft | Shift::RotateRight => self.multiply(Sub::S3, value, amount, w32),
            Shift::RightSigned => self.shift_right_signed(value, amount, w32),
        }
        Ok(())
    }

    /// Reduces a variable amount modulo the width, and turns a right rotation's into a left one's.
    fn reduced_amount(
        &mut self,
        shift: Shift,
        value: Value,
        amount: Value,
        width: u64,
        w32: bool,
    ) -> Operand {
        let mask = width - 1;
        // The value keeps its place below the amount's.
        self.stack.push(value.entry);
        let mut bounded = self.bound(amount, w32) <= mask;
        let mut operand = self.source(amount);
        let slot = self.slot(amount.height);
        if shift == Shift::RotateRight {
            self.asm()
                .op(Op::new(Group::Add, Sub::S1, w32), Operand::Imm(0), operand, slot);
            (operand, bounded) = (Operand::Slot(slot), false);
        }
        if !bounded {
            self.asm().op(
                Op::new(Group::Bits, Sub::S0, w32),
                operand,
                Operand::Imm(mask),
                slot,
            );
            operand = Operand::Slot(slot);
        }
        self.stack.pop();
        operand
    }

    /// `clz`, `ctz`, `popcnt`, by 64-bit routines.
    pub(super) fn count(&mut self, count: Count, w32: bool) -> Result<(), CompileError> {
        if w32 && count == Count::TrailingZeros {
            // A bit beyond the value stops the count at 32.
            self.with_immediate(Op::new(Group::Add, Sub::S0, false), 1 << 32)?;
        }
        let shift = self.arguments(1)?;
        let return_slot = self.temp(1) - shift;
        self.call_routine(Routine::Count(count), shift, return_slot);
        self.push_slot();
        if w32 && count == Count::LeadingZeros {
            self.with_immediate(Op::new(Group::Add, Sub::S1, true), 32)?;
        }
        Ok(())
    }

    fn multiply(&mut self, sub: Sub, value: Value, amount: Operand, w32: bool) {
        let x = self.left(value);
        let d = self.push_slot();
        self.asm().op(Op::new(Group::Mul, sub, w32), x, amount, d);
    }

    /// `((x + 2^(w-1)) >> s) - (2^(w-1) >> s)`, with logical shifts.
    fn shift_right_signed(&mut self, value: Value, amount: Operand, w32: bool) {
        let sign = if w32 { 1u64 << 31 } else { 1 << 63 };
        let shift = Op::new(Group::Mul, Sub::S2, w32);
        let x = self.left(value);
        let d = self.push_slot();
        // One slot above the value's is the amount's.
        let offset = self.temp(1);
        let asm = self.asm();
        let offset = match amount {
            Operand::Imm(amount) => Operand::Imm(sign >> amount),
            Operand::Slot(_) => {
                asm.mov(offset, Operand::Imm(sign));
                asm.op(shift, Operand::Slot(offset), amount, offset);
                Operand::Slot(offset)
            }
        };
        asm.op(Op::new(Group::Add, Sub::S0, w32), x, Operand::Imm(sign), d);
        asm.op(shift, Operand::Slot(d), amount, d);
        asm.op(Op::new(Group::Add, Sub::S1, w32), Operand::Slot(d), offset, d);
    }
}
