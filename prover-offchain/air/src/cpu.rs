//! The CPU table: one row is one step.
//!
//! A row fetches its instruction from the program, reads up to two slots, computes, writes up to
//! one slot, and says what the next row begins with. What does not fit into the row is called:
//! bitwise operations, memory accesses and host calls on [`Bus::Call`](crate::bus::Bus::Call),
//! range checks and powers of two on [`Bus::Word`](crate::bus::Bus::Word).

mod arithmetic;
mod control;
mod fetch;
mod filling;
mod transition;

use zkfusion_vm::isa::{Group, Sub};

use crate::columns::columns;
use crate::expr::{compose, pow2, Expr};
use crate::table::{Builder, Table};
use arithmetic::{add, bits, compare, divide, moves, multiply};
use control::{calls, ends, jump, memory, system};
use fetch::{fetch, ports};
pub(crate) use filling::fill;
use transition::transition;

columns! {
    /// Columns of the CPU table.
    pub struct Cpu {
        /// Step, from 1.
        clk: Any,
        /// Address of the instruction.
        pc: Any,
        /// Frame pointer.
        fp: Any,
        /// Index of the message in the batch.
        message: Any,
        /// Pages of linear memory.
        pages: Any,
        /// Fuel that the message has used before this step.
        fuel: Any,
        /// The message ends here.
        end: Bit,
        /// Slot of `x`.
        a: Any,
        /// Slot of `y`.
        b: Any,
        /// Slot of `z`, or a target.
        d: Any,
        /// Immediate.
        imm: Any,
        /// First operand.
        x: Any,
        /// Second operand.
        y: Any,
        /// Result.
        z: Any,
        /// What the slot of `z` held before.
        z_old: Any,
        /// High word of a product, quotient, first sign's rest, conjunction, bytes of an access,
        /// fuel of a host call, or status.
        w: Any,
        /// Multiplier, remainder, second sign's rest, or inverse that proves a value different from
        /// zero; where the message ends, the lowest fuel limit that allowed its step before, which
        /// is 0 on its first step.
        v: Any,
        /// What the instruction does; none where the fuel has run out.
        group: Bit [9],
        /// Which of the group.
        sub: Bit [4],
        /// In the order of [`zkfusion_vm::isa::Modifiers`].
        modifier: Bit [7],
        /// Carry, borrow, or outcome of a comparison.
        carry: Bit,
        /// Signs of `x` and `y` in a signed comparison.
        sign: Bit [2],
        /// Time since the slot of `x` was accessed, less one.
        age_x: Limb [2],
        /// Time since the slot of `y` was accessed, less one.
        age_y: Limb [2],
        /// Time since the slot of `z` was accessed, less one.
        age_z: Limb [2],
        /// A word that must be below 2^64.
        byte: Byte [8],
    }
}

/// Names of an instruction's flags.
struct Flags<'a> {
    cpu: &'a Cpu<Expr>,
}

impl Flags<'_> {
    fn group(&self, group: Group) -> &Expr {
        &self.cpu.group[group as usize]
    }

    fn op(&self, group: Group, sub: Sub) -> Expr {
        self.group(group) * &self.cpu.sub[sub as usize]
    }

    fn sub(&self, sub: Sub) -> &Expr {
        &self.cpu.sub[sub as usize]
    }

    fn reads_x(&self) -> &Expr {
        &self.cpu.modifier[0]
    }

    fn reads_y(&self) -> &Expr {
        &self.cpu.modifier[1]
    }

    fn writes_z(&self) -> &Expr {
        &self.cpu.modifier[2]
    }

    fn w32(&self) -> &Expr {
        &self.cpu.modifier[3]
    }

    fn neg(&self) -> &Expr {
        &self.cpu.modifier[4]
    }

    fn branch(&self) -> &Expr {
        &self.cpu.modifier[5]
    }

    fn system(&self) -> &Expr {
        &self.cpu.modifier[6]
    }
}

/// Parts of the byte columns' word.
struct Word {
    /// The whole.
    whole: Expr,
    /// Its low half.
    low: Expr,
    /// Its high half.
    high: Expr,
    /// The low half when the operation is 32 bits wide, the whole otherwise.
    result: Expr,
}

/// Returns the rules of the CPU table.
pub fn table() -> Table {
    let (mut t, cpu, next) = Builder::new::<Cpu<Expr>>("cpu");
    t.anchored();
    let flags = Flags { cpu: &cpu };
    let low = compose(&cpu.byte[..4], 8);
    let high = compose(&cpu.byte[4..], 8);
    let whole = &low + &high * pow2(32);
    let word = Word {
        result: &whole - flags.w32() * (&high * pow2(32)),
        whole,
        low,
        high,
    };
    fetch(&mut t, &cpu, &flags);
    ports(&mut t, &cpu, &flags);
    add(&mut t, &cpu, &flags, &word);
    multiply(&mut t, &cpu, &flags, &word);
    bits(&mut t, &cpu, &flags);
    divide(&mut t, &cpu, &flags, &word);
    compare(&mut t, &cpu, &flags, &word);
    moves(&mut t, &cpu, &flags);
    memory(&mut t, &cpu, &flags, &word);
    jump(&mut t, &cpu, &flags, &word);
    system(&mut t, &cpu, &flags, &word);
    ends(&mut t, &cpu, &flags);
    calls(&mut t, &cpu, &flags);
    transition(&mut t, &cpu, &next, &flags, &word);
    t.finish()
}

/// Whether an instruction is executed; not where the fuel has run out.
fn executes(cpu: &Cpu<Expr>) -> Expr {
    cpu.group.iter().cloned().sum()
}
