//! Numbers that are likely to matter.

use zkfusion_floats::Format;

/// The generator SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// Zero, the ends of every range, what integers end at, NaNs, and what lies beside each; of both
/// signs.
pub(crate) fn special<F: Format>() -> Vec<u64> {
    let half = F::ONE - F::UNIT;
    let power = |exponent: u64| F::ONE + (exponent << F::FRACTION);
    let mut numbers = vec![
        0,
        1,
        2,
        F::UNIT >> 1,
        F::UNIT,
        2 * F::UNIT,
        half,
        half - F::UNIT,
        F::ONE,
        F::ONE + F::UNIT / 2,
        power(1),
        power(1) + F::UNIT / 4,
        power(1) + F::UNIT / 2,
        power(7),
        power(15),
        power(31),
        power(32),
        power(62),
        power(63),
        power(64),
        power(u64::from(F::FRACTION) - 1),
        power(u64::from(F::FRACTION)),
        power(u64::from(F::FRACTION) + 1),
        power(u64::from(F::FRACTION) + 2),
        F::ONE - (u64::from(F::FRACTION) << F::FRACTION),
        F::ONE - ((u64::from(F::FRACTION) + 1) << F::FRACTION),
        F::ONE - ((u64::from(F::FRACTION) + 2) << F::FRACTION),
        F::INFINITY - F::UNIT,
        F::INFINITY - 1,
        F::INFINITY,
        F::INFINITY + 1,
        F::NAN,
        F::NAN + 1,
        F::SIGN - 1,
    ];
    for index in 0..numbers.len() {
        let number = numbers[index];
        numbers.extend([number.saturating_sub(1), (number + 1).min(F::SIGN - 1)]);
    }
    numbers.sort_unstable();
    numbers.dedup();
    let negative: Vec<u64> = numbers.iter().map(|number| number | F::SIGN).collect();
    numbers.extend(negative);
    numbers
}

/// A fraction: any, or one with few ones, or one with few zeros.
fn fraction<F: Format>(random: &mut Random) -> u64 {
    let few = 1 << random.below(u64::from(F::FRACTION)) | 1 << random.below(u64::from(F::FRACTION));
    let fraction = match random.below(5) {
        0 => few,
        1 => few - 1,
        2 => !few,
        3 => random.next() << random.below(64),
        _ => random.next(),
    };
    fraction & (F::UNIT - 1)
}

/// A number of any size.
fn number<F: Format>(random: &mut Random) -> u64 {
    (random.below(2) * F::SIGN) | random.below(F::MAX_EXPONENT + 1) << F::FRACTION | fraction::<F>(random)
}

/// Two numbers: far apart, close, near the ends of the range, or with a product near the ends of
/// the range.
pub(crate) fn pair<F: Format>(random: &mut Random) -> (u64, u64) {
    let a = number::<F>(random);
    let exponent = (a >> F::FRACTION) & F::MAX_EXPONENT;
    let near = |random: &mut Random, center: u64, spread: u64| {
        (center + random.below(2 * spread + 1))
            .saturating_sub(spread)
            .min(F::MAX_EXPONENT)
    };
    let exponent = match random.below(6) {
        0 => return (a, number::<F>(random)),
        1 => near(random, exponent, 2),
        2 => near(random, exponent, u64::from(F::FRACTION) + 3),
        3 => near(
            random,
            F::BIAS.saturating_sub(exponent),
            u64::from(F::FRACTION) + 3,
        ),
        4 => near(random, (F::BIAS + F::MAX_EXPONENT).saturating_sub(exponent), 3),
        _ => random.below(3),
    };
    let b = (random.below(2) * F::SIGN) | exponent << F::FRACTION | fraction::<F>(random);
    match random.below(2) {
        0 => (a, b),
        _ => (b, a),
    }
}

/// An integer of any length.
pub(crate) fn word(random: &mut Random) -> u64 {
    let word = random.next() >> random.below(64);
    match random.below(4) {
        0 => word.wrapping_neg(),
        1 => word & random.next() << random.below(64),
        _ => word,
    }
}
