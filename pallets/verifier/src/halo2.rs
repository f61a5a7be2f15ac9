//! The proof system of the chain: halo2 with KZG commitments, checked by
//! [`zkfusion_primitives::verifier::halo2`].

use crate::{traits::ProofChecks, ProofFault, LOG_TARGET};
use alloc::vec::Vec;
use codec::{DecodeAll, Encode};
use zkfusion_primitives::{
    field::Fr,
    ids::Hash,
    statement::STATEMENT_FIELDS,
    verifier::{
        halo2::{CheckedProtocol, ErrorKind, Halo2Kzg, ProgramKey, Protocol, VerifyingKey},
        Verifier,
    },
};

/// Checks halo2-KZG proofs. Protocols are encoded `Protocol`s, keys encoded `ProgramKey`s.
pub struct Halo2Proofs;

impl Halo2Proofs {
    fn key(protocol: &[u8], key: &[u8]) -> Result<VerifyingKey, ProofFault> {
        let protocol = CheckedProtocol::decode_all(&mut &protocol[..]).map_err(|_| ProofFault::BadKey)?;
        let key = ProgramKey::decode_all(&mut &key[..]).map_err(|_| ProofFault::BadKey)?;
        VerifyingKey::new(protocol, key).map_err(|error| {
            log::debug!(target: LOG_TARGET, "unusable key: {error}");
            ProofFault::BadKey
        })
    }
}

impl ProofChecks for Halo2Proofs {
    fn prepare(protocol: &[u8]) -> Option<(Hash, Vec<u8>)> {
        let protocol = Protocol::decode_all(&mut &protocol[..]).ok()?;
        if protocol.instance_lengths != [STATEMENT_FIELDS as u32] {
            return None;
        }
        let checked = protocol.check().ok()?;
        Some((*checked.digest(), checked.encode()))
    }

    fn key_digest(protocol: &[u8], k: u8, key: &[u8]) -> Result<Hash, ProofFault> {
        let key = Self::key(protocol, key)?;
        if key.k() != k {
            return Err(ProofFault::BadKey);
        }
        Ok(key.digest())
    }

    fn check(
        protocol: &[u8],
        key: &[u8],
        public_inputs: &[Fr; STATEMENT_FIELDS],
        proof: &[u8],
    ) -> Result<(), ProofFault> {
        let key = Self::key(protocol, key)?;
        Halo2Kzg::verify(&key, &[public_inputs], proof).map_err(|error| {
            log::debug!(target: LOG_TARGET, "proof refused: {error}");
            match error.kind() {
                ErrorKind::Key | ErrorKind::Instances => ProofFault::BadKey,
                ErrorKind::Encoding => ProofFault::Malformed,
                ErrorKind::Unsound => ProofFault::Invalid,
            }
        })
    }
}
