//! The Fourier transform over the rows' roots of unity.
//!
//! One polynomial is one thread's: a proof transforms hundreds. Halves are transformed to the end one after the other, so that all but the first few
//! passes stay within the processor's cache.

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};

/// Twiddle factors for one direction.
#[derive(Debug)]
pub(super) struct Fft {
    /// For a transform of `2^(i + 1)` values, the powers of its root of unity.
    twiddles: Vec<Vec<Fr>>,
}

impl Fft {
    /// Prepares the transform of `2^k` values with a root of unity of that order.
    pub(super) fn new(k: u32, omega: Fr) -> Self {
        let mut twiddles: Vec<Vec<Fr>> = Vec::new();
        let mut root = omega;
        for level in (0..k).rev() {
            let powers = std::iter::successors(Some(Fr::ONE), |power| Some(power * root));
            twiddles.push(powers.take(1 << level).collect());
            root = root.square();
        }
        twiddles.reverse();
        Self { twiddles }
    }

    /// Replaces coefficients by the values at the powers of the root of unity.
    pub(super) fn transform(&self, values: &mut [Fr]) {
        self.halve(values);
        reverse_bits(values);
    }

    /// Decimation in frequency: even frequencies to the first half, odd ones to the second.
    fn halve(&self, values: &mut [Fr]) {
        let half = values.len() / 2;
        if half == 0 {
            return;
        }
        let (first, second) = values.split_at_mut(half);
        let twiddles = &self.twiddles[half.trailing_zeros() as usize];
        for ((a, b), twiddle) in first.iter_mut().zip(second.iter_mut()).zip(twiddles) {
            let difference = *a - *b;
            *a += *b;
            *b = if half == 1 {
                difference
            } else {
                difference * twiddle
            };
        }
        self.halve(first);
        self.halve(second);
    }
}

/// Moves each value to the place whose bits are those of its own in reverse.
fn reverse_bits(values: &mut [Fr]) {
    let shift = usize::BITS - values.len().trailing_zeros();
    for place in 1..values.len().saturating_sub(1) {
        let other = place.reverse_bits() >> shift;
        if place < other {
            values.swap(place, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use halo2_proofs::halo2curves::ff::PrimeField;

    use super::*;

    #[test]
    fn values_are_those_of_the_polynomial() {
        for k in 0..7 {
            let omega = (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square());
            let coefficients: Vec<Fr> = (0..1u64 << k).map(|i| Fr::from(i * i + 3)).collect();
            let mut values = coefficients.clone();
            Fft::new(k, omega).transform(&mut values);
            for (row, value) in values.iter().enumerate() {
                let point = omega.pow_vartime([row as u64]);
                let expected = coefficients.iter().rev().fold(Fr::ZERO, |sum, c| sum * point + c);
                assert_eq!(*value, expected, "k {k}, row {row}");
            }
        }
    }
}
