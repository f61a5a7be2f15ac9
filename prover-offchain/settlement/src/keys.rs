//! The proving key of the settlement circuit, cached by the hash of everything that determines it.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
    time::Instant,
};

use halo2_proofs::{
    halo2curves::{
        bn256::{Fr, G1Affine},
        ff::PrimeField,
    },
    plonk::{keygen_pk, keygen_vk, ProvingKey},
    poly::commitment::ParamsProver,
    SerdeFormat,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use snark_verifier::{
    util::arithmetic::{root_of_unity, Domain},
    verifier::plonk::PlonkProtocol,
};
use snark_verifier_sdk::{
    halo2::{aggregation::AggregationCircuit, gen_dummy_snark_from_protocol},
    SHPLONK,
};
use zkfusion_halo2::srs::{write_atomically, Params};

use crate::{
    circuit::{self, CircuitShape, SettlementConfig, Witness},
    program::ProgramKeys,
    prover::BatchCircuit,
    SettlementError,
};

/// Bytes of the buffer before a key file.
const BUFFER: usize = 1 << 20;
/// Raised when the circuit changes, so that old keys are not found.
const CIRCUIT_VERSION: u32 = 1;

/// The file beside a cached key, written after it.
#[derive(Serialize, Deserialize)]
struct KeyRecord {
    shape: CircuitShape,
    key_bytes: u64,
}

/// A proving key with the shape of its circuit.
pub(crate) struct Keys {
    pub(crate) proving_key: ProvingKey<G1Affine>,
    pub(crate) shape: CircuitShape,
    /// SHA-256 of what determines the key, in hexadecimal.
    pub(crate) id: String,
}

/// Returns the protocol of a batch proof without its program: no key, and the smallest size.
pub(crate) fn blank(protocol: &PlonkProtocol<G1Affine>) -> PlonkProtocol<G1Affine> {
    let k = 14;
    PlonkProtocol {
        domain: Domain::new(k, root_of_unity(k)),
        preprocessed: vec![G1Affine::generator(); protocol.preprocessed.len()],
        transcript_initial_state: protocol.transcript_initial_state.map(|_| Fr::zero()),
        ..protocol.clone()
    }
}

/// Returns the SHA-256 of a blank protocol.
pub(crate) fn shape_hash(blank: &PlonkProtocol<G1Affine>) -> [u8; 32] {
    Sha256::digest(serde_json::to_vec(blank).expect("a protocol has only numbers and lists")).into()
}

/// Loads the keys from the `settlement/` folder of `cache`, or generates and stores them.
pub(crate) fn load_or_generate(
    cache: &Path,
    config: &SettlementConfig,
    srs: &Params,
    batch: &BatchCircuit,
) -> Result<Keys, SettlementError> {
    let id = key_id(config, srs, batch);
    let folder = cache.join("settlement");
    let stem = format!("k{}-n{}-{}", config.k, config.batches, &id[..16]);
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
        "generating the settlement keys (once; about two minutes): {}",
        key_file.display()
    );
    let start = Instant::now();
    let dummy = || gen_dummy_snark_from_protocol::<SHPLONK>(batch.protocol.clone());
    let witness = Witness {
        snarks: (0..config.batches).map(|_| dummy()).collect(),
        programs: vec![ProgramKeys::default(); config.batches],
        protocol_digest: batch.digest,
    };
    let circuit = circuit::for_keys(config, srs, witness)?;
    let verifying_key = keygen_vk(srs, &circuit)?;
    tracing::info!(
        "settlement keys: verifying key after {:.0} s",
        start.elapsed().as_secs_f64()
    );
    let proving_key = keygen_pk(srs, verifying_key, &circuit)?;
    let shape = CircuitShape {
        params: (&circuit.builder.config_params)
            .try_into()
            .expect("the circuit has one phase"),
        break_points: circuit.break_points(),
    };
    drop(circuit);
    tracing::info!(
        "settlement keys: proving key after {:.0} s",
        start.elapsed().as_secs_f64()
    );
    fs::create_dir_all(&folder).map_err(|e| SettlementError::io(&folder, e))?;
    store(&key_file, &record_file, &proving_key, &shape)?;
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

fn key_id(config: &SettlementConfig, srs: &Params, batch: &BatchCircuit) -> String {
    let mut hash = Sha256::new();
    hash.update(CIRCUIT_VERSION.to_le_bytes());
    hash.update(serde_json::to_vec(config).expect("a configuration has only numbers"));
    hash.update(format!("{:?} {:?} {:?}", srs.get_g()[0], srs.g2(), srs.s_g2()));
    hash.update(shape_hash(&batch.protocol));
    hash.update(batch.digest.to_repr());
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
    let key = ProvingKey::read::<_, AggregationCircuit>(
        &mut BufReader::with_capacity(BUFFER, file),
        SerdeFormat::RawBytesUnchecked,
        record.shape.params,
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
    };
    write_atomically(record_file, |file| Ok(serde_json::to_writer(file, &record)?))
        .map_err(|e| SettlementError::io(record_file, e))
}
