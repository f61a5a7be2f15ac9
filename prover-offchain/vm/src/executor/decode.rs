//! Instructions in the form that the interpreter reads fastest.

use crate::isa::{Group, Instruction, Sub, SYSTEM_BASE};

/// What an [`Op`] does: a group with its sub and its flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    Add32,
    Add64,
    Sub32,
    Sub64,
    Mul32,
    Mul64,
    Shl32,
    Shl64,
    Shr,
    Rotl32,
    Rotl64,
    And,
    Or,
    Xor,
    Quotient,
    Remainder,
    SetLess,
    SetLess32,
    SetLess64,
    SetEqual,
    SetNotLess,
    SetNotLess32,
    SetNotLess64,
    SetNotEqual,
    IfLess,
    IfLess32,
    IfLess64,
    IfEqual,
    IfNotLess,
    IfNotLess32,
    IfNotLess64,
    IfNotEqual,
    Move,
    MoveIf,
    Load8,
    Load16,
    Load32,
    Load64,
    LoadSystem8,
    LoadSystem64,
    Store8,
    Store16,
    Store32,
    Store64,
    StoreSystem64,
    Jump,
    JumpBy,
    Call,
    Return,
    Pages,
    SetPages,
    HostCall,
    End,
}

/// A decoded instruction. Slots are below 2^16: see [`crate::isa::MAX_FRAME`]. Addresses in the
/// system area count from its beginning.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub(super) kind: Kind,
    pub(super) reads_x: bool,
    pub(super) reads_y: bool,
    pub(super) writes_z: bool,
    pub(super) fuel: u16,
    pub(super) a: u16,
    pub(super) b: u16,
    pub(super) d: u16,
    /// Address of the code that a branch, jump or call goes to.
    pub(super) target: u32,
    pub(super) imm: u64,
}

impl From<&Instruction> for Op {
    fn from(instruction: &Instruction) -> Self {
        let m = instruction.modifiers;
        let is_call = instruction.group == Group::Jump && instruction.sub == Sub::S2;
        Self {
            kind: kind(instruction),
            reads_x: m.reads_x,
            reads_y: m.reads_y,
            writes_z: m.writes_z,
            fuel: instruction.fuel() as u16,
            a: instruction.a as u16,
            b: instruction.b as u16,
            d: instruction.d as u16,
            target: if is_call { instruction.b } else { instruction.d },
            imm: instruction.imm - if m.system { SYSTEM_BASE } else { 0 },
        }
    }
}

fn kind(instruction: &Instruction) -> Kind {
    use Sub::{S0, S1, S2, S3};
    let m = instruction.modifiers;
    match (instruction.group, instruction.sub) {
        (Group::Add, S1) if m.w32 => Kind::Sub32,
        (Group::Add, S1) => Kind::Sub64,
        (Group::Add, _) if m.w32 => Kind::Add32,
        (Group::Add, _) => Kind::Add64,
        (Group::Mul, S0) if m.w32 => Kind::Mul32,
        (Group::Mul, S0) => Kind::Mul64,
        (Group::Mul, S1) if m.w32 => Kind::Shl32,
        (Group::Mul, S1) => Kind::Shl64,
        (Group::Mul, S2) => Kind::Shr,
        (Group::Mul, S3) if m.w32 => Kind::Rotl32,
        (Group::Mul, S3) => Kind::Rotl64,
        (Group::Bits, S0) => Kind::And,
        (Group::Bits, S1) => Kind::Or,
        (Group::Bits, _) => Kind::Xor,
        (Group::Div, S0) => Kind::Quotient,
        (Group::Div, _) => Kind::Remainder,
        (Group::Compare, sub) => comparison(sub, m.w32, m.neg, m.branch),
        (Group::Move, S0) => Kind::Move,
        (Group::Move, _) => Kind::MoveIf,
        (Group::Memory, S0) if m.system && instruction.b == 1 => Kind::LoadSystem8,
        (Group::Memory, S0) if m.system => Kind::LoadSystem64,
        (Group::Memory, _) if m.system => Kind::StoreSystem64,
        (Group::Memory, S0) => match instruction.b {
            1 => Kind::Load8,
            2 => Kind::Load16,
            4 => Kind::Load32,
            _ => Kind::Load64,
        },
        (Group::Memory, _) => match instruction.d {
            1 => Kind::Store8,
            2 => Kind::Store16,
            4 => Kind::Store32,
            _ => Kind::Store64,
        },
        (Group::Jump, S0) => Kind::Jump,
        (Group::Jump, S1) => Kind::JumpBy,
        (Group::Jump, S2) => Kind::Call,
        (Group::Jump, S3) => Kind::Return,
        (Group::System, S0) => Kind::Pages,
        (Group::System, S1) => Kind::SetPages,
        (Group::System, S2) => Kind::HostCall,
        (Group::System, S3) => Kind::End,
    }
}

fn comparison(sub: Sub, w32: bool, neg: bool, branch: bool) -> Kind {
    let [set, set_not, if_, if_not] = match (sub, w32) {
        (Sub::S0, _) => [Kind::SetLess, Kind::SetNotLess, Kind::IfLess, Kind::IfNotLess],
        (Sub::S1, true) => [
            Kind::SetLess32,
            Kind::SetNotLess32,
            Kind::IfLess32,
            Kind::IfNotLess32,
        ],
        (Sub::S1, false) => [
            Kind::SetLess64,
            Kind::SetNotLess64,
            Kind::IfLess64,
            Kind::IfNotLess64,
        ],
        _ => [Kind::SetEqual, Kind::SetNotEqual, Kind::IfEqual, Kind::IfNotEqual],
    };
    match (branch, neg) {
        (false, false) => set,
        (false, true) => set_not,
        (true, false) => if_,
        (true, true) => if_not,
    }
}
