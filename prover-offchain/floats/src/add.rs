//! Sums and differences.
//!
//! Of two normal numbers the smaller one's significand is shifted to the larger one's exponent,
//! rounded, and added to or subtracted from the larger number as it stands, fraction and all. If
//! that leaves the exponent as it was, it is the result. Bits that are lost in shifting matter only
//! if what remains is halfway between two results.

use crate::{
    format::{is_nan, magnitude, significand, Format},
    round::{join, normalise, round, shift_right},
};

/// `a + b`.
#[inline(always)]
pub fn add<F: Format>(a: u64, b: u64) -> u64 {
    if (a ^ b) < F::SIGN {
        return if a < b { sum::<F>(b, a) } else { sum::<F>(a, b) };
    }
    if magnitude::<F>(a) < magnitude::<F>(b) {
        difference::<F>(b, a)
    } else {
        difference::<F>(a, b)
    }
}

/// `a - b`.
#[inline(always)]
pub fn sub<F: Format>(a: u64, b: u64) -> u64 {
    add::<F>(a, b ^ F::SIGN)
}

/// The sum of two numbers of equal signs.
#[inline(always)]
fn sum<F: Format>(large: u64, small: u64) -> u64 {
    let top = large >> F::FRACTION;
    let distance = top - (small >> F::FRACTION);
    let largest_binade = F::INFINITY - F::UNIT;
    if magnitude::<F>(small) < F::UNIT || magnitude::<F>(large) >= largest_binade || distance > 63 {
        return add_any::<F>(large, small);
    }
    let shifted = significand::<F>(small) >> distance;
    let rounded = shifted.wrapping_add(1 << (F::GUARD - 1));
    let sum = large.wrapping_add(rounded >> F::GUARD);
    if sum >> F::FRACTION == top {
        return to_even::<F>(large, small, distance, sum, rounded << (64 - F::GUARD));
    }
    // The sum carries. If only rounding did, it does so again here and leaves the same power of
    // two.
    let carried = significand::<F>(large).wrapping_add(shifted);
    let rounded = carried.wrapping_add(1 << F::GUARD);
    let sum = join::<F>(top + 1, rounded >> (F::GUARD + 1));
    to_even::<F>(large, small, distance, sum, rounded << (63 - F::GUARD))
}

/// The sum of two numbers of different signs, the first at least as large as the second.
#[inline(always)]
fn difference<F: Format>(large: u64, small: u64) -> u64 {
    let top = large >> F::FRACTION;
    let (x, y) = (magnitude::<F>(large), magnitude::<F>(small));
    let distance = (x >> F::FRACTION) - (y >> F::FRACTION);
    if y < F::UNIT || x >= F::INFINITY || distance > 63 {
        return add_any::<F>(large, small);
    }
    let shifted = significand::<F>(small) >> distance;
    let rounded = shifted.wrapping_add(1 << (F::GUARD - 1));
    let difference = large.wrapping_sub(rounded >> F::GUARD);
    // A power of two does not count: numbers below it are closer together.
    if difference.wrapping_sub(1) >> F::FRACTION == top {
        if rounded << (64 - F::GUARD) != 0 {
            return difference;
        }
        let even = difference.wrapping_add(1) & !1;
        return to_even::<F>(large, small, distance, even, 0);
    }
    let borrowed = significand::<F>(large).wrapping_sub(shifted);
    if borrowed >= 1 << 63 {
        return difference;
    }
    if distance > 1 {
        // What remains is above half the larger number.
        let rounded = borrowed.wrapping_add(1 << (F::GUARD - 2));
        let difference = join::<F>(top - 2, rounded >> (F::GUARD - 1));
        return to_even::<F>(large, small, distance, difference, rounded << (65 - F::GUARD));
    }
    cancelled::<F>(large, small, borrowed)
}

/// Returns the rounded result or, if it was halfway between two, as told by `lost` being 0, the
/// even one of them.
#[inline(always)]
fn to_even<F: Format>(a: u64, b: u64, distance: u64, rounded: u64, lost: u64) -> u64 {
    if lost != 0 {
        return rounded;
    }
    if distance > u64::from(F::GUARD) {
        return add_any::<F>(a, b);
    }
    rounded & !1
}

/// The difference of numbers so close that it is exact. `borrowed` is its significand at the
/// exponent of `large`.
#[inline(always)]
fn cancelled<F: Format>(large: u64, small: u64, borrowed: u64) -> u64 {
    if borrowed == 0 {
        return 0;
    }
    if magnitude::<F>(large) < 64 * F::UNIT {
        // It may be subnormal.
        return add_any::<F>(large, small);
    }
    let (significand, top) = normalise(borrowed, large >> F::FRACTION);
    join::<F>(top - 1, significand >> F::GUARD)
}

/// The sum of any two numbers.
#[cold]
#[inline(never)]
fn add_any<F: Format>(a: u64, b: u64) -> u64 {
    let (x, y) = (magnitude::<F>(a), magnitude::<F>(b));
    if is_nan::<F>(a) || is_nan::<F>(b) || x == F::INFINITY && y == F::INFINITY && a != b {
        return F::NAN;
    }
    if y == 0 {
        // Two zeros make -0 only if both are.
        return if x == 0 { a & b } else { a };
    }
    if x == 0 || y == F::INFINITY {
        return b;
    }
    if x == F::INFINITY {
        return a;
    }
    let (large, small) = if x < y { (b, a) } else { (a, b) };
    let (large_exponent, larger) = unnormalised::<F>(large);
    let (small_exponent, smaller) = unnormalised::<F>(small);
    let smaller = shift_right(smaller, large_exponent - small_exponent);
    let result = if a ^ b < F::SIGN {
        larger.wrapping_add(smaller)
    } else {
        larger.wrapping_sub(smaller)
    };
    if result == 0 {
        return 0;
    }
    round::<F>(large & F::SIGN, large_exponent + 1, result)
}

/// Takes a number apart: the exponent and half the significand, which in a subnormal number has no
/// leading one.
#[inline(always)]
fn unnormalised<F: Format>(number: u64) -> (u64, u64) {
    let number = magnitude::<F>(number);
    let exponent = number >> F::FRACTION;
    if exponent == 0 {
        (1, number << (F::GUARD - 1))
    } else {
        (exponent, significand::<F>(number) >> 1)
    }
}
