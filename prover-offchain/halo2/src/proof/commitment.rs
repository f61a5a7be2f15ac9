//! Commitments to polynomials.

use halo2_proofs::{
    halo2curves::{
        bn256::{Fr, G1Affine},
        group::Curve,
        serde::SerdeObject,
    },
    poly::commitment::ParamsProver,
    SerdeFormat,
};
use rayon::prelude::*;

use super::points::Points;
use crate::srs::Params;

/// Returns the points that commit to polynomials by their coefficients.
pub(super) fn powers(params: &Params) -> Points {
    Points::new(params.get_g().to_vec())
}

/// Returns the points that commit to columns by their values on the rows.
pub(super) fn lagrange(params: &Params) -> Points {
    Points::new(lagrange_points(params))
}

/// Commits to a polynomial or a column, of no more values than there are points.
pub(super) fn commit(points: &Points, values: &[Fr]) -> G1Affine {
    points.multiply(values).to_affine()
}

/// Commits to polynomials or columns.
pub(super) fn commit_all(points: &Points, columns: &[Vec<Fr>]) -> Vec<G1Affine> {
    columns.par_iter().map(|values| commit(points, values)).collect()
}

/// Returns the points that halo2 keeps to itself and to its files.
fn lagrange_points(params: &Params) -> Vec<G1Affine> {
    const FORM: SerdeFormat = SerdeFormat::RawBytesUnchecked;
    let rows = params.get_g().len();
    let mut file = Vec::with_capacity(2 * rows * size_of::<G1Affine>());
    // Writing to memory does not fail, and what was written is read: the size, the powers, then
    // these points.
    let written = params.write_custom(&mut file, FORM);
    debug_assert!(written.is_ok());
    let mut points = &file[size_of::<u32>() + size_of_val(params.get_g())..];
    (0..rows)
        .map(|_| G1Affine::read_raw_unchecked(&mut points))
        .collect()
}
