//! Answers of the runtime.

use codec::{Decode, Encode};
use scale_info::TypeInfo;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, Hash, MessageIndex, ProgramId},
    statement::Statement,
};

/// An app and where it stands.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct AppView<AccountId> {
    /// The app's id.
    pub app: AppId,
    /// The account for which it was registered.
    pub owner: AccountId,
    /// `blake2_256` of the program's wasm.
    pub wasm_hash: [u8; 32],
    /// The program's id.
    pub program_id: ProgramId,
    /// The id of the app's first program, which names the app on Ethereum.
    pub first_program_id: ProgramId,
    /// Block of the registration.
    pub registered_at: u64,
    /// Root of the app's state.
    pub root: Hash,
    /// Inbox hash after the last message.
    pub inbox_hash: Hash,
    /// Number of messages ever taken in.
    pub messages: MessageIndex,
    /// Number of messages processed.
    pub processed: MessageIndex,
    /// Number of batches ever sealed.
    pub batches: BatchIndex,
    /// Number of batches verified.
    pub verified: BatchIndex,
    /// Units that the messages which are not processed may use.
    pub backlog: u64,
    /// What a unit costs the next message.
    pub price: u128,
}

/// A sealed batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct BatchView {
    /// Index of the first message.
    pub first: MessageIndex,
    /// Number of messages.
    pub count: u32,
    /// Block in which the batch was sealed.
    pub sealed_at: u64,
    /// Inbox hash before the first message.
    pub inbox_hash_pre: Hash,
    /// Inbox hash after the last message.
    pub inbox_hash_post: Hash,
    /// Randomness of the batch.
    pub seed: Option<Hash>,
    /// Where the batch stands.
    pub state: BatchState,
}

/// Where a sealed batch stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum BatchState {
    /// It has no seed yet.
    SeedPending,
    /// It has its seed and is to be proved, after the earlier ones.
    Sealed,
    /// A proof was accepted in this block.
    Verified(u64),
    /// It was voided in this block: its messages have no effect.
    Voided(u64),
}

/// What was proved of a batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub struct VerifiedView<AccountId> {
    /// What was proved.
    pub statement: Statement,
    /// Size of the circuit of the proof.
    pub k: u8,
    /// Who submitted the proof.
    pub prover: AccountId,
    /// Block of the submission.
    pub verified_at: u64,
}
