//! The batch prover: from a job, which is chain state alone, to a proof that it has verified
//! itself.

use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use codec::{Decode, Encode};
use halo2_proofs::halo2curves::bn256::Fr as HaloFr;
use sha2::{Digest, Sha256};
use zkfusion_air::{
    checker::{check, Fault},
    tables,
    witness::{words, Execution, Witness, WitnessError},
};
use zkfusion_primitives::{
    effects::{BatchEffects, MessageOutcome},
    field::to_bytes,
    ids::{Hash, ProgramId},
    job::{BatchJob, Stage},
    merkle::{Leaf, SparseTree},
    program::{program_id, ProgramError, LARGEST_K, SMALLEST_K},
    statement::Statement,
    status::MessageStatus,
    verifier::{
        halo2::{CheckedProtocol, Halo2Kzg, ProgramKey, VerifyError, VerifyingKey},
        Verifier,
    },
};
use zkfusion_vm::{compile, trace_batch, CompileError, Message, Program};

use crate::{
    circuit::{
        self,
        proving::{self, program_key, proving_key},
    },
    convert::{halo2_scalar, scalar},
    proof::{KeysError, ProofError, ProvingKey},
    srs::{write_atomically, Params, SrsError, SrsKind, SrsStore},
};

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProverError {
    /// The wasm is not a program.
    #[error("the wasm is refused: {0}")]
    Compile(#[from] CompileError),
    /// The job contradicts itself.
    #[error("the job contradicts itself: {0}")]
    InvalidJob(String),
    /// The batch does not fit any size that the program has keys for.
    #[error(
        "the batch takes {rows} rows, which need k = {k}; the program's largest key is for k = {largest}"
    )]
    TooLarge {
        /// Rows of the batch.
        rows: usize,
        /// Size that would hold them.
        k: u32,
        /// Largest size with a key.
        largest: u8,
    },
    /// A proof is of a size that its program has no key for.
    #[error("the proof is for k = {k}, for which the program has no key")]
    NoKey {
        /// The proof's size.
        k: u8,
    },
    /// The trusted setup is not usable.
    #[error("{0}")]
    Srs(#[from] SrsError),
    /// The keys cannot be made.
    #[error("{0}")]
    Keys(#[from] KeysError),
    /// The keys have no id.
    #[error("{0}")]
    Program(#[from] ProgramError),
    /// The execution has no witness: a defect.
    #[error("{0}")]
    Witness(#[from] WitnessError),
    /// The witness does not have the circuit's shape: a defect.
    #[error("{0}")]
    Proof(#[from] ProofError),
    /// The proof does not verify: a defect.
    #[error("the proof that was made does not verify: {0}")]
    SelfCheck(VerifyError),
    /// The cache folder is not usable.
    #[error("{}: {source}", path.display())]
    Cache {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: std::io::Error,
    },
}

/// A program with its keys.
#[derive(Debug)]
pub struct PreparedProgram {
    /// Tells it from other programs: the SHA-256 of the wasm, or the digest of its only key.
    hash: [u8; 32],
    program: Program,
    keys: BTreeMap<u8, (ProgramKey, Hash)>,
    program_id: ProgramId,
}

impl PreparedProgram {
    /// Returns the compiled program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Returns the id that chain and Ethereum know the program by.
    pub fn program_id(&self) -> ProgramId {
        self.program_id
    }

    /// Returns the keys and their digests by size, ascending.
    pub fn keys(&self) -> impl Iterator<Item = (u8, &ProgramKey, &Hash)> {
        self.keys.iter().map(|(k, (key, digest))| (*k, key, digest))
    }
}

/// An executed batch, ready to be proved or checked.
#[derive(Debug)]
pub struct ExecutedBatch {
    /// The tables.
    pub witness: Witness,
    /// What the proof will say.
    pub statement: Statement,
    /// What the batch did.
    pub effects: BatchEffects,
    /// VM steps.
    pub steps: u64,
    /// Time to execute and fill the tables.
    pub time: Duration,
}

/// A proof and what it cost.
#[derive(Clone, Debug)]
pub struct ProvedBatch {
    /// Size of the circuit.
    pub k: u8,
    /// The proof.
    pub proof: Vec<u8>,
    /// Time to prove.
    pub prove_time: Duration,
    /// Time to verify.
    pub verify_time: Duration,
}

/// Makes batch proofs. Keys and setup are made when first needed and kept in the cache folder.
#[derive(Debug)]
pub struct BatchProver {
    srs: SrsStore,
    keys_folder: PathBuf,
    params: Mutex<HashMap<u32, Arc<Params>>>,
    /// The keys last used, which are the largest things in memory.
    last_keys: Mutex<Option<([u8; 32], Arc<ProvingKey>)>>,
}

impl BatchProver {
    /// Returns a prover with its files in `cache`.
    pub fn new(cache: &Path, kind: SrsKind) -> Self {
        Self {
            srs: SrsStore::new(cache, kind),
            keys_folder: cache.join("keys"),
            params: Mutex::default(),
            last_keys: Mutex::default(),
        }
    }

    /// Returns what the verifiers of all programs' proofs have in common: the chain's genesis has
    /// it.
    ///
    /// # Errors
    ///
    /// [`ProverError::Srs`] or [`ProverError::Keys`] when the setup is not usable.
    pub fn protocol(&self) -> Result<CheckedProtocol, ProverError> {
        Ok(proving::protocol(&*self.params(SMALLEST_K.into())?)?)
    }

    /// Compiles a program and makes its keys for every size that holds it, or finds them in the
    /// cache.
    ///
    /// # Errors
    ///
    /// [`ProverError::Compile`] naming the place in the wasm; otherwise what keeps keys from being
    /// made.
    pub fn program(&self, wasm: &[u8]) -> Result<PreparedProgram, ProverError> {
        let program = compile(wasm)?;
        let smallest = circuit::size(&program, 0, SMALLEST_K.into());
        let first = program_key(&*self.params(smallest)?, &program, smallest)?;
        // The first key depends on wasm, circuit and setup, so that it names all of them.
        let path = keys_file(&self.keys_folder, &first.1);
        let keys = match std::fs::read(&path)
            .ok()
            .and_then(|bytes| Keys::decode(&mut &bytes[..]).ok())
        {
            Some(keys) => keys,
            None => {
                let start = Instant::now();
                tracing::info!("making the program's keys for k = {smallest} to {LARGEST_K}");
                let mut keys = vec![(smallest as u8, first.0, first.1)];
                for k in smallest as u8 + 1..=LARGEST_K {
                    let (key, digest) = program_key(&*self.params(k.into())?, &program, k.into())?;
                    keys.push((k, key, digest));
                    // A large setup is kept only once it is needed for a proof.
                    self.lock_params().remove(&k.into());
                }
                self.store(&path, &keys)?;
                tracing::info!(
                    "made them in {:.1} s: {}",
                    start.elapsed().as_secs_f64(),
                    path.display()
                );
                keys
            }
        };
        let digests: Vec<(u8, Hash)> = keys.iter().map(|(k, _, digest)| (*k, *digest)).collect();
        Ok(PreparedProgram {
            hash: Sha256::digest(wasm).into(),
            program,
            program_id: program_id(&digests)?,
            keys: keys
                .into_iter()
                .map(|(k, key, digest)| (k, (key, digest)))
                .collect(),
        })
    }

    /// Makes only the key of the size that holds a compiled program and this many rows: for proofs
    /// that no chain is to verify.
    ///
    /// # Errors
    ///
    /// What keeps the key from being made.
    pub fn program_for_rows(&self, program: Program, rows: usize) -> Result<PreparedProgram, ProverError> {
        let k = circuit::size(&program, rows, SMALLEST_K.into());
        let (key, digest) = program_key(&*self.params(k)?, &program, k)?;
        Ok(PreparedProgram {
            hash: digest,
            program,
            program_id: program_id(&[(k as u8, digest)])?,
            keys: BTreeMap::from([(k as u8, (key, digest))]),
        })
    }

    /// Executes a batch and fills the tables.
    ///
    /// # Errors
    ///
    /// [`ProverError::InvalidJob`] when the job contradicts itself.
    pub fn execute(&self, program: &PreparedProgram, job: &BatchJob) -> Result<ExecutedBatch, ProverError> {
        let start = Instant::now();
        let invalid = |what: &str| ProverError::InvalidJob(what.to_owned());
        if job.batch.program_id != program.program_id {
            return Err(invalid("its program id is not that of its program"));
        }
        let state = SparseTree::from_leaves(job.leaves.iter().copied());
        if state.root() != job.batch.pre_root {
            return Err(invalid("its leaves have another root"));
        }
        if job.batch.vrf_seed[31] != 0 {
            return Err(invalid("its randomness has more than 31 bytes"));
        }
        let messages: Vec<Message> = job
            .batch
            .messages
            .iter()
            .map(|message| Message {
                tape: message.tape(),
                fuel_limit: message.fuel_limit,
            })
            .collect();
        let tapes: Vec<Vec<u64>> = messages.iter().map(|message| message.tape.clone()).collect();
        let seed = words(&job.batch.vrf_seed);
        let mut leaves: BTreeMap<u32, [u64; 4]> = job
            .leaves
            .iter()
            .map(|(index, leaf)| (*index, words(leaf)))
            .collect();
        let batch = trace_batch(&program.program, &messages, seed, &mut leaves);
        let witness = Witness::build(&Execution {
            program: &program.program,
            trace: &batch.trace,
            tapes: &tapes,
            state,
            inbox_hash: job.batch.inbox_hash_pre,
            seed,
        })?;
        let effects =
            effects(&batch.outcomes).ok_or_else(|| invalid("a message ends with an unknown status"))?;
        Ok(ExecutedBatch {
            statement: statement(job, &witness),
            effects,
            steps: batch.trace.steps.len() as u64,
            witness,
            time: start.elapsed(),
        })
    }

    /// Returns which constraints and buses a batch breaks; none unless there is a defect.
    pub fn check(&self, program: &PreparedProgram, batch: &ExecutedBatch) -> Vec<Fault> {
        check(&tables(), &program.program, &batch.witness)
    }

    /// Proves a batch and verifies the proof. `progress` hears of the stages.
    ///
    /// # Errors
    ///
    /// [`ProverError::TooLarge`] when no key is large enough; otherwise what keeps the proof from
    /// being made.
    pub fn prove(
        &self,
        program: &PreparedProgram,
        batch: &ExecutedBatch,
        progress: &dyn Fn(Stage),
    ) -> Result<ProvedBatch, ProverError> {
        let rows = batch.witness.height();
        let k = circuit::size(&program.program, rows, SMALLEST_K.into());
        let largest = program.keys.keys().last().copied().unwrap_or_default();
        if !program.keys.contains_key(&(k as u8)) {
            return Err(ProverError::TooLarge { rows, k, largest });
        }
        progress(Stage::Preparing);
        let keys = self.keys(program, k)?;
        let params = self.params(k)?;
        progress(Stage::Proving);
        let start = Instant::now();
        let instances = instances(&batch.statement)?;
        let halo_instances: Vec<HaloFr> = instances.iter().map(halo2_scalar).collect();
        let proof = proving::prove(&params, &keys, &program.program, &batch.witness, &halo_instances)?;
        let prove_time = start.elapsed();
        progress(Stage::Verifying);
        let start = Instant::now();
        Halo2Kzg::verify(keys.verifying(), &[&instances], &proof).map_err(ProverError::SelfCheck)?;
        Ok(ProvedBatch {
            k: k as u8,
            proof,
            prove_time,
            verify_time: start.elapsed(),
        })
    }

    /// Verifies a proof of a program.
    ///
    /// # Errors
    ///
    /// [`ProverError::NoKey`], or [`ProverError::SelfCheck`] with what is wrong with the proof.
    pub fn verify(
        &self,
        program: &PreparedProgram,
        k: u8,
        statement: &Statement,
        proof: &[u8],
    ) -> Result<(), ProverError> {
        if !program.keys.contains_key(&k) {
            return Err(ProverError::NoKey { k });
        }
        let keys = self.keys(program, k.into())?;
        Halo2Kzg::verify(keys.verifying(), &[&instances(statement)?], proof).map_err(ProverError::SelfCheck)
    }

    fn lock_params(&self) -> MutexGuard<'_, HashMap<u32, Arc<Params>>> {
        self.params.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn params(&self, k: u32) -> Result<Arc<Params>, ProverError> {
        let mut all = self.lock_params();
        if let Some(params) = all.get(&k) {
            return Ok(params.clone());
        }
        let params = Arc::new(self.srs.load(k)?);
        all.insert(k, params.clone());
        Ok(params)
    }

    fn keys(&self, program: &PreparedProgram, k: u32) -> Result<Arc<ProvingKey>, ProverError> {
        let mut last = self.last_keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((hash, keys)) = last.as_ref() {
            if *hash == program.hash && u32::from(keys.verifying().k()) == k {
                return Ok(keys.clone());
            }
        }
        *last = None;
        let keys = Arc::new(proving_key(&*self.params(k)?, &program.program, k)?);
        *last = Some((program.hash, keys.clone()));
        Ok(keys)
    }

    fn store(&self, path: &Path, keys: &Keys) -> Result<(), ProverError> {
        let failed = |source| ProverError::Cache {
            path: path.to_owned(),
            source,
        };
        std::fs::create_dir_all(&self.keys_folder).map_err(failed)?;
        write_atomically(path, |file| std::io::Write::write_all(file, &keys.encode())).map_err(failed)
    }
}

/// Removes the keys of all programs that `cache` has under `protocol`, and returns how many
/// programs they were of.
///
/// Nothing under another protocol finds them: the first key's digest, which depends on the
/// protocol, is the file's name.
///
/// # Errors
///
/// [`ProverError::Cache`] when the folder is not usable.
pub fn remove_keys(cache: &Path, protocol: &CheckedProtocol) -> Result<usize, ProverError> {
    let folder = cache.join("keys");
    let failed = |path: &Path, source| ProverError::Cache {
        path: path.to_owned(),
        source,
    };
    let entries = match std::fs::read_dir(&folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        entries => entries.map_err(|error| failed(&folder, error))?,
    };
    let mut removed = 0;
    for entry in entries {
        let path = entry.map_err(|error| failed(&folder, error))?.path();
        if path.extension().is_none_or(|extension| extension != "keys") {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| failed(&path, error))?;
        let first = Keys::decode(&mut &bytes[..])
            .ok()
            .and_then(|keys| keys.into_iter().next())
            .and_then(|(_, key, _)| VerifyingKey::new(protocol.clone(), key).ok());
        let name = first.map(|key| keys_file(&folder, &key.digest()));
        if name.is_some_and(|name| name == path) {
            std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
            removed += 1;
        }
    }
    Ok(removed)
}

/// Returns the file of the program whose first key has this digest.
fn keys_file(folder: &Path, first: &Hash) -> PathBuf {
    folder.join(format!("{}.keys", hex::encode(first)))
}

/// A program's keys as the cache has them.
type Keys = Vec<(u8, ProgramKey, Hash)>;

fn instances(statement: &Statement) -> Result<[zkfusion_primitives::field::Fr; 13], ProverError> {
    statement
        .to_instances()
        .map_err(|field| ProverError::InvalidJob(field.to_string()))
}

/// Returns what a proof of the witness says.
fn statement(job: &BatchJob, witness: &Witness) -> Statement {
    let field = |index: usize| to_bytes(&scalar(&witness.statement[index]));
    Statement {
        genesis_hash: job.batch.genesis_hash,
        app_id: job.batch.app_id,
        program_id: job.batch.program_id,
        batch_index: job.batch.batch_index,
        pre_root: field(4),
        post_root: field(5),
        inbox_hash_pre: field(6),
        inbox_hash_post: field(7),
        writes_hash: field(8),
        outbox_root: field(9),
        vrf_seed: field(10),
        ..Statement::default()
    }
}

fn effects(outcomes: &[zkfusion_vm::Outcome]) -> Option<BatchEffects> {
    let leaf = |words: &[u64; 4]| -> Leaf {
        let mut leaf = Leaf::default();
        for (bytes, word) in leaf.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        leaf
    };
    let outbox = outcomes
        .iter()
        .flat_map(|outcome| &outcome.outbox)
        .map(leaf)
        .collect();
    let outcomes = outcomes
        .iter()
        .map(|outcome| {
            Some(MessageOutcome {
                status: MessageStatus::from_code(outcome.status)?,
                fuel_used: outcome.fuel_used,
                writes: outcome
                    .writes
                    .iter()
                    .map(|(index, words)| (*index, leaf(words)))
                    .collect(),
            })
        })
        .collect::<Option<_>>()?;
    Some(BatchEffects::new(outcomes, outbox))
}
