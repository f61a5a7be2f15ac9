//! SHPLONK: one opening proof for all commitments at all their points (eprint 2020/081).
//!
//! Commitments that are opened at the same rotations form a set; sets are in the order of their first commitment, and
//! commitments in the order of their first query, as halo2 has it.

use super::{
    error::{ProofPart, VerifyError},
    key::Omega,
    proof::ProofReader,
    protocol::{ColumnQuery, Srs},
};
use crate::field::Fr;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    vec::Vec,
};
use ark_bn254::{Bn254, G1Affine, G1Projective};
use ark_ec::{pairing::Pairing, CurveGroup, VariableBaseMSM};
use ark_ff::{batch_inversion, AdditiveGroup, Field, One};

/// A commitment and its evaluations.
pub(super) struct Opened {
    /// The commitment as a linear combination.
    terms: Vec<(G1Affine, Fr)>,
    /// The evaluation at each rotation.
    evals: BTreeMap<i32, Fr>,
}

impl Opened {
    /// A commitment opened at the current row only.
    pub(super) fn at_x(commitment: G1Affine, eval: Fr) -> Self {
        Self {
            terms: Vec::from([(commitment, Fr::ONE)]),
            evals: BTreeMap::from([(0, eval)]),
        }
    }

    /// A polynomial committed to in pieces of `n` coefficients, opened at the current row.
    pub(super) fn pieces(pieces: Vec<G1Affine>, xn: Fr, eval: Fr) -> Self {
        Self {
            terms: pieces.into_iter().zip(powers(xn)).collect(),
            evals: BTreeMap::from([(0, eval)]),
        }
    }

    /// The queried columns among `commitments`, in the order of their first query.
    pub(super) fn columns(commitments: &[G1Affine], queries: &[ColumnQuery], evals: &[Fr]) -> Vec<Self> {
        let mut order = Vec::new();
        let mut columns: Vec<Option<Self>> = commitments.iter().map(|_| None).collect();
        for (query, eval) in queries.iter().zip(evals) {
            let column = usize::from(query.column);
            let (Some(slot), Some(commitment)) = (columns.get_mut(column), commitments.get(column)) else {
                continue;
            };
            let opened = slot.get_or_insert_with(|| {
                order.push(column);
                Self {
                    terms: Vec::from([(*commitment, Fr::ONE)]),
                    evals: BTreeMap::new(),
                }
            });
            opened.evals.insert(query.rotation, *eval);
        }
        order
            .into_iter()
            .filter_map(|column| columns[column].take())
            .collect()
    }
}

/// Commitments opened at the same rotations.
struct Set<'a> {
    rotations: Vec<i32>,
    members: Vec<&'a Opened>,
}

fn group(opened: &[Opened]) -> Vec<Set<'_>> {
    let mut sets: Vec<Set<'_>> = Vec::new();
    for commitment in opened {
        let same = |set: &&mut Set<'_>| set.rotations.iter().eq(commitment.evals.keys());
        match sets.iter_mut().find(same) {
            Some(set) => set.members.push(commitment),
            None => sets.push(Set {
                rotations: commitment.evals.keys().copied().collect(),
                members: Vec::from([commitment]),
            }),
        }
    }
    sets
}

/// Checks that the commitments open to their evaluations at `x`, rotated.
pub(super) fn verify(
    opened: &[Opened],
    x: Fr,
    omega: &Omega,
    mut reader: ProofReader<'_>,
    srs: &Srs,
) -> Result<(), VerifyError> {
    let sets = group(opened);

    // Soundness: within a set of m commitments a wrong evaluation is cancelled by the others with probability at most m / q.
    let y = reader.challenge();
    // Soundness: likewise for s sets, with probability at most s / q.
    let v = reader.challenge();
    let h1 = reader.point(ProofPart::OpeningQuotient)?;
    // Soundness: both sides of the identity have degree below n plus the number of points, and agree at u with probability
    // at most that over q if they differ.
    let u = reader.challenge();
    let h2 = reader.point(ProofPart::OpeningWitness)?;

    // Z_S(u) for the points S of each set, and Z_{T \ S}(u) with all points T. Halo2 divides the whole by the latter for the first set.
    let rotations: BTreeSet<i32> = sets
        .iter()
        .flat_map(|set| set.rotations.iter().copied())
        .collect();
    let points: BTreeMap<i32, Fr> = rotations
        .into_iter()
        .map(|rotation| (rotation, x * omega.rotation(rotation)))
        .collect();
    let others_vanish = |set: &Set<'_>| -> Fr {
        let others = points
            .iter()
            .filter(|(rotation, _)| !set.rotations.contains(rotation));
        others.map(|(_, point)| u - point).product()
    };
    let degenerate = VerifyError::DegenerateChallenge;
    let first = sets.first().ok_or(degenerate)?;
    let normalisation = others_vanish(first).inverse().ok_or(degenerate)?;
    let z_first: Fr = first
        .rotations
        .iter()
        .map(|rotation| u - points[rotation])
        .product();

    let mut bases = Vec::new();
    let mut scalars = Vec::new();
    let mut expected = Fr::ZERO;
    for (set, power_of_v) in sets.iter().zip(powers(v)) {
        let weight = power_of_v * others_vanish(set) * normalisation;
        let set_points: Vec<Fr> = set.rotations.iter().map(|rotation| points[rotation]).collect();
        let lagrange = lagrange_at(u, &set_points).ok_or(degenerate)?;
        for (commitment, power_of_y) in set.members.iter().zip(powers(y)) {
            let factor = weight * power_of_y;
            let interpolated: Fr = lagrange
                .iter()
                .zip(commitment.evals.values())
                .map(|(l, eval)| *l * eval)
                .sum();
            expected += factor * interpolated;
            for (base, coefficient) in &commitment.terms {
                bases.push(*base);
                scalars.push(factor * coefficient);
            }
        }
    }
    bases.extend([srs.g1.affine(), h1, h2]);
    scalars.extend([-expected, -z_first, u]);
    let combined = G1Projective::msm_unchecked(&bases, &scalars).into_affine();

    // e(h2, s G2) = e(combined, G2)
    let product = Bn254::multi_pairing([h2, -combined], [srs.s_g2.affine(), srs.g2.affine()]);
    match product.0.is_one() {
        true => Ok(()),
        false => Err(VerifyError::PairingFailed),
    }
}

/// Evaluates at `u` the Lagrange polynomials over `points`; `None` if two points are equal.
fn lagrange_at(u: Fr, points: &[Fr]) -> Option<Vec<Fr>> {
    let others = |index: usize| {
        points
            .iter()
            .enumerate()
            .filter(move |(other, _)| *other != index)
    };
    let mut inverses: Vec<Fr> = points
        .iter()
        .enumerate()
        .map(|(index, point)| others(index).map(|(_, other)| *point - other).product())
        .collect();
    if inverses.contains(&Fr::ZERO) {
        return None;
    }
    batch_inversion(&mut inverses);
    let numerators = (0..points.len()).map(|index| others(index).map(|(_, other)| u - other).product::<Fr>());
    Some(
        inverses
            .iter()
            .zip(numerators)
            .map(|(inverse, numerator)| numerator * inverse)
            .collect(),
    )
}

fn powers(base: Fr) -> impl Iterator<Item = Fr> {
    core::iter::successors(Some(Fr::ONE), move |power| Some(*power * base))
}
