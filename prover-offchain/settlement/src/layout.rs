//! The layout of a settlement proof's bytes.

use halo2_proofs::halo2curves::bn256::G1Affine;
use snark_verifier::verifier::plonk::PlonkProtocol;

use crate::circuit::ACCUMULATOR_LIMBS;

/// The words (32 bytes, big-endian) of a settlement proof, in order.
///
/// The contract checks that the proof is exactly this long and that every word is canonical: limbs
/// below `2^88`, coordinates below the base field's modulus, evaluations below the scalar field's.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ProofLayout {
    /// Limbs of the accumulator's two points: 88 bits each, three a coordinate.
    pub limbs: usize,
    /// Points of the first part, two words each.
    pub points: usize,
    /// Evaluations, one word each.
    pub evaluations: usize,
    /// Points of the opening argument, two words each.
    pub opening_points: usize,
}

impl ProofLayout {
    pub(crate) fn of(protocol: &PlonkProtocol<G1Affine>) -> Self {
        Self {
            limbs: ACCUMULATOR_LIMBS,
            points: protocol.num_witness.iter().sum::<usize>() + protocol.quotient.num_chunk(),
            evaluations: protocol.evaluations.len(),
            opening_points: 2,
        }
    }

    /// Returns the bytes of a proof.
    pub fn bytes(&self) -> usize {
        32 * (self.limbs + 2 * self.points + self.evaluations + 2 * self.opening_points)
    }
}
