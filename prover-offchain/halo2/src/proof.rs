//! Making proofs, and handing them to snark-verifier for aggregation.

use crate::{convert, transcript::ProgramTranscript};
use halo2_proofs::{
    halo2curves::bn256::{Bn256, Fr as HaloFr, G1Affine},
    plonk::{create_proof, Circuit, ProvingKey, VerifyingKey as HaloKey},
    poly::kzg::{
        commitment::{KZGCommitmentScheme, ParamsKZG},
        multiopen::ProverSHPLONK,
    },
};
use rand_core::{OsRng, RngCore};
use snark_verifier::{
    system::halo2::{compile, Config},
    verifier::plonk::PlonkProtocol,
};
use zkfusion_primitives::{field::NonCanonical, ids::Hash};

/// Why no proof was made.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The key's digest is no field element.
    #[error("key digest: {0}")]
    KeyDigest(#[from] NonCanonical),
    /// Halo2 refused the circuit or its witness.
    #[error("halo2: {0}")]
    Halo2(#[from] halo2_proofs::plonk::Error),
}

/// Proves a circuit. `key_digest` is that of the exported verifying key.
///
/// `instances` are the public inputs, one list a column. The proof is the transcript's byte stream: points compressed to 32
/// bytes, scalars as 32 bytes little-endian.
///
/// # Errors
///
/// [`ProofError`] if the digest is no field element or halo2 refuses the witness. That the constraints hold is not checked here.
pub fn prove<C: Circuit<HaloFr>>(
    params: &ParamsKZG<Bn256>,
    proving_key: &ProvingKey<G1Affine>,
    key_digest: &Hash,
    circuit: C,
    instances: &[&[HaloFr]],
) -> Result<Vec<u8>, ProofError> {
    prove_with(params, proving_key, key_digest, circuit, instances, OsRng)
}

/// As [`prove`], with the values of the rows that halo2 keeps for blinding drawn from `rng`.
///
/// # Errors
///
/// As [`prove`].
pub fn prove_with<C: Circuit<HaloFr>>(
    params: &ParamsKZG<Bn256>,
    proving_key: &ProvingKey<G1Affine>,
    key_digest: &Hash,
    circuit: C,
    instances: &[&[HaloFr]],
    rng: impl RngCore,
) -> Result<Vec<u8>, ProofError> {
    let mut transcript = ProgramTranscript::new(key_digest, Vec::new())?;
    create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<'_, Bn256>, _, _, _, _>(
        params,
        proving_key,
        &[circuit],
        &[instances],
        rng,
        &mut transcript,
    )?;
    Ok(transcript.finalize())
}

/// Returns snark-verifier's form of a program's key, whose transcript starts with the key's digest.
///
/// # Errors
///
/// [`NonCanonical`] if the digest is no field element.
pub fn plonk_protocol(
    params: &ParamsKZG<Bn256>,
    key: &HaloKey<G1Affine>,
    key_digest: &Hash,
    instance_lengths: &[u32],
) -> Result<PlonkProtocol<G1Affine>, NonCanonical> {
    let lengths = instance_lengths.iter().map(|length| *length as usize).collect();
    let mut protocol = compile(params, key, Config::kzg().with_num_instance(lengths));
    protocol.transcript_initial_state = Some(convert::halo2_scalar_from_bytes(key_digest)?);
    Ok(protocol)
}
