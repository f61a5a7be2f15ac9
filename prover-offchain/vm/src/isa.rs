//! The register code that WebAssembly is compiled to.
//!
//! One instruction is one step is one row of the CPU table. Operands are slots of the current
//! frame (`fp + offset`), each a 64-bit word; an `i32` is kept zero-extended. An instruction reads
//! at most two slots (`x`, `y`), writes at most one (`z`), and belongs to one [`Group`] that a
//! [`Sub`] refines; [`Modifiers`] say which ports are used and how wide the operation is.

/// What an instruction does, coarsely. Exactly one per instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Group {
    /// `S0`: `z = x + y`; `S1`: `z = x - y`, modulo the width.
    Add = 0,
    /// `x * m` at the width, `m = y` (`S0`) or a power of two looked up from the shift amount `y`,
    /// which must be below the width: `S0` multiply, `S1` shift left, `S2` logical shift right,
    /// `S3` rotate left.
    Mul = 1,
    /// `S0` and, `S1` or, `S2` exclusive or. `w32` says that both operands are below 2^32.
    Bits = 2,
    /// Unsigned: `S0` quotient, `S1` remainder. Traps (division by zero) when `y = 0`.
    Div = 3,
    /// `c = ` (`S0`) `x < y` unsigned, (`S1`) `x < y` signed at the width, (`S2`) `x = y`; `neg`
    /// inverts `c`. Without `branch`, `z = c`; with it, nothing is written and `pc' = d` when
    /// `c = 1`.
    Compare = 4,
    /// `S0`: `z = y`; `S1`: `z = y` when `x != 0` and `z` keeps its value otherwise.
    Move = 5,
    /// `S0` load, `S1` store of `n` bytes (1, 2, 4, 8) at byte address `x + imm`; `n` is operand
    /// `b` of a load and `d` of a store. A load zero-extends into `z`; a store writes `y`, which
    /// must be below `2^(8 n)`. Bounds are checked against the memory's pages unless `system`.
    Memory = 6,
    /// `S0`: `pc' = d`. `S1`: `pc' = d + x` (the compiler has bounded `x`). `S2` call: `z = imm`
    /// (the return word, `return_pc + 2^32 a`) is written at slot `d`, `fp' = fp + a`, `pc'` = `b`;
    /// traps (stack exhausted) when `fp' > MAX_FP`. `S3` return: reads the return word from slot
    /// `a` into `x`; `pc' = x mod 2^32`, `fp' = fp - (x >> 32)`.
    Jump = 7,
    /// `S0`: `z =` number of pages. `S1`: pages' `= y` (a value the compiler has bounded). `S2`:
    /// host call with arguments `x`, `y` and result `z`, `imm` = the [`crate::host::HostFn`] code.
    /// `S3`: ends the message with status `imm` (0 is success, anything else a trap).
    System = 8,
}

/// Number of [`Group`]s.
pub const GROUPS: usize = 9;

impl Group {
    /// All of them.
    pub const ALL: [Self; GROUPS] = [
        Self::Add,
        Self::Mul,
        Self::Bits,
        Self::Div,
        Self::Compare,
        Self::Move,
        Self::Memory,
        Self::Jump,
        Self::System,
    ];
}

/// Refines a [`Group`]. Exactly one per instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Sub {
    S0 = 0,
    S1 = 1,
    S2 = 2,
    S3 = 3,
}

/// Number of [`Sub`]s.
pub const SUBS: usize = 4;

impl Sub {
    /// All of them.
    pub const ALL: [Self; SUBS] = [Self::S0, Self::S1, Self::S2, Self::S3];
}

/// Flags that qualify an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Modifiers {
    /// `x` is read from slot `a`; otherwise `x = 0`.
    pub reads_x: bool,
    /// `y` is read from slot `b`; otherwise `y = imm`.
    pub reads_y: bool,
    /// `z` is written to slot `d`.
    pub writes_z: bool,
    /// The operation is 32 bits wide.
    pub w32: bool,
    /// Inverts a comparison.
    pub neg: bool,
    /// The comparison is a branch to `d`.
    pub branch: bool,
    /// A memory access to the system area: no bounds check.
    pub system: bool,
}

/// Number of [`Modifiers`].
pub const MODIFIERS: usize = 7;

/// One instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// What it does.
    pub group: Group,
    /// Which of the group.
    pub sub: Sub,
    /// Ports and width.
    pub modifiers: Modifiers,
    /// Slot of `x`, relative to `fp`.
    pub a: u32,
    /// Slot of `y`, relative to `fp`, or as the group says.
    pub b: u32,
    /// Slot of `z`, relative to `fp`, or a jump target, or as the group says.
    pub d: u32,
    /// Immediate.
    pub imm: u64,
}

impl Instruction {
    /// Returns the flags packed into one word: bit `i` for group `i`, then subs, then modifiers in
    /// declaration order. This is the second field of a row of the program table.
    pub const fn flags(&self) -> u32 {
        let m = self.modifiers;
        let modifiers = m.reads_x as u32
            | (m.reads_y as u32) << 1
            | (m.writes_z as u32) << 2
            | (m.w32 as u32) << 3
            | (m.neg as u32) << 4
            | (m.branch as u32) << 5
            | (m.system as u32) << 6;
        1 << self.group as u32 | 1 << (GROUPS as u32 + self.sub as u32) | modifiers << (GROUPS + SUBS) as u32
    }

    /// Returns whether the instruction has one of the forms to which the circuit gives one result;
    /// programs consist of these. The others are listed in `docs/circuit.md` under "Each step does
    /// what its instruction says".
    pub const fn is_determined(&self) -> bool {
        use Group::{Add, Bits, Compare, Div, Jump, Memory, Move, Mul, System};
        use Sub::{S0, S1, S2, S3};
        let m = self.modifiers;
        let form = match (self.group, self.sub) {
            (Add | Div | Move, S0 | S1) | (Mul, _) | (Bits, S0 | S1 | S2) => true,
            (Compare, S0 | S1 | S2) => m.writes_z != m.branch,
            // A load, a call, the memory's size and a host call have results, the others have none.
            (Memory, S0) | (Jump, S2) | (System, S0 | S2) => true,
            (Memory, S1) | (Jump, S0 | S1 | S3) | (System, S1 | S3) => !m.writes_z,
            _ => false,
        };
        let flags = matches!(self.group, Compare) || !(m.branch || m.neg);
        form && flags && (matches!(self.group, Memory) || !m.system)
    }
}

/// Largest frame pointer a call may set, in slots.
pub const MAX_FP: u64 = 1 << 20;

/// Largest frame, in slots, so that every frame address stays below 2^21.
pub const MAX_FRAME: u32 = 1 << 16;

/// Bytes of a page of linear memory.
pub const PAGE_BYTES: u64 = 1 << 16;

/// Byte address at which the system area (globals, lengths, tables, passive segments) begins in the
/// linear space, above any address that a bounds-checked access can reach.
pub const SYSTEM_BASE: u64 = 1 << 32;

/// Local address of a frame slot on the memory bus: the slot's index. A local address of the linear
/// space is `LINEAR + byte_address / 8`. A message's addresses are `message << 32 | local address`.
pub const LINEAR: u64 = 1 << 31;
