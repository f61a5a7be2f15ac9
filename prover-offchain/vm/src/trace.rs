//! The trace: what the circuit needs to know of an execution.
//!
//! Timestamps: step `clk` (from 1, counting over the whole batch) accesses memory at `4 clk` (`x`),
//! `4 clk + 1` (`y`), `4 clk + 2` (linear memory) and `4 clk + 3` (`z`). Timestamp 0 is the initial
//! image.

use alloc::vec::Vec;

/// One executed instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Its address.
    pub pc: u32,
    /// The frame pointer before it.
    pub fp: u32,
    /// The message's index in the batch.
    pub message: u32,
    /// Pages of linear memory before it.
    pub pages: u32,
    /// Fuel used by the message before it.
    pub fuel: u64,
    /// First operand.
    pub x: u64,
    /// Second operand.
    pub y: u64,
    /// Result (what is written to the slot, or the comparison's outcome).
    pub z: u64,
    /// What the written slot held before; 0 when nothing is written.
    pub z_old: u64,
    /// Timestamps at which the three slots were accessed last; 0 when the port is unused or
    /// untouched before.
    pub x_last: u64,
    /// As [`Self::x_last`].
    pub y_last: u64,
    /// As [`Self::x_last`].
    pub z_last: u64,
    /// `Some(status)` when the message ends at this step. With [`crate::status::FUEL`] the
    /// instruction at `pc` has not been executed and the operands are zero.
    pub end: Option<u8>,
}

/// One access to one word of the linear space; an access that crosses a word boundary is two of
/// these, lower address first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Step that makes it.
    pub clk: u64,
    /// The message's index in the batch.
    pub message: u32,
    /// First byte.
    pub address: u64,
    /// Bytes, all in one word.
    pub bytes: u8,
    /// Store, not load.
    pub store: bool,
    /// The word before.
    pub old: u64,
    /// The word after.
    pub new: u64,
    /// Timestamp of the previous access to the word.
    pub last: u64,
}

/// First and last value of an address that the batch touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    /// `message << 32 | local address`.
    pub address: u64,
    /// Value at the message's start.
    pub initial: u64,
    /// Value at its end.
    pub last: u64,
    /// Timestamp of the last access.
    pub timestamp: u64,
}

/// One host call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HostCall {
    /// Step that makes it.
    pub clk: u64,
    /// The message's index in the batch.
    pub message: u32,
    /// Which function.
    pub function: crate::host::HostFn,
    /// First argument.
    pub x: u64,
    /// Second argument.
    pub y: u64,
    /// Result.
    pub z: u64,
}

/// A batch's execution.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Steps in order; `steps[i]` has `clk = i + 1`.
    pub steps: Vec<Step>,
    /// Linear-memory accesses in order.
    pub accesses: Vec<Access>,
    /// Every touched address, ascending.
    pub touched: Vec<Touched>,
    /// Host calls in order.
    pub host_calls: Vec<HostCall>,
}
