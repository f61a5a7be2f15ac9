//! What the pallet asks of the runtime.

use alloc::vec::Vec;
use zkfusion_primitives::{field::Fr, ids::Hash, statement::STATEMENT_FIELDS};

/// A proof system.
pub trait ProofChecks {
    /// Checks a protocol, which is the circuit with the verifier's part of the trusted setup, and
    /// returns its digest and the form in which the chain stores it; nothing if it is not
    /// well-formed, or not one of the chain's statements.
    fn prepare(protocol: &[u8]) -> Option<(Hash, Vec<u8>)>;

    /// Returns the digest of a program's key for size `k`, which depends on the protocol too.
    ///
    /// # Errors
    ///
    /// [`ProofFault::BadKey`] if it is no key for that size.
    fn key_digest(protocol: &[u8], k: u8, key: &[u8]) -> Result<Hash, ProofFault>;

    /// Checks that `proof` proves the statement with these public inputs for the program with this
    /// key.
    ///
    /// # Errors
    ///
    /// What is wrong.
    fn check(
        protocol: &[u8],
        key: &[u8],
        public_inputs: &[Fr; STATEMENT_FIELDS],
        proof: &[u8],
    ) -> Result<(), ProofFault>;
}

/// What becomes of who sends wrong proofs.
pub trait WrongProofs<AccountId> {
    /// Returns whether an account has as much as a wrong proof costs.
    fn can_pay(account: &AccountId) -> bool;

    /// Takes from an account what a wrong proof costs, or what is left of it.
    fn pay(account: &AccountId);

    /// Gives an account as much.
    #[cfg(feature = "runtime-benchmarks")]
    fn endow(account: &AccountId);
}

/// Why a proof is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProofFault {
    /// The program's key does not decode or does not fit the circuit or the size.
    BadKey,
    /// The bytes are no proof: truncated, too long, or with an element that is not canonical.
    Malformed,
    /// The bytes are a proof of something else, or of nothing.
    Invalid,
}
