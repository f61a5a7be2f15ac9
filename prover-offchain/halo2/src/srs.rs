//! The structured reference string (SRS): powers of one secret in G1, and the secret in G2.
//!
//! A string of size `k` has `2^k` points in coefficient and in Lagrange form. All sizes of one
//! [`SrsStore`] come from the same secret, so the batch proofs (`k` = 14 to 20), the settlement
//! proofs and the runtime's verifier agree on `[1]_2` and `[s]_2`.
//!
//! Two kinds exist and are never mixed. [`SrsKind::Ceremony`] is imported from a file, by hash.
//! [`SrsKind::InsecureDevelopment`] has a public secret: whoever reads this source can forge
//! proofs. Every stored file is hashed (SHA-256) while it is read, and refused if the hash is not
//! the recorded one.

mod ceremony;
mod error;
mod file;
mod insecure;
mod ptau;

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
    time::Instant,
};

use halo2_proofs::{
    halo2curves::bn256::{Bn256, G1Affine, G2Affine},
    poly::kzg::commitment::ParamsKZG,
};
use rand_core::OsRng;

pub use self::{
    ceremony::{CeremonyManifest, ImportedCeremony},
    error::SrsError,
    file::{write_atomically, Sha256Hash},
    insecure::{development_s_g2, is_development, MAX_DEVELOPMENT_K, MIN_STORED_K},
};

/// The parameters of the KZG scheme on BN254 that all zkFusion proofs use.
pub type Params = ParamsKZG<Bn256>;

/// Where a string's secret comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SrsKind {
    /// The secret is public and fixed: for development and tests only.
    InsecureDevelopment,
    /// The points come from an imported ceremony file.
    Ceremony,
}

/// The strings of one secret, by size, in the `srs/` folder of the cache.
///
/// Several processes may use one folder: files are written under a temporary name, then renamed.
#[derive(Clone, Debug)]
pub struct SrsStore {
    folder: PathBuf,
    kind: SrsKind,
    /// The ceremony that the first loaded string was of: strings of two are never mixed.
    ceremony: Arc<OnceLock<String>>,
}

impl SrsStore {
    /// Returns the store of the given kind in the `srs/` folder of `cache`.
    pub fn new(cache: &Path, kind: SrsKind) -> Self {
        Self {
            folder: cache.join("srs"),
            kind,
            ceremony: Arc::default(),
        }
    }

    /// Returns where the strings of this store come from.
    pub fn kind(&self) -> SrsKind {
        self.kind
    }

    /// Returns the folder of the stored files.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the string of size `k`.
    ///
    /// A development string is generated when it is not stored yet (seconds); a ceremony string is
    /// cut from the largest imported one.
    ///
    /// # Errors
    /// [`SrsError::WrongHash`] if the stored file is not the recorded one,
    /// [`SrsError::UnsupportedSize`] or [`SrsError::NotImported`] if there is no such string,
    /// [`SrsError::Replaced`] if another ceremony took the place of the one that this store loaded
    /// before, [`SrsError::Io`] if the folder is not usable.
    pub fn load(&self, k: u32) -> Result<Params, SrsError> {
        match self.kind {
            SrsKind::InsecureDevelopment => self.load_development(k),
            SrsKind::Ceremony => ceremony::load(&self.folder, &self.ceremony, k),
        }
    }

    /// Imports a ceremony file: a snarkjs `.ptau` file, or the parameters of halo2 in raw form.
    ///
    /// The whole file is hashed first and refused if its SHA-256 is not `expected`. Then its points
    /// are checked (on the curve, in the subgroup, consecutive powers of one secret, not the
    /// development secret) and stored for the sizes that the node needs.
    ///
    /// The file that was imported before is imported again without effect. Another one is refused,
    /// so that nothing changes silently: see [`Self::replace`].
    ///
    /// # Errors
    /// [`SrsError::WrongHash`], [`SrsError::Malformed`] or [`SrsError::Inconsistent`] if the file
    /// is refused; [`SrsError::AlreadyImported`] if another was imported before;
    /// [`SrsError::WrongKind`] on the store of the development string.
    pub fn import(&self, source: &Path, expected: Sha256Hash) -> Result<ImportedCeremony, SrsError> {
        self.import_ceremony(source, expected, false)
    }

    /// Imports a ceremony file like [`Self::import`], and removes the strings of another one that
    /// was imported before. Keys that were made with them stay: they are named by the hash of a
    /// setup that is not there any more.
    ///
    /// # Errors
    /// As [`Self::import`], but for [`SrsError::AlreadyImported`].
    pub fn replace(&self, source: &Path, expected: Sha256Hash) -> Result<ImportedCeremony, SrsError> {
        self.import_ceremony(source, expected, true)
    }

    fn import_ceremony(
        &self,
        source: &Path,
        expected: Sha256Hash,
        replace: bool,
    ) -> Result<ImportedCeremony, SrsError> {
        match self.kind {
            SrsKind::InsecureDevelopment => Err(SrsError::WrongKind),
            SrsKind::Ceremony => ceremony::import(&self.folder, source, expected, replace),
        }
    }

    /// Returns the file that holds the development string of size `k`.
    pub fn development_file(&self, k: u32) -> PathBuf {
        self.folder.join(format!("INSECURE-development-k{k}.srs"))
    }

    fn load_development(&self, k: u32) -> Result<Params, SrsError> {
        if k > MAX_DEVELOPMENT_K {
            return Err(SrsError::UnsupportedSize {
                k,
                max: MAX_DEVELOPMENT_K,
            });
        }
        let Some(expected) = insecure::recorded_hash(k) else {
            return Ok(insecure::generate(k));
        };
        let path = self.development_file(k);
        match file::read(&path, k, expected) {
            Err(SrsError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            read => return read,
        }
        let start = Instant::now();
        let params = insecure::generate(k);
        fs::create_dir_all(&self.folder).map_err(|e| SrsError::io(&self.folder, e))?;
        let written = file::write(&path, &params)?;
        if written != expected {
            return Err(SrsError::WrongHash {
                path,
                expected,
                got: written,
            });
        }
        tracing::warn!(
            "generated the INSECURE development SRS of size k={k} in {:.1} s: {} (its secret is public)",
            start.elapsed().as_secs_f64(),
            path.display(),
        );
        Ok(params)
    }
}

/// Returns the cache folder: `$ZKFUSION_CACHE`, else `~/.cache/zkfusion`, else the one in the
/// system's temporary folder.
pub fn cache_folder() -> PathBuf {
    if let Some(folder) = std::env::var_os("ZKFUSION_CACHE").filter(|folder| !folder.is_empty()) {
        return folder.into();
    }
    std::env::var_os("HOME")
        .map_or_else(std::env::temp_dir, PathBuf::from)
        .join(".cache/zkfusion")
}

/// Makes parameters from their points, which the caller vouches for.
fn assemble(
    k: u32,
    g: Vec<G1Affine>,
    g_lagrange: Option<Vec<G1Affine>>,
    g2: G2Affine,
    s_g2: G2Affine,
) -> Params {
    Params::setup(0, OsRng).from_parts(k, g, g_lagrange, g2, s_g2)
}

#[cfg(test)]
mod tests;
