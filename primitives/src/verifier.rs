//! Proof verification.

pub mod halo2;

use crate::field::Fr;

/// A proof system, as far as verifying goes.
///
/// An implementation is a type without values; a new proof system is a new implementation.
pub trait Verifier {
    /// Everything that verification needs besides proof and public inputs.
    type Key;
    /// Why a proof is refused.
    type Error;

    /// Checks that `proof` proves `instances` (one list a public column) under `key`.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the proof. Never panics, whatever the proof and the instances are.
    fn verify(key: &Self::Key, instances: &[&[Fr]], proof: &[u8]) -> Result<(), Self::Error>;
}
