//! Comparisons, and the branches that they become.

use super::{
    assembler::{Assembler, Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    isa::{Group, Instruction, Sub},
    CompileError,
};

/// An ordering of two operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

const EQUAL: Sub = Sub::S2;

impl Function<'_, '_, '_> {
    /// `eq`, `ne`.
    pub(super) fn equal(&mut self, neg: bool, w32: bool) -> Result<(), CompileError> {
        let (mut y, mut x) = (self.pop()?, self.pop()?);
        if matches!(x.entry, Entry::Const(_)) {
            core::mem::swap(&mut x, &mut y);
        }
        self.push_comparison(EQUAL, x, y, neg, w32);
        Ok(())
    }

    /// `eqz`.
    pub(super) fn equal_zero(&mut self, w32: bool) -> Result<(), CompileError> {
        let x = self.pop()?;
        if let Some(comparison) = self.producer(x).filter(|p| p.group == Group::Compare) {
            comparison.modifiers.neg ^= true;
            self.stack.push(x.entry);
            return Ok(());
        }
        let zero = Value {
            entry: Entry::Const(0),
            height: x.height + 1,
        };
        self.push_comparison(EQUAL, x, zero, false, w32);
        Ok(())
    }

    /// `lt`, `gt`, `le`, `ge`, which are all "less" after swapping the operands, negating, or both.
    pub(super) fn ordered(&mut self, order: Order, signed: bool, w32: bool) -> Result<(), CompileError> {
        let (y, x) = (self.pop()?, self.pop()?);
        let (mut left, mut right) = match order {
            Order::Less | Order::GreaterOrEqual => (x, y),
            Order::Greater | Order::LessOrEqual => (y, x),
        };
        let mut neg = matches!(order, Order::GreaterOrEqual | Order::LessOrEqual);
        if let Entry::Const(word) = left.entry {
            // c < v is not v < c + 1, if there is c + 1.
            let Some(next) = successor(word, signed, w32) else {
                self.stack.push(Entry::Const(u64::from(neg)));
                return Ok(());
            };
            left = right;
            right = Value {
                entry: Entry::Const(next),
                height: 0,
            };
            neg = !neg;
        }
        let mut sub = if signed { Sub::S1 } else { Sub::S0 };
        if signed && right.entry == Entry::Const(0) {
            // Negative numbers are large when read as unsigned, which is cheaper to compare.
            sub = Sub::S0;
            right.entry = Entry::Const(if w32 { 1 << 31 } else { 1 << 63 });
            neg = !neg;
        }
        self.push_comparison(sub, left, right, neg, w32);
        Ok(())
    }

    fn push_comparison(&mut self, sub: Sub, x: Value, y: Value, neg: bool, w32: bool) {
        let x = self.left(x);
        let y = self.source(y);
        let d = self.push_slot();
        let mut instruction = Assembler::instruction(Op::new(Group::Compare, sub, w32), x, y);
        instruction.modifiers.neg = neg;
        instruction.modifiers.writes_z = true;
        instruction.d = d;
        self.asm().push(instruction);
    }

    /// Takes a condition just popped: as a branch not yet appended, which is taken when the
    /// condition is `holds`.
    pub(super) fn condition(&mut self, value: Value, holds: bool) -> Instruction {
        let is_comparison = self.producer(value).is_some_and(|p| p.group == Group::Compare);
        let taken = if is_comparison { self.asm().pop() } else { None };
        if let Some(mut comparison) = taken {
            comparison.modifiers.writes_z = false;
            comparison.modifiers.branch = true;
            comparison.modifiers.neg ^= !holds;
            comparison.d = 0;
            return comparison;
        }
        let x = self.left(value);
        let op = Op::new(Group::Compare, EQUAL, true);
        let mut comparison = Assembler::instruction(op, x, Operand::Imm(0));
        comparison.modifiers.branch = true;
        comparison.modifiers.neg = holds;
        comparison
    }

    /// `select`.
    pub(super) fn select(&mut self) -> Result<(), CompileError> {
        let condition = self.pop()?;
        let (otherwise, then) = (self.pop()?, self.pop()?);
        if let Entry::Const(word) = condition.entry {
            let chosen = if word == 0 { otherwise } else { then };
            let source = self.source(chosen);
            let d = self.push_slot();
            self.asm().mov(d, source);
            return Ok(());
        }
        let replace = Op::new(Group::Move, Sub::S1, false);
        if then.entry == Entry::Slot {
            // The first operand is where the result belongs: replace it if the condition does not
            // hold.
            let inverted = self.slot(condition.height);
            if let Some(comparison) = self.producer(condition).filter(|p| p.group == Group::Compare) {
                comparison.modifiers.neg ^= true;
            } else {
                let x = self.source(condition);
                let op = Op::new(Group::Compare, EQUAL, true);
                self.asm().op(op, x, Operand::Imm(0), inverted);
            }
            let y = self.source(otherwise);
            let d = self.push_slot();
            self.asm().op(replace, Operand::Slot(inverted), y, d);
            return Ok(());
        }
        let (x, y, default) = (self.source(condition), self.source(then), self.source(otherwise));
        let d = self.push_slot();
        self.asm().mov(d, default);
        self.asm().op(replace, x, y, d);
        Ok(())
    }
}

/// Returns the next larger value.
fn successor(word: u64, signed: bool, w32: bool) -> Option<u64> {
    match (signed, w32) {
        (false, false) => word.checked_add(1),
        (false, true) => (word as u32).checked_add(1).map(u64::from),
        (true, false) => (word as i64).checked_add(1).map(|next| next as u64),
        (true, true) => (word as u32 as i32)
            .checked_add(1)
            .map(|next| u64::from(next as u32)),
    }
}
