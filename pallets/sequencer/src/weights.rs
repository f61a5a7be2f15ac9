//! Weights of the calls and hooks. The runtime has the measured ones.

use frame_support::weights::Weight;

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Registers a program of `w` bytes with `k` keys.
    fn register(w: u32, k: u32) -> Weight;
    /// Gives an app another program of `w` bytes with `k` keys.
    fn upgrade(w: u32, k: u32) -> Weight;
    /// Takes in the first message of a batch, with `p` bytes of payload: the app joins the queue.
    fn submit_first(p: u32) -> Weight;
    /// Takes in a message with `p` bytes of payload, for a batch that is open and an app that is in
    /// the queue.
    fn submit_next(p: u32) -> Weight;
    /// Takes in a message with `p` bytes of payload, sealing a batch.
    fn submit_last(p: u32) -> Weight;
    /// Ends a block that serves as many apps as a block does, and in which no batch ended.
    fn on_finalize() -> Weight;
    /// Makes the tree of `h` heads that a block moved.
    fn commit_heads(h: u32) -> Weight;
}

/// Nothing is charged, as in a runtime for tests.
impl WeightInfo for () {
    fn register(_w: u32, _k: u32) -> Weight {
        Weight::zero()
    }

    fn upgrade(_w: u32, _k: u32) -> Weight {
        Weight::zero()
    }

    fn submit_first(_p: u32) -> Weight {
        Weight::zero()
    }

    fn submit_next(_p: u32) -> Weight {
        Weight::zero()
    }

    fn submit_last(_p: u32) -> Weight {
        Weight::zero()
    }

    fn on_finalize() -> Weight {
        Weight::zero()
    }

    fn commit_heads(_h: u32) -> Weight {
        Weight::zero()
    }
}
