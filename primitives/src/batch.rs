//! A sealed batch: everything that a prover needs besides the program and the app's leaves.

use crate::{
    field::NonCanonical,
    ids::{AppId, BatchIndex, Hash, ProgramId},
    message::{extend_inbox_hash, Message},
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode};
use scale_info::TypeInfo;

/// Consecutive messages of one app that are executed and proved together.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct Batch {
    /// Hash of the chain's genesis block, as the chain reports it.
    pub genesis_hash: [u8; 32],
    /// The app.
    pub app_id: AppId,
    /// The program that the app runs on this batch.
    pub program_id: ProgramId,
    /// Position in the app's history.
    pub batch_index: BatchIndex,
    /// KV root before the batch.
    pub pre_root: Hash,
    /// Inbox hash chain before the first message.
    pub inbox_hash_pre: Hash,
    /// Randomness that was unknown when the batch was sealed, as [`vrf_seed`] makes it.
    pub vrf_seed: Hash,
    /// The messages in order.
    pub messages: Vec<Message>,
}

impl Batch {
    /// Returns the inbox hash chain after the last message.
    ///
    /// # Errors
    ///
    /// [`NonCanonical`] if `inbox_hash_pre` is not a field element.
    pub fn inbox_hash_post(&self) -> Result<Hash, NonCanonical> {
        extend_inbox_hash(&self.inbox_hash_pre, &self.messages)
    }
}

/// Returns the field element that a VRF output stands for: its first 31 bytes, little-endian.
pub fn vrf_seed(output: &[u8; 32]) -> Hash {
    let mut seed = *output;
    seed[31] = 0;
    seed
}
