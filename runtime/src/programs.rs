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
        let first = proved.keys.len().saturating_sub(keys as usize);
        let keys = proved.keys.into_iter().skip(first).collect();
        (branches(bytes), keys)
    }

    fn explain(wasm: &[u8]) -> Option<String> {
        compile(wasm).err().map(|error| error.to_string())
    }
}

fn fault(error: &CompileError) -> ProgramFault {
    match error {
        CompileError::NotWasm { .. }
        | CompileError::Invalid { .. }
        | CompileError::SegmentOutOfBounds { .. } => ProgramFault::InvalidWasm,
        CompileError::TooLarge { .. } | CompileError::TooManyValues { .. } => ProgramFault::LimitExceeded,
        CompileError::UnsupportedInstruction { .. } | CompileError::UnsupportedType { .. } => {
            ProgramFault::UnsupportedInstruction
        }
        CompileError::UnknownImport { .. }
        | CompileError::ImportKind { .. }
        | CompileError::ImportType { .. } => ProgramFault::UnsupportedImport,
        CompileError::NoEntry { .. } | CompileError::EntryType { .. } => ProgramFault::MissingEntryPoint,
    }
}

/// Returns a module of `bytes` bytes whose program branches conditionally again and again, with as
/// many values as instructions may give for their bytes, none of which is in its place. No other
/// instruction takes the compiler as long for its size, as `cargo bench -p zkfusion-vm --bench
/// compiler` shows.
#[cfg(feature = "runtime-benchmarks")]
fn branches(bytes: u32) -> Vec<u8> {
    const I32: u8 = 0x7f;
    const UNREACHABLE: u8 = 0x00;
    const BLOCK: u8 = 0x02;
    const END: u8 = 0x0b;
    const BR_IF: u8 = 0x0d;
    const LOCAL_GET: u8 = 0x20;
    const VALUES: u8 = 30;
    let leb = |n: usize| {
        // Three groups of seven bits, whatever the number is.
        let group = |shift: u32| (n >> shift) as u8 & 0x7f;
        [group(0) | 0x80, group(7) | 0x80, group(14)]
    };
    let sized = |content: Vec<u8>| [&leb(content.len())[..], &content].concat();
    let section = |id: u8, content: Vec<u8>| [&[id][..], &sized(content)].concat();
    let module = |branches: usize| {
        // One local, a block of type 1, and one value more than a branch carries.
        let mut body = Vec::from([1, 1, I32, BLOCK, 1]);
        (0..=VALUES).for_each(|_| body.extend([LOCAL_GET, 0]));
        (0..branches).for_each(|_| body.extend([LOCAL_GET, 0, BR_IF, 0]));
        body.extend([UNREACHABLE, END, UNREACHABLE, END]);
        let values = [I32; VALUES as usize];
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, [&[2, 0x60, 0, 0, 0x60, 0, VALUES][..], &values].concat()),
            section(3, Vec::from([1, 0])),
            section(7, [&[1, 6][..], b"zkmain", &[0, 0]].concat()),
            section(10, [&[1][..], &sized(body)].concat()),
        ]
        .concat()
    };
    let overhead = module(0).len();
    module((bytes as usize).saturating_sub(overhead) / 4)
}
