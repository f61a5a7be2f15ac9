//! Reports validators that author two blocks in one slot.
//!
//! BABE's own block import does so as well, but with headers whose seals were taken off before
//! (`check_and_report_equivocation` of sc-consensus-babe 0.60), which no runtime accepts as a proof.
//! This import stands in front of it and keeps the headers as their authors signed them.

use async_trait::async_trait;
use sc_client_api::{AuxStore, HeaderBackend};
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ImportResult};
use sc_consensus_slots::check_equivocation;
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::Result;
use sp_consensus::{BlockOrigin, Error as ConsensusError};
use sp_consensus_babe::{BabeApi, EquivocationProof, Slot, SlotDuration};
use sp_timestamp::Timestamp;
use std::{error::Error, sync::Arc};
use zkfusion_runtime::{opaque::Block, Hash, Header};

/// Begins the keys of the database under which headers are kept. BABE's own are without it.
const PREFIX: &[u8] = b"zkfusion_sealed_headers_";

/// Imports blocks, and reports those that are the second one of their author in a slot.
pub(crate) struct ReportingImport<I, C> {
    /// Imports the blocks.
    pub(crate) inner: I,
    /// Gives access to the chain.
    pub(crate) client: Arc<C>,
    /// Takes reports.
    pub(crate) pool: OffchainTransactionPoolFactory<Block>,
    /// The length of a slot.
    pub(crate) slot_duration: SlotDuration,
}

impl<I: Clone, C> Clone for ReportingImport<I, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            client: self.client.clone(),
            pool: self.pool.clone(),
            slot_duration: self.slot_duration,
        }
    }
}

#[async_trait]
impl<I, C> BlockImport<Block> for ReportingImport<I, C>
where
    I: BlockImport<Block, Error = ConsensusError> + Send + Sync,
    C: AuxStore + HeaderBackend<Block> + ProvideRuntimeApi<Block, Api: BabeApi<Block>> + Send + Sync,
{
    type Error = ConsensusError;

    async fn check_block(
        &self,
        block: BlockCheckParams<Block>,
    ) -> std::result::Result<ImportResult, ConsensusError> {
        self.inner.check_block(block).await
    }

    async fn import_block(
        &self,
        block: BlockImportParams<Block>,
    ) -> std::result::Result<ImportResult, ConsensusError> {
        // What comes with the first synchronization is too old to be reported.
        let recent = block.origin != BlockOrigin::NetworkInitialSync && !block.with_state();
        let header = recent.then(|| block.post_header());
        let result = self.inner.import_block(block).await;
        if let (Some(header), Ok(ImportResult::Imported(_))) = (header, &result) {
            if let Err(error) = self.report(&header) {
                log::warn!(
                    "block {:?} is not checked for equivocation: {error}",
                    header.hash()
                );
            }
        }
        result
    }
}

impl<I, C> ReportingImport<I, C>
where
    C: AuxStore + HeaderBackend<Block> + ProvideRuntimeApi<Block, Api: BabeApi<Block>>,
{
    /// Reports the author of an imported block if it is its second one in the slot.
    fn report(&self, header: &Header) -> std::result::Result<(), Box<dyn Error>> {
        let block = header.hash();
        let digest = sc_consensus_babe::find_pre_digest::<Block>(header)?;
        let slot = digest.slot();
        // A block's state has the authorities and the session of the block itself.
        let epoch = self.client.runtime_api().current_epoch(block)?;
        let Some((author, _)) = epoch.authorities.get(digest.authority_index() as usize) else {
            return Err("its author is none of its epoch".into());
        };
        let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration);
        let sealed = SealedHeaders(&*self.client);
        let Some(proof) = check_equivocation(&sealed, now, slot, header, author)? else {
            return Ok(());
        };
        log::warn!(
            "{author} authored two blocks in slot {}: {:?} and {:?}",
            *slot,
            proof.first_header.hash(),
            proof.second_header.hash()
        );
        self.submit(proof, block)
    }

    /// Puts a report into the transaction pool.
    fn submit(
        &self,
        proof: EquivocationProof<Header>,
        block: Hash,
    ) -> std::result::Result<(), Box<dyn Error>> {
        let api = self.client.runtime_api();
        let owner = api.generate_key_ownership_proof(block, proof.slot, proof.offender.clone())?;
        let owner = owner.ok_or("its author is no validator of its session")?;
        let best = self.client.info().best_hash;
        let mut api = self.client.runtime_api();
        api.register_extension(self.pool.offchain_transaction_pool(best));
        // None: the pool has the report already, or the chain knows of the offence.
        api.submit_report_equivocation_unsigned_extrinsic(best, proof, owner)?;
        Ok(())
    }
}

/// Keeps headers in the node's database, apart from those that BABE keeps there.
struct SealedHeaders<'a, C>(&'a C);

impl<C: AuxStore> AuxStore for SealedHeaders<'_, C> {
    fn insert_aux<
        'a,
        'b: 'a,
        'c: 'a,
        I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
        D: IntoIterator<Item = &'a &'b [u8]>,
    >(
        &self,
        insert: I,
        delete: D,
    ) -> Result<()> {
        let insert: Vec<_> = insert
            .into_iter()
            .map(|(key, value)| (prefixed(key), *value))
            .collect();
        let delete: Vec<_> = delete.into_iter().map(|key| prefixed(key)).collect();
        let insert: Vec<_> = insert
            .iter()
            .map(|(key, value)| (key.as_slice(), *value))
            .collect();
        let delete: Vec<_> = delete.iter().map(Vec::as_slice).collect();
        self.0.insert_aux(&insert, &delete)
    }

    fn get_aux(&self, key: &[u8]) -> Result<Option<Vec<u8>>> {
        self.0.get_aux(&prefixed(key))
    }
}

fn prefixed(key: &[u8]) -> Vec<u8> {
    [PREFIX, key].concat()
}
