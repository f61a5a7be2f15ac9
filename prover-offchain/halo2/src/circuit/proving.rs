//! Keys of batch circuits, and proofs with them.

use halo2_proofs::{
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{keygen_pk, keygen_vk, ProvingKey},
    poly::kzg::commitment::ParamsKZG,
};
use zkfusion_air::witness::Witness;
use zkfusion_primitives::{
    ids::Hash,
    verifier::halo2::{ProgramKey, VerifyingKey},
};
use zkfusion_vm::Program;

use super::BatchCircuit;
use crate::{
    export::{self, ExportError},
    proof::{self, ProofError},
};

/// Number of public inputs.
pub const INSTANCES: u32 = 13;

/// A program's keys for one size.
#[derive(Debug)]
pub struct CircuitKeys {
    proving: ProvingKey<G1Affine>,
    verifying: VerifyingKey,
}

/// Why there are no keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// Halo2 could not make them: the program does not fit the size.
    #[error("halo2: {0}")]
    Halo2(#[from] halo2_proofs::plonk::Error),
    /// The verifying key has no form as data.
    #[error("{0}")]
    Export(#[from] ExportError),
}

impl CircuitKeys {
    /// Makes the keys of a program's circuit of `2^k` rows, where `k` is that of `params`.
    ///
    /// # Errors
    ///
    /// [`KeysError`] when the circuit is too small for the program.
    pub fn new(params: &ParamsKZG<Bn256>, program: &Program, k: u32) -> Result<Self, KeysError> {
        let circuit = BatchCircuit::new(program, k);
        let key = keygen_vk(params, &circuit)?;
        let verifying = export::verifying_key(params, &key, &[INSTANCES])?;
        let proving = keygen_pk(params, key, &circuit)?;
        Ok(Self { proving, verifying })
    }

    /// Returns the key that proofs are checked with.
    pub fn verifying(&self) -> &VerifyingKey {
        &self.verifying
    }

    /// Returns halo2's keys.
    pub fn proving(&self) -> &ProvingKey<G1Affine> {
        &self.proving
    }

    /// Proves a witness.
    ///
    /// # Errors
    ///
    /// [`ProofError`] when halo2 refuses the witness. That it is right is not checked here.
    pub fn prove(
        &self,
        params: &ParamsKZG<Bn256>,
        program: &Program,
        witness: &Witness,
        instances: &[Fr],
    ) -> Result<Vec<u8>, ProofError> {
        let k = u32::from(self.verifying.k());
        let (circuit, blinding) = BatchCircuit::with_witness(program, k, witness, instances.to_vec());
        let digest = self.verifying.digest();
        proof::prove_with(params, &self.proving, &digest, circuit, &[instances], blinding)
    }
}

/// Returns the part of the key that the chain stores for each size of a program.
///
/// # Errors
///
/// As [`CircuitKeys::new`].
pub fn program_key(
    params: &ParamsKZG<Bn256>,
    program: &Program,
    k: u32,
) -> Result<(ProgramKey, Hash), KeysError> {
    let key = keygen_vk(params, &BatchCircuit::new(program, k))?;
    let verifying = export::verifying_key(params, &key, &[INSTANCES])?;
    Ok((export::program_key(&key)?, verifying.digest()))
}
