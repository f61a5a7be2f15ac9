//! Division. The machine divides unsigned numbers; signs are handled around it.

use super::{
    assembler::{Label, Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    isa::{Group, Sub},
    status, CompileError,
};

impl Function<'_, '_, '_> {
    /// `div_u`, `rem_u`.
    pub(super) fn divide_unsigned(&mut self, remainder: bool, w32: bool) -> Result<(), CompileError> {
        self.binary(divide(remainder, w32), false)
    }

    /// `div_s`, `rem_s`.
    pub(super) fn divide_signed(&mut self, remainder: bool, w32: bool) -> Result<(), CompileError> {
        let (y, x) = (self.pop()?, self.pop()?);
        match y.entry {
            Entry::Const(word) if (remainder && word != 0) || (1..sign_bit(w32)).contains(&word) => {
                let divisor = if word < sign_bit(w32) {
                    word
                } else {
                    negated(word, w32)
                };
                self.divide_by_constant(remainder, x, divisor, w32);
            }
            _ if remainder => self.remainder_signed(x, y, w32),
            _ => self.quotient_signed(x, y, w32),
        }
        Ok(())
    }

    /// The result has the dividend's sign.
    fn divide_by_constant(&mut self, remainder: bool, x: Value, divisor: u64, w32: bool) {
        let x = self.in_slot(x);
        let divisor = Operand::Imm(divisor);
        let d = self.push_slot();
        let (op, positive, end) = (divide(remainder, w32), self.asm().label(), self.asm().label());
        self.branch_unless_negative(x, w32, positive);
        let asm = self.asm();
        asm.op(subtract(w32), Operand::Imm(0), x, d);
        asm.op(op, Operand::Slot(d), divisor, d);
        asm.op(subtract(w32), Operand::Imm(0), Operand::Slot(d), d);
        asm.jump(end);
        asm.bind(positive);
        asm.op(op, x, divisor, d);
        asm.bind(end);
    }

    /// The remainder has the dividend's sign.
    fn remainder_signed(&mut self, x: Value, y: Value, w32: bool) {
        let (x, y, d) = self.operands(x, y, w32);
        let (positive, end) = (self.asm().label(), self.asm().label());
        self.branch_unless_negative(x, w32, positive);
        let op = divide(true, w32);
        let asm = self.asm();
        asm.op(subtract(w32), Operand::Imm(0), x, d);
        asm.op(op, Operand::Slot(d), y, d);
        asm.op(subtract(w32), Operand::Imm(0), Operand::Slot(d), d);
        asm.jump(end);
        asm.bind(positive);
        asm.op(op, x, y, d);
        asm.bind(end);
    }

    /// The quotient is negative if the signs differ; otherwise it can be `2^(w-1)`, an overflow.
    fn quotient_signed(&mut self, x: Value, y: Value, w32: bool) {
        let x = self.in_slot(x);
        let y = self.source(y);
        let d = self.push_slot();
        let (signs, dividend, divisor) = (self.temp(1), self.temp(2), self.temp(3));
        self.asm().op(Op::new(Group::Bits, Sub::S2, w32), x, y, signs);
        self.absolute(x, dividend, w32);
        self.absolute(y, divisor, w32);
        let (positive, end) = (self.asm().label(), self.asm().label());
        self.asm().op(
            divide(false, w32),
            Operand::Slot(dividend),
            Operand::Slot(divisor),
            d,
        );
        self.branch_unless_negative(Operand::Slot(signs), w32, positive);
        let asm = self.asm();
        asm.op(subtract(w32), Operand::Imm(0), Operand::Slot(d), d);
        asm.jump(end);
        asm.bind(positive);
        self.branch_unless_negative(Operand::Slot(d), w32, end);
        let asm = self.asm();
        asm.end(status::OVERFLOW);
        asm.bind(end);
    }

    /// Pushes the result's slot; returns the dividend, the divisor's absolute value, and the
    /// result's slot.
    fn operands(&mut self, x: Value, y: Value, w32: bool) -> (Operand, Operand, u32) {
        let x = self.in_slot(x);
        let y = self.source(y);
        let d = self.push_slot();
        let divisor = self.temp(1);
        self.absolute(y, divisor, w32);
        (x, Operand::Slot(divisor), d)
    }

    /// `d = |x|`.
    fn absolute(&mut self, x: Operand, d: u32, w32: bool) {
        self.asm().mov(d, x);
        let end = self.asm().label();
        self.branch_unless_negative(Operand::Slot(d), w32, end);
        let asm = self.asm();
        asm.op(subtract(w32), Operand::Imm(0), Operand::Slot(d), d);
        asm.bind(end);
    }

    /// Branches when `x`, read as unsigned, is below `2^(w-1)`.
    fn branch_unless_negative(&mut self, x: Operand, w32: bool, target: Label) {
        let op = Op::new(Group::Compare, Sub::S0, w32);
        self.asm()
            .compare_and_branch(op, x, Operand::Imm(sign_bit(w32)), false, target);
    }
}

const fn divide(remainder: bool, w32: bool) -> Op {
    Op::new(Group::Div, if remainder { Sub::S1 } else { Sub::S0 }, w32)
}

const fn subtract(w32: bool) -> Op {
    Op::new(Group::Add, Sub::S1, w32)
}

const fn sign_bit(w32: bool) -> u64 {
    if w32 {
        1 << 31
    } else {
        1 << 63
    }
}

const fn negated(word: u64, w32: bool) -> u64 {
    if w32 {
        (word as u32).wrapping_neg() as u64
    } else {
        word.wrapping_neg()
    }
}
