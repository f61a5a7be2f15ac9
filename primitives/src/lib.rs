//! Vocabulary of zkFusion: what the chain, the prover and the contracts agree on.
//!
//! `no_std` (with `alloc`); the feature `std` adds serde. Field elements cross borders as
//! `[u8; 32]`, little-endian and canonical; [`field::from_bytes`] and [`field::to_bytes`] convert,
//! and refuse what is not canonical.
//!
//! * [`poseidon`]: `hash2` is P2; `ROUND_CONSTANTS` and `MDS` for circuits.
//! * [`transcript`]: the sponge of the proofs' transcript, `sponge_hash` for digests of keys.
//! * [`merkle`]: leaf and node hashes, [`merkle::MerklePath`], [`merkle::SparseTree`].
//! * [`message`], [`batch`], [`effects`], [`status`], [`statement`]: a batch from its inbox to its
//!   public inputs.
//! * [`program`]: the program id from the digests of the program's keys.
//! * [`verifier`]: the trait, and [`verifier::halo2`], which checks halo2-KZG proofs from a key
//!   given as data.
//!
//! Verifying a batch proof:
//!
//! ```ignore
//! // Both parts are SCALE-decoded; all programs share the protocol.
//! let key = VerifyingKey::new(protocol, program_key)?;
//! // key.digest() is one of those under statement.program_id: see `program`
//! Halo2Kzg::verify(&key, &[statement.to_instances()?.to_vec()], &proof)?;
//! ```

#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod batch;
pub mod cost;
pub mod effects;
pub mod field;
pub mod ids;
pub mod job;
pub mod merkle;
pub mod message;
pub mod order;
pub mod poseidon;
pub mod price;
pub mod program;
pub mod statement;
pub mod status;
pub mod transcript;
pub mod verifier;
