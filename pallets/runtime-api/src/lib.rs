//! What a node, and through it anybody, can ask the runtime about apps, batches and messages.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

mod views;

pub use views::{AppView, BatchState, BatchView, VerifiedView};

use alloc::{string::String, vec::Vec};
use codec::Codec;
use pallet_sequencer::MessageState;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, MessageIndex},
    merkle::{Leaf, MerklePath},
    message::Message,
    statement::Statement,
};

sp_api::decl_runtime_apis! {
    /// Apps, batches, messages and state.
    pub trait FusionApi<AccountId> where AccountId: Codec {
        /// Returns the number of registered apps; their ids are those below it.
        fn app_count() -> u32;

        /// Returns an app and where it stands.
        fn app(app: AppId) -> Option<AppView<AccountId>>;

        /// Returns what the next message of an app is taken for its fuel if it has so many bytes of
        /// payload; what it does not use is returned later.
        fn fuel_fee(app: AppId, payload_bytes: u32, fuel_limit: u64) -> Option<u128>;

        /// Returns a batch that is sealed and not forgotten.
        fn batch(app: AppId, batch: BatchIndex) -> Option<BatchView>;

        /// Returns what was proved of a batch, and by whom it was submitted, if the batch is
        /// verified and not forgotten.
        fn verified_batch(app: AppId, batch: BatchIndex) -> Option<VerifiedView<AccountId>>;

        /// Returns where a message stands.
        fn message_status(app: AppId, index: MessageIndex) -> Option<MessageState>;

        /// Returns a message that is not processed.
        fn message(app: AppId, index: MessageIndex) -> Option<Message>;

        /// Returns a leaf of an app's state with the proof that it belongs to the app's root. The
        /// leaf is empty if it was never written. Takes time in proportion to the size of the app's
        /// state.
        fn leaf(app: AppId, index: u32) -> MerklePath;

        /// Returns up to `limit` leaves of an app that are not empty, in storage order, from the
        /// first or from the one after `after`.
        fn leaves(app: AppId, after: Option<u32>, limit: u32) -> Vec<(u32, Leaf)>;

        /// Returns whether `wasm` can be registered as a program, and if not, why, naming function,
        /// offset and instruction.
        fn check_program(wasm: Vec<u8>) -> Result<(), String>;

        /// Checks a proof of a statement as a submission would, without regard to whether the
        /// statement is the chain's next. The error is that of the verifier pallet, by name.
        fn check_proof(k: u8, statement: Statement, proof: Vec<u8>) -> Result<(), String>;
    }
}
