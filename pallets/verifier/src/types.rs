//! What the pallet stores and tells others.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use zkfusion_primitives::statement::Statement;

/// Largest protocol, in encoded bytes.
pub const MAX_PROTOCOL: u32 = 256 * 1024;

/// The most protocols that the chain holds at a time, with that in force.
pub const MAX_PROTOCOLS: u32 = 8;

/// The bytes of a protocol that are charged as a whole one of today's, which is larger.
pub(crate) const PROTOCOL_PART: u64 = 16 * 1024;

/// Largest proof, in bytes.
pub const MAX_PROOF: u32 = 64 * 1024;

/// The VM's circuit as proofs are checked against it, SCALE-encoded.
pub type ProtocolBytes = BoundedVec<u8, ConstU32<MAX_PROTOCOL>>;

/// A batch of which a proof was accepted.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct VerifiedBatch<AccountId, BlockNumber> {
    /// What was proved.
    pub statement: Statement,
    /// Size of the circuit of the proof.
    pub k: u8,
    /// Who submitted the proof.
    pub prover: AccountId,
    /// Block of the submission.
    pub verified_at: BlockNumber,
}

/// An accepted proof, as it is kept in the offchain database of nodes that index.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct StoredProof {
    /// Size of the circuit of the proof.
    pub k: u8,
    /// The proof.
    pub proof: Vec<u8>,
}

impl StoredProof {
    /// Returns the key in the offchain database under which the proof of a statement is kept.
    ///
    /// It depends on the whole statement, so that what a fork stores for its batch of the same
    /// index is kept apart.
    pub fn key(statement: &Statement) -> Vec<u8> {
        let mut key = b"zkfusion::proof::".to_vec();
        key.extend(statement.using_encoded(sp_io::hashing::blake2_256));
        key
    }
}
