//! Scalars: the signed digits that multiply points, the halves of challenges, and division.

use halo2_base::{
    gates::{GateChip, GateInstructions, RangeChip, RangeInstructions},
    utils::{biguint_to_fe, fe_to_biguint, modulus},
    AssignedValue, Context,
    QuantumCell::{Constant, Existing, Witness},
};
use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use num_bigint::BigUint;

/// Bits of the lower half of a challenge, and of the coefficients made of it.
pub(crate) const HALF_BITS: usize = 128;

/// A scalar as its value and its digits.
#[derive(Clone, Debug)]
pub(crate) struct Scalar {
    /// The value.
    pub(crate) value: AssignedValue<Fr>,
    /// Digits `s_j` of 1 or -1, lowest first, with `2 value = 2^bits - 1 + sum of s_j 2^j`.
    ///
    /// They are the binary digits with -1 for 0. A value below `2^bits` has exactly one such form
    /// if `2^bits` is below the modulus; otherwise it may have two, of integers that are equal
    /// modulo the order of the group.
    pub(crate) signs: Vec<AssignedValue<Fr>>,
}

impl Scalar {
    /// Constrains a value to have `bits` digits and returns them.
    pub(crate) fn new(
        ctx: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        value: AssignedValue<Fr>,
        bits: usize,
    ) -> Self {
        let integer = fe_to_biguint(value.value());
        let digits = (0..bits as u64).map(|bit| if integer.bit(bit) { Fr::ONE } else { -Fr::ONE });
        let powers = powers_of_two().take(bits).map(Constant);
        let (sum, signs) = gate.inner_product_left(ctx, digits.map(Witness), powers);
        for sign in &signs {
            // 0 + sign * sign = 1
            let cells = [
                Constant(Fr::ZERO),
                Existing(*sign),
                Existing(*sign),
                Constant(Fr::ONE),
            ];
            ctx.assign_region(cells, [0]);
        }
        // (1 - 2^bits) + 2 * value = sum
        let cells = [
            Constant(-ones(bits)),
            Existing(value),
            Constant(Fr::from(2)),
            Existing(sum),
        ];
        ctx.assign_region(cells, [0]);
        Self { value, signs }
    }

    /// Returns the number of digits.
    pub(crate) fn bits(&self) -> usize {
        self.signs.len()
    }
}

/// Returns the `2^bits - 1` that has a one for each bit.
pub(crate) fn ones(bits: usize) -> Fr {
    Fr::from(2).pow([bits as u64]) - Fr::ONE
}

/// Constrains and returns the halves of a challenge: `challenge = low + 2^128 high` as integers
/// below the modulus.
///
/// `low` is left to the caller to constrain to 128 bits, by [`Scalar::new`]; the rest makes the
/// halves unique: `high` is below the modulus' own upper half, so that the sum cannot reach the
/// modulus.
pub(crate) fn halves(
    ctx: &mut Context<Fr>,
    range: &RangeChip<Fr>,
    challenge: AssignedValue<Fr>,
) -> [AssignedValue<Fr>; 2] {
    let integer = fe_to_biguint(challenge.value());
    let high = &integer >> HALF_BITS;
    let low = integer - (&high << HALF_BITS);
    constrain_halves(
        ctx,
        range,
        challenge,
        [low, high].map(|half| biguint_to_fe(&half)),
    )
}

fn constrain_halves(
    ctx: &mut Context<Fr>,
    range: &RangeChip<Fr>,
    challenge: AssignedValue<Fr>,
    [low, high]: [Fr; 2],
) -> [AssignedValue<Fr>; 2] {
    let shift = Fr::from(2).pow([HALF_BITS as u64]);
    // low + high * 2^128 = challenge
    let cells = [Witness(low), Witness(high), Constant(shift), Existing(challenge)];
    ctx.assign_region(cells, [0]);
    let (low, high) = (ctx.get(-4), ctx.get(-3));
    range.check_big_less_than_safe(ctx, high, upper_half_of_modulus());
    [low, high]
}

fn upper_half_of_modulus() -> BigUint {
    modulus::<Fr>() >> HALF_BITS
}

/// Constrains `divisor` to be other than zero and returns `dividend / divisor`.
pub(crate) fn divide(
    ctx: &mut Context<Fr>,
    gate: &GateChip<Fr>,
    dividend: AssignedValue<Fr>,
    divisor: AssignedValue<Fr>,
) -> AssignedValue<Fr> {
    let inverse = Option::<Fr>::from(divisor.value().invert()).unwrap_or(Fr::ZERO);
    // 0 + divisor * inverse = 1
    let cells = [
        Constant(Fr::ZERO),
        Existing(divisor),
        Witness(inverse),
        Constant(Fr::ONE),
    ];
    ctx.assign_region(cells, [0]);
    let inverse = ctx.get(-2);
    gate.mul(ctx, dividend, inverse)
}

fn powers_of_two() -> impl Iterator<Item = Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(power.double()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::tests::Bench;

    fn halves_accepted(challenge: Fr, low: BigUint, high: BigUint) -> bool {
        let mut bench = Bench::new(13, 12);
        let range = bench.range();
        let ctx = bench.context();
        let challenge = ctx.load_witness(challenge);
        let halves = constrain_halves(
            ctx,
            &range,
            challenge,
            [low, high].map(|half| biguint_to_fe(&half)),
        );
        Scalar::new(ctx, &range.gate, halves[0], HALF_BITS);
        bench.is_satisfied()
    }

    #[test]
    fn a_challenge_has_one_pair_of_halves() {
        let two_128 = BigUint::from(1u8) << HALF_BITS;
        let challenge = (BigUint::from(3u8) << HALF_BITS) + 5u8;
        let element = biguint_to_fe(&challenge);
        assert!(halves_accepted(element, BigUint::from(5u8), BigUint::from(3u8)));
        assert!(!halves_accepted(element, BigUint::from(5u8), BigUint::from(4u8)));
        // The same number with a lower half that is too long.
        assert!(!halves_accepted(
            element,
            BigUint::from(5u8) + &two_128,
            BigUint::from(2u8)
        ));
        // The integer that is congruent to the challenge modulo the modulus.
        let congruent = challenge + modulus::<Fr>();
        let (low, high) = (&congruent % &two_128, &congruent / &two_128);
        assert!(!halves_accepted(element, low, high));
        let largest = modulus::<Fr>() - (modulus::<Fr>() % &two_128) - 1u8;
        let (low, high) = (&largest % &two_128, &largest / &two_128);
        assert!(halves_accepted(biguint_to_fe(&largest), low, high));
    }

    #[test]
    fn digits_make_the_value_and_longer_values_have_none() {
        let accepted = |value: Fr, bits| {
            let mut bench = Bench::new(13, 12);
            let range = bench.range();
            let ctx = bench.context();
            let value = ctx.load_witness(value);
            Scalar::new(ctx, &range.gate, value, bits);
            bench.is_satisfied()
        };
        assert!(accepted(Fr::from(200), 8));
        assert!(accepted(Fr::ZERO, 8));
        assert!(!accepted(Fr::from(256), 8));
        assert!(!accepted(-Fr::ONE, 128));
        assert!(accepted(-Fr::ONE, 254));
    }

    #[test]
    fn nothing_is_divided_by_zero() {
        let accepted = |dividend: u64, divisor: u64| {
            let mut bench = Bench::new(13, 12);
            let range = bench.range();
            let ctx = bench.context();
            let cells = ctx.assign_witnesses([dividend, divisor].map(Fr::from));
            let quotient = divide(ctx, &range.gate, cells[0], cells[1]);
            let right = *quotient.value() * Fr::from(divisor) == Fr::from(dividend);
            right && bench.is_satisfied()
        };
        assert!(accepted(6, 4));
        assert!(!accepted(6, 0));
        assert!(!accepted(0, 0));
    }
}
