//! Starting the off-chain roles.

use futures::StreamExt;
use pallet_relayer::order::Commitment;
use sc_client_api::{Backend, BlockchainEvents};
use sc_consensus_beefy::communication::notification::BeefyVersionedFinalityProofStream;
use sc_service::{error::Error as ServiceError, ChainType, Configuration};
use sp_api::ProvideRuntimeApi;
use sp_blockchain::HeaderBackend;
use sp_consensus_beefy::{
    ecdsa_crypto::AuthorityId as BeefyId, BeefyApi, ConsensusLog, ValidatorSet, ValidatorSetId,
    VersionedFinalityProof, BEEFY_ENGINE_ID,
};
use sp_keystore::KeystorePtr;
use sp_runtime::{generic::OpaqueDigestItemId, traits::Header};
use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
};
use zkfusion_runtime::{opaque::Block, BlockNumber};

use crate::{
    client::{FullBackend, FullClient},
    keys,
    prover::{self, EmbeddedProver},
    roles::{EthereumAddress, Prover, Roles},
    settings, setup,
};

/// Commitments that wait to be stored before the voter complains.
const COMMITMENTS_QUEUED: usize = 1_000;

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
    /// A validator goes on without an embedded prover that does not start: batches can be proved
    /// later, and by others.
    ///
    /// # Errors
    ///
    /// When the embedded prover of another node does not start, or a daemon's token file has no
    /// token.
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
                let chain_type = config.chain_spec.chain_type();
                let started =
                    EmbeddedProver::start(chain.join("prover"), roles.prover_port, setup::kind(&chain_type))
                        .await;
                match started {
                    Ok(started) => Some(started),
                    Err(error) if config.role.is_authority() && chain_type != ChainType::Development => {
                        log::error!("{error}. The node validates without it; batches are left to others");
                        None
                    }
                    Err(error) => return Err(error),
                }
            }
            Prover::Off | Prover::Remote(_) => None,
        };
        let prover = match &roles.prover {
            Prover::Off => None,
            Prover::Embedded => embedded.as_ref().map(|it| it.url_with_token().to_owned()),
            Prover::Remote(url) => Some(prover::url_with_token(url, roles.prover_token_file.as_deref())?),
        };
        if let Some(folder) = config.database.path().filter(|_| roles.any()) {
            keep_private(folder);
        }
        match backend.offchain_storage() {
            Some(mut storage) => settings::store(&mut storage, roles, prover.as_deref()),
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

/// Lets no other user of the machine into the folder of the database, which tells the offchain
/// workers the prover's token and the keys that Ethereum's providers put into addresses.
fn keep_private(folder: &Path) {
    if let Err(error) = fs::set_permissions(folder, Permissions::from_mode(0o700)) {
        log::warn!(
            "{}: {error}; other users of this machine may read the tokens of this node's roles there",
            folder.display()
        );
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

/// Tells the relayer what validators sign for Ethereum, as they do. Ends with the voter.
pub(crate) async fn follow_commitments(
    client: Arc<FullClient>,
    backend: Arc<FullBackend>,
    commitments: BeefyVersionedFinalityProofStream<Block, BeefyId>,
) {
    let mut commitments = commitments.subscribe(COMMITMENTS_QUEUED);
    while let Some(VersionedFinalityProof::V1(signed)) = commitments.next().await {
        let block = signed.commitment.block_number;
        let set = signed.commitment.validator_set_id;
        let Some(validators) = validators(&client, block, set) else {
            log::warn!("the validators of BEEFY set {set}, which signed block {block}, are not known");
            continue;
        };
        if let Some(mut storage) = backend.offchain_storage() {
            settings::store_commitment(&mut storage, &Commitment { signed, validators });
        }
    }
}

/// Returns the validators that signed a block: those of its state, or, where that is pruned, those
/// that the first block of the session names in its header.
fn validators(client: &FullClient, block: BlockNumber, set: ValidatorSetId) -> Option<Vec<BeefyId>> {
    let mut hash = client.hash(block).ok().flatten()?;
    if let Ok(Some(known)) = client.runtime_api().validator_set(hash) {
        if known.id() == set {
            return Some(known.validators().to_vec());
        }
    }
    loop {
        let header = client.header(hash).ok().flatten()?;
        match find_authorities_change(&header) {
            Some(named) if named.id() == set => return Some(named.validators().to_vec()),
            Some(named) if named.id() < set => return None,
            _ => hash = *header.parent_hash(),
        }
    }
}

/// Returns the set of validators that a header announces.
fn find_authorities_change(header: &zkfusion_runtime::Header) -> Option<ValidatorSet<BeefyId>> {
    let id = OpaqueDigestItemId::Consensus(&BEEFY_ENGINE_ID);
    header.digest().convert_first(|item| match item.try_to(id)? {
        ConsensusLog::AuthoritiesChange(set) => Some(set),
        _ => None,
    })
}

/// Returns the seed of the well-known validator that this node is, if it is one of a development
/// chain.
fn development_validator(config: &Configuration) -> Option<&str> {
    match config.chain_spec.chain_type() {
        ChainType::Development | ChainType::Local => config.dev_key_seed.as_deref(),
        ChainType::Live | ChainType::Custom(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn database_should_be_closed_to_other_users() {
        let folder = std::env::temp_dir().join(format!("zkfusion-private-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder is made");
        keep_private(&folder);
        let mode = fs::metadata(&folder)
            .expect("the folder is there")
            .permissions()
            .mode();
        fs::remove_dir(&folder).expect("the folder is empty");
        assert_eq!(mode & 0o777, 0o700);
    }
}
