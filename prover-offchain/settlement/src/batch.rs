//! Batch proofs as the settlement prover takes them in.

use codec::DecodeAll;
use halo2_proofs::halo2curves::{
    bn256::{Fr, G1Affine, G1},
    ff::{Field, PrimeField},
    group::{Curve, GroupEncoding},
};
use zkfusion_halo2::convert::{halo2_g1, halo2_scalar};
use zkfusion_primitives::{
    job::SettlementBatch,
    program::DEPTH,
    statement::NonCanonicalField,
    verifier::halo2::{ProgramKey, Protocol},
};

use crate::{
    program::{ProgramKeys, SMALLEST_K},
    statement::{BatchStatement, BATCH_INPUTS},
};

/// A batch proof with its public inputs and the verifying key of its program.
#[derive(Clone, Debug)]
pub struct BatchProof {
    /// The key of the program for the size of the proof's circuit.
    pub key: ProgramKey,
    /// The digests of all keys of the program.
    pub program: ProgramKeys,
    /// The public inputs.
    pub statement: BatchStatement,
    /// The proof.
    pub proof: Vec<u8>,
}

/// Why a batch of a job cannot be settled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The program's key is not a SCALE encoding of one.
    #[error("the program's key: {0}")]
    Key(codec::Error),
    /// The key is for another size than the job says.
    #[error("the key is for k = {got}, the proof for k = {expected}")]
    Size {
        /// The proof's size.
        expected: u8,
        /// The key's size.
        got: u8,
    },
    /// A digest of the program's keys is not a field element.
    #[error("a digest of the program's keys is not a field element")]
    Digest,
    /// A field of the statement is not a field element.
    #[error("the statement's {0}")]
    Statement(NonCanonicalField),
}

impl BatchProof {
    /// Returns the batch of a job.
    ///
    /// # Errors
    /// [`BatchError`] naming the part that cannot be decoded. Whether the proof is valid is for
    /// [`SettlementProver::prove`](crate::SettlementProver::prove) to say.
    pub fn from_job(batch: &SettlementBatch) -> Result<Self, BatchError> {
        let key = ProgramKey::decode_all(&mut &batch.key[..]).map_err(BatchError::Key)?;
        if key.k != batch.k {
            return Err(BatchError::Size {
                expected: batch.k,
                got: key.k,
            });
        }
        let instances = batch.statement.to_instances().map_err(BatchError::Statement)?;
        Ok(Self {
            key,
            program: ProgramKeys::from_digests(&batch.key_digests).ok_or(BatchError::Digest)?,
            statement: BatchStatement::from_inputs(instances.map(|instance| halo2_scalar(&instance))),
            proof: batch.proof.clone(),
        })
    }
}

/// What the circuit is filled with for a batch.
#[derive(Clone, Debug)]
pub(crate) struct BatchWitness {
    pub(crate) k: u32,
    pub(crate) fixed: Vec<G1Affine>,
    /// The siblings on the key's way to the program id.
    pub(crate) path: [Fr; DEPTH],
    pub(crate) instances: [Fr; BATCH_INPUTS],
    pub(crate) proof: ProofWitness,
}

/// The parts of a proof.
#[derive(Clone, Debug)]
pub(crate) struct ProofWitness {
    /// Commitments to advice columns, in the order of the proof.
    pub(crate) advice: Vec<G1Affine>,
    pub(crate) quotient: Vec<G1Affine>,
    pub(crate) advice_evals: Vec<Fr>,
    pub(crate) fixed_evals: Vec<Fr>,
    pub(crate) quotient_evals: Vec<Fr>,
    pub(crate) openings: [G1Affine; 2],
}

impl BatchWitness {
    /// Returns the witness of a proof; `None` if the proof's encoding is not that of the protocol.
    pub(crate) fn new(protocol: &Protocol, batch: &BatchProof) -> Option<Self> {
        let k = batch.key.k.into();
        Some(Self {
            k,
            fixed: batch.key.fixed_commitments.iter().map(halo2_g1).collect(),
            path: batch.program.path(k),
            instances: batch.statement.to_inputs(),
            proof: ProofWitness::read(protocol, &batch.proof)?,
        })
    }

    /// Returns numbers and points that are no proof, for key generation.
    pub(crate) fn dummy(protocol: &Protocol) -> Self {
        let mut points = multiples_of_generator();
        let fixed = points.by_ref().take(protocol.fixed_columns.into()).collect();
        Self {
            k: SMALLEST_K,
            fixed,
            path: [Fr::ONE; DEPTH],
            instances: [Fr::ONE; BATCH_INPUTS],
            proof: ProofWitness::from_parts(protocol, || points.next(), || Some(Fr::ONE))
                .expect("there is no end of parts"),
        }
    }
}

impl ProofWitness {
    fn read(protocol: &Protocol, proof: &[u8]) -> Option<Self> {
        if proof.len() != protocol.proof_bytes() {
            return None;
        }
        let words = std::cell::RefCell::new(
            proof
                .chunks_exact(32)
                .filter_map(|word| <[u8; 32]>::try_from(word).ok()),
        );
        let point = || {
            let mut encoded = <G1Affine as GroupEncoding>::Repr::default();
            encoded.as_mut().copy_from_slice(&words.borrow_mut().next()?);
            Option::from(G1Affine::from_bytes(&encoded))
        };
        let scalar = || Option::from(Fr::from_repr(words.borrow_mut().next()?));
        Self::from_parts(protocol, point, scalar)
    }

    /// Takes the parts in the order of the proof.
    fn from_parts(
        protocol: &Protocol,
        mut point: impl FnMut() -> Option<G1Affine>,
        mut scalar: impl FnMut() -> Option<Fr>,
    ) -> Option<Self> {
        let pieces = usize::from(protocol.quotient_pieces);
        let mut points = |count: usize| (0..count).map(|_| point()).collect::<Option<Vec<_>>>();
        let mut scalars = |count: usize| (0..count).map(|_| scalar()).collect::<Option<Vec<_>>>();
        Some(Self {
            advice: points(protocol.advice_phases.len())?,
            quotient: points(pieces)?,
            advice_evals: scalars(protocol.advice_queries.len())?,
            fixed_evals: scalars(protocol.fixed_queries.len())?,
            quotient_evals: scalars(pieces)?,
            openings: points(2)?.try_into().ok()?,
        })
    }
}

fn multiples_of_generator() -> impl Iterator<Item = G1Affine> {
    let generator = G1::from(G1Affine::generator());
    std::iter::successors(Some(generator), move |point| Some(point + generator))
        .map(|point| point.to_affine())
}

#[cfg(test)]
#[path = "../../../primitives/tests/support/damage.rs"]
mod damage;

#[cfg(test)]
mod tests {
    use super::damage::{damage, damaged};
    use super::*;
    use codec::Encode;
    use proptest::prelude::*;
    use zkfusion_primitives::{program::SIZE_COUNT, statement::Statement};

    /// A batch whose parts are well-formed and prove nothing.
    fn batch() -> SettlementBatch {
        let point = zkfusion_halo2::convert::g1(&G1Affine::generator()).expect("it is not infinity");
        let key = ProgramKey {
            k: 15,
            fixed_commitments: vec![point].try_into().expect("one column fits"),
        };
        SettlementBatch {
            k: 15,
            key: key.encode(),
            key_digests: [[1; 32]; SIZE_COUNT],
            statement: Statement::default(),
            proof: vec![0; 64],
        }
    }

    #[test]
    fn a_batch_is_taken_over() {
        assert!(BatchProof::from_job(&batch()).is_ok());
    }

    proptest! {
        #[test]
        fn damaged_batches_are_refused_or_taken_over(whole in damage(), key in damage()) {
            let mut batches = vec![batch()];
            batches[0].key = damaged(&batches[0].key, &key);
            batches.extend(SettlementBatch::decode_all(&mut &damaged(&batch().encode(), &whole)[..]));
            for batch in batches {
                match BatchProof::from_job(&batch) {
                    Ok(proof) => prop_assert_eq!((proof.key.k, proof.key.encode()), (batch.k, batch.key)),
                    Err(error) => prop_assert!(!error.to_string().is_empty()),
                }
            }
        }
    }
}
