//! The buses: what a tuple on each of them says.

use crate::expr::Expr;

/// A bus. Its number is the tuple's first entry, so that buses cannot be confused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Bus {
    /// `(address, value, timestamp)`: the memory at `address` has held `value` since `timestamp`.
    Memory = 1,
    /// `(pc, flags, a, b, d, imm)`: the program's instruction at `pc`.
    Program,
    /// `(low, high, value)`: in the initial image, local addresses in `[low, high)` hold `value` at
    /// `low` and 0 above.
    Image,
    /// `(value)`: `value < 2^8`.
    Byte,
    /// `(value)`: `value < 2^12`.
    Limb,
    /// `(x, y, x and y)` for 6-bit numbers.
    And,
    /// `(0, value, note, note)`: `value < 2^64`, and the notes mean nothing;
    /// `(1, power, amount, kind)`: a power of two, see [`crate::fixed::Shift`].
    Word,
    /// A CPU step's call of another table, see [`Call`].
    Call,
    /// `(clk, message, address, bytes, value, store)`: one half of an access that crosses a word
    /// boundary.
    Part,
    /// `(a, b, P2(a, b))`.
    Poseidon,
    /// `(read, leaf, index, old_root, new_root)`: a Merkle path.
    Merkle,
    /// `(l0, l1, l2, l3, hash)`: a leaf's words, each below 2^64, and its hash.
    Leaf,
    /// `(index, word)`: a word of the batch's randomness.
    Seed,
    /// `(message, position, word)`: a word of a message's tape.
    Tape,
    /// `(message, fuel_limit, words)`: a message's fuel limit and the length of its tape.
    Header,
    /// The host's state after step `clk`, see [`crate::host::State`].
    State,
    /// `(message, root, writes, outbox, count)`: what a failed message falls back to.
    Saved,
    /// `(field, value)`: a field of the statement.
    Statement,
}

/// Tuple of [`Bus::Call`].
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub struct Call {
    /// [`CALL_BITS`], [`CALL_MEMORY`], [`CALL_HOST`]; [`CALL_END`] is added when the message ends.
    pub callee: Expr,
    pub clk: Expr,
    pub message: Expr,
    pub fuel: Expr,
    pub x: Expr,
    pub y: Expr,
    pub z: Expr,
    /// The conjunction of `x` and `y`, the number of bytes, the fuel of a host call, or the status.
    pub w: Expr,
    pub imm: Expr,
    /// The instruction's second [`zkfusion_vm::isa::Sub`].
    pub second: Expr,
    pub w32: Expr,
    /// Of the step that ends a message, the lowest fuel limit that allowed the step before; 0
    /// otherwise.
    pub lowest_limit: Expr,
}

/// Callee of a bitwise operation.
pub const CALL_BITS: u64 = 1;
/// Callee of a load or store.
pub const CALL_MEMORY: u64 = 2;
/// Callee of a host call.
pub const CALL_HOST: u64 = 3;
/// Added to the callee by the step that ends a message.
pub const CALL_END: u64 = 16;

impl Call {
    /// Returns the tuple.
    pub fn tuple(self) -> Vec<Expr> {
        vec![
            self.callee,
            self.clk,
            self.message,
            self.fuel,
            self.x,
            self.y,
            self.z,
            self.w,
            self.imm,
            self.second,
            self.w32,
            self.lowest_limit,
        ]
    }
}
