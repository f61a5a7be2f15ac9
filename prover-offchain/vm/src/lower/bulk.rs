//! Instructions that copy and fill memory and tables: calls of shared routines, which work on eight
//! bytes at a time.

use super::{
    assembler::{Assembler, Label, Op, Operand},
    function::Function,
    routines::Routine,
};
use crate::{
    compile::layout::{Layout, Length, Region},
    isa::{Group, Sub},
    status, CompileError,
};

/// What is copied from, copied to, or filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Space {
    /// Linear memory.
    Memory,
    /// A table.
    Table(u32),
    /// A data segment.
    Data(u32),
    /// An element segment.
    Elements(u32),
}

/// A copy or a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bulk {
    /// As if everything were read before anything is written.
    Copy {
        /// Destination.
        to: Space,
        /// Source, of the same kind of items.
        from: Space,
    },
    /// Writes one value everywhere.
    Fill(Space),
}

const ADD: Op = Op::new(Group::Add, Sub::S0, false);
const SUB: Op = Op::new(Group::Add, Sub::S1, false);
const MUL: Op = Op::new(Group::Mul, Sub::S0, false);
/// Of numbers whose shifted value is below 2^32.
const SHIFT_LEFT: Op = Op::new(Group::Mul, Sub::S1, true);
/// Of numbers below 2^32.
const AND: Op = Op::new(Group::Bits, Sub::S0, true);
const LESS: Op = Op::new(Group::Compare, Sub::S0, false);
const EQUAL: Op = Op::new(Group::Compare, Sub::S2, false);
const PAGES: Op = Op::new(Group::System, Sub::S0, false);

/// Where writing goes on.
const TO: u32 = 0;
/// Where reading goes on.
const FROM: u32 = 1;
/// What is filled in, in the place of [`FROM`].
const VALUE: u32 = 1;
/// Number of items, then of bytes.
const COUNT: u32 = 2;
const RETURN: u32 = 3;
const TEMP: u32 = 4;
/// Where writing ends.
const END: u32 = 5;

impl Function<'_, '_, '_> {
    /// `memory.init`, `table.copy`, `table.fill`, `table.init`, and copies and fills of memory that
    /// are not small.
    pub(super) fn bulk(&mut self, bulk: Bulk) -> Result<(), CompileError> {
        let shift = self.arguments(3)?;
        self.temp(RETURN as usize);
        self.call_routine(Routine::Bulk(bulk), shift, RETURN);
        Ok(())
    }

    /// `data.drop`, `elem.drop`.
    pub(super) fn drop_segment(&mut self, segment: Space) -> Result<(), CompileError> {
        let region = Place::region(self.context.layout, segment)
            .ok_or_else(|| CompileError::unexpected("segment index"))?;
        if let Length::Stored(address) = region.length {
            let zero = self.temp(0);
            self.asm().mov(zero, Operand::Imm(0));
            self.asm()
                .store(Operand::Imm(0), address, 8, true, Operand::Slot(zero));
        }
        Ok(())
    }
}

/// Writes [`Routine::Bulk`].
pub(super) fn emit(asm: &mut Assembler, layout: &Layout, bulk: Bulk) {
    let (to, from) = match bulk {
        Bulk::Copy { to, from } => (to, Some(from)),
        Bulk::Fill(to) => (to, None),
    };
    let routine = Copier {
        to: Place::new(layout, to),
        from: from.map(|from| Place::new(layout, from)),
    };
    let outside = asm.label();
    routine.to.check(asm, TO, outside);
    if let Some(from) = routine.from {
        from.check(asm, FROM, outside);
    }
    routine.prepare(asm);
    if from == Some(to) {
        // Bytes that are read later must not be overwritten.
        let backward = asm.label();
        asm.compare_and_branch(LESS, Operand::Slot(FROM), Operand::Slot(TO), false, backward);
        routine.run(asm, Direction::Forward);
        asm.ret(RETURN);
        asm.bind(backward);
        asm.op(ADD, Operand::Slot(TO), Operand::Slot(COUNT), TO);
        asm.op(ADD, Operand::Slot(FROM), Operand::Slot(COUNT), FROM);
        routine.run(asm, Direction::Backward);
    } else {
        routine.run(asm, Direction::Forward);
    }
    asm.ret(RETURN);
    asm.bind(outside);
    asm.end(routine.to.status);
}

/// A space as the routine sees it.
#[derive(Clone, Copy)]
struct Place {
    /// Byte address of its first byte.
    base: u64,
    /// Its number of items; none for linear memory, which has as many as its pages.
    length: Option<Length>,
    /// Items are words, not bytes.
    words: bool,
    /// The message's ending when a copy to it does not fit.
    status: u8,
}

impl Place {
    fn new(layout: &Layout, space: Space) -> Self {
        let region = Self::region(layout, space);
        let words = matches!(space, Space::Table(_) | Space::Elements(_));
        Self {
            base: region.map_or(0, |region| region.base),
            length: region.map(|region| region.length),
            words,
            status: if words {
                status::TABLE_OUT_OF_BOUNDS
            } else {
                status::OUT_OF_BOUNDS
            },
        }
    }

    fn region(layout: &Layout, space: Space) -> Option<&Region> {
        match space {
            Space::Memory => None,
            Space::Table(index) => layout.tables.get(index as usize),
            Space::Data(index) => layout.data.get(index as usize),
            Space::Elements(index) => layout.elements.get(index as usize),
        }
    }

    /// Whether accesses go to the system area.
    fn is_system(self) -> bool {
        self.length.is_some()
    }

    /// Branches to `outside` unless the items from the slot `start` on are all there.
    fn check(self, asm: &mut Assembler, start: u32, outside: Label) {
        asm.op(ADD, Operand::Slot(start), Operand::Slot(COUNT), END);
        let end = Operand::Slot(END);
        match self.length {
            Some(Length::Fixed(length)) => {
                asm.compare_and_branch(LESS, end, Operand::Imm(length + 1), true, outside);
                return;
            }
            Some(Length::Stored(address)) => asm.load(Operand::Imm(0), address, 8, true, TEMP),
            None => {
                asm.op(PAGES, Operand::Imm(0), Operand::Imm(0), TEMP);
                asm.op(SHIFT_LEFT, Operand::Slot(TEMP), Operand::Imm(16), TEMP);
            }
        }
        asm.compare_and_branch(LESS, Operand::Slot(TEMP), end, false, outside);
    }
}

/// Which way a copy goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Backward,
}

/// A copy, or without source a fill, whose operands are checked.
struct Copier {
    to: Place,
    from: Option<Place>,
}

impl Copier {
    /// Turns indices of words into distances in bytes, and the byte to fill in into a word of it,
    /// with itself in [`TEMP`].
    fn prepare(&self, asm: &mut Assembler) {
        if self.to.words {
            let starts: &[u32] = if self.from.is_some() {
                &[TO, FROM, COUNT]
            } else {
                &[TO, COUNT]
            };
            for slot in starts {
                asm.op(SHIFT_LEFT, Operand::Slot(*slot), Operand::Imm(3), *slot);
            }
        } else if self.from.is_none() {
            asm.op(AND, Operand::Slot(VALUE), Operand::Imm(0xff), TEMP);
            asm.op(MUL, Operand::Slot(TEMP), Operand::Imm(u64::MAX / 0xff), VALUE);
        }
    }

    /// Copies words, then the bytes that remain.
    fn run(&self, asm: &mut Assembler, direction: Direction) {
        if self.to.words {
            self.pass(asm, 8, Operand::Slot(COUNT), direction);
            return;
        }
        for (unit, mask) in [(8, 0xffff_fff8), (1, 7)] {
            asm.op(AND, Operand::Slot(COUNT), Operand::Imm(mask), END);
            self.pass(asm, unit, Operand::Slot(END), direction);
        }
    }

    /// Copies a number of bytes, `unit` bytes at a time.
    fn pass(&self, asm: &mut Assembler, unit: u32, bytes: Operand, direction: Direction) {
        let (to, end, step) = (Operand::Slot(TO), Operand::Slot(END), Operand::Imm(unit.into()));
        let (again, done) = (asm.label(), asm.label());
        let advance = if direction == Direction::Forward { ADD } else { SUB };
        asm.op(advance, to, bytes, END);
        asm.compare_and_branch(EQUAL, to, end, false, done);
        asm.bind(again);
        if direction == Direction::Backward {
            self.step(asm, advance, step);
        }
        let value = match self.from {
            Some(from) => {
                asm.load(Operand::Slot(FROM), from.base, unit, from.is_system(), TEMP);
                TEMP
            }
            None if unit == 1 => TEMP,
            None => VALUE,
        };
        asm.store(to, self.to.base, unit, self.to.is_system(), Operand::Slot(value));
        if direction == Direction::Forward {
            self.step(asm, advance, step);
        }
        let (left, right) = match direction {
            Direction::Forward => (to, end),
            Direction::Backward => (end, to),
        };
        asm.compare_and_branch(LESS, left, right, false, again);
        asm.bind(done);
    }

    /// Goes on by a unit.
    fn step(&self, asm: &mut Assembler, advance: Op, step: Operand) {
        asm.op(advance, Operand::Slot(TO), step, TO);
        if self.from.is_some() {
            asm.op(advance, Operand::Slot(FROM), step, FROM);
        }
    }
}
