//! Weights of the hooks. The runtime has the measured ones.

use frame_support::weights::Weight;

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Records the block's output and forgets the oldest one.
    fn on_finalize() -> Weight;
}

/// Nothing is charged, as in a runtime for tests.
impl WeightInfo for () {
    fn on_finalize() -> Weight {
        Weight::zero()
    }
}
