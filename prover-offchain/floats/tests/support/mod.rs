//! Code that the tests share: the host's arithmetic, and numbers to try.

pub(crate) mod numbers;

use std::ops::{Add, Div, Mul, Sub};

use zkfusion_floats::{ConversionError, Double, Format, Integer, Single};

/// A format in which the host computes.
pub(crate) trait Hardware: Format {
    /// The host's type.
    type Number: Copy
        + PartialOrd
        + Add<Output = Self::Number>
        + Sub<Output = Self::Number>
        + Mul<Output = Self::Number>
        + Div<Output = Self::Number>;

    fn number(bits: u64) -> Self::Number;
    /// The bits of a number, of the canonical NaN for any.
    fn bits(number: Self::Number) -> u64;
    fn sqrt(a: u64) -> u64;
    fn ceil(a: u64) -> u64;
    fn floor(a: u64) -> u64;
    fn trunc(a: u64) -> u64;
    fn nearest(a: u64) -> u64;
    fn to_i32(a: u64) -> u64;
    fn to_u32(a: u64) -> u64;
    fn to_i64(a: u64) -> u64;
    fn to_u64(a: u64) -> u64;

    fn minimum(a: u64, b: u64) -> u64 {
        let (x, y) = (Self::number(a), Self::number(b));
        match x.partial_cmp(&y) {
            None => Self::NAN,
            Some(std::cmp::Ordering::Less) => a,
            Some(std::cmp::Ordering::Greater) => b,
            // Equal bits, or zeros of two signs.
            Some(std::cmp::Ordering::Equal) => a | b,
        }
    }

    fn maximum(a: u64, b: u64) -> u64 {
        let (x, y) = (Self::number(a), Self::number(b));
        match x.partial_cmp(&y) {
            None => Self::NAN,
            Some(std::cmp::Ordering::Less) => b,
            Some(std::cmp::Ordering::Greater) => a,
            Some(std::cmp::Ordering::Equal) => a & b,
        }
    }
}

macro_rules! hardware {
    ($format:ty, $number:ty, $word:ty) => {
        impl Hardware for $format {
            type Number = $number;

            fn number(bits: u64) -> $number {
                <$number>::from_bits(bits as $word)
            }

            fn bits(number: $number) -> u64 {
                if number.is_nan() {
                    Self::NAN
                } else {
                    u64::from(number.to_bits())
                }
            }

            fn sqrt(a: u64) -> u64 {
                Self::bits(Self::number(a).sqrt())
            }

            fn ceil(a: u64) -> u64 {
                Self::bits(Self::number(a).ceil())
            }

            fn floor(a: u64) -> u64 {
                Self::bits(Self::number(a).floor())
            }

            fn trunc(a: u64) -> u64 {
                Self::bits(Self::number(a).trunc())
            }

            fn nearest(a: u64) -> u64 {
                Self::bits(Self::number(a).round_ties_even())
            }

            fn to_i32(a: u64) -> u64 {
                u64::from(Self::number(a) as i32 as u32)
            }

            fn to_u32(a: u64) -> u64 {
                u64::from(Self::number(a) as u32)
            }

            fn to_i64(a: u64) -> u64 {
                Self::number(a) as i64 as u64
            }

            fn to_u64(a: u64) -> u64 {
                Self::number(a) as u64
            }
        }
    };
}

hardware!(Single, f32, u32);
hardware!(Double, f64, u64);

/// What a conversion that traps should do, given what the one that saturates does: the two agree
/// where the number's integer part, which a double holds exactly up to 2^53, lies within the type's
/// bounds.
pub(crate) fn trapping<F: Hardware, I: Integer>(a: u64, saturated: u64) -> Result<u64, ConversionError> {
    let part = match F::WIDTH {
        32 => f64::from(f32::from_bits(a as u32)),
        _ => f64::from_bits(a),
    }
    .trunc();
    let power = |exponent: u32| 2f64.powi(exponent as i32);
    let (low, high) = match I::MIN {
        0 => (0.0, power(I::BITS)),
        _ => (-power(I::BITS - 1), power(I::BITS - 1)),
    };
    if part.is_nan() {
        Err(ConversionError::Invalid)
    } else if part >= low && part < high {
        Ok(saturated)
    } else {
        Err(ConversionError::Overflow)
    }
}
