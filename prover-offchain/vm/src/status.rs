//! The ways in which a message ends. Codes as in `zkfusion_primitives::status`.

/// The guest returned.
pub const OK: u8 = 0;
/// `unreachable`.
pub const UNREACHABLE: u8 = 1;
/// A load, store, copy, fill or initialisation outside linear memory.
pub const OUT_OF_BOUNDS: u8 = 2;
/// Division or remainder by zero.
pub const DIVISION_BY_ZERO: u8 = 3;
/// Signed division overflow.
pub const OVERFLOW: u8 = 4;
/// `call_indirect` of a function of another type.
pub const BAD_INDIRECT_CALL: u8 = 5;
/// Calls nested too deeply.
pub const STACK_EXHAUSTED: u8 = 6;
/// `require(0)`.
pub const REQUIRE: u8 = 7;
/// The message's fuel limit was reached.
pub const FUEL: u8 = 8;
/// An access, copy, fill, initialisation or `call_indirect` outside a table.
pub const TABLE_OUT_OF_BOUNDS: u8 = 9;
/// `call_indirect` of a null element.
pub const NULL_REFERENCE: u8 = 10;
/// Conversion of a number that is not one to an integer.
pub const INVALID_CONVERSION: u8 = 11;

/// Returns what a status means, in words.
pub const fn name(status: u8) -> &'static str {
    match status {
        OK => "ok",
        UNREACHABLE => "unreachable executed",
        OUT_OF_BOUNDS => "memory access out of bounds",
        DIVISION_BY_ZERO => "division by zero",
        OVERFLOW => "integer overflow",
        BAD_INDIRECT_CALL => "indirect call of another type",
        STACK_EXHAUSTED => "call stack exhausted",
        REQUIRE => "requirement failed",
        FUEL => "fuel exhausted",
        TABLE_OUT_OF_BOUNDS => "table access out of bounds",
        NULL_REFERENCE => "null reference called",
        INVALID_CONVERSION => "invalid conversion to integer",
        _ => "unknown status",
    }
}
