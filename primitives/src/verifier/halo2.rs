//! Verifier of batch proofs from a verifying key given as data.
//!
//! Our own PLONK (eprint 2019/953) without copy constraints, in the style of halo2: columns
//! committed to in phases with challenges between them, constraints over the cells of a row and of
//! the row after it, which hold on all `2^k` rows, and the opening argument of `opening`.
//! Transcript: the sponge of [`crate::transcript`], started with the [digest of the
//! key](VerifyingKey::digest) and the public inputs.
//!
//! Let `q` be the order of the field, about 2^254, `n = 2^k` the number of rows. The remarks at
//! the challenges bound the probability that a false statement survives that step, for a prover who
//! cannot break the commitments.

mod encoding;
mod error;
mod gates;
mod key;
mod opening;
mod proof;
mod protocol;

pub use encoding::{G1Point, G2Point, Scalar};
pub use error::{ErrorKind, KeyError, ProofPart, VerifyError};
pub use gates::{Gates, Operation};
pub use key::{ProgramKey, VerifyingKey, MAX_FIXED_COLUMNS, MAX_K};
pub use protocol::{CheckedProtocol, ColumnQuery, Protocol, Srs};

use super::Verifier;
use crate::field::Fr;
use alloc::vec::Vec;
use ark_ff::{batch_inversion, AdditiveGroup, Field};
use opening::Opened;
use proof::ProofReader;

/// The halo2-KZG proof system on BN254.
#[derive(Clone, Copy, Debug)]
pub struct Halo2Kzg;

impl Verifier for Halo2Kzg {
    type Key = VerifyingKey;
    type Error = VerifyError;

    fn verify(key: &VerifyingKey, instances: &[&[Fr]], proof: &[u8]) -> Result<(), VerifyError> {
        let protocol = key.protocol();
        check_instances(protocol, instances)?;
        let mut reader = ProofReader::new(proof, protocol.proof_bytes())?;

        // Everything that is fixed before the prover's first move: the key through its digest, then
        // the public inputs.
        reader.absorb(key.digest_element());
        instances
            .iter()
            .copied()
            .flatten()
            .for_each(|instance| reader.absorb(*instance));

        let mut advice = alloc::vec![None; protocol.advice_phases.len()];
        let mut challenges = alloc::vec![Fr::ZERO; protocol.challenge_phases.len()];
        for phase in 0..protocol.phases() {
            for (column, _) in protocol
                .advice_phases
                .iter()
                .enumerate()
                .filter(|(_, p)| **p == phase)
            {
                advice[column] = Some(reader.point(ProofPart::Advice(column as u32))?);
            }
            // Soundness: these are the circuit's own; a running sum of degree d over them errs with
            // at most d n / q.
            for (index, _) in protocol
                .challenge_phases
                .iter()
                .enumerate()
                .filter(|(_, p)| **p == phase)
            {
                challenges[index] = reader.challenge();
            }
        }
        let advice = advice
            .into_iter()
            .collect::<Option<Vec<_>>>()
            .ok_or(KeyError::AdvicePhases)?;

        // Soundness: a constraint that fails on some row survives the linear combination of the m
        // constraints with probability at most m / q.
        let y = reader.challenge();
        let quotient = (0..protocol.quotient_pieces)
            .map(|piece| reader.point(ProofPart::Quotient(piece.into())))
            .collect::<Result<Vec<_>, _>>()?;

        // Soundness: both sides of the quotient identity have degree below (pieces + 1) n; if they
        // differ they agree at x with probability at most (pieces + 1) n / q.
        let x = reader.challenge();
        let xn = (0..key.k()).fold(x, |power, _| power.square());
        let vanishing = xn - Fr::ONE;

        let advice_evals = reader.scalars(protocol.advice_queries.len(), ProofPart::AdviceEval)?;
        let fixed_evals = reader.scalars(protocol.fixed_queries.len(), ProofPart::FixedEval)?;
        let quotient_evals = reader.scalars(quotient.len(), ProofPart::QuotientEval)?;
        let instance_evals = evaluate_instances(key, instances, x, vanishing)?;

        let numerator = protocol
            .gates
            .evaluate(&[&fixed_evals, &advice_evals, &instance_evals, &challenges], y);
        let quotient_eval = quotient_evals
            .iter()
            .rev()
            .fold(Fr::ZERO, |sum, eval| sum * xn + eval);
        if numerator != quotient_eval * vanishing {
            return Err(VerifyError::ConstraintsFailed);
        }
        let fixed: Vec<_> = key.fixed_commitments().collect();
        let mut opened = Opened::columns(&advice, &protocol.advice_queries, &advice_evals);
        opened.extend(Opened::columns(&fixed, &protocol.fixed_queries, &fixed_evals));
        let pieces = quotient.into_iter().zip(quotient_evals);
        opened.extend(pieces.map(|(piece, eval)| Opened::at_x(piece, eval)));
        opening::verify(&opened, x, x * key.omega(), reader, &protocol.srs)
    }
}

fn check_instances(protocol: &Protocol, instances: &[&[Fr]]) -> Result<(), VerifyError> {
    let expected = protocol.instance_lengths.len();
    if instances.len() != expected {
        return Err(VerifyError::InstanceColumns {
            expected,
            got: instances.len(),
        });
    }
    for (column, (length, given)) in protocol.instance_lengths.iter().zip(instances).enumerate() {
        let expected = *length as usize;
        if given.len() != expected {
            return Err(VerifyError::InstanceCount {
                column,
                expected,
                got: given.len(),
            });
        }
    }
    Ok(())
}

/// Evaluates the instance columns at the points of their queries.
///
/// Row `i` contributes its value times the Lagrange polynomial
/// `l_i(X) = omega^i (X^n - 1) / (n (X - omega^i))`; the rows beyond the instances are zero.
fn evaluate_instances(
    key: &VerifyingKey,
    instances: &[&[Fr]],
    x: Fr,
    vanishing: Fr,
) -> Result<Vec<Fr>, VerifyError> {
    let omega = key.omega();
    let scale = vanishing * key.n_inverse();
    let evaluate = |query: &ColumnQuery| {
        let rows = instances
            .get(usize::from(query.column))
            .copied()
            .unwrap_or_default();
        let point = if query.next { x * omega } else { x };
        let powers = core::iter::successors(Some(Fr::ONE), |power| Some(*power * omega));
        let mut denominators: Vec<Fr> = powers
            .clone()
            .take(rows.len())
            .map(|power| point - power)
            .collect();
        if denominators.contains(&Fr::ZERO) {
            return Err(VerifyError::DegenerateChallenge);
        }
        batch_inversion(&mut denominators);
        let sum: Fr = rows
            .iter()
            .zip(powers)
            .zip(&denominators)
            .map(|((row, power), inverse)| *row * power * inverse)
            .sum();
        Ok(sum * scale)
    };
    key.protocol().instance_queries.iter().map(evaluate).collect()
}
