//! The rows as powers of a root of unity, and cosets of them.

use halo2_proofs::halo2curves::{
    bn256::Fr,
    ff::{Field, PrimeField},
};
use rayon::prelude::*;

use super::{fft::Fft, lanes::Arithmetic};

/// The domain of `2^k` rows.
#[derive(Debug)]
pub(super) struct Domain {
    rows: usize,
    omega: Fr,
    rows_inverse: Fr,
    arithmetic: Arithmetic,
    forward: Fft,
    backward: Fft,
}

impl Domain {
    pub(super) fn new(k: u32, arithmetic: Arithmetic) -> Self {
        let root = |of_highest_order: Fr| (k..Fr::S).fold(of_highest_order, |root, _| root.square());
        let omega = root(Fr::ROOT_OF_UNITY);
        Self {
            rows: 1 << k,
            omega,
            rows_inverse: Fr::TWO_INV.pow_vartime([u64::from(k)]),
            arithmetic,
            forward: Fft::new(k, omega, arithmetic),
            backward: Fft::new(k, root(Fr::ROOT_OF_UNITY_INV), arithmetic),
        }
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the root of unity that goes from a row to the next.
    pub(super) fn omega(&self) -> Fr {
        self.omega
    }

    /// Returns the polynomial with these values on the rows.
    pub(super) fn interpolate(&self, mut values: Vec<Fr>) -> Vec<Fr> {
        self.backward.transform(&mut values);
        values.iter_mut().for_each(|value| *value *= &self.rows_inverse);
        values
    }

    /// Returns the polynomial with these values on the first rows and zero on the others.
    pub(super) fn interpolate_padded(&self, values: &[Fr]) -> Vec<Fr> {
        let mut values = values.to_vec();
        values.resize(self.rows, Fr::ZERO);
        self.interpolate(values)
    }

    /// Returns the coset of the rows that is shifted by the `index + 1`-th power of the field's
    /// generator.
    pub(super) fn coset(&self, index: usize) -> Coset<'_> {
        let shift = Fr::MULTIPLICATIVE_GENERATOR.pow_vartime([index as u64 + 1]);
        let mut powers = powers(shift, self.rows);
        let divisor: Fr = self.arithmetic.divisor();
        powers.par_iter_mut().for_each(|power| *power *= divisor);
        Coset {
            domain: self,
            shift,
            powers,
        }
    }
}

/// A coset of the domain.
pub(super) struct Coset<'a> {
    domain: &'a Domain,
    shift: Fr,
    /// Powers of the shift times the arithmetic's divisor.
    powers: Vec<Fr>,
}

impl Coset<'_> {
    /// Returns `X^n` for `n` rows, which is the same on the whole coset.
    pub(super) fn power_of_rows(&self) -> Fr {
        self.shift.pow_vartime([self.domain.rows as u64])
    }

    /// Returns the values of a polynomial on the coset times the arithmetic's divisor, and the
    /// first of them once more.
    pub(super) fn evaluate(&self, coefficients: &[Fr]) -> Vec<Fr> {
        let mut values = Vec::with_capacity(coefficients.len() + 1);
        values.extend(coefficients.iter().zip(&self.powers).map(|(c, power)| c * power));
        self.domain.forward.transform(&mut values);
        values.push(values[0]);
        values
    }

    /// Returns the polynomial of degree below the number of rows with these values on the coset,
    /// which come times the arithmetic's divisor.
    pub(super) fn interpolate(&self, values: Vec<Fr>) -> Vec<Fr> {
        let mut coefficients = self.domain.interpolate(values);
        let inverse = self.shift.invert().unwrap_or(Fr::ZERO);
        let mut factor: Fr = self.domain.arithmetic.divisor_inverse();
        for coefficient in &mut coefficients {
            *coefficient *= factor;
            factor *= inverse;
        }
        coefficients
    }
}

fn powers(base: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(power * base))
        .take(count)
        .collect()
}
