//! Which prover made a result, or failed at it.

use crate::blake2_256;
use codec::{Decode, Encode};
use std::{env, fs, time::UNIX_EPOCH};

/// Names a prover. What became of a job is kept under it: a failure is one of this prover, and
/// another may do better; a proof is one under these keys, and may be none under others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct ProverVersion {
    /// blake2b-256 of the version of this crate, and of the length and the time of the last change
    /// of the program's file.
    pub binary: [u8; 32],
    /// Digest of circuit and setup, as the chain has it too. `None` as long as the setup is not
    /// usable.
    pub keys: Option<[u8; 32]>,
}

impl ProverVersion {
    /// Returns the version of this program, with what its backend says of its keys.
    pub(crate) fn of_this_program(keys: Option<[u8; 32]>) -> Self {
        // The file that runs, also when another has its name now.
        let file = fs::metadata("/proc/self/exe").or_else(|_| env::current_exe().and_then(fs::metadata));
        let file = file.ok().map(|file| {
            let changed = file
                .modified()
                .ok()
                .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            (
                file.len(),
                changed.map(|since| (since.as_secs(), since.subsec_nanos())),
            )
        });
        let binary = blake2_256(&(env!("CARGO_PKG_VERSION"), file).encode());
        Self { binary, keys }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_one_version_for_each_set_of_keys() {
        let version = ProverVersion::of_this_program(Some([1; 32]));
        assert_eq!(version, ProverVersion::of_this_program(Some([1; 32])));
        let other = ProverVersion::of_this_program(None);
        assert_eq!(version.binary, other.binary);
        assert_ne!(version, other);
    }
}
