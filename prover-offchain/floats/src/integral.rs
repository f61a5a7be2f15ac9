//! Rounding to integers that stay floating-point numbers.

use crate::format::{exponent, is_nan, magnitude, Format};

/// Where to round.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Down,
    Up,
    Zero,
    Nearest,
}

/// The largest integer not above `a`.
#[inline(always)]
pub fn floor<F: Format>(a: u64) -> u64 {
    integral::<F>(a, Direction::Down)
}

/// The smallest integer not below `a`.
#[inline(always)]
pub fn ceil<F: Format>(a: u64) -> u64 {
    integral::<F>(a, Direction::Up)
}

/// The integer part of `a`.
#[inline(always)]
pub fn trunc<F: Format>(a: u64) -> u64 {
    integral::<F>(a, Direction::Zero)
}

/// The integer nearest to `a`, the even one of two.
#[inline(always)]
pub fn nearest<F: Format>(a: u64) -> u64 {
    integral::<F>(a, Direction::Nearest)
}

#[inline(always)]
fn integral<F: Format>(a: u64, direction: Direction) -> u64 {
    let exponent = exponent::<F>(a);
    if exponent >= F::BIAS + u64::from(F::FRACTION) {
        return if is_nan::<F>(a) { F::NAN } else { a };
    }
    let negative = a >= F::SIGN;
    if exponent < F::BIAS {
        let magnitude = magnitude::<F>(a);
        let away = match direction {
            Direction::Down => negative && magnitude != 0,
            Direction::Up => !negative && magnitude != 0,
            Direction::Zero => false,
            Direction::Nearest => magnitude > F::ONE - F::UNIT,
        };
        return (a & F::SIGN) | if away { F::ONE } else { 0 };
    }
    // The fraction's bits behind the point. Adding to them carries into the exponent where it must.
    let behind = (F::UNIT - 1) >> (exponent - F::BIAS);
    match direction {
        Direction::Down if negative => (a + behind) & !behind,
        Direction::Up if !negative => (a + behind) & !behind,
        Direction::Nearest => {
            let half = (behind + 1) >> 1;
            let rounded = (a + half) & !behind;
            // Where the point is right behind the leading one, the exponent of 1 is odd as that one
            // is.
            if a & behind == half {
                rounded & !(behind + 1)
            } else {
                rounded
            }
        }
        _ => a & !behind,
    }
}
