//! The two formats of IEEE 754 that WebAssembly has.

/// A binary interchange format: from the top a sign, a biased exponent, and a fraction. Its numbers
/// are passed as bits in the low end of a `u64` whose other bits are zero.
///
/// A *significand* is a fraction with the leading one that is not stored, aligned so that this is
/// bit 63; below the last stored bit it has [`Self::GUARD`] more.
pub trait Format {
    /// Bits of the encoding.
    const WIDTH: u32;
    /// Bits of the fraction.
    const FRACTION: u32;

    /// The sign.
    const SIGN: u64 = 1 << (Self::WIDTH - 1);
    /// All bits of the encoding.
    const MASK: u64 = Self::SIGN | (Self::SIGN - 1);
    /// The lowest bit of the exponent, which is also the smallest normal number.
    const UNIT: u64 = 1 << Self::FRACTION;
    /// Infinity: an exponent of ones, and nothing else.
    const INFINITY: u64 = Self::SIGN - Self::UNIT;
    /// The canonical NaN.
    const NAN: u64 = Self::INFINITY | Self::UNIT >> 1;
    /// The exponent of infinity and NaN.
    const MAX_EXPONENT: u64 = Self::INFINITY >> Self::FRACTION;
    /// The exponent of 1.
    const BIAS: u64 = Self::MAX_EXPONENT >> 1;
    /// One.
    const ONE: u64 = Self::BIAS << Self::FRACTION;
    /// Bits of a significand below the last stored one.
    const GUARD: u32 = 63 - Self::FRACTION;

    /// What [`Self::product`] falls short by is less than this.
    const PRODUCT_ERROR: u64;
    /// Bits of a [`Self::quotient`] below the last stored one of a number between 1 and 2.
    const QUOTIENT_GUARD: u32;
    /// What [`Self::quotient`] falls short by is less than this.
    const QUOTIENT_ERROR: u64;
    /// Bits of a [`Self::root`] below the last stored one.
    const ROOT_GUARD: u32;

    /// Returns `x * y / 2^64` of two significands, or less.
    fn product(x: u64, y: u64) -> u64;

    /// Returns the quotient of two significands, or less, with [`Self::QUOTIENT_GUARD`] bits below
    /// the last stored one; and what remains, in units in which `y` is `y >> GUARD`.
    fn quotient(x: u64, y: u64) -> (u64, u64);

    /// Returns the root of `n`, which is at least 2^62, with [`Self::ROOT_GUARD`] bits below the
    /// last stored one; it falls short by less than 2. `root` is the root of `n` as an integer, or
    /// 1 more.
    fn root(n: u64, root: u64) -> u64;
}

/// `f32`.
#[derive(Clone, Copy, Debug)]
pub struct Single;

/// `f64`.
#[derive(Clone, Copy, Debug)]
pub struct Double;

impl Format for Single {
    const WIDTH: u32 = 32;
    const FRACTION: u32 = 23;
    const PRODUCT_ERROR: u64 = 1;
    const QUOTIENT_GUARD: u32 = 17;
    const QUOTIENT_ERROR: u64 = 1;
    const ROOT_GUARD: u32 = 8;

    /// Exact: 24 bits by 24.
    #[inline(always)]
    fn product(x: u64, y: u64) -> u64 {
        (x >> 32) * (y >> 32)
    }

    /// One division: 64 bits by 24.
    #[inline(always)]
    fn quotient(x: u64, y: u64) -> (u64, u64) {
        let divisor = y >> Self::GUARD;
        let quotient = x / divisor;
        (quotient, x.wrapping_sub(quotient.wrapping_mul(divisor)))
    }

    #[inline(always)]
    fn root(_: u64, root: u64) -> u64 {
        root.wrapping_sub(1)
    }
}

impl Format for Double {
    const WIDTH: u32 = 64;
    const FRACTION: u32 = 52;
    const PRODUCT_ERROR: u64 = 2;
    const QUOTIENT_GUARD: u32 = 9;
    const QUOTIENT_ERROR: u64 = 3;
    const ROOT_GUARD: u32 = 9;

    /// With `x = 2^32 x1 + 2^11 x0`, and `y` likewise: `x1 y1 + (x1 y0 + x0 y1) / 2^21`, which
    /// leaves out `x0 y0 / 2^42 < 1` and rounds down.
    #[inline(always)]
    fn product(x: u64, y: u64) -> u64 {
        let (x1, x0) = (x >> 32, u64::from(x as u32) >> Self::GUARD);
        let (y1, y0) = (y >> 32, u64::from(y as u32) >> Self::GUARD);
        let middle = (x1 * y0).wrapping_add(x0 * y1);
        (x1 * y1).wrapping_add(middle >> 21)
    }

    /// Two digits of long division, by the divisor's upper 32 bits rounded up. Each digit falls
    /// short, by at most 2^-31 of itself and by rounding: the first, below 2^33, by less than 5
    /// divisors, so that with 8 more bits the remainder is below 2^64; the second, below 2^32, by
    /// less than 3.
    #[inline(always)]
    fn quotient(x: u64, y: u64) -> (u64, u64) {
        let divisor = y >> Self::GUARD;
        let upper = (y >> 32) + 1;
        let first = x / upper;
        let remainder = (x << 21).wrapping_sub(first.wrapping_mul(divisor));
        let second = (remainder << 8) / upper;
        let quotient = (first << 29).wrapping_add(second);
        (
            quotient,
            (remainder << 29).wrapping_sub(second.wrapping_mul(divisor)),
        )
    }

    /// With `s` below the root `r` by `d < 2`: `n - s^2 = 2 s d + d^2`, so that division by `2 s`
    /// gives `d` and up to 2^-30 too much. In units of 2^-30 that is 1, and rounding down takes
    /// less than 1.
    #[inline(always)]
    fn root(n: u64, root: u64) -> u64 {
        let below = root.wrapping_sub(1);
        let remainder = n.wrapping_sub(below.wrapping_mul(below));
        (below << 30)
            .wrapping_add((remainder << 29) / below)
            .wrapping_sub(1)
    }
}

/// Returns the number without its sign.
#[inline(always)]
pub(crate) fn magnitude<F: Format>(number: u64) -> u64 {
    number & (F::SIGN - 1)
}

/// Returns the biased exponent.
#[inline(always)]
pub(crate) fn exponent<F: Format>(number: u64) -> u64 {
    magnitude::<F>(number) >> F::FRACTION
}

/// Returns the significand of a normal number.
#[inline(always)]
pub(crate) fn significand<F: Format>(number: u64) -> u64 {
    number << F::GUARD | 1 << 63
}

/// Returns whether an exponent is that of a normal number.
#[inline(always)]
pub(crate) fn is_normal<F: Format>(exponent: u64) -> bool {
    exponent.wrapping_sub(1) < F::MAX_EXPONENT - 1
}

/// Returns whether a number is one.
#[inline(always)]
pub(crate) fn is_nan<F: Format>(number: u64) -> bool {
    magnitude::<F>(number) > F::INFINITY
}
