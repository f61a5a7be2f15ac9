//! The prover of the proof system that `zkfusion_primitives::verifier::halo2` verifies.
//!
//! A circuit is a [`Protocol`](zkfusion_primitives::verifier::halo2::Protocol): columns in phases
//! and constraints as data. Nothing here knows the VM. Halo2 supplies the setup; the constraints
//! are evaluated coset by coset, block of rows by block of rows (`evaluator`), which takes a
//! quarter of the memory of one evaluation over the extended domain.

mod commitment;
mod domain;
mod evaluator;
mod fft;
mod key;
mod lanes;
mod opening;
mod points;
mod quotient;
mod transcript;

use std::time::Instant;

use ark_bn254::G1Affine as ArkG1;
use halo2_proofs::{
    arithmetic::eval_polynomial,
    halo2curves::bn256::{Fr, G1Affine},
    poly::commitment::ParamsProver,
};
use rayon::prelude::*;
use zkfusion_primitives::verifier::halo2::{ColumnQuery, ProofPart};

use crate::{convert, srs::Params};

pub use key::{program_key, verifier_srs, KeysError, ProvingKey};
use transcript::ProofWriter;

/// Why no proof was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// A polynomial is zero, so that its commitment is the point at infinity, which verifiers
    /// refuse.
    #[error("{0}: the polynomial is zero")]
    Zero(ProofPart),
    /// The witness has another number of columns than the protocol, or columns of another length.
    #[error("phase {phase}: expected {expected} columns of {rows} rows")]
    WitnessShape {
        /// The phase.
        phase: u8,
        /// Columns of the phase.
        expected: usize,
        /// Rows of the circuit.
        rows: usize,
    },
    /// The setup is not the one that the key was made with: it has another size.
    #[error("the setup holds {got} points, the circuit has {rows} rows")]
    SetupSize {
        /// Rows of the circuit.
        rows: usize,
        /// Points of the setup.
        got: usize,
    },
}

/// Proves a circuit. `witness` is asked for the advice columns of each phase in turn, given the
/// challenges drawn so far, and answers with the values of all rows.
///
/// That the constraints hold is not checked here: verify the proof.
///
/// # Errors
///
/// [`ProofError`] if setup or witness do not have the circuit's size, or a column is zero
/// everywhere.
pub fn prove(
    params: &Params,
    key: &ProvingKey,
    instances: &[&[Fr]],
    mut witness: impl FnMut(u8, &[Fr]) -> Vec<Vec<Fr>>,
) -> Result<Vec<u8>, ProofError> {
    let protocol = key.protocol();
    let rows = key.domain.rows();
    if params.get_g().len() != rows {
        return Err(ProofError::SetupSize {
            rows,
            got: params.get_g().len(),
        });
    }
    let mut writer = ProofWriter::new(key.verifying().digest());
    instances
        .iter()
        .copied()
        .flatten()
        .for_each(|value| writer.absorb(value));

    let mut advice: Vec<Vec<Fr>> = vec![Vec::new(); protocol.advice_phases.len()];
    let mut challenges = Vec::new();
    let mut clock = Clock::new();
    for phase in 0..protocol.phases() {
        let places = positions(&protocol.advice_phases, phase);
        let columns = witness(phase, &challenges);
        if columns.len() != places.len() || columns.iter().any(|column| column.len() != rows) {
            return Err(ProofError::WitnessShape {
                phase,
                expected: places.len(),
                rows,
            });
        }
        clock.tick("witness");
        let commitments = commitment::commit_all(&key.lagrange, &columns);
        clock.tick("commitments");
        for (place, commitment) in places.iter().zip(commitments) {
            writer.write_point(commitment, ProofPart::Advice(*place as u32))?;
        }
        let polynomials = columns
            .into_par_iter()
            .map(|values| key.domain.interpolate(values))
            .collect::<Vec<_>>();
        for (place, polynomial) in places.into_iter().zip(polynomials) {
            advice[place] = polynomial;
        }
        clock.tick("interpolation");
        challenges.extend(
            positions(&protocol.challenge_phases, phase)
                .iter()
                .map(|_| writer.challenge()),
        );
    }

    let y = writer.challenge();
    let quotient = {
        let instances: Vec<Vec<Fr>> = instances
            .iter()
            .map(|values| key.domain.interpolate_padded(values))
            .collect();
        let columns: Vec<&[Fr]> = key
            .fixed
            .iter()
            .chain(&advice)
            .chain(&instances)
            .map(Vec::as_slice)
            .collect();
        quotient::compute(key, &columns, &challenges, y, &mut clock)
    };
    for (index, piece) in quotient.iter().enumerate() {
        let commitment = commitment::commit(&key.powers, piece);
        writer.write_point(commitment, ProofPart::Quotient(index as u32))?;
    }
    clock.tick("quotient");

    let x = writer.challenge();
    let next_x = x * key.domain.omega();
    let advice_evals = evaluate(&advice, &protocol.advice_queries, x, next_x);
    let fixed_evals = evaluate(&key.fixed, &protocol.fixed_queries, x, next_x);
    let quotient_evals: Vec<Fr> = quotient.iter().map(|piece| eval_polynomial(piece, x)).collect();
    for eval in advice_evals.iter().chain(&fixed_evals).chain(&quotient_evals) {
        writer.write_scalar(eval);
    }

    let mut opened = opening::columns(&advice, &protocol.advice_queries);
    opened.extend(opening::columns(&key.fixed, &protocol.fixed_queries));
    opened.extend(opening::columns(&quotient, &[]));
    opening::prove(&key.powers, &opened, x, next_x, &mut writer)?;
    clock.tick("opening");
    Ok(writer.finish())
}

/// Tells the log how long each part took.
struct Clock(Instant);

impl Clock {
    fn new() -> Self {
        Self(Instant::now())
    }

    fn tick(&mut self, part: &str) {
        tracing::debug!("{part}: {:.2} s", self.0.elapsed().as_secs_f64());
        self.0 = Instant::now();
    }
}

/// Returns the columns of a phase.
fn positions(phases: &[u8], phase: u8) -> Vec<usize> {
    (0..phases.len())
        .filter(|column| phases[*column] == phase)
        .collect()
}

fn evaluate(polynomials: &[Vec<Fr>], queries: &[ColumnQuery], x: Fr, next_x: Fr) -> Vec<Fr> {
    queries
        .par_iter()
        .map(|query| {
            let point = if query.next { next_x } else { x };
            let coefficients = polynomials[usize::from(query.column)].iter().rev();
            coefficients.fold(Fr::zero(), |sum, coefficient| sum * point + coefficient)
        })
        .collect()
}

/// Returns the point as the primitives have it, unless it is infinity.
fn point(commitment: &G1Affine) -> Option<ArkG1> {
    convert::g1(commitment).map(|point| point.affine())
}
