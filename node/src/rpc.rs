//! The RPC methods beyond those that every Substrate node has.

mod fusion;

use jsonrpsee::RpcModule;
use sc_client_api::Backend;
use sc_consensus_babe::BabeWorkerHandle;
use sc_consensus_beefy::communication::notification::{
    BeefyBestBlockStream, BeefyVersionedFinalityProofStream,
};
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_rpc::SubscriptionTaskExecutor;
use sc_transaction_pool_api::TransactionPool;
use sp_consensus_beefy::ecdsa_crypto::AuthorityId as BeefyId;
use sp_keystore::KeystorePtr;
use std::{error::Error, sync::Arc};
use zkfusion_runtime::{opaque::Block, BlockNumber, Hash};

use crate::client::{FullBackend, FullClient, SelectChain};

/// What the methods work with.
pub(crate) struct Dependencies<P> {
    /// The chain.
    pub(crate) client: Arc<FullClient>,
    /// Where the chain and the offchain data are stored.
    pub(crate) backend: Arc<FullBackend>,
    /// Transactions waiting.
    pub(crate) pool: Arc<P>,
    /// The finality voter.
    pub(crate) grandpa: GrandpaDependencies,
    /// The author of blocks.
    pub(crate) babe: BabeDependencies,
    /// The voter for Ethereum.
    pub(crate) beefy: BeefyDependencies,
}

impl<P> Clone for Dependencies<P> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            backend: self.backend.clone(),
            pool: self.pool.clone(),
            grandpa: self.grandpa.clone(),
            babe: self.babe.clone(),
            beefy: self.beefy.clone(),
        }
    }
}

/// What the methods about authorship work with.
#[derive(Clone)]
pub(crate) struct BabeDependencies {
    /// Knows the epochs.
    pub(crate) worker: BabeWorkerHandle<Block>,
    /// Where the author's keys are.
    pub(crate) keystore: KeystorePtr,
    /// Chooses the chain to build upon.
    pub(crate) select_chain: SelectChain,
}

/// What the methods about commitments for Ethereum work with.
#[derive(Clone)]
pub(crate) struct BeefyDependencies {
    /// Signed commitments as they are made.
    pub(crate) commitments: BeefyVersionedFinalityProofStream<Block, BeefyId>,
    /// The newest block with a commitment.
    pub(crate) best_block: BeefyBestBlockStream<Block>,
}

/// What the finality methods work with.
#[derive(Clone)]
pub(crate) struct GrandpaDependencies {
    /// What this node's voter is doing.
    pub(crate) voter_state: SharedVoterState,
    /// Who votes.
    pub(crate) authority_set: SharedAuthoritySet<Hash, BlockNumber>,
    /// Justifications as they are made.
    pub(crate) justifications: GrandpaJustificationStream<Block>,
    /// Proofs of finality.
    pub(crate) proofs: Arc<FinalityProofProvider<FullBackend, Block>>,
}

/// Returns the node's own methods: `system`, `payment`, `babe`, `grandpa`, `beefy`, `mmr`, `dev`
/// and `fusion`.
pub(crate) fn create<P>(
    dependencies: Dependencies<P>,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>>
where
    P: TransactionPool<Block = Block, Hash = Hash> + 'static,
{
    use fusion::{FusionRpc, FusionServer};
    use mmr_rpc::{Mmr, MmrApiServer};
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use sc_consensus_babe_rpc::{Babe, BabeApiServer};
    use sc_consensus_beefy_rpc::{Beefy, BeefyApiServer};
    use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
    use sc_rpc::dev::{Dev, DevApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let Dependencies {
        client,
        backend,
        pool,
        grandpa,
        babe,
        beefy,
    } = dependencies;
    let GrandpaDependencies {
        voter_state,
        authority_set,
        justifications,
        proofs,
    } = grandpa;
    let mut module = RpcModule::new(());
    module.merge(System::new(client.clone(), pool).into_rpc())?;
    module.merge(TransactionPayment::new(client.clone()).into_rpc())?;
    module.merge(Babe::new(client.clone(), babe.worker, babe.keystore, babe.select_chain).into_rpc())?;
    module.merge(
        Grandpa::new(
            executor.clone(),
            authority_set,
            voter_state,
            justifications,
            proofs,
        )
        .into_rpc(),
    )?;
    module.merge(Beefy::<Block, BeefyId>::new(beefy.commitments, beefy.best_block, executor)?.into_rpc())?;
    if let Some(storage) = backend.offchain_storage() {
        module.merge(Mmr::new(client.clone(), storage).into_rpc())?;
    }
    module.merge(Dev::new(client.clone()).into_rpc())?;
    module.merge(FusionRpc::new(client, backend).into_rpc())?;
    Ok(module)
}
