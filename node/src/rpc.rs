//! The RPC methods beyond those that every Substrate node has.

mod fusion;

use jsonrpsee::RpcModule;
use sc_consensus_grandpa::{
    FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_rpc::SubscriptionTaskExecutor;
use sc_transaction_pool_api::TransactionPool;
use std::{error::Error, sync::Arc};
use zkfusion_runtime::{opaque::Block, BlockNumber, Hash};

use crate::service::{FullBackend, FullClient};

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

/// Returns the node's own methods: `system`, `payment`, `grandpa`, `dev` and `fusion`.
pub(crate) fn create<P>(
    dependencies: Dependencies<P>,
    executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn Error + Send + Sync>>
where
    P: TransactionPool<Block = Block, Hash = Hash> + 'static,
{
    use fusion::{FusionRpc, FusionServer};
    use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
    use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
    use sc_rpc::dev::{Dev, DevApiServer};
    use substrate_frame_rpc_system::{System, SystemApiServer};

    let Dependencies {
        client,
        backend,
        pool,
        grandpa,
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
    module.merge(Grandpa::new(executor, authority_set, voter_state, justifications, proofs).into_rpc())?;
    module.merge(Dev::new(client.clone()).into_rpc())?;
    module.merge(FusionRpc::new(client, backend).into_rpc())?;
    Ok(module)
}
