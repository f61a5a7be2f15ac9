//! Products and quotients.
//!
//! Exponents, with the signs above them, are added or subtracted; significands are multiplied or
//! divided nearly exactly, and exactly only if the result may be halfway between two numbers.

use crate::{
    format::{exponent, is_nan, is_normal, magnitude, significand, Format},
    round::{join, round, round_unless_halfway, Parts},
};

/// `a * b`.
#[inline(always)]
pub fn mul<F: Format>(a: u64, b: u64) -> u64 {
    let (x, y) = (exponent::<F>(a), exponent::<F>(b));
    if !is_normal::<F>(x) || !is_normal::<F>(y) || !has_room::<F>((x + y).wrapping_sub(F::BIAS)) {
        return mul_any::<F>(a, b);
    }
    let product = F::product(significand::<F>(a), significand::<F>(b));
    let top = (a >> F::FRACTION) + (b >> F::FRACTION);
    let rounded = if product >= 1 << 63 {
        join_unless_halfway::<F>(top.wrapping_sub(F::BIAS), product, F::GUARD, F::PRODUCT_ERROR)
    } else {
        join_unless_halfway::<F>(
            top.wrapping_sub(F::BIAS + 1),
            product,
            F::GUARD - 1,
            F::PRODUCT_ERROR,
        )
    };
    match rounded {
        Some(number) => number,
        None => mul_any::<F>(a, b),
    }
}

/// `a / b`.
#[inline(always)]
pub fn div<F: Format>(a: u64, b: u64) -> u64 {
    let (x, y) = (exponent::<F>(a), exponent::<F>(b));
    if !is_normal::<F>(x) || !is_normal::<F>(y) || !has_room::<F>((x + F::BIAS).wrapping_sub(y + 1)) {
        return div_any::<F>(a, b);
    }
    let (quotient, _) = F::quotient(significand::<F>(a), significand::<F>(b));
    let top = (a >> F::FRACTION).wrapping_sub(b >> F::FRACTION);
    let (guard, error) = (F::QUOTIENT_GUARD, F::QUOTIENT_ERROR);
    let rounded = if quotient >= F::UNIT << guard {
        join_unless_halfway::<F>(top.wrapping_add(F::BIAS - 1), quotient, guard, error)
    } else {
        join_unless_halfway::<F>(top.wrapping_add(F::BIAS - 2), quotient, guard - 1, error)
    };
    match rounded {
        Some(number) => number,
        None => div_any::<F>(a, b),
    }
}

/// Returns whether this exponent and the next, signed, are those of normal numbers.
#[inline(always)]
fn has_room<F: Format>(exponent: u64) -> bool {
    exponent.wrapping_sub(1) < F::MAX_EXPONENT - 2
}

/// Rounds a significand and puts it into its place.
#[inline(always)]
fn join_unless_halfway<F: Format>(top: u64, significand: u64, guard: u32, error: u64) -> Option<u64> {
    round_unless_halfway(significand, guard, error).map(|rounded| join::<F>(top, rounded))
}

/// The product of any two numbers.
#[cold]
#[inline(never)]
fn mul_any<F: Format>(a: u64, b: u64) -> u64 {
    let sign = (a ^ b) & F::SIGN;
    let (x, y) = (magnitude::<F>(a), magnitude::<F>(b));
    if x == 0 || y == 0 {
        return if x < F::INFINITY && y < F::INFINITY {
            sign
        } else {
            F::NAN
        };
    }
    if x >= F::INFINITY || y >= F::INFINITY {
        return if is_nan::<F>(x) || is_nan::<F>(y) {
            F::NAN
        } else {
            sign | F::INFINITY
        };
    }
    let (x, y) = (Parts::of::<F>(x), Parts::of::<F>(y));
    let (high, low) = wide_product(x.significand, y.significand);
    let exponent = x.exponent.wrapping_add(y.exponent).wrapping_sub(F::BIAS - 1);
    round::<F>(sign, exponent, high | u64::from(low != 0))
}

/// The quotient of any two numbers.
#[cold]
#[inline(never)]
fn div_any<F: Format>(a: u64, b: u64) -> u64 {
    let sign = (a ^ b) & F::SIGN;
    let (x, y) = (magnitude::<F>(a), magnitude::<F>(b));
    if is_nan::<F>(x) || is_nan::<F>(y) || x == y && (x == 0 || x == F::INFINITY) {
        return F::NAN;
    }
    if x == 0 || y == F::INFINITY {
        return sign;
    }
    if y == 0 || x == F::INFINITY {
        return sign | F::INFINITY;
    }
    let (x, y) = (Parts::of::<F>(x), Parts::of::<F>(y));
    let (mut quotient, mut remainder) = F::quotient(x.significand, y.significand);
    let divisor = y.significand >> F::GUARD;
    while remainder >= divisor {
        quotient += 1;
        remainder -= divisor;
    }
    let scale = u64::from(F::GUARD - F::QUOTIENT_GUARD);
    let exponent = x
        .exponent
        .wrapping_sub(y.exponent)
        .wrapping_add(F::BIAS + scale - 1);
    // The shift makes room for what is lost.
    round::<F>(sign, exponent, quotient << 1 | u64::from(remainder != 0))
}

/// Returns the upper and the lower word of `x * y`.
#[inline(always)]
fn wide_product(x: u64, y: u64) -> (u64, u64) {
    let (x1, x0) = (x >> 32, u64::from(x as u32));
    let (y1, y0) = (y >> 32, u64::from(y as u32));
    let middle = x1 * y0 + ((x0 * y0) >> 32);
    let carried = x0 * y1 + u64::from(middle as u32);
    (x1 * y1 + (middle >> 32) + (carried >> 32), x.wrapping_mul(y))
}
