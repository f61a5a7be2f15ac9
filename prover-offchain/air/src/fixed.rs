//! What is known before any execution: lookup tables, the program, and the places of the
//! statement's fields.

use halo2curves::ff::Field as _;
use zkfusion_primitives::statement::StatementField;
use zkfusion_vm::isa::Instruction;

use crate::bus::Bus;
use crate::cells::wide;
use crate::columns::LIMB_BITS;
use crate::Fr;

/// Fields of the statement that tables receive on [`Bus::Statement`]. The others bind by being
/// public inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Field {
    /// The state root before the batch.
    PreRoot = StatementField::PreRoot.index() as u64,
    /// The state root after it.
    PostRoot = StatementField::PostRoot.index() as u64,
    /// The inbox hash before it.
    InboxHashPre = StatementField::InboxHashPre.index() as u64,
    /// The inbox hash after it.
    InboxHashPost = StatementField::InboxHashPost.index() as u64,
    /// The hash of its writes and outcomes.
    WritesHash = StatementField::WritesHash.index() as u64,
    /// The root of its outbox.
    OutboxRoot = StatementField::OutboxRoot.index() as u64,
    /// Its randomness.
    VrfSeed = StatementField::VrfSeed.index() as u64,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::PreRoot,
        Self::PostRoot,
        Self::InboxHashPre,
        Self::InboxHashPost,
        Self::WritesHash,
        Self::OutboxRoot,
        Self::VrfSeed,
    ];

    /// Returns its place among the public inputs, which is also its name on the bus.
    pub const fn index(self) -> u64 {
        self as u64
    }
}

/// Things of which there is exactly one, given out on [`Bus::Statement`] with value 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Token {
    /// The first row of the boundary table.
    Boundary = 16,
}

impl Token {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Boundary];

    /// Returns its name on the bus.
    pub const fn index(self) -> u64 {
        self as u64
    }
}

/// Entries of a row of the fixed table: the bus, then the tuple, zero-padded. Its first rows are
/// the lookup table, then comes the program.
pub const FIXED_WIDTH: usize = 7;

/// A row of the lookup table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// A number below 2^8.
    Byte(u64),
    /// A number below 2^12.
    Limb(u64),
    /// Two 6-bit numbers; their conjunction follows.
    And(u64, u64),
    /// A power of two.
    Shift(Shift),
}

/// A power of two that stands for a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shift {
    /// Bits to shift by, below the width.
    pub amount: u64,
    /// To the right, not to the left: the power is then that of the width less the amount.
    pub right: bool,
    /// The width is 32, not 64.
    pub w32: bool,
}

impl Shift {
    /// Returns the exponent.
    pub const fn exponent(self) -> u64 {
        let width = if self.w32 { 32 } else { 64 };
        if self.right {
            width - self.amount
        } else {
            self.amount
        }
    }

    /// Returns the number that stands for direction and width on the bus.
    pub const fn kind(self) -> u64 {
        self.right as u64 + 2 * self.w32 as u64
    }
}

const BYTES: u64 = 1 << 8;
const LIMBS: u64 = 1 << LIMB_BITS;
const CHUNKS: u64 = 1 << 6;
const SHIFTS: u64 = 2 * 64 + 2 * 32;

impl Lookup {
    /// Rows of the lookup table: 8,640, about half of the smallest circuit.
    pub const ROWS: usize = (BYTES + LIMBS + CHUNKS * CHUNKS + SHIFTS) as usize;

    /// Returns all rows in order.
    pub fn all() -> impl Iterator<Item = Self> {
        let shifts = [
            (false, false, 64),
            (true, false, 64),
            (false, true, 32),
            (true, true, 32),
        ];
        let shifts = shifts
            .into_iter()
            .flat_map(|(right, w32, width)| (0..width).map(move |amount| Shift { amount, right, w32 }));
        (0..BYTES)
            .map(Self::Byte)
            .chain((0..LIMBS).map(Self::Limb))
            .chain((0..CHUNKS).flat_map(|x| (0..CHUNKS).map(move |y| Self::And(x, y))))
            .chain(shifts.map(Self::Shift))
    }

    /// Returns the place of the row.
    pub const fn position(self) -> usize {
        let position = match self {
            Self::Byte(value) => value,
            Self::Limb(value) => BYTES + value,
            Self::And(x, y) => BYTES + LIMBS + x * CHUNKS + y,
            Self::Shift(shift) => {
                let before = match (shift.w32, shift.right) {
                    (false, false) => 0,
                    (false, true) => 64,
                    (true, false) => 128,
                    (true, true) => 160,
                };
                BYTES + LIMBS + CHUNKS * CHUNKS + before + shift.amount
            }
        };
        position as usize
    }

    /// Returns the bus and the tuple.
    pub fn entries(self) -> [Fr; FIXED_WIDTH] {
        let row = |bus: Bus, tuple: [u64; 4]| {
            let [a, b, c, d] = tuple.map(Fr::from);
            [Fr::from(bus as u64), a, b, c, d, Fr::ZERO, Fr::ZERO]
        };
        match self {
            Self::Byte(value) => row(Bus::Byte, [value, 0, 0, 0]),
            Self::Limb(value) => row(Bus::Limb, [value, 0, 0, 0]),
            Self::And(x, y) => row(Bus::And, [x, y, x & y, 0]),
            Self::Shift(shift) => {
                let mut entries = row(Bus::Word, [1, 0, shift.amount, shift.kind()]);
                entries[2] = wide(1 << shift.exponent());
                entries
            }
        }
    }
}

/// Local addresses in `[low, high)` hold `value` at `low` and 0 above it before a message starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First address.
    pub low: u64,
    /// End.
    pub high: u64,
    /// What the first address holds.
    pub value: u64,
}

/// Returns the intervals of an image, which is nonzero words by ascending local address. They cover
/// `[0, 2^32)`.
pub fn intervals(image: &[(u64, u64)]) -> Vec<Interval> {
    let first = match image.first() {
        Some((0, _)) => None,
        _ => Some((0, 0)),
    };
    let starts: Vec<(u64, u64)> = first.into_iter().chain(image.iter().copied()).collect();
    let ends = starts.iter().skip(1).map(|(low, _)| *low).chain([1 << 32]);
    starts
        .iter()
        .zip(ends)
        .map(|(&(low, value), high)| Interval { low, high, value })
        .collect()
}

/// Returns the fixed table's row of the instruction at `pc`.
pub fn instruction_entries(pc: usize, instruction: &Instruction) -> [Fr; FIXED_WIDTH] {
    [
        Bus::Program as u64,
        pc as u64,
        instruction.flags().into(),
        instruction.a.into(),
        instruction.b.into(),
        instruction.d.into(),
        instruction.imm,
    ]
    .map(Fr::from)
}

/// Returns the fixed table's row of an interval of the image.
pub fn interval_entries(interval: &Interval) -> [Fr; FIXED_WIDTH] {
    [
        Bus::Image as u64,
        interval.low,
        interval.high,
        interval.value,
        0,
        0,
        0,
    ]
    .map(Fr::from)
}
