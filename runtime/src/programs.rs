//! What can be registered as a program.

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
