//! The trusted setup of the chain's proofs, checked before a node starts.

use codec::{Decode, DecodeAll};
use pallet_verifier::{CurrentProtocol, Protocols};
use sc_client_api::StorageProvider;
use sc_service::{error::Error as ServiceError, ChainType};
use sp_blockchain::HeaderBackend;
use sp_core::storage::StorageKey;
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, is_development, SrsKind},
};
use zkfusion_primitives::{
    ids::Hash,
    verifier::halo2::{CheckedProtocol, Protocol},
};
use zkfusion_runtime::Runtime;

use crate::client::FullClient;

/// Returns the setup that a chain of this type has: the insecure one on development chains only.
pub(crate) fn kind(chain_type: &ChainType) -> SrsKind {
    match chain_type {
        ChainType::Development | ChainType::Local => SrsKind::InsecureDevelopment,
        ChainType::Live | ChainType::Custom(_) => SrsKind::Ceremony,
    }
}

/// The protocols that the chain has in its newest block.
struct ChainProtocols {
    /// Digest of that in force.
    current: Hash,
    /// That in force and the former ones against which proofs are still checked.
    all: Vec<CheckedProtocol>,
}

/// Checks that the chain's setups are such that its type may have and, where the node `proves`,
/// that its own setup and circuit are the chain's: those in force, or former ones, whose apps have
/// to be proved too.
///
/// # Errors
///
/// What differs, and what to do about it.
pub(crate) fn check(client: &FullClient, chain_type: &ChainType, proves: bool) -> Result<(), ServiceError> {
    let Some(chain) = protocols(client)? else {
        return Ok(());
    };
    for checked in &chain.all {
        check_type(chain_type, checked.protocol()).map_err(ServiceError::Other)?;
    }
    if !proves {
        return Ok(());
    }
    let own = BatchProver::new(&cache_folder(), kind(chain_type)).protocol();
    let own = own.map_err(|error| {
        ServiceError::Other(format!(
            "this node cannot prove: {error}; import the chain's ceremony file with `fusion-prover setup import`, or start with \
             --prover off"
        ))
    })?;
    if !check_own(&chain, &own).map_err(ServiceError::Other)? {
        log::warn!(
            "this node's circuit or setup is a former one of the chain: it proves the apps whose keys are of it, and no others"
        );
    }
    Ok(())
}

/// Returns what the chain checks proofs against; nothing if it takes none.
fn protocols(client: &FullClient) -> Result<Option<ChainProtocols>, ServiceError> {
    let at = client.info().best_hash;
    let other_version =
        || ServiceError::Other("the chain's proof system is of another version than this node's".into());
    let current = StorageKey(CurrentProtocol::<Runtime>::hashed_key().to_vec());
    let Some(current) = client.storage(at, &current)? else {
        return Ok(None);
    };
    let current = Hash::decode_all(&mut &current.0[..]).map_err(|_| other_version())?;
    let prefix = StorageKey(Protocols::<Runtime>::map_storage_final_prefix());
    let mut all = Vec::new();
    for key in client.storage_keys(at, Some(&prefix), None)? {
        let stored = client.storage(at, &key)?.ok_or_else(other_version)?;
        let bytes = Vec::<u8>::decode(&mut &stored.0[..]).map_err(|_| other_version())?;
        all.push(CheckedProtocol::decode_all(&mut &bytes[..]).map_err(|_| other_version())?);
    }
    Ok(Some(ChainProtocols { current, all }))
}

fn check_type(chain_type: &ChainType, chain: &Protocol) -> Result<(), String> {
    match kind(chain_type) {
        SrsKind::Ceremony if is_development(&chain.srs) => Err(format!(
            "the chain is of type {chain_type:?} and has the INSECURE development setup, with which everybody can forge \
             proofs. Import a ceremony file (`fusion-prover setup import FILE`) and make the specification with \
             `zkfusion-node build-testnet-spec`"
        )),
        _ => Ok(()),
    }
}

/// Returns whether the node's protocol is that in force; it is a former one otherwise.
fn check_own(chain: &ChainProtocols, own: &CheckedProtocol) -> Result<bool, String> {
    if chain.all.iter().any(|checked| checked.digest() == own.digest()) {
        return Ok(*own.digest() == chain.current);
    }
    let same_setup = |checked: &CheckedProtocol| checked.protocol().srs == own.protocol().srs;
    if chain.all.iter().any(same_setup) {
        return Err(
            "this node's circuit is not the chain's: use the node of the chain's version, or start with --prover off".into(),
        );
    }
    Err(
        "this node's trusted setup is not the chain's: import the ceremony file that the chain was made with (`fusion-prover \
         setup import FILE`), or start with --prover off"
            .into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkfusion_primitives::verifier::halo2::G2Point;

    /// Returns the protocol of the development setup.
    fn development() -> Protocol {
        let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
        prover.protocol().expect("the setup is made").protocol().clone()
    }

    /// Returns the same circuit with a setup of another secret.
    fn ceremony() -> Protocol {
        let mut protocol = development();
        let s_g2 = protocol.srs.g2.affine();
        protocol.srs.s_g2 = G2Point::new((s_g2 + s_g2).into()).expect("the point is on the curve");
        protocol
    }

    /// Returns another circuit with the development setup.
    fn other_circuit() -> Protocol {
        let mut protocol = development();
        protocol.quotient_pieces += 1;
        protocol
    }

    fn checked(protocol: Protocol) -> CheckedProtocol {
        protocol.check().expect("the protocol is well-formed")
    }

    /// Returns what a chain has that changed its protocol, from first to last.
    fn chain(protocols: impl IntoIterator<Item = Protocol>) -> ChainProtocols {
        let all: Vec<_> = protocols.into_iter().map(checked).collect();
        let current = *all.last().expect("there is one").digest();
        ChainProtocols { current, all }
    }

    #[test]
    fn insecure_setup_should_be_refused_on_chains_that_are_not_for_development() {
        let custom = ChainType::Custom("money".into());
        for live in [ChainType::Live, custom] {
            let refusal = check_type(&live, &development()).expect_err("it is refused");
            assert!(
                refusal.contains("INSECURE") && refusal.contains("build-testnet-spec"),
                "{refusal}"
            );
            assert_eq!(check_type(&live, &ceremony()), Ok(()));
        }
        for development_chain in [ChainType::Development, ChainType::Local] {
            assert_eq!(check_type(&development_chain, &development()), Ok(()));
        }
    }

    #[test]
    fn prover_should_be_refused_when_its_setup_or_circuit_is_another() {
        let own = checked(development());
        assert_eq!(check_own(&chain([development()]), &own), Ok(true));
        let setup = check_own(&chain([ceremony()]), &own).expect_err("the setups differ");
        assert!(setup.contains("setup is not the chain's"), "{setup}");
        let circuit = check_own(&chain([other_circuit()]), &own).expect_err("the circuits differ");
        assert!(circuit.contains("circuit is not the chain's"), "{circuit}");
    }

    #[test]
    fn prover_should_be_told_when_its_circuit_is_a_former_one() {
        let own = checked(development());
        assert_eq!(
            check_own(&chain([development(), other_circuit()]), &own),
            Ok(false)
        );
        assert_eq!(
            check_own(&chain([other_circuit(), development()]), &own),
            Ok(true)
        );
    }
}
