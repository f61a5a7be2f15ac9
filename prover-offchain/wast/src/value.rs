//! Values of scripts as words of the VM.

use wast::{
    core::{NanPattern, WastArgCore, WastRetCore},
    WastArg, WastRet,
};

/// Returns the word of an argument; `None` for a value that the VM does not have.
pub(crate) fn argument(argument: &WastArg<'_>) -> Option<u64> {
    let WastArg::Core(argument) = argument else {
        return None;
    };
    Some(match argument {
        WastArgCore::I32(value) => u64::from(*value as u32),
        WastArgCore::I64(value) => *value as u64,
        WastArgCore::F32(value) => u64::from(value.bits),
        WastArgCore::F64(value) => value.bits,
        WastArgCore::RefNull(_) => 0,
        WastArgCore::RefExtern(value) => external(*value),
        _ => return None,
    })
}

/// Returns the word of an external reference, which is not that of null.
fn external(value: u32) -> u64 {
    u64::from(value) + 1
}

/// Returns whether a word is a result that the script allows; `None` for a kind of value that the
/// VM does not have.
pub(crate) fn is_allowed(word: u64, expected: &WastRet<'_>) -> Option<bool> {
    match expected {
        WastRet::Core(expected) => is_allowed_core(word, expected),
        _ => None,
    }
}

fn is_allowed_core(word: u64, expected: &WastRetCore<'_>) -> Option<bool> {
    Some(match expected {
        WastRetCore::I32(value) => word == u64::from(*value as u32),
        WastRetCore::I64(value) => word == *value as u64,
        WastRetCore::F32(pattern) => {
            const QUIET: u64 = 0x7fc0_0000;
            word >> 32 == 0
                && match pattern {
                    NanPattern::CanonicalNan => word & 0x7fff_ffff == QUIET,
                    NanPattern::ArithmeticNan => word & QUIET == QUIET,
                    NanPattern::Value(value) => word == u64::from(value.bits),
                }
        }
        WastRetCore::F64(pattern) => {
            const QUIET: u64 = 0x7ff8_0000_0000_0000;
            match pattern {
                NanPattern::CanonicalNan => word & (u64::MAX >> 1) == QUIET,
                NanPattern::ArithmeticNan => word & QUIET == QUIET,
                NanPattern::Value(value) => word == value.bits,
            }
        }
        WastRetCore::RefNull(_) => word == 0,
        WastRetCore::RefExtern(Some(value)) => word == external(*value),
        WastRetCore::RefExtern(None) | WastRetCore::RefFunc(_) => word != 0,
        WastRetCore::Either(choices) => {
            let mut allowed = false;
            for choice in choices {
                allowed |= is_allowed_core(word, choice)?;
            }
            allowed
        }
        _ => return None,
    })
}
