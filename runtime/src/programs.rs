//! Checks programs when they are registered.

use crate::{Runtime, Verifier};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use pallet_sequencer::{CheckedProgram, ProgramChecks, ProgramFault};
use zkfusion_primitives::program::program_id;
use zkfusion_vm::{compile, CompileError};

/// Programs of the zkFusion VM with keys of the chain's proof system.
pub struct VmPrograms;

impl ProgramChecks for VmPrograms {
    fn check(wasm: &[u8], keys: &[(u8, Vec<u8>)]) -> Result<CheckedProgram, ProgramFault> {
        compile(wasm).map_err(|error| {
            log::info!(target: "runtime::programs", "program refused: {error}");
            fault(&error)
        })?;
        let protocol = Verifier::current_protocol().map_err(|_| ProgramFault::WrongKey)?;
        let digest = |(k, key): &(u8, Vec<u8>)| {
            let digest = Verifier::key_digest(&protocol, *k, key).map_err(|error| match error {
                pallet_verifier::Error::<Runtime>::BadKey => ProgramFault::MalformedKey,
                _ => ProgramFault::WrongKey,
            })?;
            Ok((*k, digest))
        };
        let digests = keys.iter().map(digest).collect::<Result<Vec<_>, _>>()?;
        let program_id = program_id(&digests).map_err(|_| ProgramFault::WrongKey)?;
        Ok(CheckedProgram { program_id, protocol })
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn costliest(bytes: u32, keys: u32) -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
        let proved = pallet_verifier::benchmarking::Proved::load();
        proved.store_protocol::<Runtime>();
        let keys = proved.keys.into_iter().take(keys as usize).collect();
        (square_roots(bytes), keys)
    }

    fn explain(wasm: &[u8]) -> Option<String> {
        compile(wasm).err().map(|error| error.to_string())
    }
}

fn fault(error: &CompileError) -> ProgramFault {
    match error {
        CompileError::Invalid { .. } | CompileError::SegmentOutOfBounds { .. } => ProgramFault::InvalidWasm,
        CompileError::TooLarge { .. } => ProgramFault::LimitExceeded,
        CompileError::UnsupportedInstruction { .. } | CompileError::UnsupportedType { .. } => {
            ProgramFault::UnsupportedInstruction
        }
        CompileError::UnknownImport { .. } | CompileError::ImportType { .. } => {
            ProgramFault::UnsupportedImport
        }
        CompileError::NoEntry { .. } | CompileError::EntryType { .. } => ProgramFault::MissingEntryPoint,
    }
}

/// Returns a module of `bytes` bytes whose program takes square roots of a float, one a byte. No
/// other instruction takes the compiler as long for its size.
#[cfg(feature = "runtime-benchmarks")]
fn square_roots(bytes: u32) -> Vec<u8> {
    const F64: u8 = 0x7c;
    const LOCAL_GET: u8 = 0x20;
    const F64_SQRT: u8 = 0x9f;
    const DROP: u8 = 0x1a;
    const END: u8 = 0x0b;
    let leb = |n: usize| {
        // Three groups of seven bits, whatever the number is.
        let group = |shift: u32| (n >> shift) as u8 & 0x7f;
        [group(0) | 0x80, group(7) | 0x80, group(14)]
    };
    let sized = |content: Vec<u8>| [&leb(content.len())[..], &content].concat();
    let section = |id: u8, content: Vec<u8>| [&[id][..], &sized(content)].concat();
    let module = |roots: usize| {
        let mut body = Vec::from([1, 1, F64, LOCAL_GET, 0]);
        body.resize(body.len() + roots, F64_SQRT);
        body.extend([DROP, END]);
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, Vec::from([1, 0x60, 0, 0])),
            section(3, Vec::from([1, 0])),
            section(7, [&[1, 6][..], b"zkmain", &[0, 0]].concat()),
            section(10, [&[1][..], &sized(body)].concat()),
        ]
        .concat()
    };
    let overhead = module(0).len();
    module((bytes as usize).saturating_sub(overhead))
}
