//! Cells of numbers: bytes, limbs, field elements.

use halo2curves::ff::PrimeField;

use crate::columns::LIMB_BITS;
use crate::Fr;

/// Returns the limbs of the time since `last`, less one.
pub(crate) fn age(now: u64, last: u64) -> [Fr; 2] {
    let age = now - last - 1;
    [(age & ((1 << LIMB_BITS) - 1)).into(), (age >> LIMB_BITS).into()]
}

/// Returns the bytes of a word, lowest first.
pub(crate) fn bytes(word: u64) -> [Fr; 8] {
    word.to_le_bytes().map(|byte| u64::from(byte).into())
}

/// Returns a number of up to 128 bits as a field element.
pub(crate) fn wide(value: u128) -> Fr {
    Fr::from_u128(value)
}
