//! The trusted setup of the chain's proofs, checked before a node starts.

use codec::{Decode, DecodeAll};
use sc_client_api::StorageProvider;
use sc_service::{error::Error as ServiceError, ChainType};
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, is_development, SrsKind},
};
use zkfusion_primitives::verifier::halo2::{CheckedProtocol, Protocol};
use zkfusion_runtime::Runtime;

use crate::client::FullClient;

/// Returns the setup that a chain of this type has: the insecure one on development chains only.
pub(crate) fn kind(chain_type: &ChainType) -> SrsKind {
    match chain_type {
        ChainType::Development | ChainType::Local => SrsKind::InsecureDevelopment,
        ChainType::Live | ChainType::Custom(_) => SrsKind::Ceremony,
    }
}

/// Checks that the chain's setup is one that its type may have and, where the node `proves`, that its own setup and circuit
/// are the chain's.
///
/// # Errors
///
/// What differs, and what to do about it.
pub(crate) fn check(client: &FullClient, chain_type: &ChainType, proves: bool) -> Result<(), ServiceError> {
    let chain = protocol(client)?;
    check_type(chain_type, chain.as_ref()).map_err(ServiceError::Other)?;
    let Some(chain) = chain.filter(|_| proves) else {
        return Ok(());
    };
    let own = BatchProver::new(&cache_folder(), kind(chain_type)).protocol();
    let own = own.map_err(|error| {
        ServiceError::Other(format!(
            "this node cannot prove: {error}; import the chain's ceremony file with `fusion-prover setup import`, or start with \
             --prover off"
        ))
    })?;
    check_own(&chain, own.protocol()).map_err(ServiceError::Other)
}

/// Returns what the chain checks proofs against; nothing if it takes none.
fn protocol(client: &FullClient) -> Result<Option<Protocol>, ServiceError> {
    let key = StorageKey(pallet_verifier::Protocol::<Runtime>::hashed_key().to_vec());
    let Some(stored) = client.storage(client.info().best_hash, &key)? else {
        return Ok(None);
    };
    let decoded = Vec::<u8>::decode(&mut &stored.0[..])
        .ok()
        .and_then(|bytes| CheckedProtocol::decode_all(&mut &bytes[..]).ok());
    let checked = decoded.ok_or_else(|| {
        ServiceError::Other("the chain's proof system is of another version than this node's".into())
    })?;
    Ok(Some(checked.protocol().clone()))
}

fn check_type(chain_type: &ChainType, chain: Option<&Protocol>) -> Result<(), String> {
    let insecure = chain.is_some_and(|chain| is_development(&chain.srs));
    match kind(chain_type) {
        SrsKind::Ceremony if insecure => Err(format!(
            "the chain is of type {chain_type:?} and its genesis has the INSECURE development setup, with which everybody can \
             forge proofs. Import a ceremony file (`fusion-prover setup import FILE`) and make the specification with \
             `zkfusion-node build-testnet-spec`"
        )),
        _ => Ok(()),
    }
}

fn check_own(chain: &Protocol, own: &Protocol) -> Result<(), String> {
    if chain.srs != own.srs {
        return Err(
            "this node's trusted setup is not the chain's: import the ceremony file that the chain was made with (`fusion-prover \
             setup import FILE`), or start with --prover off"
                .into(),
        );
    }
    if chain != own {
        return Err(
            "this node's circuit is not the chain's: use the node of the chain's version, or start with --prover off".into(),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the protocol of the development setup.
    fn development() -> Protocol {
        let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
        prover.protocol().expect("the setup is made").protocol().clone()
    }

    /// Returns the same circuit with a setup of another secret.
    fn ceremony() -> Protocol {
        let mut protocol = development();
        protocol.srs.s_g2 = protocol.srs.g2;
        protocol
    }

    #[test]
    fn insecure_setup_should_be_refused_on_chains_that_are_not_for_development() {
        let custom = ChainType::Custom("money".into());
        for live in [ChainType::Live, custom] {
            let refusal = check_type(&live, Some(&development())).expect_err("it is refused");
            assert!(
                refusal.contains("INSECURE") && refusal.contains("build-testnet-spec"),
                "{refusal}"
            );
            assert_eq!(check_type(&live, Some(&ceremony())), Ok(()));
            assert_eq!(check_type(&live, None), Ok(()));
        }
        for development_chain in [ChainType::Development, ChainType::Local] {
            assert_eq!(check_type(&development_chain, Some(&development())), Ok(()));
        }
    }

    #[test]
    fn prover_should_be_refused_when_its_setup_or_circuit_is_another() {
        assert_eq!(check_own(&development(), &development()), Ok(()));
        let setup = check_own(&ceremony(), &development()).expect_err("the setups differ");
        assert!(setup.contains("setup is not the chain's"), "{setup}");
        let mut changed = development();
        changed.quotient_pieces += 1;
        let circuit = check_own(&changed, &development()).expect_err("the circuits differ");
        assert!(circuit.contains("circuit is not the chain's"), "{circuit}");
    }
}
