//! Floating-point arithmetic of WebAssembly by integer instructions, exact as IEEE 754 says.
//!
//! `build.sh` compiles this crate to wasm, and `zkfusion-vm` links from that what a program uses,
//! so that the circuit needs to know nothing of floats. Numbers are passed as their bits,
//! zero-extended to a `u64`: as they lie in the machine. Rounding is to the nearest number and, of
//! two, to the even one. A NaN that an operation returns is always the canonical one. Signs and
//! bits are the compiler's own business: `abs`, `neg`, `copysign`, `reinterpret`, and with them the
//! difference of [`sub`].
//!
//! What a program pays for is steps, one for nearly every instruction, and only those that it
//! takes. So each operation begins with a path for normal numbers whose result is normal and
//! clearly nearest to one number; it leaves whatever else there is to a function of its own, named
//! `_any`, that computes the same for all numbers without haste.
#![no_std]

mod add;
mod compare;
mod convert;
#[cfg(target_family = "wasm")]
mod exports;
mod format;
mod integral;
mod multiply;
mod round;
mod sqrt;

pub use add::{add, sub};
pub use compare::{eq, ge, gt, le, lt, max, min};
pub use convert::{
    demote, from_signed, from_unsigned, promote, to_integer, to_integer_saturating, ConversionError, Integer,
};
pub use format::{Double, Format, Single};
pub use integral::{ceil, floor, nearest, trunc};
pub use multiply::{div, mul};
pub use sqrt::sqrt;
