//! Weights of the calls. The runtime has the measured ones.

use frame_support::weights::Weight;

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Checks a proof.
    fn check_proof() -> Weight;
    /// Checks what is known of a proof before it is, and makes its sender pay.
    fn check_proofs() -> Weight;
    /// Checks all else about a batch of `m` messages, `w` writes and `o` outbox entries, and
    /// applies it.
    fn apply_batch(m: u32, w: u32, o: u32) -> Weight;
    /// Finds that a batch is proved already.
    fn submit_proof_again() -> Weight;
    /// Voids a batch of as many messages as a batch can have.
    fn void_batch() -> Weight;
    /// Checks the protocol of today's circuit and puts it in force.
    fn set_protocol() -> Weight;
    /// Removes a protocol.
    fn retire_protocol() -> Weight;
}

/// One unit for each call, as in a runtime for tests that tells them apart.
impl WeightInfo for () {
    fn check_proof() -> Weight {
        Weight::from_parts(1, 0)
    }

    fn check_proofs() -> Weight {
        Weight::from_parts(1, 0)
    }

    fn apply_batch(_m: u32, _w: u32, _o: u32) -> Weight {
        Weight::from_parts(1, 0)
    }

    fn submit_proof_again() -> Weight {
        Weight::from_parts(1, 0)
    }

    fn void_batch() -> Weight {
        Weight::from_parts(1, 0)
    }

    fn set_protocol() -> Weight {
        Weight::from_parts(1, 0)
    }

    fn retire_protocol() -> Weight {
        Weight::from_parts(1, 0)
    }
}
