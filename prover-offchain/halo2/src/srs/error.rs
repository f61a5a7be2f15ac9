use std::{io, path::PathBuf};

use super::Sha256Hash;

/// Why a string cannot be loaded, generated or imported.
#[derive(Debug, thiserror::Error)]
pub enum SrsError {
    /// A file's content is not the recorded or expected one.
    #[error("{} is not the expected SRS: its SHA-256 is {got}, expected {expected}", path.display())]
    WrongHash {
        /// The refused file.
        path: PathBuf,
        /// The recorded hash.
        expected: Sha256Hash,
        /// The hash of the content.
        got: Sha256Hash,
    },
    /// A file's length does not fit its size `k`.
    #[error("{} is {got} bytes long, an SRS of size k={k} takes {expected}", path.display())]
    WrongLength {
        /// The refused file.
        path: PathBuf,
        /// The size asked for.
        k: u32,
        /// Bytes that a file of this size has.
        expected: u64,
        /// Bytes that the file has.
        got: u64,
    },
    /// No string of this size can be made.
    #[error("an SRS of size k={k} is not available, the largest is k={max}")]
    UnsupportedSize {
        /// The size asked for.
        k: u32,
        /// The largest size.
        max: u32,
    },
    /// No ceremony file was imported into the folder.
    #[error("no ceremony SRS was imported into {}: run `fusion-prover setup import`", folder.display())]
    NotImported {
        /// The folder of the store.
        folder: PathBuf,
    },
    /// The imported file is in none of the known formats, or is cut off.
    #[error("{} is not a powers-of-tau or halo2 SRS file: {reason}", path.display())]
    Malformed {
        /// The refused file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The points of the imported file are not consecutive powers of one secret.
    #[error("the points of {} are not a valid SRS: {reason}", path.display())]
    Inconsistent {
        /// The refused file.
        path: PathBuf,
        /// Which check failed.
        reason: &'static str,
    },
    /// Another ceremony file was imported before.
    #[error(
        "{} has the ceremony SRS of another file already. There: SHA-256 {sha256}, up to k={k}. Offered, {}: SHA-256 {other_sha256}, \
         up to k={other_k}. Chains, keys and contracts of the one do not fit the other: use another cache folder, or \
         `fusion-prover setup import --replace`, which removes the first and the keys that were made with it",
        folder.display(),
        path.display()
    )]
    AlreadyImported {
        /// The folder of the store.
        folder: PathBuf,
        /// The SHA-256 of the imported file.
        sha256: String,
        /// Its largest stored size.
        k: u32,
        /// The refused file.
        path: PathBuf,
        /// The SHA-256 of the refused file.
        other_sha256: String,
        /// Its size.
        other_k: u32,
    },
    /// The imported ceremony was replaced while the store was in use.
    #[error(
        "the ceremony SRS in {} was replaced while this process used it: SHA-256 {now} instead of {first}; start it again",
        folder.display()
    )]
    Replaced {
        /// The folder of the store.
        folder: PathBuf,
        /// The SHA-256 of the file that the first string came from.
        first: String,
        /// The SHA-256 of the file that is there now.
        now: String,
    },
    /// A ceremony file was given to the store of the development string.
    #[error("the development SRS is generated, not imported")]
    WrongKind,
    /// A file or folder cannot be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl SrsError {
    pub(super) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        Self::Io {
            path: path.into(),
            source,
        }
    }
}
