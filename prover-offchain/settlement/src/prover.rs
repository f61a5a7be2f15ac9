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
    system::halo2::{compile, transcript::evm::EvmTranscript, Config},
    verifier::{plonk::PlonkProtocol, SnarkVerifier},
};
use snark_verifier_sdk::{
    halo2::{PoseidonTranscript, POSEIDON_SPEC},
    CircuitExt, PlonkVerifier, Snark, BITS, LIMBS, SHPLONK,
};
use zkfusion_halo2::srs::{Params, SrsStore};

use crate::{
    circuit::{self, SettlementConfig, Witness},
    keys::{self, Keys},
    program::{key_digest, ProgramKeys},
    solidity,
    statement::{word_of, BatchStatement, SettlementStatement, SETTLEMENT_INPUTS},
    stats::peak_memory_mb,
    ProofLayout, ProofStats, SettlementError,
};

/// The circuit of batch proofs, without any program: what the settlement circuit is made for.
#[derive(Clone, Debug)]
pub struct BatchCircuit {
    /// How proofs are verified, with a blank key.
    pub(crate) protocol: PlonkProtocol<G1Affine>,
    /// The digest of the circuit.
    pub(crate) digest: Fr,
}

impl BatchCircuit {
    /// Returns the circuit that a program's protocol belongs to.
    ///
    /// `protocol` comes from [`zkfusion_halo2::proof::plonk_protocol`] for any program and size, `digest` is
    /// that of [`zkfusion_halo2::export::protocol`].
    pub fn new(protocol: &PlonkProtocol<G1Affine>, digest: Fr) -> Self {
        Self {
            protocol: keys::blank(protocol),
            digest,
        }
    }
}

/// A batch proof with its public inputs and the verifying key of its program.
#[derive(Clone, Debug)]
pub struct BatchProof {
    /// The key, and how proofs of it are verified: [`zkfusion_halo2::proof::plonk_protocol`].
    pub protocol: PlonkProtocol<G1Affine>,
    /// The digests of all keys of the program.
    pub program: ProgramKeys,
    /// The public inputs.
    pub statement: BatchStatement,
    /// The proof: halo2-KZG, SHPLONK, snark-verifier's Poseidon transcript.
    pub proof: Vec<u8>,
}

/// A settlement proof, for the contract.
#[derive(Clone, Debug, PartialEq)]
pub struct SettlementProof {
    /// What is proved.
    pub statement: SettlementStatement,
    /// The argument `proof` of `settle`: the accumulator's limbs, then the proof; see [`ProofLayout`].
    pub proof: Vec<u8>,
    /// What it cost.
    pub stats: ProofStats,
}

/// The prover of one settlement circuit, with its keys and SRS in memory (3 GB at `k = 21`).
pub struct SettlementProver {
    config: SettlementConfig,
    srs: Params,
    keys: Keys,
    batch: BatchCircuit,
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
    /// Loads the keys of the settlement circuit from `cache`, or generates them (about two minutes, once).
    ///
    /// # Errors
    /// [`SettlementError::Srs`], [`SettlementError::Io`], [`SettlementError::Halo2`], or
    /// [`SettlementError::TooLarge`] if a batch proof of this shape cannot be verified within the limits.
    pub fn load_or_setup(
        cache: &Path,
        store: &SrsStore,
        config: SettlementConfig,
        batch: BatchCircuit,
    ) -> Result<Self, SettlementError> {
        let srs = store.load(config.k)?;
        let keys = keys::load_or_generate(cache, &config, &srs, &batch)?;
        Ok(Self {
            config,
            srs,
            keys,
            batch,
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

    /// Proves the statements of consecutive batches, and verifies the proof.
    ///
    /// # Errors
    /// A typed error that names the batch, if one of them is not provable; nothing panics on input.
    pub fn prove(&self, batches: &[BatchProof]) -> Result<SettlementProof, SettlementError> {
        let start = Instant::now();
        let statement = self.check(batches)?;
        let witness = Witness {
            snarks: batches.iter().map(snark).collect(),
            programs: batches.iter().map(|batch| batch.program).collect(),
            protocol_digest: self.batch.digest,
        };
        let circuit = circuit::for_proof(&self.keys.shape, &self.srs, witness);
        let witness_s = start.elapsed().as_secs_f64();

        let instances = circuit.instances();
        let columns: Vec<&[Fr]> = instances.iter().map(Vec::as_slice).collect();
        let mut transcript: EvmTranscript<G1Affine, NativeLoader, Vec<u8>, Vec<u8>> =
            TranscriptWriterBuffer::<_, G1Affine, _>::init(Vec::new());
        create_proof::<KZGCommitmentScheme<Bn256>, ProverSHPLONK<_>, _, _, _, _>(
            &self.srs,
            &self.keys.proving_key,
            &[circuit],
            &[&columns],
            OsRng,
            &mut transcript,
        )?;
        let limbs = &instances[0][..instances[0].len() - SETTLEMENT_INPUTS];
        let mut proof: Vec<u8> = limbs.iter().flat_map(|limb| word_of(*limb)).collect();
        proof.extend(transcript.finalize());
        self.verify(&statement, &proof)?;
        let stats = ProofStats {
            witness_s,
            prove_s: start.elapsed().as_secs_f64(),
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
        ProofLayout::of(&self.protocol())
    }

    /// Returns the source of the verifier contract `Halo2Verifier`: generated by snark-verifier, to be compiled
    /// without the optimizer. The same circuit and SRS always give the same source.
    pub fn solidity_verifier(&self) -> String {
        solidity::verifier(&self.srs, self.keys.proving_key.get_vk(), self.num_instance())
    }

    /// Returns the source of the library `ProofLayout`: what the contract needs to know of [`Self::proof_layout`].
    pub fn solidity_layout(&self) -> String {
        solidity::layout(&self.proof_layout())
    }

    fn num_instance(&self) -> usize {
        4 * LIMBS + SETTLEMENT_INPUTS
    }

    fn protocol(&self) -> PlonkProtocol<G1Affine> {
        compile(
            &self.srs,
            self.keys.proving_key.get_vk(),
            Config::kzg().with_num_instance(vec![self.num_instance()]),
        )
    }

    fn deciding_key(&self) -> KzgDecidingKey<Bn256> {
        (self.srs.get_g()[0], self.srs.g2(), self.srs.s_g2()).into()
    }

    /// Checks natively everything that the circuit constrains, so that a failure has a name.
    fn check(&self, batches: &[BatchProof]) -> Result<SettlementStatement, SettlementError> {
        let statements: Vec<BatchStatement> = batches.iter().map(|batch| batch.statement).collect();
        let statement = SettlementStatement::of(&statements)?;
        if batches.len() != self.config.batches {
            return Err(SettlementError::WrongBatchCount {
                expected: self.config.batches,
                got: batches.len(),
            });
        }
        let expected = keys::shape_hash(&self.batch.protocol);
        for (position, batch) in batches.iter().enumerate() {
            let got = keys::shape_hash(&keys::blank(&batch.protocol));
            if got != expected {
                let (expected, got) = (hex::encode(expected), hex::encode(got));
                return Err(SettlementError::WrongShape {
                    position,
                    expected,
                    got,
                });
            }
            let digest = key_digest(self.batch.digest, &batch.protocol);
            let k = batch.protocol.domain.k as u32;
            if batch.program.digest(k) != Some(digest)
                || batch.protocol.transcript_initial_state != Some(digest)
            {
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
            self.verify_batch(batch)
                .map_err(|reason| SettlementError::InvalidBatchProof { position, reason })?;
        }
        Ok(statement)
    }

    fn verify_batch(&self, batch: &BatchProof) -> Result<(), String> {
        let expected = ProofLayout::of(&batch.protocol).compressed_bytes();
        if batch.proof.len() != expected {
            return Err(format!(
                "it is {} bytes long instead of {expected}",
                batch.proof.len()
            ));
        }
        let key = self.deciding_key();
        let instances = [batch.statement.to_inputs().to_vec()];
        let mut transcript =
            PoseidonTranscript::<NativeLoader, &[u8]>::from_spec(&batch.proof, POSEIDON_SPEC.clone());
        let proof = PlonkVerifier::<SHPLONK>::read_proof(&key, &batch.protocol, &instances, &mut transcript)
            .map_err(|e| format!("{e:?}"))?;
        PlonkVerifier::<SHPLONK>::verify(&key, &batch.protocol, &instances, &proof)
            .map_err(|e| format!("{e:?}"))
    }
}

fn snark(batch: &BatchProof) -> Snark {
    Snark::new(
        batch.protocol.clone(),
        vec![batch.statement.to_inputs().to_vec()],
        batch.proof.clone(),
    )
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
