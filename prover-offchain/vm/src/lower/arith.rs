//! Sums, products, bits, and conversions between the widths.

use super::{
    assembler::{Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    isa::{Group, Sub},
    CompileError,
};

impl Function<'_, '_, '_> {
    /// `add`.
    pub(super) fn add(&mut self, w32: bool) -> Result<(), CompileError> {
        self.binary(Op::new(Group::Add, Sub::S0, w32), true)
    }

    /// `sub`.
    pub(super) fn sub(&mut self, w32: bool) -> Result<(), CompileError> {
        self.binary(Op::new(Group::Add, Sub::S1, w32), false)
    }

    /// `mul`.
    pub(super) fn mul(&mut self, w32: bool) -> Result<(), CompileError> {
        self.binary(Op::new(Group::Mul, Sub::S0, w32), true)
    }

    /// `and`, `or`, `xor`.
    pub(super) fn bits(&mut self, sub: Sub, w32: bool) -> Result<(), CompileError> {
        self.binary(Op::new(Group::Bits, sub, w32), true)
    }

    /// Pushes `value` masked with `mask`, which is `2^n - 1`, unless it is known not to exceed it.
    pub(super) fn mask(&mut self, value: Value, mask: u64, w32: bool) {
        if let Entry::Const(word) = value.entry {
            self.stack.push(Entry::Const(word & mask));
        } else if self.bound(value, w32) <= mask {
            self.stack.push(value.entry);
        } else if mask == u64::from(u32::MAX) {
            self.wrap_value(value);
        } else {
            let x = self.left(value);
            let d = self.push_slot();
            self.asm()
                .op(Op::new(Group::Bits, Sub::S0, w32), x, Operand::Imm(mask), d);
        }
    }

    /// `i32.wrap_i64`.
    pub(super) fn wrap(&mut self) -> Result<(), CompileError> {
        let value = self.pop()?;
        self.mask(value, u64::from(u32::MAX), false);
        Ok(())
    }

    fn wrap_value(&mut self, value: Value) {
        let x = self.left(value);
        let d = self.push_slot();
        self.asm()
            .op(Op::new(Group::Add, Sub::S0, true), x, Operand::Imm(0), d);
    }

    /// Sign-extends the low `bits` of the topmost value to the width.
    pub(super) fn sign_extend(&mut self, bits: u32, w32: bool) -> Result<(), CompileError> {
        let value = self.pop()?;
        if let Entry::Const(word) = value.entry {
            let shift = 64 - bits;
            let extended = ((word << shift) as i64 >> shift) as u64;
            let width = if w32 { u64::from(u32::MAX) } else { u64::MAX };
            self.stack.push(Entry::Const(extended & width));
            return Ok(());
        }
        let sign = 1u64 << (bits - 1);
        self.mask(value, sign | (sign - 1), w32);
        // Below 2^32 on either side: flipping the sign bit makes the value's order unsigned, and
        // subtracting it moves the value back, negative ones below zero.
        let flip = if bits == 32 {
            Op::new(Group::Add, Sub::S0, true)
        } else {
            Op::new(Group::Bits, Sub::S2, true)
        };
        self.with_immediate(flip, sign)?;
        self.with_immediate(Op::new(Group::Add, Sub::S1, w32), sign)
    }

    /// `i64.extend_i32_s`.
    pub(super) fn extend_i32_s(&mut self) -> Result<(), CompileError> {
        let value = self.pop()?;
        if let Entry::Const(word) = value.entry {
            self.stack
                .push(Entry::Const(i64::from(word as u32 as i32) as u64));
            return Ok(());
        }
        self.stack.push(value.entry);
        let sign = 1 << 31;
        self.with_immediate(Op::new(Group::Add, Sub::S0, true), sign)?;
        self.with_immediate(Op::new(Group::Add, Sub::S1, false), sign)
    }
}
