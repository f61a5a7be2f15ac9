//! The protocols that keys and proofs are checked against: circuit and trusted setup.

use crate::{
    types::{ProtocolBytes, MAX_PROOF, MAX_PROTOCOL, MAX_PROTOCOLS},
    Config, CurrentProtocol, Error, Event, Pallet, ProofChecks, Protocols,
};
use frame_support::ensure;
use pallet_sequencer::{ProgramKeys, ProgramProtocols};
use zkfusion_primitives::{ids::Hash, statement::Statement};

impl<T: Config> Pallet<T> {
    /// Returns the digest of the protocol in force.
    ///
    /// # Errors
    ///
    /// [`Error::NoProtocol`] if the chain was not given the circuit.
    pub fn current_protocol() -> Result<Hash, Error<T>> {
        CurrentProtocol::<T>::get().ok_or(Error::<T>::NoProtocol)
    }

    /// Puts a protocol in force.
    ///
    /// # Errors
    ///
    /// If it is none, is in force already, or is one too many.
    pub(crate) fn put_in_force(protocol: &[u8]) -> Result<(), Error<T>> {
        ensure!(
            protocol.len() <= MAX_PROTOCOL as usize,
            Error::<T>::ProtocolTooLarge
        );
        let (digest, prepared) = T::Proofs::prepare(protocol).ok_or(Error::<T>::BadProtocol)?;
        let prepared = ProtocolBytes::try_from(prepared).map_err(|_| Error::<T>::ProtocolTooLarge)?;
        let former = CurrentProtocol::<T>::get();
        ensure!(former != Some(digest), Error::<T>::ProtocolUnchanged);
        if !Protocols::<T>::contains_key(digest) {
            ensure!(
                Protocols::<T>::count() < MAX_PROTOCOLS,
                Error::<T>::TooManyProtocols
            );
            Protocols::<T>::insert(digest, prepared);
        }
        CurrentProtocol::<T>::put(digest);
        Self::deposit_event(Event::ProtocolSet {
            protocol: digest,
            former,
        });
        Ok(())
    }

    /// Forgets a protocol that was in force.
    ///
    /// # Errors
    ///
    /// If it is in force, or unknown.
    pub(crate) fn retire(protocol: Hash) -> Result<(), Error<T>> {
        ensure!(
            CurrentProtocol::<T>::get() != Some(protocol),
            Error::<T>::ProtocolInForce
        );
        ensure!(
            Protocols::<T>::contains_key(protocol),
            Error::<T>::UnknownProtocol
        );
        Protocols::<T>::remove(protocol);
        Self::deposit_event(Event::ProtocolRetired { protocol });
        Ok(())
    }

    /// Checks a proof of a statement with the key that the chain has for its program and size,
    /// against the protocol that this key is of.
    ///
    /// # Errors
    ///
    /// What is unknown or wrong.
    pub fn check_proof(k: u8, statement: &Statement, proof: &[u8]) -> Result<(), Error<T>> {
        ensure!(proof.len() <= MAX_PROOF as usize, Error::<T>::ProofTooLarge);
        let public_inputs = statement
            .to_instances()
            .map_err(|_| Error::<T>::StatementMalformed)?;
        let key = ProgramKeys::<T>::get(statement.program_id, k).ok_or(Error::<T>::UnknownKey)?;
        let protocol = ProgramProtocols::<T>::get(statement.program_id).ok_or(Error::<T>::UnknownKey)?;
        let protocol = Protocols::<T>::get(protocol).ok_or(Error::<T>::RetiredProtocol)?;
        T::Proofs::check(&protocol, &key, &public_inputs, proof).map_err(Error::<T>::from)
    }

    /// Returns the digest of a program's key for size `k` of a protocol, which is a leaf of the
    /// program's id.
    ///
    /// # Errors
    ///
    /// [`Error::BadKey`] if it is no key for that size, [`Error::RetiredProtocol`] if the chain
    /// does not have the protocol.
    pub fn key_digest(protocol: &Hash, k: u8, key: &[u8]) -> Result<Hash, Error<T>> {
        let protocol = Protocols::<T>::get(protocol).ok_or(Error::<T>::RetiredProtocol)?;
        T::Proofs::key_digest(&protocol, k, key).map_err(Error::<T>::from)
    }
}
