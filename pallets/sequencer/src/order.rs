//! The heads of ended batches, for Ethereum.
//!
//! A batch that is proved or voided moves its app's head. The keccak tree over the heads that a
//! block moved is the extra data of the next block's leaf in the Merkle mountain range, so BEEFY's
//! validators sign it, and Ethereum settles nothing else. The heads themselves go to the offchain
//! database of nodes that index, under [`order_key`] of the tree's root.

use crate::{
    pallet::{BlockHeads, Config, OrderRoot, Pallet},
    ProvableBatch,
};
use alloc::vec::Vec;
use codec::Encode;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::H256;
use sp_runtime::traits::{Keccak256, Zero};
use zkfusion_primitives::{
    ids::Hash,
    order::{fold_seed, OrderHead, ORDER_HEAD_ABI_BYTES, VOIDED},
};

/// Under this target the pallet logs.
const LOG_TARGET: &str = "runtime::sequencer";

/// Returns the key of the offchain database under which the heads of the tree with this root are.
///
/// It depends on the heads alone, so that forks do not get into each other's way.
pub fn order_key(root: &H256) -> Vec<u8> {
    (b"zkfusion::order::", root).encode()
}

/// Returns the leaves of the tree of heads before hashing, without heads that are malformed.
pub fn order_leaves(heads: &[OrderHead]) -> Vec<[u8; ORDER_HEAD_ABI_BYTES]> {
    heads.iter().filter_map(|head| head.abi_encode().ok()).collect()
}

impl<T: Config> Pallet<T> {
    /// Returns the hash of the chain's genesis block.
    pub fn genesis_hash() -> [u8; 32] {
        let hash = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(hash.as_ref()) {
            *to = *from;
        }
        bytes
    }

    /// Returns the root of the tree over the heads that the previous block moved; zero if none.
    ///
    /// Valid before the end of the current block.
    pub fn order_root() -> H256 {
        OrderRoot::<T>::get()
    }

    /// Returns whether no further batch can end in this block.
    pub(crate) fn block_is_full() -> bool {
        BlockHeads::<T>::decode_len().unwrap_or(0) >= T::MaxHeads::get() as usize
    }

    /// Moves an app's head to the end of a batch.
    pub(crate) fn move_head(batch: &ProvableBatch, seeds_hash: &mut Hash, voided: bool) {
        // Seeds and folds are field elements by construction.
        match fold_seed(seeds_hash, &batch.seed) {
            Ok(folded) => *seeds_hash = folded,
            Err(_) => {
                log::error!(target: LOG_TARGET, "the seeds of app {} do not fold", batch.app);
                return;
            }
        }
        let head = OrderHead {
            genesis_hash: Self::genesis_hash(),
            app: batch.app,
            batch: batch.index,
            inbox_hash: batch.inbox_hash_post,
            seeds_hash: *seeds_hash,
            program_id: match voided {
                true => VOIDED,
                false => batch.program.program_id,
            },
        };
        if BlockHeads::<T>::try_append(head).is_err() {
            log::error!(target: LOG_TARGET, "a batch ended in a full block");
        }
    }

    /// Makes the tree of this block's heads, for the next block's leaf.
    pub(crate) fn commit_heads() {
        let heads = BlockHeads::<T>::take();
        if heads.is_empty() {
            return OrderRoot::<T>::kill();
        }
        let root = binary_merkle_tree::merkle_root::<Keccak256, _>(order_leaves(&heads));
        sp_io::offchain_index::set(&order_key(&root), &heads.encode());
        OrderRoot::<T>::put(root);
    }
}
