//! How a message ends. Codes as in `zkfusion_primitives::status`.

/// The guest returned.
pub const OK: u8 = 0;
/// `unreachable`.
pub const UNREACHABLE: u8 = 1;
/// A load or store outside linear memory.
pub const OUT_OF_BOUNDS: u8 = 2;
/// Division or remainder by zero.
pub const DIVISION_BY_ZERO: u8 = 3;
/// Signed division overflow.
pub const OVERFLOW: u8 = 4;
/// `call_indirect` outside the table, of a null element, or of another type.
pub const BAD_INDIRECT_CALL: u8 = 5;
/// Calls nested too deeply.
pub const STACK_EXHAUSTED: u8 = 6;
/// `require(0)`.
pub const REQUIRE: u8 = 7;
/// The message's fuel limit was reached.
pub const FUEL: u8 = 8;

/// Returns what a status means, in words.
pub const fn name(status: u8) -> &'static str {
    match status {
        OK => "ok",
        UNREACHABLE => "unreachable executed",
        OUT_OF_BOUNDS => "memory access out of bounds",
        DIVISION_BY_ZERO => "division by zero",
        OVERFLOW => "integer overflow",
        BAD_INDIRECT_CALL => "bad indirect call",
        STACK_EXHAUSTED => "call stack exhausted",
        REQUIRE => "requirement failed",
        FUEL => "fuel exhausted",
        _ => "unknown status",
    }
}
