//! The results of the arithmetic groups.

use crate::isa::{Group, Instruction, Modifiers, Sub};

/// Keeps the low 32 bits when the operation is 32 bits wide.
pub(crate) const fn truncate(value: u64, w32: bool) -> u64 {
    if w32 {
        value & 0xffff_ffff
    } else {
        value
    }
}

/// Computes a sum or a difference.
pub(crate) const fn add(sub: Sub, w32: bool, x: u64, y: u64) -> u64 {
    let sum = if matches!(sub, Sub::S1) {
        x.wrapping_sub(y)
    } else {
        x.wrapping_add(y)
    };
    truncate(sum, w32)
}

/// Computes a product, a shift, or a rotation. A shift amount is below the width.
pub(crate) const fn mul(sub: Sub, w32: bool, x: u64, y: u64) -> u64 {
    match sub {
        Sub::S0 => truncate(x.wrapping_mul(y), w32),
        Sub::S1 => truncate(x << (y & 63), w32),
        Sub::S2 => x >> (y & 63),
        Sub::S3 if w32 => (x as u32).rotate_left(y as u32) as u64,
        Sub::S3 => x.rotate_left(y as u32),
    }
}

/// Computes a bitwise operation.
pub(crate) const fn bits(sub: Sub, x: u64, y: u64) -> u64 {
    match sub {
        Sub::S0 => x & y,
        Sub::S1 => x | y,
        _ => x ^ y,
    }
}

/// Computes a quotient or a remainder; `None` when `y` is zero.
pub(crate) const fn div(sub: Sub, x: u64, y: u64) -> Option<u64> {
    match sub {
        Sub::S0 => x.checked_div(y),
        _ => x.checked_rem(y),
    }
}

/// Decides a comparison, before `neg`.
pub(crate) const fn holds(sub: Sub, w32: bool, x: u64, y: u64) -> bool {
    match sub {
        Sub::S0 => x < y,
        Sub::S1 if w32 => (x as i32) < (y as i32),
        Sub::S1 => (x as i64) < (y as i64),
        _ => x == y,
    }
}

/// Computes the result of an instruction of the arithmetic groups; `None` when it divides by zero.
pub(crate) const fn compute(instruction: &Instruction, x: u64, y: u64) -> Option<u64> {
    let Modifiers { w32, neg, .. } = instruction.modifiers;
    let sub = instruction.sub;
    Some(match instruction.group {
        Group::Add => add(sub, w32, x, y),
        Group::Mul => mul(sub, w32, x, y),
        Group::Bits => bits(sub, x, y),
        Group::Div => match div(sub, x, y) {
            Some(z) => z,
            None => return None,
        },
        Group::Compare => (holds(sub, w32, x, y) != neg) as u64,
        _ => 0,
    })
}
