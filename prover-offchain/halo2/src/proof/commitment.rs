//! Commitments to polynomials.

use halo2_proofs::{
    arithmetic::best_multiexp,
    halo2curves::{
        bn256::{Fr, G1Affine, G1},
        ff::PrimeField,
        group::{Curve, Group},
        msm::msm_serial,
        serde::SerdeObject,
    },
    poly::commitment::ParamsProver,
    SerdeFormat,
};
use rayon::prelude::*;

use crate::srs::Params;

/// The setup's points in Lagrange form, which halo2 keeps to itself and to its files.
#[derive(Debug)]
pub(super) struct LagrangePoints(Vec<G1Affine>);

impl LagrangePoints {
    /// Returns the points of a setup.
    pub(super) fn new(params: &Params) -> Self {
        const FORM: SerdeFormat = SerdeFormat::RawBytesUnchecked;
        let rows = params.get_g().len();
        let mut file = Vec::with_capacity(2 * rows * size_of::<G1Affine>());
        // Writing to memory does not fail, and what was written is read: the size, the powers, then these points.
        let written = params.write_custom(&mut file, FORM);
        debug_assert!(written.is_ok());
        let mut points = &file[size_of::<u32>() + size_of_val(params.get_g())..];
        Self(
            (0..rows)
                .map(|_| G1Affine::read_raw_unchecked(&mut points))
                .collect(),
        )
    }

    /// Commits to columns by their values on the rows.
    pub(super) fn commit(&self, columns: &[Vec<Fr>]) -> Vec<G1Affine> {
        columns
            .par_iter()
            .map(|values| multiply(values, &self.0).to_affine())
            .collect()
    }
}

/// Commits to a polynomial by its coefficients, of which there are no more than the setup has points.
pub(super) fn to_coefficients(params: &Params, coefficients: &[Fr]) -> G1Affine {
    best_multiexp(coefficients, &params.get_g()[..coefficients.len()]).to_affine()
}

/// Returns the sum of the points times the values. Most cells of a trace are zero or have at most 64 bits: they are added up
/// apart from the others, in as few windows as the largest of them takes.
fn multiply(values: &[Fr], points: &[G1Affine]) -> G1 {
    let (mut small, mut large) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
    for (value, point) in values.iter().zip(points) {
        let bytes = value.to_repr();
        let significant = bytes.iter().rposition(|byte| *byte != 0);
        let (values, points) = match significant {
            None => continue,
            Some(0..8) => &mut small,
            Some(_) => &mut large,
        };
        values.push(*value);
        points.push(*point);
    }
    let mut sum = G1::identity();
    msm_serial(&small.0, &small.1, &mut sum);
    if !large.0.is_empty() {
        sum += best_multiexp(&large.0, &large.1);
    }
    sum
}
