//! Making and checking settlement proofs.

use std::{path::Path, time::Instant};

use halo2_proofs::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine},
        ff::PrimeField,
    },
    plonk::{create_proof, verify_proof},
    poly::{
        commitment::ParamsProver,
        kzg::{
            commitment::KZGCommitmentScheme,
            multiopen::{ProverSHPLONK, VerifierSHPLONK},
            strategy::AccumulatorStrategy,
        },
        VerificationStrategy,
    },
    transcript::{TranscriptReadBuffer, TranscriptWriterBuffer},
};
use rand::rngs::OsRng;
use snark_verifier::{
    loader::native::NativeLoader,
    pcs::{
        kzg::{KzgAccumulator, KzgDecidingKey, LimbsEncoding},
        AccumulationDecider, AccumulatorEncoding,
    },
    system::halo2::transcript::evm::EvmTranscript,
};
use snark_verifier_sdk::{BITS, LIMBS, SHPLONK};
use zkfusion_halo2::{
    convert::{halo2_scalar_from_bytes, scalar},
    srs::{Params, SrsStore},
};
use zkfusion_primitives::verifier::{
    halo2::{CheckedProtocol, Halo2Kzg, VerifyingKey},
    Verifier,
};

use crate::{
    batch::{BatchProof, BatchWitness},
    circuit::{self, SettlementConfig, ACCUMULATOR_LIMBS},
    contracts::{own_protocol, Contracts},
    keys::{self, Keys},
    setup,
    statement::{word_of, SettlementStatement},
    stats::peak_memory_mb,
    ProofLayout, ProofStats, SettlementError,
};

/// A settlement proof, for the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct SettlementProof {
    /// What is proved.
    pub statement: SettlementStatement,
    /// The argument `proof` of `settle`: the accumulator's limbs, then the proof; see
    /// [`ProofLayout`].
    pub proof: Vec<u8>,
    /// What it cost.
    pub stats: ProofStats,
}

/// The prover of one settlement circuit, with its keys and SRS in memory.
pub struct SettlementProver {
    config: SettlementConfig,
    srs: Params,
    keys: Keys,
    protocol: CheckedProtocol,
}

impl std::fmt::Debug for SettlementProver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SettlementProver")
            .field("config", &self.config)
            .field("id", &self.keys.id)
            .finish()
    }
}

impl SettlementProver {
    /// Loads the keys of the settlement circuit from `cache`, or generates them, which takes
    /// minutes.
    ///
    /// `protocol` is that of the batch circuit: [`zkfusion_halo2::prover::BatchProver::protocol`].
    ///
    /// # Errors
    /// [`SettlementError::Srs`], [`SettlementError::Io`], [`SettlementError::Halo2`],
    /// [`SettlementError::Protocol`], or [`SettlementError::TooLarge`] if a batch proof of this
    /// shape cannot be verified within the limits.
    pub fn load_or_setup(
        cache: &Path,
        store: &SrsStore,
        config: SettlementConfig,
        protocol: CheckedProtocol,
    ) -> Result<Self, SettlementError> {
        let srs = setup::load(store, &config, &protocol)?;
        let keys = keys::load_or_generate(cache, &config, &srs, &protocol)?;
        Ok(Self {
            config,
            srs,
            keys,
            protocol,
        })
    }

    /// Returns the size of the circuit.
    pub fn config(&self) -> &SettlementConfig {
        &self.config
    }

    /// Returns the SHA-256 of everything that determines the circuit's keys, in hexadecimal.
    pub fn id(&self) -> &str {
        &self.keys.id
    }

    /// Proves the statements of consecutive batches, and verifies the proof. For now it is one
    /// batch at a time.
    ///
    /// # Errors
    /// A typed error that names the batch, if one of them is not provable; nothing panics on input.
    pub fn prove(&self, batches: &[BatchProof]) -> Result<SettlementProof, SettlementError> {
        let start = Instant::now();
        let (statement, witness) = self.check(batches)?;
        let circuit = circuit::for_proof(&self.keys.shape, &self.protocol, witness)?;
        let witness_s = start.elapsed().as_secs_f64();

        let inputs = circuit::public_inputs(&circuit);
        let mut transcript: EvmTranscript<G1Affine, NativeLoader, Vec<u8>, Vec<u8>> =
            TranscriptWriterBuffer::<_, G1Affine, _>::init(Vec::new());
        create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<_>, _, _, _, _>(
            &self.srs,
            &self.keys.proving_key,
            &[circuit],
            &[&[&inputs]],
            OsRng,
            &mut transcript,
        )?;
        let mut proof: Vec<u8> = inputs[..ACCUMULATOR_LIMBS]
            .iter()
            .flat_map(|limb| word_of(*limb))
            .collect();
        proof.extend(transcript.finalize());
        let prove_s = start.elapsed().as_secs_f64() - witness_s;
        self.verify(&statement, &proof)?;
        let stats = ProofStats {
            witness_s,
            prove_s,
            verify_s: start.elapsed().as_secs_f64() - witness_s - prove_s,
            peak_mb: peak_memory_mb(),
            proof_bytes: proof.len(),
        };
        Ok(SettlementProof {
            statement,
            proof,
            stats,
        })
    }

    /// Verifies a settlement proof natively, as the contract does.
    ///
    /// # Errors
    /// [`SettlementError::InvalidProof`] with the reason.
    pub fn verify(&self, statement: &SettlementStatement, proof: &[u8]) -> Result<(), SettlementError> {
        let refuse = |reason: &str| Err(SettlementError::InvalidProof(reason.into()));
        let layout = self.proof_layout();
        if proof.len() != layout.bytes() {
            return refuse(&format!(
                "it is {} bytes long instead of {}",
                proof.len(),
                layout.bytes()
            ));
        }
        let (limbs, proof) = proof.split_at(32 * layout.limbs);
        let limbs: Option<Vec<Fr>> = limbs.chunks(32).map(element_of).collect();
        let Some(limbs) = limbs else {
            return refuse("a limb of its accumulator is not a field element");
        };
        let accumulator = match decode_accumulator(&limbs) {
            Ok(accumulator) => accumulator,
            Err(reason) => return refuse(&reason),
        };
        let key = self.deciding_key();
        if <SHPLONK as AccumulationDecider<G1Affine, NativeLoader>>::decide(&key, accumulator).is_err() {
            return refuse("its accumulator does not hold");
        }
        let inputs: Vec<Fr> = limbs.into_iter().chain(statement.to_inputs()).collect();
        let mut transcript: EvmTranscript<G1Affine, NativeLoader, &[u8], Vec<u8>> =
            TranscriptReadBuffer::<_, G1Affine, _>::init(proof);
        let guard = verify_proof::<KZGCommitmentScheme<Bn256>, VerifierSHPLONK<_>, _, _, _>(
            self.srs.verifier_params(),
            self.keys.proving_key.get_vk(),
            AccumulatorStrategy::new(self.srs.verifier_params()),
            &[&[&inputs]],
            &mut transcript,
        );
        match guard.map(VerificationStrategy::<_, VerifierSHPLONK<_>>::finalize) {
            Ok(true) => Ok(()),
            Ok(false) => refuse("its openings do not hold"),
            Err(e) => refuse(&e.to_string()),
        }
    }

    /// Returns where things lie in a proof.
    pub fn proof_layout(&self) -> ProofLayout {
        ProofLayout::of(&own_protocol(&self.srs, self.keys.proving_key.get_vk()))
    }

    /// Returns the contracts of the loaded key; [`Contracts::derive`] makes them without one.
    ///
    /// # Errors
    /// [`SettlementError::Solidity`] if snark-verifier cannot express the verifier.
    pub fn contracts(&self) -> Result<Contracts, SettlementError> {
        Contracts::of(&self.srs, self.keys.proving_key.get_vk())
    }

    fn deciding_key(&self) -> KzgDecidingKey<Bn256> {
        (self.srs.get_g()[0], self.srs.g2(), self.srs.s_g2()).into()
    }

    /// Checks natively everything that the circuit constrains, so that a failure has a name.
    fn check(&self, batches: &[BatchProof]) -> Result<(SettlementStatement, BatchWitness), SettlementError> {
        let statements: Vec<_> = batches.iter().map(|batch| batch.statement).collect();
        let statement = SettlementStatement::of(&statements)?;
        let [batch] = batches else {
            return Err(SettlementError::WrongBatchCount {
                expected: 1,
                got: batches.len(),
            });
        };
        let position = 0;
        let key = VerifyingKey::new(self.protocol.clone(), batch.key.clone())
            .map_err(|reason| SettlementError::InvalidKey { position, reason })?;
        let k = u32::from(key.k());
        let digest = halo2_scalar_from_bytes(&key.digest())
            .map_err(|_| SettlementError::Protocol("a key's digest is not a field element"))?;
        if batch.program.digest(k) != Some(digest) {
            return Err(SettlementError::WrongKey { position, k, digest });
        }
        let (stated, computed) = (batch.statement.program_id, batch.program.program_id());
        if stated != computed {
            return Err(SettlementError::WrongProgram {
                position,
                stated,
                computed,
            });
        }
        let refused = |reason: String| SettlementError::InvalidBatchProof { position, reason };
        let instances = batch.statement.to_inputs().map(|input| scalar(&input));
        Halo2Kzg::verify(&key, &[&instances], &batch.proof).map_err(|e| refused(e.to_string()))?;
        let witness = BatchWitness::new(self.protocol.protocol(), batch)
            .ok_or_else(|| refused("its encoding is not canonical".into()))?;
        Ok((statement, witness))
    }
}

/// Returns the field element of a word, if the word is canonical.
fn element_of(word: &[u8]) -> Option<Fr> {
    let mut bytes: [u8; 32] = word.try_into().ok()?;
    bytes.reverse();
    Fr::from_repr(bytes).into()
}

fn decode_accumulator(limbs: &[Fr]) -> Result<KzgAccumulator<G1Affine, NativeLoader>, String> {
    let limbs: Vec<&Fr> = limbs.iter().collect();
    <LimbsEncoding<LIMBS, BITS> as AccumulatorEncoding<G1Affine, NativeLoader>>::from_repr(&limbs)
        .map_err(|e| format!("{e:?}"))
}
