//! From significands back to numbers: to the nearest one, and to the even one of two.

use crate::format::{magnitude, Format};

/// A number other than zero, infinity and NaN, taken apart.
#[derive(Clone, Copy)]
pub(crate) struct Parts {
    /// The biased exponent that a number of this size has or, if it is subnormal, would have.
    pub(crate) exponent: u64,
    /// The significand: bit 63 is set.
    pub(crate) significand: u64,
}

impl Parts {
    /// Takes a number apart; its sign does not matter.
    #[inline(always)]
    pub(crate) fn of<F: Format>(number: u64) -> Self {
        let number = magnitude::<F>(number);
        let exponent = number >> F::FRACTION;
        if exponent == 0 {
            let zeros = number.leading_zeros();
            return Self {
                exponent: u64::from(F::GUARD + 1).wrapping_sub(u64::from(zeros)),
                // Set already; it tells the compiler that this is not a division by zero.
                significand: number << zeros | 1 << 63,
            };
        }
        Self {
            exponent,
            significand: number << F::GUARD | 1 << 63,
        }
    }
}

/// Rounds `value`, which has `guard` bits below the last one to keep and falls short of what is
/// meant by less than `error`. `None` if that may matter: if what is meant may lie halfway between
/// two results.
#[inline(always)]
pub(crate) fn round_unless_halfway(value: u64, guard: u32, error: u64) -> Option<u64> {
    let half = 1 << (guard - 1);
    let above = value.wrapping_add(half + error - 1);
    if above << (64 - guard) < error << (64 - guard) {
        return None;
    }
    Some(above >> guard)
}

/// Puts a number together: `top` is the sign and the exponent less 1, modulo what fits;
/// `significand` has its leading one, which makes up for the 1, in the place of the exponent's
/// lowest bit. Rounding may have made it the bit above, and that gives the next larger number too.
#[inline(always)]
pub(crate) fn join<F: Format>(top: u64, significand: u64) -> u64 {
    (top << F::FRACTION).wrapping_add(significand) & F::MASK
}

/// Rounds `significand / 2^63 * 2^(exponent - bias)`; the exponent is signed, the significand is
/// not zero, and its lowest bit stands for itself and anything lost below it.
#[cold]
#[inline(never)]
pub(crate) fn round<F: Format>(sign: u64, exponent: u64, significand: u64) -> u64 {
    let (significand, exponent) = normalise(significand, exponent);
    let exponent = exponent as i64;
    if exponent >= F::MAX_EXPONENT as i64 {
        return sign | F::INFINITY;
    }
    if exponent <= 0 {
        let distance = 1u64.wrapping_sub(exponent as u64);
        return sign | nearest::<F>(shift_right(significand, distance));
    }
    sign | (((exponent as u64 - 1) << F::FRACTION) + nearest::<F>(significand))
}

/// Shifts left until bit 63 is set, and takes as much from `exponent`. `significand` is not zero.
#[inline(always)]
pub(crate) fn normalise(significand: u64, exponent: u64) -> (u64, u64) {
    if significand >> 32 == 0 {
        normalise_long(significand << 32, exponent.wrapping_sub(32))
    } else {
        normalise_long(significand, exponent)
    }
}

/// The same of a significand that is at least 2^32.
#[inline(always)]
pub(crate) fn normalise_long(mut significand: u64, mut exponent: u64) -> (u64, u64) {
    for shift in [16, 8, 4, 2, 1] {
        if significand < 1 << (64 - shift) {
            significand <<= shift;
            exponent = exponent.wrapping_sub(shift);
        }
    }
    (significand, exponent)
}

/// Rounds a significand to the bits that are stored and the leading one.
#[inline(always)]
pub(crate) fn nearest<F: Format>(significand: u64) -> u64 {
    let kept = significand >> F::GUARD;
    let lost = significand << (64 - F::GUARD);
    let half = 1 << 63;
    kept + u64::from(lost > half || lost == half && kept & 1 == 1)
}

/// Shifts right; the lowest bit stands for anything lost too.
#[inline(always)]
pub(crate) fn shift_right(value: u64, distance: u64) -> u64 {
    if distance > 63 {
        return u64::from(value != 0);
    }
    let kept = value >> distance;
    kept | u64::from(kept << distance != value)
}
