//! The proving key of the settlement circuit, cached by the hash of everything that determines it.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use halo2_proofs::{
    halo2curves::bn256::G1Affine,
    plonk::{keygen_pk, keygen_vk, ProvingKey, VerifyingKey},
    SerdeFormat,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use zkfusion_halo2::srs::{write_atomically, Params};
use zkfusion_primitives::verifier::halo2::CheckedProtocol;

use crate::{
    circuit::{self, Circuit, CircuitShape, SettlementConfig},
    SettlementError,
};

/// Bytes of the buffer before a key file.
const BUFFER: usize = 1 << 20;
/// Raised when the circuit changes, so that old keys are not found.
const CIRCUIT_VERSION: u32 = 2;

/// The file beside a cached key, written after it.
#[derive(Serialize, Deserialize)]
struct KeyRecord {
    shape: CircuitShape,
    key_bytes: u64,
    /// The digest of the batch circuit's protocol, in hexadecimal.
    #[serde(default)]
    protocol: Option<String>,
}

/// A proving key with the shape of its circuit.
pub(crate) struct Keys {
    pub(crate) proving_key: ProvingKey<G1Affine>,
    pub(crate) shape: CircuitShape,
    /// SHA-256 of what determines the key, in hexadecimal.
    pub(crate) id: String,
}

/// Loads the keys from the `settlement/` folder of `cache`, or generates and stores them.
pub(crate) fn load_or_generate(
    cache: &Path,
    config: &SettlementConfig,
    srs: &Params,
    protocol: &CheckedProtocol,
) -> Result<Keys, SettlementError> {
    let id = key_id(config, protocol);
    let folder = cache.join("settlement");
    let stem = format!("k{}-{}", config.k, &id[..16]);
    let (key_file, record_file) = (
        folder.join(format!("{stem}.pk")),
        folder.join(format!("{stem}.json")),
    );
    if let Some((proving_key, shape)) = load(&key_file, &record_file)? {
        return Ok(Keys {
            proving_key,
            shape,
            id,
        });
    }

    tracing::info!(
        "generating the settlement keys (once; takes minutes): {}",
        key_file.display()
    );
    let start = Instant::now();
    let (verifying_key, circuit) = derive(config, srs, protocol)?;
    let proving_key = keygen_pk(srs, verifying_key, &circuit)?;
    let shape = CircuitShape {
        params: circuit.config_params.clone(),
        break_points: circuit.break_points(),
    };
    drop(circuit);
    tracing::info!(
        "settlement keys: proving key after {:.0} s",
        start.elapsed().as_secs_f64()
    );
    fs::create_dir_all(&folder).map_err(|e| SettlementError::io(&folder, e))?;
    store(&key_file, &record_file, &proving_key, &shape, protocol)?;
    tracing::info!(
        "settlement keys: stored after {:.0} s",
        start.elapsed().as_secs_f64()
    );
    Ok(Keys {
        proving_key,
        shape,
        id,
    })
}

/// Derives the verifying key from the circuit and the setup alone, and returns it with the circuit.
pub(crate) fn derive(
    config: &SettlementConfig,
    srs: &Params,
    protocol: &CheckedProtocol,
) -> Result<(VerifyingKey<G1Affine>, Circuit), SettlementError> {
    let start = Instant::now();
    let circuit = circuit::for_keys(config, protocol)?;
    let verifying_key = keygen_vk(srs, &circuit)?;
    tracing::info!(
        "settlement keys: verifying key after {:.0} s",
        start.elapsed().as_secs_f64()
    );
    Ok((verifying_key, circuit))
}

/// Removes the settlement keys that `cache` has under `protocol`, and returns how many there were.
///
/// Nothing under another protocol finds them: their names are hashes of it.
///
/// # Errors
/// [`SettlementError::Io`] if the folder is not usable.
pub fn remove_keys(cache: &Path, protocol: &CheckedProtocol) -> Result<usize, SettlementError> {
    let folder = cache.join("settlement");
    let entries = match fs::read_dir(&folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(|e| SettlementError::io(&folder, e))?,
    };
    let mut removed = 0;
    for entry in entries {
        let record_file = entry.map_err(|e| SettlementError::io(&folder, e))?.path();
        if record_file
            .extension()
            .is_none_or(|extension| extension != "json")
        {
            continue;
        }
        let text = fs::read(&record_file).map_err(|e| SettlementError::io(&record_file, e))?;
        let record = serde_json::from_slice(&text).ok();
        let of = record.and_then(|record: KeyRecord| record.protocol);
        if of.is_some_and(|of| of == hex::encode(protocol.digest())) {
            for file in [record_file.with_extension("pk"), record_file] {
                fs::remove_file(&file).map_err(|e| SettlementError::io(&file, e))?;
            }
            removed += 1;
        }
    }
    Ok(removed)
}

/// The protocol's digest stands for the batch circuit and for the trusted setup, which every size
/// of the SRS shares.
fn key_id(config: &SettlementConfig, protocol: &CheckedProtocol) -> String {
    let mut hash = Sha256::new();
    hash.update(CIRCUIT_VERSION.to_le_bytes());
    hash.update(serde_json::to_vec(config).expect("a configuration has only numbers"));
    hash.update(protocol.digest());
    hex::encode(hash.finalize())
}

fn load(
    key_file: &Path,
    record_file: &PathBuf,
) -> Result<Option<(ProvingKey<G1Affine>, CircuitShape)>, SettlementError> {
    let record: KeyRecord = match fs::read(record_file) {
        Ok(text) => serde_json::from_slice(&text).map_err(|e| SettlementError::io(record_file, e.into()))?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(SettlementError::io(record_file, e)),
    };
    let start = Instant::now();
    let io = |e| SettlementError::io(key_file, e);
    let file = File::open(key_file).map_err(io)?;
    if file.metadata().map_err(io)?.len() != record.key_bytes {
        tracing::warn!("{} is cut off and generated anew", key_file.display());
        return Ok(None);
    }
    let key = ProvingKey::read::<_, Circuit>(
        &mut BufReader::with_capacity(BUFFER, file),
        SerdeFormat::RawBytesUnchecked,
        record.shape.params.clone(),
    )
    .map_err(io)?;
    tracing::info!(
        "loaded the settlement keys in {:.1} s: {}",
        start.elapsed().as_secs_f64(),
        key_file.display()
    );
    Ok(Some((key, record.shape)))
}

fn store(
    key_file: &Path,
    record_file: &Path,
    proving_key: &ProvingKey<G1Affine>,
    shape: &CircuitShape,
    protocol: &CheckedProtocol,
) -> Result<(), SettlementError> {
    let key_bytes = write_atomically(key_file, |file| {
        let mut writer = BufWriter::with_capacity(BUFFER, &mut *file);
        proving_key.write(&mut writer, SerdeFormat::RawBytesUnchecked)?;
        writer.flush()?;
        drop(writer);
        Ok(file.metadata()?.len())
    })
    .map_err(|e| SettlementError::io(key_file, e))?;
    let record = KeyRecord {
        shape: shape.clone(),
        key_bytes,
        protocol: Some(hex::encode(protocol.digest())),
    };
    write_atomically(record_file, |file| Ok(serde_json::to_writer(file, &record)?))
        .map_err(|e| SettlementError::io(record_file, e))
}
