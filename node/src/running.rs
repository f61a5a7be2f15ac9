//! Starting the off-chain roles.

use futures::StreamExt;
use sc_client_api::{Backend, BlockchainEvents};
use sc_service::{error::Error as ServiceError, ChainType, Configuration};
use sp_blockchain::HeaderBackend;
use sp_keystore::KeystorePtr;
use sp_runtime::traits::Header;
use std::sync::Arc;
use zkfusion_halo2::srs::SrsKind;

use crate::{
    keys,
    prover::EmbeddedProver,
    roles::{EthereumAddress, Prover, Roles},
    service::{FullBackend, FullClient},
    settings,
};

/// What runs inside the node for its roles, and what it found out about them.
pub(crate) struct RunningRoles {
    /// The prover service, if it is inside the node.
    pub(crate) embedded: Option<EmbeddedProver>,
    /// The relayer's Ethereum account, if the node relays and has a key.
    pub(crate) relayer: Option<EthereumAddress>,
}

impl RunningRoles {
    /// Starts what the roles need and tells the offchain workers, which must not run yet.
    ///
    /// # Errors
    ///
    /// When the embedded prover does not start.
    pub(crate) async fn start(
        config: &Configuration,
        roles: &Roles,
        keystore: &KeystorePtr,
        backend: &FullBackend,
    ) -> Result<Self, ServiceError> {
        if let Some(validator) = development_validator(config) {
            keys::insert_development_keys(keystore, validator);
        }
        if roles.prover != Prover::Off {
            keys::check_prover_key(keystore);
        }
        let relayer = roles
            .relayer
            .as_ref()
            .and_then(|_| keys::relayer_address(keystore));
        let embedded = match roles.prover {
            Prover::Embedded => {
                let chain = config.base_path.config_dir(config.chain_spec.id());
                let started =
                    EmbeddedProver::start(chain.join("prover"), roles.prover_port, setup(config)).await?;
                Some(started)
            }
            Prover::Off | Prover::Remote(_) => None,
        };
        match backend.offchain_storage() {
            Some(mut storage) => settings::store(&mut storage, roles, embedded.as_ref().map(|it| it.url())),
            None if roles.any() => {
                return Err(ServiceError::Other(
                    "the database keeps nothing for offchain workers: no role can run".into(),
                ))
            }
            None => {}
        }
        Ok(Self { embedded, relayer })
    }
}

/// Tells the relayer which block is final, now and whenever another is. Ends with the client.
pub(crate) async fn follow_finality(client: Arc<FullClient>, backend: Arc<FullBackend>) {
    // Subscribed to before the first look, so that none is missed.
    let mut notifications = client.finality_notification_stream();
    let store = |number, hash| {
        if let Some(mut storage) = backend.offchain_storage() {
            settings::store_finalized(&mut storage, number, hash);
        }
    };
    let info = client.info();
    store(info.finalized_number, info.finalized_hash);
    while let Some(notification) = notifications.next().await {
        store(*notification.header.number(), notification.hash);
    }
}

/// Returns the trusted setup of the chain's proofs: the insecure one on development chains only.
fn setup(config: &Configuration) -> SrsKind {
    match config.chain_spec.chain_type() {
        ChainType::Development | ChainType::Local => SrsKind::InsecureDevelopment,
        ChainType::Live | ChainType::Custom(_) => SrsKind::Ceremony,
    }
}

/// Returns the seed of the well-known validator that this node is, if it is one of a development chain.
fn development_validator(config: &Configuration) -> Option<&str> {
    match config.chain_spec.chain_type() {
        ChainType::Development | ChainType::Local => config.dev_key_seed.as_deref(),
        ChainType::Live | ChainType::Custom(_) => None,
    }
}
