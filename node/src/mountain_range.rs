//! The part of the Merkle mountain range that a node lacks which has not executed every block.
//!
//! Blocks write the range's nodes outside of the state, where proofs are made from. A node that
//! began with a later state (warp sync) has none of those before it. Proofs of leaves after that
//! state need of them only its peaks, and these are in the state itself.

use codec::{Decode, Encode};
use futures::StreamExt;
use pallet_mmr::{primitives::DataOrHash, Nodes};
use sc_client_api::{Backend, BlockchainEvents, StorageProvider};
use sp_blockchain::Result;
use sp_core::offchain::{DbExternalities, StorageKind};
use sp_mmr_primitives::{utils::NodesUtils, NodeIndex, INDEXING_PREFIX};
use sp_runtime::traits::{Header as _, Keccak256};
use sp_storage::StorageKey;
use std::sync::Arc;
use zkfusion_runtime::{Hash, Header, MmrLeaf, Runtime};

use crate::client::{FullBackend, FullClient};

/// The most blocks to look back for the oldest state, which is more than nodes keep by default.
const MAX_STATES: u32 = 1_024;

/// Waits until the node follows the chain, and completes what proofs are made from.
pub(crate) async fn restore_peaks(client: Arc<FullClient>, backend: Arc<FullBackend>) {
    let mut finality = client.finality_notification_stream();
    let Some(notification) = finality.next().await else {
        return;
    };
    drop(finality);
    match restore(&client, &backend, notification.header) {
        Ok(0) => {}
        Ok(peaks) => log::info!("restored {peaks} peaks of the Merkle mountain range from the state"),
        Err(error) => log::warn!(
            "the Merkle mountain range's peaks cannot be read: {error}; this node cannot relay until it \
             is started again"
        ),
    }
}

/// Writes those peaks of the oldest state that are missing, and returns how many were.
fn restore(client: &FullClient, backend: &FullBackend, final_block: Header) -> Result<usize> {
    let Some(storage) = backend.offchain_storage() else {
        return Ok(0);
    };
    let mut nodes = sc_offchain::OffchainDb::new(storage);
    let mut missing = 0;
    for (position, hash) in peaks(client, oldest_state(client, backend, final_block)?)? {
        let key = NodesUtils::node_canon_offchain_key(INDEXING_PREFIX, position);
        if nodes.local_storage_get(StorageKind::PERSISTENT, &key).is_none() {
            let node = DataOrHash::<Keccak256, MmrLeaf>::Hash(hash).encode();
            nodes.local_storage_set(StorageKind::PERSISTENT, &key, &node);
            missing += 1;
        }
    }
    Ok(missing)
}

/// Returns the oldest ancestor of a block whose state is here.
fn oldest_state(client: &FullClient, backend: &FullBackend, mut block: Header) -> Result<Hash> {
    for _ in 0..MAX_STATES {
        let Some(parent) = client.header(*block.parent_hash())? else {
            break;
        };
        if !backend.have_state_at(parent.hash(), *parent.number()) {
            break;
        }
        block = parent;
    }
    Ok(block.hash())
}

/// Returns the nodes of the range that a state holds, which are its peaks, with their positions.
fn peaks(client: &FullClient, block: Hash) -> Result<Vec<(NodeIndex, Hash)>> {
    // The keys are not hashed: a key ends with the position.
    let mut prefix = Nodes::<Runtime>::hashed_key_for(0);
    prefix.truncate(prefix.len() - size_of::<NodeIndex>());
    let prefix = StorageKey(prefix);
    let pairs = client.storage_pairs(block, Some(&prefix), None)?;
    let peak = |(key, value): (StorageKey, sp_storage::StorageData)| {
        let position = key.0.get(prefix.0.len()..)?;
        let position = NodeIndex::decode(&mut &position[..]).ok()?;
        Some((position, Hash::decode(&mut &value.0[..]).ok()?))
    };
    Ok(pairs.filter_map(peak).collect())
}
