//! The types of the parts that the whole node shares.

use async_trait::async_trait;
use sc_consensus_babe::{BabeBlockImport, BabeLink, BabeWorkerHandle};
use sc_consensus_beefy::{import::BeefyBlockImport, BeefyRPCLinks, BeefyVoterLinks};
use sc_telemetry::Telemetry;
use sp_consensus_babe::{inherents::InherentDataProvider as SlotProvider, SlotDuration};
use sp_consensus_beefy::ecdsa_crypto::AuthorityId as BeefyId;
use sp_inherents::CreateInherentDataProviders;
use std::error::Error;
use zkfusion_runtime::{apis::RuntimeApi, opaque::Block, Hash};

use crate::equivocation::ReportingImport;

/// Gives access to the chain.
pub(crate) type FullClient = sc_service::TFullClient<Block, RuntimeApi, Executor>;
/// Stores the chain.
pub(crate) type FullBackend = sc_service::TFullBackend<Block>;
/// Functions that the node does for the runtime, in addition to the SDK's.
pub(crate) type OwnHostFunctions = zkfusion_primitives::poseidon::host::poseidon::HostFunctions;
/// Executes the runtime.
pub(crate) type Executor = sc_executor::WasmExecutor<(sp_io::SubstrateHostFunctions, OwnHostFunctions)>;
/// Chooses the chain to build upon.
pub(crate) type SelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// Transactions waiting.
pub(crate) type Pool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;
/// Imports justifications of GRANDPA.
pub(crate) type GrandpaBlockImport =
    sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, SelectChain>;
/// Connects the import of blocks with GRANDPA's voter.
pub(crate) type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, SelectChain>;
/// Imports blocks: BABE checks who authored, then BEEFY and GRANDPA take their justifications. Who
/// authored two blocks in a slot is reported.
pub(crate) type BlockImport = ReportingImport<
    BabeBlockImport<
        Block,
        FullClient,
        BeefyBlockImport<Block, FullBackend, FullClient, GrandpaBlockImport, BeefyId>,
        Inherents,
        SelectChain,
    >,
    FullClient,
>;

/// What the node and its commands share.
pub(crate) type PartialComponents = sc_service::PartialComponents<
    FullClient,
    FullBackend,
    SelectChain,
    sc_consensus::DefaultImportQueue<Block>,
    Pool,
    Consensus,
>;

/// The parts of consensus that begin with the import of blocks.
pub(crate) struct Consensus {
    /// Imports blocks.
    pub(crate) block_import: BlockImport,
    /// What BABE's author needs of the import.
    pub(crate) babe: BabeLink<Block>,
    /// Answers questions about BABE.
    pub(crate) babe_worker: BabeWorkerHandle<Block>,
    /// What GRANDPA's voter needs of the import.
    pub(crate) grandpa: GrandpaLink,
    /// What BEEFY's voter needs of the import.
    pub(crate) beefy: BeefyVoterLinks<Block, BeefyId>,
    /// What BEEFY's voter tells others.
    pub(crate) beefy_rpc: BeefyRPCLinks<Block, BeefyId>,
    /// The inherents of a block.
    pub(crate) inherents: Inherents,
    /// Reports to telemetry servers.
    pub(crate) telemetry: Option<Telemetry>,
}

/// Makes the inherents of blocks: the time, and the slot that follows from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Inherents {
    /// The length of a slot.
    pub(crate) slot_duration: SlotDuration,
}

#[async_trait]
impl CreateInherentDataProviders<Block, ()> for Inherents {
    type InherentDataProviders = (SlotProvider, sp_timestamp::InherentDataProvider);

    async fn create_inherent_data_providers(
        &self,
        _parent: Hash,
        _: (),
    ) -> Result<Self::InherentDataProviders, Box<dyn Error + Send + Sync>> {
        let timestamp = sp_timestamp::InherentDataProvider::from_system_time();
        let slot = SlotProvider::from_timestamp_and_slot_duration(*timestamp, self.slot_duration);
        Ok((slot, timestamp))
    }
}
