//! Square roots.

use crate::{
    format::{exponent, is_nan, significand, Format},
    round::{join, round_unless_halfway, Parts},
};

/// The square root of `a`.
#[inline(always)]
pub fn sqrt<F: Format>(a: u64) -> u64 {
    if a.wrapping_sub(F::UNIT) >= F::INFINITY - F::UNIT {
        return sqrt_any::<F>(a);
    }
    root::<F>(exponent::<F>(a), significand::<F>(a))
}

/// The square root of any number.
#[cold]
#[inline(never)]
fn sqrt_any<F: Format>(a: u64) -> u64 {
    if a & !F::SIGN == 0 || a == F::INFINITY {
        return a;
    }
    if a >= F::SIGN || is_nan::<F>(a) {
        return F::NAN;
    }
    let Parts {
        exponent,
        significand,
    } = Parts::of::<F>(a);
    root::<F>(exponent, significand)
}

/// The square root of `significand / 2^63 * 2^(exponent - bias)`.
///
/// A line is within 5% of the root over either half of its range; each step of Heron's method
/// squares that.
#[inline(always)]
fn root<F: Format>(exponent: u64, significand: u64) -> u64 {
    // Nearly as close as a line can be over [1/2, 1) and, 1/4 lower, over [1/4, 1/2), in units of
    // 2^-32.
    const UPPER: u64 = (479 << 32) / 1000;
    const QUARTER: u32 = 30;
    let odd = exponent & 1;
    let n = significand >> odd;
    let mut root = (significand >> 33) + UPPER - (odd << QUARTER);
    root = (root + n / root) >> 1;
    root = (root + n / root) >> 1;
    root = (root + n / root) >> 1;
    let root = F::root(n, root);
    let rounded = match round_unless_halfway(root, F::ROOT_GUARD, 2) {
        Some(rounded) => rounded,
        None => on_either_side::<F>(n, root),
    };
    // The exponent is signed; twice the bias makes it positive.
    let top = (exponent.wrapping_add(3 * F::BIAS) >> 1).wrapping_sub(F::BIAS + 1);
    join::<F>(top, rounded)
}

/// Rounds a root that is close to the middle of two numbers. It never is the middle: a square has
/// twice the bits.
#[cold]
#[inline(never)]
fn on_either_side<F: Format>(n: u64, root: u64) -> u64 {
    let upper = (root + (1 << (F::ROOT_GUARD - 1)) + 1) >> F::ROOT_GUARD;
    let middle = 2 * upper - 1;
    // The middle has its leading one at bit FRACTION + 1, the root of n at bit 31.
    let scaled = if F::FRACTION < 30 {
        n >> (60 - 2 * F::FRACTION.min(30))
    } else {
        n << (2 * F::FRACTION.max(30) - 60)
    };
    let above = scaled.wrapping_sub(middle.wrapping_mul(middle)) as i64 > 0;
    upper - u64::from(!above)
}
