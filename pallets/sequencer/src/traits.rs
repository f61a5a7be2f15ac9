//! Traits that the runtime implements for the pallet.

use alloc::vec::Vec;
use zkfusion_primitives::ids::{Hash, ProgramId};

/// Checks programs before they are registered.
pub trait ProgramChecks {
    /// Compiles `wasm`, checks that `keys` (by size `k`, each SCALE-encoded) are well-formed keys
    /// of the protocol in force, and returns what names the program that has them.
    ///
    /// # Errors
    ///
    /// The kind of the first fault. The full text of a compile error, which names function, offset
    /// and instruction, goes to the log; [`Self::explain`] returns it.
    fn check(wasm: &[u8], keys: &[(u8, Vec<u8>)]) -> Result<CheckedProgram, ProgramFault>;

    /// Returns the program that takes the most time to check of those with `bytes` bytes of wasm
    /// and `keys` keys.
    #[cfg(feature = "runtime-benchmarks")]
    fn costliest(_bytes: u32, _keys: u32) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
        Default::default()
    }

    /// Returns why `wasm` cannot be a program, in words that name the place; nothing if it can.
    fn explain(wasm: &[u8]) -> Option<alloc::string::String>;
}

/// What the keys of a program say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckedProgram {
    /// The program's id.
    pub program_id: ProgramId,
    /// Digest of the protocol that the keys are of.
    pub protocol: Hash,
}

/// Why a program is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProgramFault {
    /// Not a valid WebAssembly module.
    InvalidWasm,
    /// An instruction or type outside of the supported set, vectors among them.
    UnsupportedInstruction,
    /// An import that is not a host function, or one of another type.
    UnsupportedImport,
    /// No entry point of the right type is exported.
    MissingEntryPoint,
    /// The module exceeds a limit of the VM.
    LimitExceeded,
    /// A key does not decode.
    MalformedKey,
    /// A key does not belong to the program or to its size.
    WrongKey,
}
