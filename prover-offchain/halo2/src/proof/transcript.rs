//! Writing a proof: the bytes, and the sponge that challenges come from.

use ark_ff::{BigInteger256, PrimeField as _};
use halo2_proofs::halo2curves::{
    bn256::{Fr, G1Affine},
    group::GroupEncoding,
};
use zkfusion_primitives::{field::reduce, ids::Hash, transcript::Sponge, verifier::halo2::ProofPart};

use super::{point, ProofError};
use crate::convert;

/// A proof being written, with its transcript.
pub(super) struct ProofWriter {
    sponge: Sponge,
    bytes: Vec<u8>,
}

impl ProofWriter {
    /// Begins a proof under the key with this digest.
    pub(super) fn new(key_digest: Hash) -> Self {
        let mut sponge = Sponge::new();
        sponge.absorb(reduce(&key_digest));
        Self {
            sponge,
            bytes: Vec::new(),
        }
    }

    /// Absorbs a value that is not part of the proof.
    pub(super) fn absorb(&mut self, value: &Fr) {
        self.sponge.absorb(convert::scalar(value));
    }

    /// Draws a challenge.
    pub(super) fn challenge(&mut self) -> Fr {
        convert::halo2_scalar(&self.sponge.squeeze())
    }

    /// Draws `count` short coefficients, as the verifier does.
    pub(super) fn short_coefficients(&mut self, count: usize) -> Vec<Fr> {
        let mut coefficients = Vec::with_capacity(count + 1);
        while coefficients.len() < count {
            let BigInteger256 { 0: [a, b, c, d], .. } = self.sponge.squeeze().into_bigint();
            coefficients.push(Fr::from_raw([a, b, 0, 0]));
            coefficients.push(Fr::from_raw([c, d, 0, 0]));
        }
        coefficients.truncate(count);
        coefficients
    }

    /// Writes a scalar: 32 bytes, little-endian.
    pub(super) fn write_scalar(&mut self, value: &Fr) {
        self.bytes.extend(convert::scalar_bytes(value));
        self.absorb(value);
    }

    /// Writes a point: `x`, little-endian, with the parity of `y` in the last byte's bit 6.
    pub(super) fn write_point(&mut self, commitment: G1Affine, part: ProofPart) -> Result<(), ProofError> {
        let point = point(&commitment).ok_or(ProofError::Zero(part))?;
        self.bytes.extend_from_slice(commitment.to_bytes().as_ref());
        self.sponge.absorb_point(&point);
        Ok(())
    }

    /// Returns the proof.
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
