//! Identifiers of apps, batches and programs.

/// An app: an inbox, a KV tree and the program that runs on them.
pub type AppId = u32;

/// Position of a batch in its app's history, from 0.
pub type BatchIndex = u64;

/// Position of a message in its app's inbox, from 0.
pub type MessageIndex = u64;

/// A program: the root over the digests of its verifying keys (see [`crate::program::program_id`]),
/// a field element in canonical little-endian form.
pub type ProgramId = [u8; 32];

/// A Merkle root or the head of a hash chain: a field element in canonical little-endian form.
pub type Hash = [u8; 32];

/// The network's number in addresses (SS58), which no other network has in `ss58-registry` 1.51.
pub const SS58_PREFIX: u16 = 1_729;
