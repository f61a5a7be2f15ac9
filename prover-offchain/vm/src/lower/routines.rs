//! Code that several functions share, called like a function.

use alloc::collections::BTreeMap;

use super::{
    assembler::{Assembler, Op, Operand},
    bulk::{self, Bulk},
    table,
};
use crate::{
    compile::layout::Layout,
    isa::{Group, Instruction, Sub},
};

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Count {
    LeadingZeros,
    TrailingZeros,
    Ones,
}

/// A shared routine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Routine {
    /// Counts bits of the 64-bit word in slot 0; the return word is in slot 1.
    Count(Count),
    /// Jumps to the address in a slot: how a table element is called.
    Thunk(u32),
    /// Copies or fills; start of the destination, start of the source or value, and count are in
    /// the slots from 0 on, the return word is in slot 3.
    Bulk(Bulk),
    /// Grows a table; value and count are in slots 0 and 1, the return word is in slot 2.
    Grow(u32),
    /// A function of the float library.
    Float(u32),
}

/// The routines that a program needs. Each has an index behind those of the functions.
#[derive(Default)]
pub(crate) struct Routines {
    functions: u32,
    addresses: BTreeMap<Routine, (u32, u32)>,
}

const ADD: Op = Op::new(Group::Add, Sub::S0, false);
const SUB: Op = Op::new(Group::Add, Sub::S1, false);
const MUL: Op = Op::new(Group::Mul, Sub::S0, false);
const SHL: Op = Op::new(Group::Mul, Sub::S1, false);
const SHR: Op = Op::new(Group::Mul, Sub::S2, false);
const AND: Op = Op::new(Group::Bits, Sub::S0, false);
const LESS: Op = Op::new(Group::Compare, Sub::S0, false);
const EQUAL: Op = Op::new(Group::Compare, Sub::S2, false);

const VALUE: u32 = 0;
const RETURN: u32 = 1;
const TEMP: u32 = 2;

impl Routine {
    /// Writes a routine that is not a function of the float library.
    pub(super) fn emit(self, asm: &mut Assembler, layout: &Layout) {
        asm.fence();
        match self {
            Self::Count(Count::LeadingZeros) => leading_zeros(asm),
            Self::Count(Count::TrailingZeros) => trailing_zeros(asm),
            Self::Count(Count::Ones) => ones(asm),
            Self::Thunk(slot) => {
                let op = Op::new(Group::Jump, Sub::S1, false);
                asm.push(Assembler::instruction(op, Operand::Slot(slot), Operand::Imm(0)));
            }
            Self::Bulk(bulk) => bulk::emit(asm, layout, bulk),
            Self::Grow(table) => table::emit_grow(asm, layout, table),
            Self::Float(_) => {}
        }
        asm.resolve_branches();
    }
}

impl Routines {
    /// Returns an empty set for a program with so many functions.
    pub(crate) fn new(functions: u32) -> Self {
        Self {
            functions,
            addresses: BTreeMap::new(),
        }
    }

    /// Returns the routine's index, to be called with [`Assembler::call_function`].
    pub(crate) fn request(&mut self, routine: Routine) -> u32 {
        let next = self.functions + self.addresses.len() as u32;
        self.addresses.entry(routine).or_insert((next, 0)).0
    }

    /// Returns a routine that was requested and is not yet written, to be written at `address`.
    pub(crate) fn next(&mut self, address: u32) -> Option<Routine> {
        let mut unwritten = self
            .addresses
            .iter_mut()
            .filter(|(_, (_, address))| *address == 0);
        let (routine, (_, place)) = unwritten.next()?;
        *place = address;
        Some(*routine)
    }

    /// Returns the address of the routine with index `index`.
    pub(crate) fn address(&self, index: u32) -> Option<u32> {
        self.addresses
            .values()
            .find(|(other, _)| *other == index)
            .map(|(_, address)| *address)
    }
}

fn branch(op: Op, x: u32, y: u64, neg: bool) -> Instruction {
    let mut instruction = Assembler::instruction(op, Operand::Slot(x), Operand::Imm(y));
    instruction.modifiers.branch = true;
    instruction.modifiers.neg = neg;
    instruction
}

/// Returns 64 for zero.
fn zero_case(asm: &mut Assembler) {
    let nonzero = asm.label();
    asm.branch(branch(EQUAL, VALUE, 0, true), nonzero);
    asm.mov(VALUE, Operand::Imm(64));
    asm.ret(RETURN);
    asm.bind(nonzero);
    asm.mov(TEMP, Operand::Imm(0));
}

/// Halves the interval six times: shifts the value left while its top half is empty.
fn leading_zeros(asm: &mut Assembler) {
    zero_case(asm);
    for shift in [32u64, 16, 8, 4, 2, 1] {
        let full = asm.label();
        asm.branch(branch(LESS, VALUE, 1 << (64 - shift), true), full);
        asm.op(ADD, Operand::Slot(TEMP), Operand::Imm(shift), TEMP);
        asm.op(SHL, Operand::Slot(VALUE), Operand::Imm(shift), VALUE);
        asm.bind(full);
    }
    asm.mov(VALUE, Operand::Slot(TEMP));
    asm.ret(RETURN);
}

/// Isolates the lowest bit and finds its place by halving.
fn trailing_zeros(asm: &mut Assembler) {
    zero_case(asm);
    asm.op(SUB, Operand::Imm(0), Operand::Slot(VALUE), TEMP + 1);
    asm.op(AND, Operand::Slot(VALUE), Operand::Slot(TEMP + 1), VALUE);
    for shift in [32u64, 16, 8, 4, 2, 1] {
        let below = asm.label();
        asm.branch(branch(LESS, VALUE, 1 << shift, false), below);
        asm.op(ADD, Operand::Slot(TEMP), Operand::Imm(shift), TEMP);
        asm.op(SHR, Operand::Slot(VALUE), Operand::Imm(shift), VALUE);
        asm.bind(below);
    }
    asm.mov(VALUE, Operand::Slot(TEMP));
    asm.ret(RETURN);
}

/// Sums neighbouring bits, pairs, nibbles, then all bytes by one multiplication.
fn ones(asm: &mut Assembler) {
    let (value, temp) = (Operand::Slot(VALUE), Operand::Slot(TEMP));
    let evens = |bits: u64| Operand::Imm(u64::MAX / ((1 << bits) + 1));
    asm.op(SHR, value, Operand::Imm(1), TEMP);
    asm.op(AND, temp, evens(1), TEMP);
    asm.op(SUB, value, temp, VALUE);
    asm.op(SHR, value, Operand::Imm(2), TEMP);
    asm.op(AND, temp, evens(2), TEMP);
    asm.op(AND, value, evens(2), VALUE);
    asm.op(ADD, value, temp, VALUE);
    asm.op(SHR, value, Operand::Imm(4), TEMP);
    asm.op(ADD, value, temp, VALUE);
    asm.op(AND, value, evens(4), VALUE);
    asm.op(MUL, value, Operand::Imm(u64::MAX / 255), VALUE);
    asm.op(SHR, value, Operand::Imm(56), VALUE);
    asm.ret(RETURN);
}
