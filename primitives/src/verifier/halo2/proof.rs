//! Reading a proof: decoding its parts and absorbing them into the transcript.

use super::{
    encoding::coordinate,
    error::{ProofPart, VerifyError},
};
use crate::{
    field::{from_bytes, Fr},
    transcript::Sponge,
};
use alloc::vec::Vec;
use ark_bn254::{Fq, G1Affine};
use ark_ff::{BigInteger, BigInteger256, Field, PrimeField};

const INFINITY: u8 = 0b1000_0000;
const Y_IS_ODD: u8 = 0b0100_0000;

/// A proof being read, with its transcript.
pub(super) struct ProofReader<'a> {
    chunks: core::slice::ChunksExact<'a, u8>,
    sponge: Sponge,
}

impl<'a> ProofReader<'a> {
    /// Starts reading a proof of `expected` bytes, a multiple of 32.
    pub(super) fn new(proof: &'a [u8], expected: usize) -> Result<Self, VerifyError> {
        let got = proof.len();
        match got.cmp(&expected) {
            core::cmp::Ordering::Less => Err(VerifyError::Truncated { expected, got }),
            core::cmp::Ordering::Greater => Err(VerifyError::TrailingBytes { expected, got }),
            core::cmp::Ordering::Equal => Ok(Self {
                chunks: proof.chunks_exact(32),
                sponge: Sponge::new(),
            }),
        }
    }

    /// Absorbs an element that is not part of the proof.
    pub(super) fn absorb(&mut self, element: Fr) {
        self.sponge.absorb(element);
    }

    /// Draws a challenge.
    pub(super) fn challenge(&mut self) -> Fr {
        self.sponge.squeeze()
    }

    /// Draws `count` short coefficients: of each challenge first the low 128 bits, then the bits
    /// above, which are fewer than 126.
    pub(super) fn short_coefficients(&mut self, count: usize) -> Vec<BigInteger256> {
        let mut coefficients = Vec::with_capacity(count + 1);
        while coefficients.len() < count {
            let [a, b, c, d] = self.challenge().into_bigint().0;
            coefficients.push(BigInteger256::new([a, b, 0, 0]));
            coefficients.push(BigInteger256::new([c, d, 0, 0]));
        }
        coefficients.truncate(count);
        coefficients
    }

    /// Reads and absorbs a scalar.
    pub(super) fn scalar(&mut self, part: ProofPart) -> Result<Fr, VerifyError> {
        let scalar = from_bytes(&self.take()?).map_err(|_| VerifyError::NonCanonicalScalar(part))?;
        self.sponge.absorb(scalar);
        Ok(scalar)
    }

    /// Reads and absorbs several scalars.
    pub(super) fn scalars(
        &mut self,
        count: usize,
        part: impl Fn(u32) -> ProofPart,
    ) -> Result<Vec<Fr>, VerifyError> {
        (0..count as u32).map(|index| self.scalar(part(index))).collect()
    }

    /// Reads and absorbs a point: `x`, little-endian, with the parity of `y` in the last byte's bit
    /// 6.
    pub(super) fn point(&mut self, part: ProofPart) -> Result<G1Affine, VerifyError> {
        let mut bytes = self.take()?;
        let flags = bytes[31] & (INFINITY | Y_IS_ODD);
        if flags & INFINITY != 0 {
            return Err(VerifyError::PointAtInfinity(part));
        }
        bytes[31] &= !Y_IS_ODD;
        let x = coordinate(&bytes).ok_or(VerifyError::NonCanonicalCoordinate(part))?;
        let y = (x.square() * x + Fq::from(3u64))
            .sqrt()
            .ok_or(VerifyError::PointNotOnCurve(part))?;
        let y = if y.into_bigint().is_odd() == (flags & Y_IS_ODD != 0) {
            y
        } else {
            -y
        };
        // The group has odd prime order, so y is never zero and has two parities.
        let point = G1Affine::new_unchecked(x, y);
        self.sponge.absorb_point(&point);
        Ok(point)
    }

    fn take(&mut self) -> Result<[u8; 32], VerifyError> {
        let chunk = self
            .chunks
            .next()
            .and_then(|chunk| <[u8; 32]>::try_from(chunk).ok());
        chunk.ok_or(VerifyError::Truncated { expected: 32, got: 0 })
    }
}
