//! Weights of the calls. The runtime has the measured ones.

use frame_support::weights::Weight;

/// What this pallet's work costs.
pub trait WeightInfo {
    /// Schedules a call of `b` bytes.
    fn schedule(b: u32) -> Weight;
    /// Cancels a call.
    fn cancel() -> Weight;
    /// Changes the notice period.
    fn set_notice() -> Weight;
}

/// Nothing is charged, as in a runtime for tests.
impl WeightInfo for () {
    fn schedule(_b: u32) -> Weight {
        Weight::zero()
    }

    fn cancel() -> Weight {
        Weight::zero()
    }

    fn set_notice() -> Weight {
        Weight::zero()
    }
}
