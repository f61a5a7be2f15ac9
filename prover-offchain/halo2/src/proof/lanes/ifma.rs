//! Eight elements in AVX-512 registers, multiplied by the 52-bit multipliers of IFMA.
//!
//! An element is five limbs of 52 bits, each in 64 bits of a register of its own, and below `2 p`.
//! What is in memory is halo2curves' Montgomery form `a 2^256 mod p`, while a Montgomery product
//! here divides by `2^260`: a product of `a` and `b` is `a b / 16`.

use std::{
    arch::x86_64::{
        __m256i, __m512i, _mm256_loadu_si256, _mm256_storeu_si256, _mm512_add_epi64, _mm512_and_si512,
        _mm512_castsi256_si512, _mm512_castsi512_si256, _mm512_extracti64x4_epi64, _mm512_inserti64x4,
        _mm512_madd52hi_epu64, _mm512_madd52lo_epu64, _mm512_mask_add_epi64, _mm512_movepi64_mask,
        _mm512_or_si512, _mm512_permutex2var_epi64, _mm512_set1_epi64, _mm512_setr_epi64,
        _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_slli_epi64, _mm512_srai_epi64, _mm512_srli_epi64,
        _mm512_sub_epi64,
    },
    marker::PhantomData,
};

use halo2_proofs::halo2curves::{
    bn256::{Fq, Fr},
    ff::PrimeField,
};

use super::{Kernel, Lanes};

const LANES: usize = 8;
const LIMBS: usize = 5;
const BITS: u32 = 52;
const MASK: i64 = (1 << BITS) - 1;

/// A field whose elements are four words in memory, in Montgomery form.
pub(in super::super) trait Words: PrimeField {
    /// The modulus in words, below `2^254`.
    const WORDS: [u64; 4];
    /// The modulus in limbs.
    const P: [i64; LIMBS] = limbs(Self::WORDS);
    /// Twice the modulus.
    const TWICE_P: [i64; LIMBS] = {
        let [a, b, c, d] = Self::WORDS;
        limbs([a << 1, b << 1 | a >> 63, c << 1 | b >> 63, d << 1 | c >> 63])
    };
    /// `-1 / p` modulo `2^52`, by Newton's iteration.
    const NEGATED_INVERSE: i64 = {
        let mut inverse = 1u64;
        let mut bits = 1;
        while bits < BITS {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(Self::WORDS[0].wrapping_mul(inverse)));
            bits *= 2;
        }
        inverse.wrapping_neg() as i64 & MASK
    };
}

impl Words for Fr {
    const WORDS: [u64; 4] = [
        0x43e1_f593_f000_0001,
        0x2833_e848_79b9_7091,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

impl Words for Fq {
    const WORDS: [u64; 4] = [
        0x3c20_8c16_d87c_fd47,
        0x9781_6a91_6871_ca8d,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
}

const fn limbs([a, b, c, d]: [u64; 4]) -> [i64; LIMBS] {
    [
        a as i64 & MASK,
        (a >> 52 | b << 12) as i64 & MASK,
        (b >> 40 | c << 24) as i64 & MASK,
        (c >> 28 | d << 36) as i64 & MASK,
        (d >> 16) as i64,
    ]
}

// Elements are their words and nothing else.
const _: () = assert!(size_of::<Fr>() == size_of::<[u64; 4]>() && size_of::<Fq>() == size_of::<Fr>());

/// Returns whether the processor has the instructions.
pub(in super::super) fn is_supported() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512ifma")
}

/// Eight elements. Values exist only where the processor has been seen to support them, or inside
/// [`Lanes::run`].
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Ifma<F>([__m512i; LIMBS], PhantomData<F>);

impl<F: Words> Ifma<F> {
    /// Carries from limb to limb; the value is positive and limbs may be negative.
    #[inline(always)]
    fn normalize(mut limbs: [__m512i; LIMBS]) -> Self {
        // SAFETY: see `Ifma`.
        unsafe {
            let mask = _mm512_set1_epi64(MASK);
            for i in 0..LIMBS - 1 {
                let carry = _mm512_srai_epi64::<BITS>(limbs[i]);
                limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], carry);
                limbs[i] = _mm512_and_si512(limbs[i], mask);
            }
        }
        Self(limbs, PhantomData)
    }

    /// Adds `p` where a value is negative.
    #[inline(always)]
    fn lift(mut limbs: [__m512i; LIMBS], p: [i64; LIMBS]) -> Self {
        // SAFETY: see `Ifma`.
        unsafe {
            let mut top = limbs[0];
            for limb in &limbs[1..] {
                top = _mm512_add_epi64(*limb, _mm512_srai_epi64::<BITS>(top));
            }
            let negative = _mm512_movepi64_mask(top);
            for (limb, p) in limbs.iter_mut().zip(p) {
                *limb = _mm512_mask_add_epi64(*limb, negative, *limb, _mm512_set1_epi64(p));
            }
        }
        Self::normalize(limbs)
    }
}

/// Of two registers with two rows of four words each: where the first and the last two columns are.
#[inline(always)]
fn halves() -> (__m512i, __m512i) {
    // SAFETY: see `Ifma`.
    unsafe {
        (
            _mm512_setr_epi64(0, 4, 8, 12, 1, 5, 9, 13),
            _mm512_setr_epi64(2, 6, 10, 14, 3, 7, 11, 15),
        )
    }
}

/// Words to limbs, of elements that come two a register.
#[inline(always)]
fn join<F>(pairs: [__m512i; 4]) -> Ifma<F> {
    // SAFETY: see `Ifma`.
    unsafe {
        let (low, high) = halves();
        let a = _mm512_permutex2var_epi64(pairs[0], low, pairs[1]);
        let b = _mm512_permutex2var_epi64(pairs[0], high, pairs[1]);
        let c = _mm512_permutex2var_epi64(pairs[2], low, pairs[3]);
        let d = _mm512_permutex2var_epi64(pairs[2], high, pairs[3]);
        let w0 = _mm512_shuffle_i64x2::<0x44>(a, c);
        let w1 = _mm512_shuffle_i64x2::<0xee>(a, c);
        let w2 = _mm512_shuffle_i64x2::<0x44>(b, d);
        let w3 = _mm512_shuffle_i64x2::<0xee>(b, d);
        let mut limbs = [
            w0,
            _mm512_or_si512(_mm512_srli_epi64::<52>(w0), _mm512_slli_epi64::<12>(w1)),
            _mm512_or_si512(_mm512_srli_epi64::<40>(w1), _mm512_slli_epi64::<24>(w2)),
            _mm512_or_si512(_mm512_srli_epi64::<28>(w2), _mm512_slli_epi64::<36>(w3)),
            _mm512_srli_epi64::<16>(w3),
        ];
        for limb in &mut limbs {
            *limb = _mm512_and_si512(*limb, _mm512_set1_epi64(MASK));
        }
        Ifma(limbs, PhantomData)
    }
}

/// Limbs to words, two elements a register.
#[inline(always)]
fn split<F>(Ifma([l0, l1, l2, l3, l4], _): Ifma<F>) -> [__m512i; 4] {
    // SAFETY: see `Ifma`. A value below `2 p` fits the words.
    unsafe {
        let w0 = _mm512_or_si512(l0, _mm512_slli_epi64::<52>(l1));
        let w1 = _mm512_or_si512(_mm512_srli_epi64::<12>(l1), _mm512_slli_epi64::<40>(l2));
        let w2 = _mm512_or_si512(_mm512_srli_epi64::<24>(l2), _mm512_slli_epi64::<28>(l3));
        let w3 = _mm512_or_si512(_mm512_srli_epi64::<36>(l3), _mm512_slli_epi64::<16>(l4));
        let a = _mm512_shuffle_i64x2::<0x44>(w0, w1);
        let b = _mm512_shuffle_i64x2::<0x44>(w2, w3);
        let c = _mm512_shuffle_i64x2::<0xee>(w0, w1);
        let d = _mm512_shuffle_i64x2::<0xee>(w2, w3);
        let (low, high) = halves();
        [
            _mm512_permutex2var_epi64(a, low, b),
            _mm512_permutex2var_epi64(a, high, b),
            _mm512_permutex2var_epi64(c, low, d),
            _mm512_permutex2var_epi64(c, high, d),
        ]
    }
}

/// Reads two elements.
///
/// # Safety
///
/// See `Ifma`; both are there.
#[inline(always)]
unsafe fn read_pair<F>(first: *const F, second: *const F) -> __m512i {
    // SAFETY: as above; elements are words.
    unsafe {
        let low = _mm512_castsi256_si512(_mm256_loadu_si256(first.cast::<__m256i>()));
        _mm512_inserti64x4::<1>(low, _mm256_loadu_si256(second.cast::<__m256i>()))
    }
}

/// Writes two elements.
///
/// # Safety
///
/// As [`read_pair`].
#[inline(always)]
unsafe fn write_pair<F>(pair: __m512i, first: *mut F, second: *mut F) {
    // SAFETY: as above.
    unsafe {
        _mm256_storeu_si256(first.cast::<__m256i>(), _mm512_castsi512_si256(pair));
        _mm256_storeu_si256(second.cast::<__m256i>(), _mm512_extracti64x4_epi64::<1>(pair));
    }
}

/// Compiled for the instructions, and with it everything that is inlined into it.
#[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
fn with_instructions<F: Words>(kernel: impl Kernel<Ifma<F>>) {
    kernel.run();
}

impl<F: Words> Lanes for Ifma<F> {
    type Element = F;

    const COUNT: usize = LANES;
    const DIVISOR: u64 = 16;

    #[inline(always)]
    fn splat(value: F) -> Self {
        Self::load(&[value; LANES], 1)
    }

    #[inline(always)]
    fn load(values: &[F], stride: usize) -> Self {
        assert!((Self::COUNT - 1) * stride < values.len());
        // SAFETY: for the instructions see `Ifma`; the elements were just seen to be there.
        unsafe {
            let mut pairs = [_mm512_setzero_si512(); 4];
            for (index, pair) in pairs.iter_mut().enumerate() {
                let first = values.as_ptr().add(2 * index * stride);
                *pair = read_pair(first, first.add(stride));
            }
            join(pairs)
        }
    }

    #[inline(always)]
    fn store(self, values: &mut [F], stride: usize) {
        assert!((Self::COUNT - 1) * stride < values.len());
        for (index, pair) in split(self).into_iter().enumerate() {
            // SAFETY: as in `load`.
            unsafe {
                let first = values.as_mut_ptr().add(2 * index * stride);
                write_pair(pair, first, first.add(stride));
            }
        }
    }

    #[inline(always)]
    fn gather(values: &[F], places: &[u32]) -> Self {
        let places = &places[..Self::COUNT];
        // SAFETY: see `Ifma`; references are to what is there.
        unsafe {
            let mut pairs = [_mm512_setzero_si512(); 4];
            for (pair, places) in pairs.iter_mut().zip(places.chunks_exact(2)) {
                *pair = read_pair(&values[places[0] as usize], &values[places[1] as usize]);
            }
            join(pairs)
        }
    }

    #[inline(always)]
    fn scatter(self, values: &mut [F], places: &[u32]) {
        let places = &places[..Self::COUNT];
        for (pair, places) in split(self).into_iter().zip(places.chunks_exact(2)) {
            let [first, second] = [places[0] as usize, places[1] as usize];
            assert!(first < values.len() && second < values.len());
            // SAFETY: see `Ifma`; the elements were just seen to be there.
            unsafe {
                let to = values.as_mut_ptr();
                write_pair(pair, to.add(first), to.add(second));
            }
        }
    }

    #[inline(always)]
    fn reduce(mut self) -> Self {
        for (limb, p) in self.0.iter_mut().zip(F::P) {
            // SAFETY: see `Ifma`.
            *limb = unsafe { _mm512_sub_epi64(*limb, _mm512_set1_epi64(p)) };
        }
        Self::lift(self.0, F::P)
    }

    #[inline(always)]
    fn add(mut self, other: Self) -> Self {
        for ((limb, other), p) in self.0.iter_mut().zip(other.0).zip(F::TWICE_P) {
            // SAFETY: see `Ifma`.
            *limb = unsafe { _mm512_add_epi64(*limb, _mm512_sub_epi64(other, _mm512_set1_epi64(p))) };
        }
        Self::lift(self.0, F::TWICE_P)
    }

    #[inline(always)]
    fn sub(mut self, other: Self) -> Self {
        for (limb, other) in self.0.iter_mut().zip(other.0) {
            // SAFETY: see `Ifma`.
            *limb = unsafe { _mm512_sub_epi64(*limb, other) };
        }
        Self::lift(self.0, F::TWICE_P)
    }

    /// Montgomery's product, limb by limb (Koç, Acar and Kaliski 1996, "coarsely integrated operand
    /// scanning"). Of numbers below `2 p` it is below `4 p^2 / 2^260 + p < 2 p`; a column sums up
    /// at most 20 numbers below `2^52`.
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: see `Ifma`.
        unsafe {
            let zero = _mm512_setzero_si512();
            let inverse = _mm512_set1_epi64(F::NEGATED_INVERSE);
            let mut p = [zero; LIMBS];
            for (lanes, limb) in p.iter_mut().zip(F::P) {
                *lanes = _mm512_set1_epi64(limb);
            }
            let mut sum = [zero; LIMBS];
            for limb in self.0 {
                for (sum, other) in sum.iter_mut().zip(other.0) {
                    *sum = _mm512_madd52lo_epu64(*sum, limb, other);
                }
                let multiple = _mm512_madd52lo_epu64(zero, sum[0], inverse);
                for (sum, p) in sum.iter_mut().zip(p) {
                    *sum = _mm512_madd52lo_epu64(*sum, multiple, p);
                }
                let carry = _mm512_srli_epi64::<BITS>(sum[0]);
                sum = [_mm512_add_epi64(sum[1], carry), sum[2], sum[3], sum[4], zero];
                for ((sum, other), p) in sum.iter_mut().zip(other.0).zip(p) {
                    *sum = _mm512_madd52hi_epu64(*sum, limb, other);
                    *sum = _mm512_madd52hi_epu64(*sum, multiple, p);
                }
            }
            Self::normalize(sum)
        }
    }

    #[inline(always)]
    fn run(kernel: impl Kernel<Self>) {
        // SAFETY: lanes are chosen by `Arithmetic::of_this_machine`, which looks for the
        // instructions.
        unsafe { with_instructions(kernel) }
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    struct Compute<'a, F> {
        a: &'a [F],
        b: &'a [F],
        results: &'a mut [Vec<F>; 4],
    }

    impl<F: Words> Kernel<Ifma<F>> for Compute<'_, F> {
        fn run(self) {
            let (a, b) = (Ifma::load(self.a, 1), Ifma::load(self.b, 1));
            let chain = a.sub(b).mul(a.add(b)).add(a).sub(b.mul(b));
            for (result, to) in [a.add(b), a.sub(b), a.mul(b), chain]
                .into_iter()
                .zip(self.results)
            {
                result.reduce().store(to, 1);
            }
        }
    }

    fn compare<F: Words>() {
        if !is_supported() {
            return;
        }
        let special = [
            F::ZERO,
            F::ONE,
            -F::ONE,
            -F::from(2),
            F::from(16),
            F::from(u64::MAX),
        ];
        for round in 0..2_000 {
            let pick = |lane: usize, by: usize| match special.get((round / by + lane) % 8) {
                Some(value) if round < 200 => *value,
                _ => F::random(OsRng),
            };
            let a: [F; 8] = core::array::from_fn(|lane| pick(lane, 1));
            let b: [F; 8] = core::array::from_fn(|lane| pick(lane, 8));
            let mut results: [Vec<F>; 4] = core::array::from_fn(|_| vec![F::ZERO; 8]);
            Ifma::run(Compute {
                a: &a,
                b: &b,
                results: &mut results,
            });
            let divided = |value: F| value * F::from(Ifma::<F>::DIVISOR).invert().unwrap();
            for (lane, (a, b)) in a.into_iter().zip(b).enumerate() {
                let chain = divided((a - b) * (a + b)) + a - divided(b * b);
                let expected = [a + b, a - b, divided(a * b), chain];
                assert_eq!(
                    core::array::from_fn(|i| results[i][lane]),
                    expected,
                    "{a:?} {b:?}"
                );
            }
        }
    }

    #[test]
    fn eight_at_a_time_are_as_one_at_a_time() {
        compare::<Fr>();
        compare::<Fq>();
    }

    struct Move<'a> {
        from: &'a [Fr],
        to: &'a mut [Fr],
        stride: usize,
    }

    impl Kernel<Ifma<Fr>> for Move<'_> {
        fn run(self) {
            Ifma::load(self.from, self.stride).store(self.to, self.stride);
        }
    }

    #[test]
    fn elements_apart_from_each_other_are_read_and_written_in_place() {
        if !is_supported() {
            return;
        }
        for stride in [1, 3, 8] {
            let from: Vec<Fr> = (0..8 * stride as u64).map(Fr::from).collect();
            let mut to = vec![-Fr::from(1); from.len()];
            Ifma::run(Move {
                from: &from,
                to: &mut to,
                stride,
            });
            for (place, value) in to.iter().enumerate() {
                let moved = place % stride == 0;
                assert_eq!(*value, if moved { from[place] } else { -Fr::from(1) });
            }
        }
    }

    struct Permute<'a> {
        from: &'a [Fr],
        to: &'a mut [Fr],
        places: &'a [u32],
    }

    impl Kernel<Ifma<Fr>> for Permute<'_> {
        fn run(self) {
            Ifma::gather(self.from, self.places).scatter(self.to, self.places);
        }
    }

    #[test]
    fn elements_anywhere_are_read_and_written_in_place() {
        if !is_supported() {
            return;
        }
        let from: Vec<Fr> = (0..100).map(Fr::from).collect();
        let mut to = vec![-Fr::from(1); from.len()];
        let places = [99, 3, 0, 17, 18, 50, 2, 64];
        Ifma::run(Permute {
            from: &from,
            to: &mut to,
            places: &places,
        });
        for (place, value) in to.iter().enumerate() {
            let moved = places.contains(&(place as u32));
            assert_eq!(*value, if moved { from[place] } else { -Fr::from(1) });
        }
    }
}
