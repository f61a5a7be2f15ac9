//! The Poseidon sponge of snark-verifier and halo2-base, which is both the proofs' transcript and
//! the digest of keys.
//!
//! Its permutation is that of [`crate::poseidon`] (the constants agree). The state starts as
//! `[2^64, 0, 0]`; two elements are absorbed at a time into elements 1 and 2; a squeeze absorbs
//! what is pending, padded with a single one (an extra permutation if nothing is left to pad), and
//! returns element 1. The state goes on after a squeeze.

use crate::{
    field::{pack_words, Fr},
    poseidon,
};
use ark_bn254::{Fq, G1Affine};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};

/// A Poseidon sponge that absorbs and squeezes field elements.
#[derive(Clone, Debug)]
pub struct Sponge {
    state: [Fr; poseidon::WIDTH],
    pending: Option<Fr>,
}

impl Default for Sponge {
    fn default() -> Self {
        Self::new()
    }
}

impl Sponge {
    /// Returns the empty sponge.
    pub fn new() -> Self {
        Self {
            state: [pack_words([0, 1, 0]), Fr::ZERO, Fr::ZERO],
            pending: None,
        }
    }

    /// Absorbs one element.
    pub fn absorb(&mut self, element: Fr) {
        match self.pending.take() {
            None => self.pending = Some(element),
            Some(first) => self.permute_with(first, element),
        }
    }

    /// Absorbs a point: its coordinates, as integers modulo the scalar field's modulus, which is a
    /// little smaller.
    pub fn absorb_point(&mut self, point: &G1Affine) {
        for coordinate in [point.x, point.y] {
            self.absorb(to_scalar_field(coordinate));
        }
    }

    /// Returns the next challenge, which depends on everything absorbed and squeezed before.
    pub fn squeeze(&mut self) -> Fr {
        match self.pending.take() {
            None => self.permute_with(Fr::ONE, Fr::ZERO),
            Some(last) => self.permute_with(last, Fr::ONE),
        }
        self.state[1]
    }

    fn permute_with(&mut self, first: Fr, second: Fr) {
        self.state[1] += first;
        self.state[2] += second;
        poseidon::permute(&mut self.state);
    }
}

fn to_scalar_field(coordinate: Fq) -> Fr {
    let mut integer = coordinate.into_bigint();
    if integer >= Fr::MODULUS {
        integer.sub_with_borrow(&Fr::MODULUS);
    }
    Fr::from_bigint(integer).unwrap_or(Fr::ZERO)
}

/// Returns the hash of a list of elements: absorbs them all, squeezes once.
///
/// In a circuit this is halo2-base's `PoseidonHasher::hash_fix_len_array`.
pub fn sponge_hash(elements: impl IntoIterator<Item = Fr>) -> Fr {
    let mut sponge = Sponge::new();
    elements.into_iter().for_each(|element| sponge.absorb(element));
    sponge.squeeze()
}
