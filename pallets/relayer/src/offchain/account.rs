//! The relayer's Ethereum account.

use crate::KEY_TYPE;
use alloy_primitives::{keccak256, Address, Signature, B256};
use sp_core::ecdsa;

/// A key of the node's keystore as an Ethereum account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    public: ecdsa::Public,
    address: Address,
}

impl Account {
    /// Returns the account of the first key of type [`KEY_TYPE`] in the keystore.
    pub fn load() -> Option<Self> {
        let public = sp_io::crypto::ecdsa_public_keys(KEY_TYPE).into_iter().next()?;
        // The keystore knows the key in compressed form. Recovering it from a signature gives both
        // coordinates, of which the address is a hash.
        let message = keccak256(b"zkfusion relayer address");
        let signature = sp_io::crypto::ecdsa_sign_prehashed(KEY_TYPE, &public, &message)?;
        let coordinates = sp_io::crypto::secp256k1_ecdsa_recover(&signature.0, &message).ok()?;
        let address = Address::from_raw_public_key(&coordinates);
        Some(Self { public, address })
    }

    /// Returns the account's address.
    pub fn address(&self) -> Address {
        self.address
    }

    /// Signs a transaction's hash, in the one of the two forms that Ethereum takes (low `s`).
    pub fn sign(&self, hash: &B256) -> Option<Signature> {
        let signature = sp_io::crypto::ecdsa_sign_prehashed(KEY_TYPE, &self.public, hash)?;
        Signature::from_raw_array(&signature.0)
            .ok()
            .map(|signature| signature.normalized_s())
    }
}
