//! Eight hashes at once in AVX-512 registers, with the 52-bit multipliers of IFMA.
//!
//! A number is five limbs of 52 bits, each in 64 bits of a register of its own; a register has the
//! same limb of eight numbers. Montgomery's product divides by `2^256` in arkworks and by
//! `R = 2^260` here, so numbers are multiplied by 16 when they come and divided by it when they go.
//!
//! # Bounds
//!
//! Nothing is subtracted before the end. `R > 84 p`, so a sum of products that is below `n p^2`
//! becomes a number below `(n / 84 + 1) p` (Montgomery 1985). By rounds, in multiples of `p`:
//!
//! | number | below |
//! |---|---|
//! | constants and numbers that come | 1 |
//! | state before a full round | 3 |
//! | after adding a constant | 4 |
//! | square, fourth, fifth power: `16 / 84`, `4 / 84`, `2 * 4 / 84`, and 1 | 2 |
//! | row of a full round: `3 * 2 / 84 + 1` | 2 |
//! | element 1 or 2 in a partial round: 2, and `2 / 84 + 1` more in each of 57 rounds | 61 |
//! | row of a partial round, or of the change of basis: `(2 + 61 + 61) / 84 + 1` | 3 |
//! | number that goes, before the one subtraction: `2 / 84 + 1` | 2 |
//!
//! All are below `84 p`, hence five limbs. Before they are carried, a limb of a sum of three
//! products is a sum of at most 40 numbers below `2^52` and a carry: below `2^58`.

use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_set1_epi64, _mm512_setr_epi64, _mm512_setzero_si512, _mm512_srli_epi64,
};
use std::sync::LazyLock;

use ark_ff::{BigInt, Field, PrimeField};

use super::{sparse, FULL_ROUNDS, MDS, PARTIAL_ROUNDS, ROUND_CONSTANTS, WIDTH};
use crate::field::Fr;

/// Hashes that are made at once.
pub(super) const LANES: usize = 8;

const LIMBS: usize = 5;
const BITS: u32 = 52;
const MASK: u64 = (1 << BITS) - 1;

/// The modulus.
const P: Constant = limbs(Fr::MODULUS.0);

/// `-1 / p` modulo `2^52`, by Newton's iteration.
const NEGATED_INVERSE: u64 = {
    let mut inverse = 1u64;
    let mut bits = 1;
    while bits < BITS {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(P[0].wrapping_mul(inverse)));
        bits *= 2;
    }
    inverse.wrapping_neg() & MASK
};

/// Limbs of a number that is the same in all lanes.
type Constant = [u64; LIMBS];

/// Limbs of eight numbers.
type Numbers = [__m512i; LIMBS];

/// A partial round, as [`sparse::PartialRound`].
struct PartialRound {
    constant: Constant,
    row: [Constant; WIDTH],
    column: [Constant; 2],
}

/// What the permutation multiplies by and adds.
struct Constants {
    /// Makes numbers of those that come: `16 R`.
    enter: Constant,
    /// Makes those that go: `R / 16`.
    leave: Constant,
    /// Added before the S-boxes of full rounds.
    full: [[Constant; WIDTH]; FULL_ROUNDS],
    mds: [[Constant; WIDTH]; WIDTH],
    partial: [PartialRound; PARTIAL_ROUNDS],
    basis: [[Constant; 2]; 2],
}

static CONSTANTS: LazyLock<Constants> = LazyLock::new(|| {
    let half = FULL_ROUNDS / 2;
    // Montgomery's form here is that of sixteen times the number there.
    let constant = |value: Fr| limbs((value * Fr::from(16)).0 .0);
    Constants {
        enter: constant(Fr::from(16)),
        leave: limbs(Fr::ONE.0 .0),
        full: core::array::from_fn(|round| {
            let constants = match round {
                _ if round < half => &ROUND_CONSTANTS[round],
                _ if round == half => &sparse::AFTER_PARTIAL,
                _ => &ROUND_CONSTANTS[round + PARTIAL_ROUNDS],
            };
            constants.map(constant)
        }),
        mds: MDS.map(|row| row.map(constant)),
        partial: sparse::PARTIAL.each_ref().map(|round| PartialRound {
            constant: constant(round.constant),
            row: round.row.map(constant),
            column: round.column.map(constant),
        }),
        basis: sparse::BASIS.map(|row| row.map(constant)),
    }
});

/// Returns the hash of each pair; `None` where the processor lacks the instructions.
pub(super) fn hash(pairs: &[[Fr; 2]; LANES]) -> Option<[Fr; LANES]> {
    if !(is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")) {
        return None;
    }
    let sides = [0, 1].map(|side| pairs.map(|pair| limbs(pair[side].0 .0)));
    // SAFETY: the processor was just seen to have the instructions that the function is compiled
    // for.
    let hashes = unsafe { hash_limbs(&sides, &CONSTANTS) };
    Some(hashes.map(|hash| Fr::new_unchecked(BigInt::new(words(hash)))))
}

/// Returns the hashes of eight pairs below `p`, below `p`.
#[target_feature(enable = "avx512f,avx512ifma")]
fn hash_limbs(sides: &[[Constant; LANES]; 2], constants: &Constants) -> [Constant; LANES] {
    let [a, b] = sides;
    let enter = splat(&constants.enter);
    let mut state = [
        [_mm512_setzero_si512(); LIMBS],
        carry(product(&load(a), &enter)),
        carry(product(&load(b), &enter)),
    ];
    let (before, after) = constants.full.split_at(FULL_ROUNDS / 2);
    for round in before {
        full_round(&mut state, round, &constants.mds);
    }
    for round in &constants.partial {
        state[0] = power(&plus(&state[0], &splat(&round.constant)));
        let row = sum_of_products(&state, &round.row);
        for (element, factor) in [1, 2].into_iter().zip(&round.column) {
            state[element] = plus(&state[element], &product(&state[0], &splat(factor)));
        }
        state[0] = row;
    }
    let in_sparse_basis = [state[1], state[2]];
    state[1] = sum_of_products(&in_sparse_basis, &constants.basis[0]);
    state[2] = sum_of_products(&in_sparse_basis, &constants.basis[1]);
    for round in after {
        full_round(&mut state, round, &constants.mds);
    }
    store(&carry(product(&state[0], &splat(&constants.leave)))).map(subtract_once)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn full_round(state: &mut [Numbers; WIDTH], constants: &[Constant; WIDTH], mds: &[[Constant; WIDTH]; WIDTH]) {
    for (element, constant) in state.iter_mut().zip(constants) {
        *element = power(&plus(element, &splat(constant)));
    }
    let before = *state;
    for (element, row) in state.iter_mut().zip(mds) {
        *element = sum_of_products(&before, row);
    }
}

/// Returns the fifth power.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn power(x: &Numbers) -> Numbers {
    let square = carry(product(x, x));
    let fourth = carry(product(&square, &square));
    carry(product(&fourth, x))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn plus(a: &Numbers, b: &Numbers) -> Numbers {
    let mut sum = *a;
    for (limb, other) in sum.iter_mut().zip(b) {
        *limb = _mm512_add_epi64(*limb, *other);
    }
    carry(sum)
}

/// Returns Montgomery's product, before limbs are carried.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn product(a: &Numbers, b: &Numbers) -> Numbers {
    let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
    add_product(&mut columns, a, b);
    reduce(columns)
}

/// Returns the sum of Montgomery's products.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum_of_products<const N: usize>(numbers: &[Numbers; N], factors: &[Constant; N]) -> Numbers {
    let mut columns = [_mm512_setzero_si512(); 2 * LIMBS];
    for (number, factor) in numbers.iter().zip(factors) {
        add_product(&mut columns, number, &splat(factor));
    }
    carry(reduce(columns))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn add_product(columns: &mut [__m512i; 2 * LIMBS], a: &Numbers, b: &Numbers) {
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], *a, *b);
            columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], *a, *b);
        }
    }
}

/// Divides by `R`: adds the multiples of `p` that make the lower half zero (Koç, Acar and Kaliski
/// 1996, "separated operand scanning").
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn reduce(mut columns: [__m512i; 2 * LIMBS]) -> Numbers {
    let zero = _mm512_setzero_si512();
    let inverse = _mm512_set1_epi64(NEGATED_INVERSE as i64);
    let p = splat(&P);
    for i in 0..LIMBS {
        let multiple = _mm512_madd52lo_epu64(zero, columns[i], inverse);
        for (j, p) in p.iter().enumerate() {
            columns[i + j] = _mm512_madd52lo_epu64(columns[i + j], multiple, *p);
            columns[i + j + 1] = _mm512_madd52hi_epu64(columns[i + j + 1], multiple, *p);
        }
        columns[i + 1] = _mm512_add_epi64(columns[i + 1], _mm512_srli_epi64::<BITS>(columns[i]));
    }
    let [.., a, b, c, d, e] = columns;
    [a, b, c, d, e]
}

/// Carries from limb to limb.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carry(mut limbs: Numbers) -> Numbers {
    let mask = _mm512_set1_epi64(MASK as i64);
    for i in 0..LIMBS - 1 {
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], _mm512_srli_epi64::<BITS>(limbs[i]));
        limbs[i] = _mm512_and_si512(limbs[i], mask);
    }
    limbs
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn splat(constant: &Constant) -> Numbers {
    let mut numbers = [_mm512_setzero_si512(); LIMBS];
    for (limbs, limb) in numbers.iter_mut().zip(constant) {
        *limbs = _mm512_set1_epi64(*limb as i64);
    }
    numbers
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(numbers: &[Constant; LANES]) -> Numbers {
    let mut loaded = [_mm512_setzero_si512(); LIMBS];
    for (limb, lanes) in loaded.iter_mut().enumerate() {
        let [a, b, c, d, e, f, g, h] = numbers.map(|number| number[limb] as i64);
        *lanes = _mm512_setr_epi64(a, b, c, d, e, f, g, h);
    }
    loaded
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store(numbers: &Numbers) -> [Constant; LANES] {
    let mut stored = [[0; LIMBS]; LANES];
    for (limb, lanes) in numbers.iter().enumerate() {
        // SAFETY: both types are 512 bits, any of which are eight words.
        let lanes: [u64; LANES] = unsafe { core::mem::transmute(*lanes) };
        for (number, lane) in stored.iter_mut().zip(lanes) {
            number[limb] = lane;
        }
    }
    stored
}

/// Subtracts `p` from a number that is not below it.
fn subtract_once(number: Constant) -> Constant {
    let mut difference = number;
    let mut borrow = 0;
    for (limb, p) in difference.iter_mut().zip(P) {
        let limb_difference = limb.wrapping_sub(p).wrapping_sub(borrow);
        borrow = limb_difference >> 63;
        *limb = limb_difference & MASK;
    }
    match borrow {
        0 => difference,
        _ => number,
    }
}

const fn limbs([a, b, c, d]: [u64; 4]) -> Constant {
    [
        a & MASK,
        (a >> 52 | b << 12) & MASK,
        (b >> 40 | c << 24) & MASK,
        (c >> 28 | d << 36) & MASK,
        d >> 16,
    ]
}

fn words([a, b, c, d, e]: Constant) -> [u64; 4] {
    [
        a | b << 52,
        b >> 12 | c << 40,
        c >> 24 | d << 28,
        d >> 36 | e << 16,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{field::reduce as field_reduce, poseidon::hash2};
    use ark_ff::AdditiveGroup;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = Fr> {
        prop_oneof![
            Just(Fr::ZERO),
            Just(Fr::ONE),
            Just(-Fr::ONE),
            any::<u64>().prop_map(Fr::from),
            any::<[u8; 32]>().prop_map(|bytes| field_reduce(&bytes)),
        ]
    }

    proptest! {
        #[test]
        fn eight_hashes_are_those_of_one_at_a_time(pairs: [[u8; 64]; LANES], edge in prop::array::uniform8([number(), number()])) {
            let random = pairs.map(|pair| {
                let (a, b) = pair.split_at(32);
                [a, b].map(|half| field_reduce(half.try_into().unwrap()))
            });
            for pairs in [random, edge] {
                if let Some(hashes) = hash(&pairs) {
                    prop_assert_eq!(hashes, pairs.map(|[a, b]| hash2(a, b)));
                }
            }
        }

        #[test]
        fn largest_sums_of_products_are_reduced(
            limbs in prop::array::uniform8(prop::array::uniform5(prop_oneof![Just(0), Just(MASK), 0..=MASK]))
        ) {
            // Any limbs make a number below 2^260; three times its product with p - 1.
            if !(is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma")) {
                return Ok(());
            }
            let largest = super::limbs((-Fr::ONE).into_bigint().0);
            // SAFETY: the processor was just seen to have the instructions.
            let sums = unsafe { triple(&limbs, &largest) };
            let r = Fr::from(2).pow([260]);
            for (sum, number) in sums.into_iter().zip(limbs) {
                prop_assert!(sum.iter().all(|limb| *limb <= MASK));
                prop_assert_eq!(value(&sum) * r, -value(&number) * Fr::from(3));
            }
        }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn triple(numbers: &[Constant; LANES], factor: &Constant) -> [Constant; LANES] {
        store(&sum_of_products(&[load(numbers); 3], &[*factor; 3]))
    }

    /// The number, modulo `p`.
    fn value(limbs: &Constant) -> Fr {
        let base = Fr::from(1u64 << BITS);
        limbs
            .iter()
            .rev()
            .fold(Fr::ZERO, |sum, limb| sum * base + Fr::from(*limb))
    }

    #[test]
    fn one_subtraction_makes_numbers_below_twice_the_modulus_canonical() {
        let twice = limbs({
            let [a, b, c, d] = Fr::MODULUS.0;
            [a << 1, b << 1 | a >> 63, c << 1 | b >> 63, d << 1 | c >> 63]
        });
        let mut last = twice;
        last[0] -= 1;
        assert_eq!(subtract_once(P), [0; LIMBS]);
        assert_eq!(subtract_once([0; LIMBS]), [0; LIMBS]);
        assert_eq!(words(subtract_once(last)), (-Fr::ONE).into_bigint().0);
        assert_eq!(
            words(subtract_once(limbs((-Fr::ONE).into_bigint().0))),
            (-Fr::ONE).into_bigint().0
        );
    }
}
