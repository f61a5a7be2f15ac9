//! The opening proof; see `zkfusion_primitives::verifier::halo2::opening` for what it shows.

use halo2_proofs::{
    arithmetic::kate_division,
    halo2curves::{bn256::Fr, ff::Field},
};
use rayon::prelude::*;
use zkfusion_primitives::verifier::halo2::{ColumnQuery, ProofPart};

use super::{commitment::commit, points::Points, transcript::ProofWriter, ProofError};

/// A polynomial to be opened.
pub(super) struct Opened<'a> {
    coefficients: &'a [Fr],
    /// Whether it is opened on the next row too.
    on_next: bool,
}

/// Returns the columns with the rows that their queries open them on.
pub(super) fn columns<'a>(polynomials: &'a [Vec<Fr>], queries: &[ColumnQuery]) -> Vec<Opened<'a>> {
    let mut columns: Vec<Opened<'a>> = polynomials
        .iter()
        .map(|coefficients| Opened {
            coefficients,
            on_next: false,
        })
        .collect();
    for query in queries.iter().filter(|query| query.next) {
        columns[usize::from(query.column)].on_next = true;
    }
    columns
}

/// Opens the polynomials at `x`, and those opened on the next row at `next_x` too.
pub(super) fn prove(
    powers: &Points,
    opened: &[Opened<'_>],
    x: Fr,
    next_x: Fr,
    writer: &mut ProofWriter,
) -> Result<(), ProofError> {
    let coefficients = writer.short_coefficients(opened.len());
    let set = |on_next: bool| {
        let members = opened.iter().zip(&coefficients);
        combine(
            powers.len(),
            members.filter(|(opened, _)| opened.on_next == on_next),
        )
    };
    let (current, both) = (set(false), set(true));
    let v = writer.challenge();

    // A division by X - x drops the remainder, which is the evaluation; twice, the line through
    // both.
    let mut quotient = kate_division(&current, x);
    let of_both = kate_division(&kate_division(&both, x), next_x);
    for (coefficient, other) in quotient.iter_mut().zip(&of_both) {
        *coefficient += v * other;
    }
    writer.write_point(commit(powers, &quotient), ProofPart::OpeningQuotient)?;

    let u = writer.challenge();
    let (minus_x, minus_next) = (u - x, u - next_x);
    quotient.push(Fr::ZERO);
    let combined: Vec<Fr> = current
        .par_iter()
        .zip(&both)
        .zip(&quotient)
        .map(|((current, both), quotient)| minus_next * current + v * both - minus_x * minus_next * quotient)
        .collect();
    let witness = kate_division(&combined, u);
    writer.write_point(commit(powers, &witness), ProofPart::OpeningWitness)
}

/// Returns the sum of polynomials times their coefficients.
fn combine<'a>(rows: usize, members: impl Iterator<Item = (&'a Opened<'a>, &'a Fr)>) -> Vec<Fr> {
    const CHUNK: usize = 1 << 10;
    let members: Vec<_> = members.collect();
    let mut sum = vec![Fr::ZERO; rows];
    sum.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, sum)| {
        for (opened, factor) in &members {
            for (sum, coefficient) in sum.iter_mut().zip(&opened.coefficients[chunk * CHUNK..]) {
                *sum += *factor * coefficient;
            }
        }
    });
    sum
}
