//! Files of the store: halo2's raw form, hashed while read and written.

use std::{
    fmt,
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::Path,
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
};

use halo2_proofs::SerdeFormat;
use sha2::{Digest, Sha256};

use super::{Params, SrsError};

/// Bytes of a buffer between the hash and the file system.
const BUFFER: usize = 1 << 20;

/// A SHA-256 hash, shown in hexadecimal.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Sha256Hash(pub [u8; 32]);

impl fmt::Display for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Sha256Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256Hash({self})")
    }
}

impl FromStr for Sha256Hash {
    type Err = hex::FromHexError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut hash = [0; 32];
        hex::decode_to_slice(text.trim().trim_start_matches("0x"), &mut hash)?;
        Ok(Self(hash))
    }
}

/// A reader or writer that hashes what passes through it.
pub(super) struct Hashing<T> {
    inner: T,
    hash: Sha256,
}

impl<T> Hashing<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            hash: Sha256::new(),
        }
    }

    fn finish(self) -> Sha256Hash {
        Sha256Hash(self.hash.finalize().into())
    }
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hash.update(&buffer[..read]);
        Ok(read)
    }
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Returns the bytes of a file of size `k`: the size, `2 * 2^k` points of G1, two of G2.
pub(super) fn length(k: u32) -> u64 {
    4 + (2 << k) * 64 + 2 * 128
}

/// Reads the string of size `k` from `path`, if its content has the expected hash.
pub(super) fn read(path: &Path, k: u32, expected: Sha256Hash) -> Result<Params, SrsError> {
    let io = |e| SrsError::io(path, e);
    let file = File::open(path).map_err(io)?;
    let got = file.metadata().map_err(io)?.len();
    if got != length(k) {
        return Err(SrsError::WrongLength {
            path: path.into(),
            k,
            expected: length(k),
            got,
        });
    }
    let mut hashed = Hashing::new(file);
    let mut reader = BufReader::with_capacity(BUFFER, &mut hashed);
    let mut size = [0; 4];
    reader.read_exact(&mut size).map_err(io)?;
    if u32::from_le_bytes(size) != k {
        let got = hash_of(path)?;
        return Err(SrsError::WrongHash {
            path: path.into(),
            expected,
            got,
        });
    }
    // The length fits, so the reader cannot run out of bytes; any bytes are taken until the hash
    // decides.
    let params =
        Params::read_custom(&mut size.chain(&mut reader), SerdeFormat::RawBytesUnchecked).map_err(io)?;
    io::copy(&mut reader, &mut io::sink()).map_err(io)?;
    let got = hashed.finish();
    if got != expected {
        return Err(SrsError::WrongHash {
            path: path.into(),
            expected,
            got,
        });
    }
    Ok(params)
}

/// Writes the string to `path` at once and returns the hash of the file.
pub(super) fn write(path: &Path, params: &Params) -> Result<Sha256Hash, SrsError> {
    write_atomically(path, |file| {
        let mut writer = BufWriter::with_capacity(BUFFER, Hashing::new(file));
        params.write_custom(&mut writer, SerdeFormat::RawBytesUnchecked)?;
        Ok(writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .finish())
    })
    .map_err(|e| SrsError::io(path, e))
}

/// Returns the hash of a file of any length.
pub(super) fn hash_of(path: &Path) -> Result<Sha256Hash, SrsError> {
    let io = |e| SrsError::io(path, e);
    let mut hashed = Hashing::new(File::open(path).map_err(io)?);
    io::copy(
        &mut BufReader::with_capacity(BUFFER, &mut hashed),
        &mut io::sink(),
    )
    .map_err(io)?;
    Ok(hashed.finish())
}

/// Writes a file through a temporary neighbour that is then renamed, so that no reader, and no
/// process that writes the same file, ever sees a part of it.
///
/// # Errors
/// Whatever creating, writing, syncing or renaming the file returns; the temporary file is then
/// removed.
pub fn write_atomically<T>(path: &Path, fill: impl FnOnce(&mut File) -> io::Result<T>) -> io::Result<T> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let unique = COUNTER.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}-{unique}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = (|| {
        let mut file = File::create_new(&temporary)?;
        let value = fill(&mut file)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        Ok(value)
    })();
    if written.is_err() {
        // The error of writing matters more than that of cleaning up.
        let _ = fs::remove_file(&temporary);
    }
    written
}
