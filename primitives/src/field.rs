//! The BN254 scalar field and its canonical byte encoding.

use ark_ff::{BigInteger256, PrimeField};
use core::fmt;

/// An element of the BN254 scalar field, the field of every hash, root and public input.
pub type Fr = ark_bn254::Fr;

/// Bytes of an encoded field element.
pub const FIELD_BYTES: usize = 32;

/// A field element was given as an integer that is not below the modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NonCanonical;

impl fmt::Display for NonCanonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("field element is not below the modulus")
    }
}

impl core::error::Error for NonCanonical {}

/// Returns the canonical encoding: 32 bytes, little-endian.
pub fn to_bytes(value: &Fr) -> [u8; FIELD_BYTES] {
    limbs_to_bytes(&value.into_bigint().0)
}

/// Returns the element that `bytes` encodes.
///
/// # Errors
///
/// [`NonCanonical`] if the integer is not below the modulus: each element has one encoding.
pub fn from_bytes(bytes: &[u8; FIELD_BYTES]) -> Result<Fr, NonCanonical> {
    Fr::from_bigint(BigInteger256::new(bytes_to_limbs(bytes))).ok_or(NonCanonical)
}

/// Returns the integer in `bytes` (little-endian) reduced by the modulus.
///
/// For values that are not field elements to begin with, such as block hashes.
pub fn reduce(bytes: &[u8; FIELD_BYTES]) -> Fr {
    Fr::from_le_bytes_mod_order(bytes)
}

/// Returns the canonical encoding as a Solidity `uint256`: 32 bytes, big-endian.
pub fn to_be_bytes(value: &Fr) -> [u8; FIELD_BYTES] {
    let mut bytes = to_bytes(value);
    bytes.reverse();
    bytes
}

/// Returns the integer in at most 31 bytes (little-endian) as a field element.
///
/// # Errors
///
/// [`NonCanonical`] if there are 32 bytes or more.
pub fn from_short_bytes(bytes: &[u8]) -> Result<Fr, NonCanonical> {
    if bytes.len() >= FIELD_BYTES {
        return Err(NonCanonical);
    }
    let mut padded = [0; FIELD_BYTES];
    padded[..bytes.len()].copy_from_slice(bytes);
    from_bytes(&padded)
}

/// Returns `words[0] + 2^64 words[1] + 2^128 words[2]`, the packing of up to three words.
pub fn pack_words(words: [u64; 3]) -> Fr {
    Fr::from(BigInteger256::new([words[0], words[1], words[2], 0]))
}

/// Returns `2^128` times `high` plus `low`.
pub fn pack_u128(low: u128, high: u64) -> Fr {
    pack_words([low as u64, (low >> 64) as u64, high])
}

/// Returns the two halves of 32 bytes as integers below `2^128` (little-endian): `(low, high)`.
pub fn halves(bytes: &[u8; FIELD_BYTES]) -> (u128, u128) {
    let limbs = bytes_to_limbs(bytes);
    let join = |low: u64, high: u64| u128::from(low) | u128::from(high) << 64;
    (join(limbs[0], limbs[1]), join(limbs[2], limbs[3]))
}

pub(crate) fn bytes_to_limbs(bytes: &[u8; FIELD_BYTES]) -> [u64; 4] {
    let mut limbs = [0; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        let mut word = [0; 8];
        word.copy_from_slice(chunk);
        *limb = u64::from_le_bytes(word);
    }
    limbs
}

pub(crate) fn limbs_to_bytes(limbs: &[u64; 4]) -> [u8; FIELD_BYTES] {
    let mut bytes = [0; FIELD_BYTES];
    for (chunk, limb) in bytes.chunks_exact_mut(8).zip(limbs) {
        chunk.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::{AdditiveGroup, Field};

    const MODULUS: [u8; 32] =
        hex_literal::hex!("010000f093f5e1439170b97948e833285d588181b64550b829a031e1724e6430");

    #[test]
    fn encoding_is_the_little_endian_integer() {
        assert_eq!(to_bytes(&Fr::ZERO), [0; 32]);
        assert_eq!(to_bytes(&Fr::from(0x0102u64))[..3], [2, 1, 0]);
        assert_eq!(to_be_bytes(&Fr::from(0x0102u64))[30..], [1, 2]);
    }

    #[test]
    fn decoding_refuses_the_modulus_and_above() {
        assert_eq!(from_bytes(&MODULUS), Err(NonCanonical));
        assert_eq!(from_bytes(&[0xff; 32]), Err(NonCanonical));
        let mut below = MODULUS;
        below[0] = 0;
        assert_eq!(from_bytes(&below), Ok(-Fr::ONE));
        assert_eq!(to_bytes(&-Fr::ONE), below);
    }

    #[test]
    fn reduction_wraps_at_the_modulus() {
        assert_eq!(reduce(&MODULUS), Fr::ZERO);
    }

    #[test]
    fn short_bytes_are_at_most_31() {
        assert_eq!(from_short_bytes(&[1, 1]), Ok(Fr::from(257u64)));
        assert_eq!(from_short_bytes(&[0; 32]), Err(NonCanonical));
    }

    #[test]
    fn packing_places_words_64_bits_apart() {
        let two_64 = Fr::from(u128::from(u64::MAX) + 1);
        assert_eq!(
            pack_words([3, 5, 7]),
            Fr::from(3u64) + Fr::from(5u64) * two_64 + Fr::from(7u64) * two_64.square()
        );
        assert_eq!(pack_u128(9, 2), pack_words([9, 0, 2]));
    }
}
