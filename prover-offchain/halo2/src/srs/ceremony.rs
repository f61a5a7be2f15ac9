//! Strings of a ceremony: imported by hash, cut to the sizes in use, recorded in a manifest.

use std::{
    fs, io,
    io::Write,
    path::{Path, PathBuf},
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
    poly::commitment::ParamsProver,
};
use rand_core::OsRng;
use serde::{Deserialize, Serialize};

use super::{
    assemble,
    file::{self, write_atomically, Sha256Hash},
    insecure::{development_s_g2, MIN_STORED_K},
    ptau, Params, SrsError,
};

/// The largest size that is kept of a ceremony file.
const MAX_K: u32 = 22;
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
}

/// Loads the string of size `k`, cutting it from the largest one when it is asked for the first time.
pub(super) fn load(folder: &Path, k: u32) -> Result<Params, SrsError> {
    let manifest = manifest(folder)?;
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
    let record = path.with_extension("sha256");
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
        let hash = file::write(&path, &params)?;
        write_atomically(&record, |file| writeln!(file, "{hash}")).map_err(|e| SrsError::io(&record, e))?;
        tracing::info!(
            "cut the ceremony SRS to k={k} in {:.1} s: {}",
            start.elapsed().as_secs_f64(),
            path.display()
        );
    }
    Ok(params)
}

/// Imports a ceremony file with the expected hash.
pub(super) fn import(
    folder: &Path,
    source: &Path,
    expected: Sha256Hash,
) -> Result<ImportedCeremony, SrsError> {
    let got = file::hash_of(source)?;
    if got != expected {
        return Err(SrsError::WrongHash {
            path: source.into(),
            expected,
            got,
        });
    }
    let points = ptau::read(source, MAX_K)?;
    check(&points).map_err(|reason| SrsError::Inconsistent {
        path: source.into(),
        reason,
    })?;
    let k = points.k;
    let params = assemble(k, points.g, None, points.g2, points.s_g2);

    fs::create_dir_all(folder).map_err(|e| SrsError::io(folder, e))?;
    let mut manifest = CeremonyManifest {
        source_sha256: expected.to_string(),
        k,
        sha256: String::new(),
    };
    let file = string_file(folder, &manifest, k);
    manifest.sha256 = file::write(&file, &params)?.to_string();
    let path = folder.join(MANIFEST);
    write_atomically(&path, |file| Ok(serde_json::to_writer_pretty(file, &manifest)?))
        .map_err(|e| SrsError::io(path, e))?;
    tracing::info!("imported the ceremony SRS {} up to k={k}", source.display());
    Ok(ImportedCeremony { k, file })
}

fn manifest(folder: &Path) -> Result<CeremonyManifest, SrsError> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => SrsError::NotImported {
            folder: folder.into(),
        },
        _ => SrsError::io(&path, e),
    })?;
    serde_json::from_slice(&text).map_err(|e| SrsError::Malformed {
        path,
        reason: e.to_string(),
    })
}

fn string_file(folder: &Path, manifest: &CeremonyManifest, k: u32) -> PathBuf {
    let source: String = manifest.source_sha256.chars().take(16).collect();
    folder.join(format!("ceremony-{source}-k{k}.srs"))
}

fn parse(path: &Path, hash: &str) -> Result<Sha256Hash, SrsError> {
    hash.parse().map_err(|_| SrsError::Malformed {
        path: path.into(),
        reason: format!("{hash:?} is not a SHA-256"),
    })
}

/// Checks that the points are `[s^i]_1` and `[s]_2` for one secret `s` that is not the public one.
///
/// The powers are compared in one random linear combination: a wrong point passes with probability `1/r`.
fn check(points: &ptau::Points) -> Result<(), &'static str> {
    if points.g[0] != G1Affine::generator() || points.g2 != G2Affine::generator() {
        return Err("it does not start with the generators");
    }
    if bool::from(points.s_g2.is_identity())
        || !bool::from((G2::from(points.s_g2) * -Fr::ONE + points.s_g2).is_identity())
    {
        return Err("the secret's point is not in the group");
    }
    if points.s_g2 == development_s_g2() {
        return Err("its secret is the public development secret");
    }
    let weights: Vec<Fr> = (1..points.g.len()).map(|_| Fr::random(OsRng)).collect();
    let lower = best_multiexp(&weights, &points.g[..points.g.len() - 1]).to_affine();
    let upper = best_multiexp(&weights, &points.g[1..]).to_affine();
    if Bn256::pairing(&upper, &points.g2) != Bn256::pairing(&lower, &points.s_g2) {
        return Err("its points are not consecutive powers of one secret");
    }
    Ok(())
}
