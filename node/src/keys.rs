//! The keys with which the off-chain roles sign: a funded account of the appchain for the prover,
//! an Ethereum account for the relayer. On development chains they are well-known; elsewhere they
//! are put into the keystore.

use pallet_relayer::KEY_TYPE as RELAYER_KEY;
use pallet_verifier::KEY_TYPE as PROVER_KEY;
use sp_io::hashing::keccak_256;
use sp_keystore::{Keystore, KeystorePtr};

use crate::roles::EthereumAddress;

/// The keys of a validator's roles on development chains.
struct DevelopmentRoles {
    /// The validator.
    validator: &'static str,
    /// The prover: an account that the genesis presets endow.
    prover: &'static str,
    /// The relayer: an account that anvil and hardhat endow. The keys are printed by every anvil.
    relayer: &'static str,
}

const DEVELOPMENT_ROLES: [DevelopmentRoles; 4] = [
    DevelopmentRoles {
        validator: "//Alice",
        prover: "//Ferdie",
        relayer: "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6",
    },
    DevelopmentRoles {
        validator: "//Bob",
        prover: "//Eve",
        relayer: "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97",
    },
    DevelopmentRoles {
        validator: "//Charlie",
        prover: "//Charlie//stash",
        relayer: "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356",
    },
    DevelopmentRoles {
        validator: "//Dave",
        prover: "//Dave//stash",
        relayer: "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e",
    },
];

/// Gives the roles of a development validator their well-known keys. They are in memory only.
pub(crate) fn insert_development_keys(keystore: &KeystorePtr, validator: &str) {
    let Some(roles) = DEVELOPMENT_ROLES
        .iter()
        .find(|roles| roles.validator == validator)
    else {
        return;
    };
    let inserted = [
        keystore
            .sr25519_generate_new(PROVER_KEY, Some(roles.prover))
            .map(drop),
        keystore
            .ecdsa_generate_new(RELAYER_KEY, Some(roles.relayer))
            .map(drop),
    ];
    for result in inserted {
        if let Err(error) = result {
            log::error!("a development key was not inserted: {error}");
        }
    }
}

/// Warns when the prover has nothing to sign with. The key may come later, through
/// `author_insertKey`.
pub(crate) fn check_prover_key(keystore: &KeystorePtr) {
    if keystore.sr25519_public_keys(PROVER_KEY).is_empty() {
        log::warn!(
            "the prover has no key to submit proofs with: fund an account and insert its key with \
             `zkfusion-node key insert --key-type zkpr --scheme sr25519 --suri <SECRET>` (and this node's --base-path and \
             --chain)"
        );
    }
}

/// Returns the Ethereum address of the relayer, or warns that it has no key.
pub(crate) fn relayer_address(keystore: &KeystorePtr) -> Option<EthereumAddress> {
    let address = ethereum_address(keystore);
    if address.is_none() {
        log::warn!(
            "the relayer has no key: fund an Ethereum account and insert its key with `zkfusion-node key insert --key-type zkrl \
             --scheme ecdsa --suri 0x<PRIVATE KEY>` (and this node's --base-path and --chain)"
        );
    }
    address
}

/// Returns the address of the first relayer key. The keystore only knows the compressed public key;
/// recovering it from a signature gives the coordinates that the address is a hash of.
fn ethereum_address(keystore: &KeystorePtr) -> Option<EthereumAddress> {
    let public = keystore.ecdsa_public_keys(RELAYER_KEY).into_iter().next()?;
    let message = keccak_256(b"zkfusion relayer address");
    let signature = keystore
        .ecdsa_sign_prehashed(RELAYER_KEY, &public, &message)
        .ok()??;
    let coordinates = sp_io::crypto::secp256k1_ecdsa_recover(&signature.0, &message).ok()?;
    let hash = keccak_256(&coordinates);
    let mut address = [0; 20];
    address.copy_from_slice(&hash[12..]);
    Some(EthereumAddress(address))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_keyring::Sr25519Keyring;
    use sp_keystore::testing::MemoryKeystore;

    #[test]
    fn development_keys_should_be_those_of_endowed_accounts() {
        let keystore: KeystorePtr = MemoryKeystore::new().into();
        insert_development_keys(&keystore, "//Alice");
        assert_eq!(
            keystore.sr25519_public_keys(PROVER_KEY),
            [Sr25519Keyring::Ferdie.public()]
        );
        // The address that anvil prints as its account 9.
        let address = ethereum_address(&keystore).map(|address| address.to_string());
        assert_eq!(
            address.as_deref(),
            Some("0xa0ee7a142d267c1f36714e4a8f75612f20a79720")
        );
    }

    #[test]
    fn development_keys_should_be_of_different_accounts() {
        let keystores = DEVELOPMENT_ROLES.iter().map(|roles| {
            let keystore: KeystorePtr = MemoryKeystore::new().into();
            insert_development_keys(&keystore, roles.validator);
            keystore
        });
        let keystores: Vec<_> = keystores.collect();
        let endowed: Vec<_> = Sr25519Keyring::well_known()
            .map(|account| account.public())
            .collect();
        let mut provers = std::collections::BTreeSet::new();
        let mut relayers = std::collections::BTreeSet::new();
        for keystore in &keystores {
            let provers_here = keystore.sr25519_public_keys(PROVER_KEY);
            assert!(provers_here.iter().all(|key| endowed.contains(key)));
            provers.extend(provers_here.iter().map(|key| key.0));
            relayers.extend(ethereum_address(keystore).map(|address| address.0));
        }
        assert_eq!((provers.len(), relayers.len()), (4, 4));
    }

    #[test]
    fn relayer_should_have_no_address_when_keystore_is_empty() {
        assert!(ethereum_address(&MemoryKeystore::new().into()).is_none());
    }
}
