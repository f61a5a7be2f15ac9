//! SDK for zkFusion programs: WebAssembly that runs once for each message, proved.
//!
//! A program is a `cdylib` whose handler is named with [`entry!`]:
//!
//! ```ignore
//! #![no_std]
//! use zkfusion_guest::{entry, inbox::Message, kv};
//!
//! entry!(count);
//!
//! fn count(mut message: Message) -> Result<(), &'static str> {
//!     let [step] = message.payload.exact()?;
//!     let mut leaf = kv::words(0);
//!     leaf[0] = leaf[0].checked_add(step).ok_or("the counter is full")?;
//!     kv::set_words(0, leaf);
//!     Ok(())
//! }
//! ```
//!
//! Each message starts with fresh memory; what lasts is the app's Merkle key-value state ([`kv`]).
//! A message that fails leaves no trace in it: an `Err` from the handler or [`require`] ends with
//! status 7 (require failed), a panic with status 1 (unreachable).
//!
//! Every executed instruction and every memory access is proved, so both are what a program pays
//! for. Working on words ([`kv::words`], [`inbox::Payload::exact`]) keeps values out of memory;
//! byte arrays and formatting do not.
#![no_std]

extern crate alloc;

pub mod account;
pub mod entry;
#[cfg(target_arch = "wasm32")]
mod heap;
mod imports;
pub mod inbox;
pub mod kv;
pub mod log;
pub mod outbox;
pub mod vrf;

/// Ends the message as failed (status 7) unless `condition` holds. Nothing that the message wrote
/// is kept.
#[inline(always)]
pub fn require(condition: bool) {
    // SAFETY: the import takes a number and returns or ends the message.
    unsafe { imports::require(condition as i32) }
}

#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
