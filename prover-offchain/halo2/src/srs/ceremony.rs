//! Strings of a ceremony: imported by hash, cut to the sizes in use, recorded in a manifest.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Instant,
};

use halo2_proofs::{
    arithmetic::best_multiexp,
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine, G2Affine, G2},
        ff::Field,
        group::{prime::PrimeCurveAffine, Curve, Group},
        pairing::Engine,
    },
    poly::{commitment::ParamsProver, EvaluationDomain},
};
use rand_core::OsRng;
use serde::{Deserialize, Serialize};

use super::{
    assemble,
    file::{self, write_atomically, Sha256Hash},
    insecure::{development_s_g2, MAX_DEVELOPMENT_K, MIN_STORED_K},
    ptau::Source,
    Params, SrsError,
};

/// The largest size that is kept of a ceremony file.
const MAX_K: u32 = MAX_DEVELOPMENT_K;
/// The name of the manifest in the store's folder.
const MANIFEST: &str = "ceremony.json";

/// What the store knows of the imported ceremony; `ceremony.json` in its folder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub struct CeremonyManifest {
    /// The SHA-256 of the imported file, which the operator named.
    pub source_sha256: String,
    /// The largest stored size.
    pub k: u32,
    /// The SHA-256 of the stored file of that size.
    pub sha256: String,
}

/// What an import stored.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImportedCeremony {
    /// The largest size that can be loaded.
    pub k: u32,
    /// The stored file of that size.
    pub file: PathBuf,
    /// The ceremony that it took the place of.
    pub replaced: Option<CeremonyManifest>,
}

/// Loads the string of size `k`, cutting it from the largest one when it is asked for the first
/// time. All strings are of the ceremony whose hash is `first`, which the first load sets.
pub(super) fn load(folder: &Path, first: &OnceLock<String>, k: u32) -> Result<Params, SrsError> {
    let manifest = read_manifest(folder)?.ok_or_else(|| SrsError::NotImported {
        folder: folder.into(),
    })?;
    let first = first.get_or_init(|| manifest.source_sha256.clone());
    if *first != manifest.source_sha256 {
        return Err(SrsError::Replaced {
            folder: folder.into(),
            first: first.clone(),
            now: manifest.source_sha256,
        });
    }
    if k > manifest.k {
        return Err(SrsError::UnsupportedSize { k, max: manifest.k });
    }
    if k == manifest.k {
        return file::read(
            &string_file(folder, &manifest, k),
            k,
            parse(folder, &manifest.sha256)?,
        );
    }
    let path = string_file(folder, &manifest, k);
    let record = record_file(&path);
    match fs::read_to_string(&record) {
        Ok(hash) => return file::read(&path, k, parse(&record, &hash)?),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(SrsError::io(record, e)),
    }
    let start = Instant::now();
    let largest = file::read(
        &string_file(folder, &manifest, manifest.k),
        manifest.k,
        parse(folder, &manifest.sha256)?,
    )?;
    let params = assemble(
        k,
        largest.get_g()[..1 << k].to_vec(),
        None,
        largest.g2(),
        largest.s_g2(),
    );
    if k >= MIN_STORED_K {
        write_record(&path, file::write(&path, &params)?)?;
        tracing::info!(
            "cut the ceremony SRS to k={k} in {:.1} s: {}",
            start.elapsed().as_secs_f64(),
            path.display()
        );
    }
    Ok(params)
}

/// Imports a ceremony file with the expected hash. Another one that is already there is refused, or
/// removed if `replace` is set.
pub(super) fn import(
    folder: &Path,
    source: &Path,
    expected: Sha256Hash,
    replace: bool,
) -> Result<ImportedCeremony, SrsError> {
    let got = file::hash_of(source)?;
    if got != expected {
        return Err(SrsError::WrongHash {
            path: source.into(),
            expected,
            got,
        });
    }
    let mut points = Source::open(source)?;
    let k = points.power().min(MAX_K);
    let g = points.powers(k)?;
    let (g2, s_g2) = points.g2()?;
    let inconsistent = |reason| SrsError::Inconsistent {
        path: source.into(),
        reason,
    };
    check(&g, g2, s_g2).map_err(inconsistent)?;

    fs::create_dir_all(folder).map_err(|e| SrsError::io(folder, e))?;
    let _only_import = lock(folder)?;
    let mut manifest = CeremonyManifest {
        source_sha256: expected.to_string(),
        k,
        sha256: String::new(),
    };
    let there = read_manifest(folder)?.filter(|there| there.source_sha256 != manifest.source_sha256);
    if let (Some(there), false) = (&there, replace) {
        return Err(SrsError::AlreadyImported {
            folder: folder.into(),
            sha256: there.source_sha256.clone(),
            k: there.k,
            path: source.into(),
            other_sha256: manifest.source_sha256,
            other_k: k,
        });
    }
    // Computing a Lagrange form takes minutes, checking that of the file seconds: sizes that it has
    // are stored now.
    for size in MIN_STORED_K.min(k)..=k {
        let lagrange = points.lagrange(size)?;
        if lagrange.is_none() && size < k {
            continue;
        }
        let g = &g[..1 << size];
        if lagrange.as_ref().is_some_and(|form| !is_lagrange_form(g, form)) {
            return Err(inconsistent("its Lagrange form is not that of its powers"));
        }
        let params = assemble(size, g.to_vec(), lagrange, g2, s_g2);
        let hash = file::write(&string_file(folder, &manifest, size), &params)?;
        if size == k {
            manifest.sha256 = hash.to_string();
        } else {
            write_record(&string_file(folder, &manifest, size), hash)?;
        }
    }
    let file = string_file(folder, &manifest, k);
    let path = folder.join(MANIFEST);
    write_atomically(&path, |file| Ok(serde_json::to_writer_pretty(file, &manifest)?))
        .map_err(|e| SrsError::io(path, e))?;
    if there.is_some() {
        remove_others(folder, &manifest)?;
    }
    tracing::info!("imported the ceremony SRS {} up to k={k}", source.display());
    Ok(ImportedCeremony {
        k,
        file,
        replaced: there,
    })
}

/// Waits for other imports into the folder; the lock ends with the returned file.
fn lock(folder: &Path) -> Result<File, SrsError> {
    let locked = File::open(folder).and_then(|file| file.lock().map(|()| file));
    locked.map_err(|e| SrsError::io(folder, e))
}

/// Removes the strings of every ceremony but that of the manifest.
fn remove_others(folder: &Path, manifest: &CeremonyManifest) -> Result<(), SrsError> {
    let kept = prefix(manifest);
    for entry in fs::read_dir(folder).map_err(|e| SrsError::io(folder, e))? {
        let path = entry.map_err(|e| SrsError::io(folder, e))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("ceremony-") && !name.starts_with(&kept) {
            fs::remove_file(&path).map_err(|e| SrsError::io(&path, e))?;
        }
    }
    Ok(())
}

/// Returns what the store knows of the imported ceremony, if there is one.
pub(super) fn read_manifest(folder: &Path) -> Result<Option<CeremonyManifest>, SrsError> {
    let path = folder.join(MANIFEST);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(SrsError::io(&path, e)),
    };
    let manifest = serde_json::from_slice(&text).map_err(|e| SrsError::Malformed {
        path,
        reason: e.to_string(),
    })?;
    Ok(Some(manifest))
}

/// Returns the file that has the hash of a string that is smaller than the largest.
fn record_file(string: &Path) -> PathBuf {
    string.with_extension("sha256")
}

fn write_record(string: &Path, hash: Sha256Hash) -> Result<(), SrsError> {
    let record = record_file(string);
    write_atomically(&record, |file| writeln!(file, "{hash}")).map_err(|e| SrsError::io(&record, e))
}

fn string_file(folder: &Path, manifest: &CeremonyManifest, k: u32) -> PathBuf {
    folder.join(format!("{}k{k}.srs", prefix(manifest)))
}

/// Returns what the names of the ceremony's files begin with.
fn prefix(manifest: &CeremonyManifest) -> String {
    let source: String = manifest.source_sha256.chars().take(16).collect();
    format!("ceremony-{source}-")
}

fn parse(path: &Path, hash: &str) -> Result<Sha256Hash, SrsError> {
    hash.parse().map_err(|_| SrsError::Malformed {
        path: path.into(),
        reason: format!("{hash:?} is not a SHA-256"),
    })
}

/// Checks that the points are `[s^i]_1` and `[s]_2` for one secret `s` that is not the public one.
///
/// The powers are compared in one random linear combination: a wrong point passes with probability
/// `1/r`.
fn check(g: &[G1Affine], g2: G2Affine, s_g2: G2Affine) -> Result<(), &'static str> {
    if g[0] != G1Affine::generator() || g2 != G2Affine::generator() {
        return Err("it does not start with the generators");
    }
    if bool::from(s_g2.is_identity()) || !bool::from((G2::from(s_g2) * -Fr::ONE + s_g2).is_identity()) {
        return Err("the secret's point is not in the group");
    }
    if s_g2 == development_s_g2() {
        return Err("its secret is the public development secret");
    }
    let weights: Vec<Fr> = (1..g.len()).map(|_| Fr::random(OsRng)).collect();
    let lower = best_multiexp(&weights, &g[..g.len() - 1]).to_affine();
    let upper = best_multiexp(&weights, &g[1..]).to_affine();
    if Bn256::pairing(&upper, &g2) != Bn256::pairing(&lower, &s_g2) {
        return Err("its points are not consecutive powers of one secret");
    }
    Ok(())
}

/// Returns whether `form` commits to values on the domain as the powers `g` commit to coefficients.
///
/// A random polynomial is committed to in both ways: a wrong point passes with probability `1/r`.
fn is_lagrange_form(g: &[G1Affine], form: &[G1Affine]) -> bool {
    let values: Vec<Fr> = g.iter().map(|_| Fr::random(OsRng)).collect();
    let domain = EvaluationDomain::new(1, g.len().trailing_zeros());
    let coefficients = domain.lagrange_to_coeff(domain.lagrange_from_vec(values.clone()));
    best_multiexp(&coefficients, g) == best_multiexp(&values, form)
}
