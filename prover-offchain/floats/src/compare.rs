//! Comparisons. Positive numbers are ordered as their bits are, negative ones the other way round.

use crate::format::{is_nan, magnitude, Format};

/// `a == b`.
#[inline(always)]
pub fn eq<F: Format>(a: u64, b: u64) -> bool {
    if a == b {
        !is_nan::<F>(a)
    } else {
        magnitude::<F>(a | b) == 0
    }
}

/// `a < b`.
#[inline(always)]
pub fn lt<F: Format>(a: u64, b: u64) -> bool {
    if (a | b) < F::SIGN {
        return b <= F::INFINITY && a < b;
    }
    if is_nan::<F>(a) || is_nan::<F>(b) {
        return false;
    }
    a > b && magnitude::<F>(a | b) != 0
}

/// `a <= b`.
#[inline(always)]
pub fn le<F: Format>(a: u64, b: u64) -> bool {
    if (a | b) < F::SIGN {
        return b <= F::INFINITY && a <= b;
    }
    if is_nan::<F>(a) || is_nan::<F>(b) {
        return false;
    }
    a >= b || magnitude::<F>(a | b) == 0
}

/// `a > b`.
#[inline(always)]
pub fn gt<F: Format>(a: u64, b: u64) -> bool {
    lt::<F>(b, a)
}

/// `a >= b`.
#[inline(always)]
pub fn ge<F: Format>(a: u64, b: u64) -> bool {
    le::<F>(b, a)
}

/// The lesser one; -0 is less than 0.
#[inline(always)]
pub fn min<F: Format>(a: u64, b: u64) -> u64 {
    if is_nan::<F>(a) || is_nan::<F>(b) {
        return F::NAN;
    }
    if a | b < F::SIGN {
        a.min(b)
    } else {
        a.max(b)
    }
}

/// The greater one; 0 is greater than -0.
#[inline(always)]
pub fn max<F: Format>(a: u64, b: u64) -> u64 {
    if is_nan::<F>(a) || is_nan::<F>(b) {
        return F::NAN;
    }
    if a | b < F::SIGN {
        a.max(b)
    } else {
        a.min(b)
    }
}
