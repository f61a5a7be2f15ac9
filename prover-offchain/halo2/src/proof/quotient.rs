//! The quotient of the combined constraints by the polynomial that vanishes on the rows.

use halo2_proofs::{
    arithmetic::lagrange_interpolate,
    halo2curves::{bn256::Fr, ff::Field},
};
use rayon::prelude::*;

use super::{Clock, ProvingKey};

/// Returns the quotient in pieces of as many coefficients as there are rows. `columns` are the
/// fixed, advice and instance polynomials.
///
/// On a coset of the `n` rows `X^n` is a constant `c`, so there the quotient `sum X^(n i) h_i` is
/// the combined constraints over `c - 1`, and equals `sum c^i h_i`, a polynomial with `n`
/// coefficients. As many cosets as there are pieces determine the `h_i`.
pub(super) fn compute(
    key: &ProvingKey,
    columns: &[&[Fr]],
    challenges: &[Fr],
    y: Fr,
    clock: &mut Clock,
) -> Vec<Vec<Fr>> {
    let count = usize::from(key.protocol().quotient_pieces);
    let constants: Vec<Fr> = (0..count)
        .map(|index| key.domain.coset(index).power_of_rows())
        .collect();
    let mut pieces = vec![vec![Fr::ZERO; key.domain.rows()]; count];
    for index in 0..count {
        let coset = key.domain.coset(index);
        let values: Vec<Vec<Fr>> = columns
            .par_iter()
            .map(|coefficients| coset.evaluate(coefficients))
            .collect();
        clock.tick("values on a coset");
        let numerator = key.evaluator.evaluate(&values, challenges, y);
        clock.tick("constraints on a coset");
        let residue = coset.interpolate(numerator);
        let vanishing_inverse = (constants[index] - Fr::ONE).invert().unwrap_or(Fr::ZERO);
        // The coefficients of the Lagrange polynomial of this constant say what this coset
        // contributes to each piece.
        let mut unit = vec![Fr::ZERO; count];
        unit[index] = vanishing_inverse;
        let shares = lagrange_interpolate(&constants, &unit);
        for (piece, share) in pieces.iter_mut().zip(shares) {
            piece
                .par_iter_mut()
                .zip(&residue)
                .for_each(|(coefficient, value)| *coefficient += share * value);
        }
    }
    pieces
}
