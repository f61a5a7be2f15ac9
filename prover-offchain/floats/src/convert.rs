//! Conversions between the formats, and between them and integers.

use crate::{
    format::{exponent, is_nan, magnitude, significand, Double, Format, Single},
    round::{join, nearest, normalise, normalise_long, round},
};

/// How far apart the formats' fractions are, in bits.
const SHIFT: u32 = Double::FRACTION - Single::FRACTION;
/// What a normal number's exponent differs by, in place.
const REBIAS: u64 = Double::ONE - (Single::ONE << SHIFT);

/// `f64.promote_f32`.
#[inline(always)]
pub fn promote(a: u64) -> u64 {
    let number = magnitude::<Single>(a);
    let sign = (a ^ number) << 32;
    if number.wrapping_sub(Single::UNIT) < Single::INFINITY - Single::UNIT {
        return (number << SHIFT) + REBIAS + sign;
    }
    promote_any(number, sign)
}

#[cold]
#[inline(never)]
fn promote_any(number: u64, sign: u64) -> u64 {
    if number >= Single::INFINITY {
        return if number == Single::INFINITY {
            sign | Double::INFINITY
        } else {
            Double::NAN
        };
    }
    if number == 0 {
        return sign;
    }
    let bits = u64::from(number.ilog2());
    // The smallest number is 2^-149, which is an exponent of 1 less the fraction's bits.
    let exponent = Double::BIAS + bits + 1 - Single::BIAS - u64::from(Single::FRACTION);
    sign | join::<Double>(exponent - 1, number << (u64::from(Double::FRACTION) - bits))
}

/// `f32.demote_f64`.
#[inline(always)]
pub fn demote(a: u64) -> u64 {
    let number = magnitude::<Double>(a);
    let sign = (a ^ number) >> 32;
    const SMALLEST: u64 = (Single::UNIT << SHIFT) + REBIAS;
    const LIMIT: u64 = (Single::INFINITY << SHIFT) + REBIAS;
    if number.wrapping_sub(SMALLEST) >= LIMIT - SMALLEST {
        return demote_any(number, sign);
    }
    let rounded = number - REBIAS + (1 << (SHIFT - 1));
    let halfway = rounded << (64 - SHIFT) == 0;
    sign + ((rounded >> SHIFT) & !u64::from(halfway))
}

#[cold]
#[inline(never)]
fn demote_any(number: u64, sign: u64) -> u64 {
    if is_nan::<Double>(number) {
        return Single::NAN;
    }
    if number == 0 {
        return sign;
    }
    // The significand's lowest bit, which stands for what is lost, is 0: a Double has fewer bits.
    let exponent = (number >> Double::FRACTION).wrapping_sub(Double::BIAS - Single::BIAS);
    round::<Single>(sign, exponent, significand::<Double>(number))
}

/// `convert_i32_u` or `convert_i64_u`, of an integer with so many bits.
#[inline(always)]
pub fn from_unsigned<F: Format, const BITS: u32>(integer: u64) -> u64 {
    if integer == 0 {
        return 0;
    }
    positive::<F, BITS>(0, integer)
}

/// `convert_i32_s` or `convert_i64_s`, of an integer with so many bits, zero-extended.
#[inline(always)]
pub fn from_signed<F: Format, const BITS: u32>(integer: u64) -> u64 {
    if integer == 0 {
        return 0;
    }
    if integer >> (BITS - 1) == 0 {
        return positive::<F, BITS>(0, integer);
    }
    let magnitude = integer.wrapping_neg() & (u64::MAX >> (64 - BITS));
    positive::<F, BITS>(F::SIGN, magnitude)
}

/// Converts an integer other than 0.
#[inline(always)]
fn positive<F: Format, const BITS: u32>(sign: u64, integer: u64) -> u64 {
    // What is this short has no bits to lose.
    let bits = u64::from(if F::FRACTION < 31 { F::FRACTION + 1 } else { 32 });
    if bits < u64::from(BITS) && integer >> bits != 0 {
        return long::<F>(sign, integer);
    }
    let (significand, exponent) = normalise_long(integer << (64 - bits), F::BIAS + bits - 1);
    sign | join::<F>(exponent - 1, significand >> F::GUARD)
}

/// Rounds an integer other than 0.
#[inline(never)]
fn long<F: Format>(sign: u64, integer: u64) -> u64 {
    let (significand, exponent) = normalise(integer, F::BIAS + 63);
    sign | (((exponent - 1) << F::FRACTION) + nearest::<F>(significand))
}

/// Why a number cannot be converted to an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionError {
    /// It is not a number.
    Invalid,
    /// It is out of range.
    Overflow,
}

/// An integer type of WebAssembly's, signed or not.
pub trait Integer {
    /// Its bits.
    const BITS: u32;
    /// The smallest value, zero-extended; 0 if the type is unsigned.
    const MIN: u64;
    /// The largest value.
    const MAX: u64;
}

impl Integer for i32 {
    const BITS: u32 = 32;
    const MIN: u64 = 1 << 31;
    const MAX: u64 = (1 << 31) - 1;
}

impl Integer for u32 {
    const BITS: u32 = 32;
    const MIN: u64 = 0;
    const MAX: u64 = u32::MAX as u64;
}

impl Integer for i64 {
    const BITS: u32 = 64;
    const MIN: u64 = 1 << 63;
    const MAX: u64 = (1 << 63) - 1;
}

impl Integer for u64 {
    const BITS: u32 = 64;
    const MIN: u64 = 0;
    const MAX: u64 = u64::MAX;
}

/// `trunc`: the integer part, zero-extended.
///
/// # Errors
/// [`ConversionError`] for NaN and what the type does not hold.
#[inline(always)]
pub fn to_integer<F: Format, I: Integer>(a: u64) -> Result<u64, ConversionError> {
    let exponent = exponent::<F>(a);
    if exponent < F::BIAS {
        return Ok(0);
    }
    let places = exponent - F::BIAS;
    let value_bits = u64::from(I::BITS - u32::from(I::MIN != 0));
    let negative = a >= F::SIGN;
    if places < value_bits && (I::MIN != 0 || !negative) {
        let integer = significand::<F>(a) >> (63 - places);
        let mask = u64::MAX >> (64 - I::BITS);
        return Ok(if negative {
            integer.wrapping_neg() & mask
        } else {
            integer
        });
    }
    if is_nan::<F>(a) {
        return Err(ConversionError::Invalid);
    }
    // The smallest value of a signed type has one bit more.
    let is_smallest = I::MIN != 0
        && negative
        && places == value_bits
        && significand::<F>(a) >> (64 - I::BITS) == 1 << (I::BITS - 1);
    if is_smallest {
        return Ok(I::MIN);
    }
    Err(ConversionError::Overflow)
}

/// `trunc_sat`: the integer part, zero-extended, or what is nearest to it; 0 for NaN.
#[inline(always)]
pub fn to_integer_saturating<F: Format, I: Integer>(a: u64) -> u64 {
    match to_integer::<F, I>(a) {
        Ok(integer) => integer,
        Err(ConversionError::Invalid) => 0,
        Err(ConversionError::Overflow) if a >= F::SIGN => I::MIN,
        Err(ConversionError::Overflow) => I::MAX,
    }
}
