//! Weights of the calls.
//!
//! Not by `frame-omni-bencher`, since a benchmark would have to carry a proof: 100 ms, the limit set for checking a proof in
//! wasm (`prover-offchain/halo2/tests/verifier_in_wasm.rs` prints the time that it takes), and a fifth for decoding the protocol
//! and the key. A P2 hash takes 73 us in wasm (see the sequencer's weights): one for each message, three for each write (two are
//! the writes hash) and for each outbox entry (two are the leaf and its share of the tree).
//!
//! A protocol's digest takes a P2 permutation for 62 bytes of it: 1.2 us a byte, of which decoding, encoding and storing are a
//! small part more. What it costs besides are two checks for a subgroup of G2, of some 10 ms each in wasm.

use core::marker::PhantomData;
use frame_support::{traits::Get, weights::Weight};

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Checks a proof of `proof` bytes and applies a batch of `messages` messages, `writes` writes and `outbox` entries.
    fn submit_proof(messages: u32, writes: u32, outbox: u32, proof: u32) -> Weight;
    /// Finds that a batch is proved already.
    fn submit_proof_again() -> Weight;
    /// Voids a batch of as many messages as a batch can have.
    fn void_batch() -> Weight;
    /// Checks a protocol of `bytes` bytes and puts it in force.
    fn set_protocol(bytes: u32) -> Weight;
    /// Removes a protocol.
    fn retire_protocol() -> Weight;
}

/// Weights with the database costs of the runtime.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    fn submit_proof(messages: u32, writes: u32, outbox: u32, proof: u32) -> Weight {
        let (m, w) = (u64::from(messages), u64::from(writes));
        <() as WeightInfo>::submit_proof(messages, writes, outbox, proof).saturating_add(
            T::DbWeight::get().reads_writes(
                m.saturating_mul(2).saturating_add(13),
                m.saturating_mul(3).saturating_add(w).saturating_add(6),
            ),
        )
    }

    fn submit_proof_again() -> Weight {
        <() as WeightInfo>::submit_proof_again().saturating_add(T::DbWeight::get().reads(2))
    }

    fn void_batch() -> Weight {
        <() as WeightInfo>::void_batch().saturating_add(T::DbWeight::get().reads_writes(6, 134))
    }

    fn set_protocol(bytes: u32) -> Weight {
        <() as WeightInfo>::set_protocol(bytes).saturating_add(T::DbWeight::get().reads_writes(3, 3))
    }

    fn retire_protocol() -> Weight {
        <() as WeightInfo>::retire_protocol().saturating_add(T::DbWeight::get().reads_writes(3, 2))
    }
}

impl WeightInfo for () {
    fn submit_proof(messages: u32, writes: u32, outbox: u32, proof: u32) -> Weight {
        let hash = Weight::from_parts(80_000_000, 0);
        let each = |n: u32, parts: Weight| parts.saturating_mul(n.into());
        Weight::from_parts(120_000_000_000, 300_000)
            .saturating_add(each(
                messages,
                hash.saturating_add(Weight::from_parts(10_000_000, 3_000)),
            ))
            .saturating_add(each(writes, hash.saturating_mul(3)))
            .saturating_add(each(outbox, hash.saturating_mul(3)))
            .saturating_add(each(proof, Weight::from_parts(2_000, 0)))
    }

    fn submit_proof_again() -> Weight {
        Weight::from_parts(20_000_000, 8_000)
    }

    fn void_batch() -> Weight {
        Weight::from_parts(400_000_000, 300_000)
    }

    fn set_protocol(bytes: u32) -> Weight {
        Weight::from_parts(20_000_000_000, 300_000)
            .saturating_add(Weight::from_parts(1_500_000, 0).saturating_mul(bytes.into()))
    }

    fn retire_protocol() -> Weight {
        Weight::from_parts(20_000_000, 300_000)
    }
}
