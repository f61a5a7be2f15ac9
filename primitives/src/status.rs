//! The outcome of a message.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use core::fmt;
use scale_info::TypeInfo;

/// Outcome of one message: success, or the trap that ended it. Every outcome is proved.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "std", serde(rename_all = "snake_case"))]
#[repr(u8)]
pub enum MessageStatus {
    /// The guest returned.
    Ok = 0,
    /// The guest executed `unreachable`.
    Unreachable = 1,
    /// A load or store was out of bounds.
    MemoryOutOfBounds = 2,
    /// An integer was divided by zero.
    DivisionByZero = 3,
    /// A signed division overflowed.
    IntegerOverflow = 4,
    /// An indirect call hit a function of another type.
    BadIndirectCall = 5,
    /// Calls were nested too deeply.
    StackExhausted = 6,
    /// The guest's `require` was given zero.
    RequireFailed = 7,
    /// The message's fuel limit was reached.
    FuelExhausted = 8,
    /// A table was accessed out of bounds.
    TableOutOfBounds = 9,
    /// An indirect call hit a null reference.
    NullReference = 10,
    /// A float that is not a number was converted to an integer.
    InvalidConversion = 11,
}

impl MessageStatus {
    /// All outcomes, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::Ok,
        Self::Unreachable,
        Self::MemoryOutOfBounds,
        Self::DivisionByZero,
        Self::IntegerOverflow,
        Self::BadIndirectCall,
        Self::StackExhausted,
        Self::RequireFailed,
        Self::FuelExhausted,
        Self::TableOutOfBounds,
        Self::NullReference,
        Self::InvalidConversion,
    ];

    /// Returns the outcome with this code, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }

    /// Returns the code that the circuit and `writes_hash` use.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// Returns whether the message took effect.
    pub fn is_ok(self) -> bool {
        self == Self::Ok
    }

    /// Returns the name shown to users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Unreachable => "unreachable executed",
            Self::MemoryOutOfBounds => "memory access out of bounds",
            Self::DivisionByZero => "division by zero",
            Self::IntegerOverflow => "integer overflow",
            Self::BadIndirectCall => "indirect call of another type",
            Self::StackExhausted => "call stack exhausted",
            Self::RequireFailed => "require failed",
            Self::FuelExhausted => "fuel exhausted",
            Self::TableOutOfBounds => "table access out of bounds",
            Self::NullReference => "null reference called",
            Self::InvalidConversion => "invalid conversion to integer",
        }
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_and_are_dense() {
        for (code, status) in MessageStatus::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(status.code()), code);
            assert_eq!(MessageStatus::from_code(status.code()), Some(status));
            assert_eq!(status.encode(), [status.code()]);
        }
        assert_eq!(MessageStatus::from_code(12), None);
    }
}
