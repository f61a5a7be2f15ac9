//! Types that the pallet stores and returns to others.

use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use zkfusion_primitives::{
    ids::{AppId, BatchIndex, Hash, MessageIndex, ProgramId},
    message::{Message, EMPTY_INBOX_HASH},
    order::EMPTY_SEEDS_HASH,
    status::MessageStatus,
};

/// Largest wasm module of a program, in bytes.
pub const MAX_WASM: u32 = 512 * 1024;

/// Largest encoded key of a program, in bytes.
pub const MAX_KEY: u32 = 16 * 1024;

/// A program's wasm.
pub type Wasm = BoundedVec<u8, ConstU32<MAX_WASM>>;

/// A program's key for one size, SCALE-encoded.
pub type KeyBytes = BoundedVec<u8, ConstU32<MAX_KEY>>;

/// A registered app.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct App<AccountId, BlockNumber> {
    /// The account for which the app was registered.
    pub owner: AccountId,
    /// The program that the app's next batch is of.
    pub program: Program,
    /// The id of the app's first program, which names the app on Ethereum.
    pub first_program_id: ProgramId,
    /// Block of the registration.
    pub registered_at: BlockNumber,
}

/// The messages that will be the next batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct OpenBatch<BlockNumber> {
    /// Number of messages.
    pub count: u32,
    /// What the messages take of a batch's budget, in trace rows.
    pub cost: u64,
    /// Block of the first message.
    pub opened_at: BlockNumber,
    /// Inbox hash before the first message.
    pub inbox_hash_pre: Hash,
}

/// A message that waits to be processed, and what its sender paid.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct Waiting {
    /// The message.
    pub message: Message,
    /// What a unit of it cost.
    pub price: u128,
}

/// What waits at an app of one sender.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Sender<BlockNumber> {
    /// The number of messages.
    pub waiting: u32,
    /// Block of the last one.
    pub last: BlockNumber,
}

/// Where an app stands: its inbox from the oldest message that is not processed to the newest.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Inbox<BlockNumber> {
    /// Inbox hash after the last message.
    pub inbox_hash: Hash,
    /// Index of the next message.
    pub next_message: MessageIndex,
    /// Index of the oldest message that is not processed.
    pub first_unprocessed: MessageIndex,
    /// The messages that are in no batch yet.
    pub open: OpenBatch<BlockNumber>,
    /// Index of the batch that is sealed next.
    pub next_batch: BatchIndex,
    /// Index of the oldest sealed batch that has no seed; `next_batch` if all have.
    pub next_seed: BatchIndex,
    /// Index of the oldest batch that is neither proved nor voided.
    pub next_proof: BatchIndex,
    /// Fold of the seeds of all batches before `next_proof`.
    pub seeds_hash: Hash,
    /// Whether the app waits in the queue for sealing or a seed.
    pub queued: bool,
    /// The units that all messages which are not processed may use, by which the price goes.
    pub backlog: u64,
    /// Block of the last message.
    pub last_message: BlockNumber,
}

impl<BlockNumber: Default> Default for Inbox<BlockNumber> {
    fn default() -> Self {
        Self {
            inbox_hash: EMPTY_INBOX_HASH,
            next_message: 0,
            first_unprocessed: 0,
            open: OpenBatch {
                count: 0,
                cost: 0,
                opened_at: BlockNumber::default(),
                inbox_hash_pre: EMPTY_INBOX_HASH,
            },
            next_batch: 0,
            next_seed: 0,
            next_proof: 0,
            seeds_hash: EMPTY_SEEDS_HASH,
            queued: false,
            backlog: 0,
            last_message: BlockNumber::default(),
        }
    }
}

impl<BlockNumber> Inbox<BlockNumber> {
    /// Returns the number of messages that are not processed.
    pub fn unprocessed(&self) -> u64 {
        self.next_message.saturating_sub(self.first_unprocessed)
    }

    /// Returns the index of the first message that is in no batch.
    pub fn first_open(&self) -> MessageIndex {
        self.next_message.saturating_sub(self.open.count.into())
    }

    /// Returns whether a block has something to do for the app: to seal its messages or to give a
    /// batch its seed.
    pub fn needs_visit(&self) -> bool {
        self.open.count > 0 || self.next_seed < self.next_batch
    }
}

/// A sealed batch.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo)]
pub struct SealedBatch<BlockNumber> {
    /// Index of the first message.
    pub first: MessageIndex,
    /// Number of messages, at least one.
    pub count: u32,
    /// Block in which the batch was sealed.
    pub sealed_at: BlockNumber,
    /// Inbox hash before the first message.
    pub inbox_hash_pre: Hash,
    /// Inbox hash after the last message.
    pub inbox_hash_post: Hash,
    /// Randomness of the batch, from a block after `sealed_at`; a field element.
    pub seed: Option<Hash>,
    /// The program that the app had when the batch was sealed.
    pub program: Program,
    /// How the batch ended, if it did.
    pub end: Option<BatchEnd<BlockNumber>>,
}

/// The program of an app.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Program {
    /// `blake2_256` of the wasm.
    pub wasm_hash: [u8; 32],
    /// What proofs must be of: the wasm's keys.
    pub program_id: ProgramId,
}

/// How a batch ended.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct BatchEnd<BlockNumber> {
    /// Block in which it ended.
    pub at: BlockNumber,
    /// Whether it was voided rather than proved: its messages had no effect.
    pub voided: bool,
}

/// What became of a processed message.
#[derive(
    Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Outcome {
    /// The batch in which the message was proved.
    pub batch: BatchIndex,
    /// Success, or the trap that ended the guest.
    pub status: MessageStatus,
    /// Trace rows used.
    pub fuel_used: u64,
}

/// Where a message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub enum MessageState {
    /// In no batch yet.
    Open,
    /// In a sealed batch that is not proved.
    Sealed(BatchIndex),
    /// Proved.
    Processed(Outcome),
    /// In a batch that was voided: the message had no effect.
    Voided(BatchIndex),
    /// Processed so long ago that the outcome is not kept.
    Forgotten,
}

/// The batch of an app that can be proved now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProvableBatch {
    /// The app.
    pub app: AppId,
    /// Index of the batch.
    pub index: BatchIndex,
    /// The program that the proof must be of.
    pub program: Program,
    /// Index of the first message.
    pub first: MessageIndex,
    /// Number of messages.
    pub count: u32,
    /// Inbox hash before the first message.
    pub inbox_hash_pre: Hash,
    /// Inbox hash after the last message.
    pub inbox_hash_post: Hash,
    /// Randomness of the batch.
    pub seed: Hash,
}

/// Why a batch cannot be proved now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotProvable {
    /// There is no such app.
    UnknownApp,
    /// The batch is not sealed.
    NotSealed,
    /// The batch is sealed and waits for its seed.
    SeedPending,
    /// An earlier batch of the app is not proved yet.
    OutOfOrder,
    /// The batch is proved or voided.
    AlreadyVerified,
    /// As many batches ended in this block as a block can tell Ethereum of.
    BlockFull,
}

/// Everything of the apps' messages that a prover needs for a batch.
pub type BatchMessages = Vec<Message>;
