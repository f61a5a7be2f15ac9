//! One opening proof for all commitments, at the current row and at the next one.
//!
//! It is SHPLONK (eprint 2020/081) with one change: the commitments of a set are not combined with
//! the powers of one challenge, which have 254 bits, but with independent coefficients of 128 and
//! of 125 bits. A verifier, above all one in a circuit, multiplies a point by half as many bits.

use super::{
    error::{ProofPart, VerifyError},
    proof::ProofReader,
    protocol::{ColumnQuery, Srs},
};
use crate::field::Fr;
use alloc::vec::Vec;
use ark_bn254::{Bn254, G1Affine, G1Projective};
use ark_ec::{pairing::Pairing, AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, BigInteger256, Field, One, PrimeField};

/// A commitment and its evaluations.
pub(super) struct Opened {
    commitment: G1Affine,
    /// On the current row.
    eval: Fr,
    /// On the next row, if it is opened there.
    next_eval: Option<Fr>,
}

impl Opened {
    /// A commitment opened at the current row only.
    pub(super) fn at_x(commitment: G1Affine, eval: Fr) -> Self {
        Self {
            commitment,
            eval,
            next_eval: None,
        }
    }

    /// Columns, each with the evaluations of its queries.
    pub(super) fn columns(commitments: &[G1Affine], queries: &[ColumnQuery], evals: &[Fr]) -> Vec<Self> {
        let mut columns: Vec<Self> = commitments
            .iter()
            .map(|commitment| Self::at_x(*commitment, Fr::ZERO))
            .collect();
        for (query, eval) in queries.iter().zip(evals) {
            match columns.get_mut(usize::from(query.column)) {
                Some(column) if query.next => column.next_eval = Some(*eval),
                Some(column) => column.eval = *eval,
                None => {}
            }
        }
        columns
    }
}

/// Commitments opened at the same points, combined.
struct Set {
    commitment: G1Projective,
    eval: Fr,
    next_eval: Fr,
}

fn combine<'a>(members: impl Iterator<Item = (&'a Opened, &'a BigInteger256)>) -> Set {
    let (mut bases, mut coefficients) = (Vec::new(), Vec::new());
    let (mut eval, mut next_eval) = (Fr::ZERO, Fr::ZERO);
    for (opened, coefficient) in members {
        bases.push(opened.commitment);
        coefficients.push(*coefficient);
        let coefficient = Fr::from_bigint(*coefficient).unwrap_or(Fr::ZERO);
        eval += coefficient * opened.eval;
        next_eval += coefficient * opened.next_eval.unwrap_or(Fr::ZERO);
    }
    Set {
        commitment: G1Projective::msm_bigint(&bases, &coefficients),
        eval,
        next_eval,
    }
}

/// Checks that the commitments open to their evaluations at `x` and at `next_x`.
pub(super) fn verify(
    opened: &[Opened],
    x: Fr,
    next_x: Fr,
    mut reader: ProofReader<'_>,
    srs: &Srs,
) -> Result<(), VerifyError> {
    // Soundness: a wrong evaluation is cancelled by the others of its set with probability at most
    // 2^-125.
    let coefficients = reader.short_coefficients(opened.len());
    let set = |of_both: bool| {
        let members = opened.iter().zip(&coefficients);
        combine(members.filter(move |(opened, _)| opened.next_eval.is_some() == of_both))
    };
    let (current, both) = (set(false), set(true));
    // Soundness: one set's wrong evaluation is cancelled by the other's with probability at most 1
    // / q.
    let v = reader.challenge();
    let quotient = reader.point(ProofPart::OpeningQuotient)?;
    // Soundness: both sides of the identity have degree at most n + 1; if they differ they agree at
    // u with probability (n + 1) / q.
    let u = reader.challenge();
    let witness = reader.point(ProofPart::OpeningWitness)?;

    // The line through both evaluations of the second set, at u.
    let slope = (next_x - x).inverse().ok_or(VerifyError::DegenerateChallenge)?;
    let line = both.eval + (both.next_eval - both.eval) * slope * (u - x);
    let (minus_x, minus_next) = (u - x, u - next_x);
    let constant = minus_next * current.eval + v * line;
    let combined = current.commitment * minus_next + both.commitment * v
        - srs.g1.affine() * constant
        - quotient * (minus_x * minus_next)
        + witness.into_group() * u;

    // e(witness, s G2) = e(combined, G2)
    let product = Bn254::multi_pairing(
        [witness, -combined.into_affine()],
        [srs.s_g2.affine(), srs.g2.affine()],
    );
    match product.0.is_one() {
        true => Ok(()),
        false => Err(VerifyError::PairingFailed),
    }
}
