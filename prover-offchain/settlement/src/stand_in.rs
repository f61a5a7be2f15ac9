//! A circuit with the shape of the batch circuit, so that the settlement circuit can be measured and tested
//! with real proofs of statements that were never computed by a VM.
//!
//! It proves nothing about its public inputs. It has as many columns, phases, rotations and openings as asked for.

use halo2_proofs::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::{
        bn256::{Fr, G1Affine},
        ff::Field,
    },
    plonk::{
        keygen_pk, keygen_vk, Advice, Challenge, Circuit, Column, ConstraintSystem, Error, Expression,
        FirstPhase, Fixed, ProvingKey, SecondPhase,
    },
    poly::{commitment::Params as _, Rotation},
};
use snark_verifier::{
    system::halo2::{compile, Config},
    verifier::plonk::PlonkProtocol,
};
use zkfusion_halo2::{convert, export, proof, srs::Params};

use crate::{key_digest, statement::BATCH_INPUTS, BatchCircuit, BatchProof, BatchStatement, ProgramKeys};

/// The columns of a stand-in circuit.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct StandInShape {
    /// Advice columns of the first phase, at least 8.
    pub advice: usize,
    /// Advice columns of the second phase, at least 1.
    pub second_phase: usize,
    /// Fixed columns, at least 3.
    pub fixed: usize,
    /// How many of the first-phase columns are also opened on the next row.
    pub next_row: usize,
}

impl StandInShape {
    /// About what the VM's circuit has.
    pub const BATCH: Self = Self {
        advice: 55,
        second_phase: 12,
        fixed: 15,
        next_row: 30,
    };
}

/// The columns of a configured circuit.
#[derive(Clone, Debug)]
pub struct StandInConfig {
    fixed: Vec<Column<Fixed>>,
    advice: Vec<Column<Advice>>,
    second_phase: Vec<Column<Advice>>,
    challenge: Challenge,
}

/// A circuit whose only meaning is its shape; `program` fills a fixed column, so it makes another key.
#[derive(Clone, Copy, Debug)]
pub struct StandInCircuit {
    /// Its columns.
    pub shape: StandInShape,
    /// Another program, another key.
    pub program: u64,
    /// Its public inputs.
    pub statement: BatchStatement,
}

impl Circuit<Fr> for StandInCircuit {
    type Config = StandInConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = StandInShape;

    fn params(&self) -> StandInShape {
        self.shape
    }

    fn without_witnesses(&self) -> Self {
        *self
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> StandInConfig {
        Self::configure_with_params(meta, StandInShape::BATCH)
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, shape: StandInShape) -> StandInConfig {
        let fixed: Vec<_> = (0..shape.fixed).map(|_| meta.fixed_column()).collect();
        let advice: Vec<_> = (0..shape.advice)
            .map(|_| meta.advice_column_in(FirstPhase))
            .collect();
        let challenge = meta.challenge_usable_after(FirstPhase);
        let second_phase: Vec<_> = (0..shape.second_phase)
            .map(|_| meta.advice_column_in(SecondPhase))
            .collect();
        let instance = meta.instance_column();

        meta.create_gate("public inputs", |meta| {
            let first = meta.query_advice(advice[0], Rotation::cur());
            let input = meta.query_instance(instance, Rotation::cur());
            let selector = meta.query_fixed(fixed[0], Rotation::cur());
            [selector * (first - input)]
        });
        meta.create_gate("products", |meta| {
            let fixed: Vec<_> = fixed
                .iter()
                .map(|column| meta.query_fixed(*column, Rotation::cur()))
                .collect();
            let advice: Vec<_> = advice
                .iter()
                .map(|column| meta.query_advice(*column, Rotation::cur()))
                .collect();
            (0..advice.len())
                .map(|i| {
                    let at = |offset: usize| advice[(i + offset) % advice.len()].clone();
                    // Of degree 5, and zero because each factor pair is: no row has both columns set.
                    fixed[1 + i % (fixed.len() - 1)].clone() * at(0) * at(1) * at(2) * at(3)
                })
                .collect::<Vec<_>>()
        });
        meta.create_gate("next row", |meta| {
            let selector = meta.query_fixed(fixed[1], Rotation::cur());
            (0..shape.next_row)
                .map(|i| {
                    let current = meta.query_advice(advice[i], Rotation::cur());
                    let next = meta.query_advice(advice[i], Rotation::next());
                    selector.clone() * current * next
                })
                .collect::<Vec<_>>()
        });
        meta.create_gate("second phase", |meta| {
            let selector = meta.query_fixed(fixed[2], Rotation::cur());
            let challenge = meta.query_challenge(challenge);
            let mut constraints: Vec<Expression<Fr>> = Vec::new();
            for (i, column) in second_phase.iter().enumerate() {
                let current = meta.query_advice(*column, Rotation::cur());
                let next = meta.query_advice(*column, Rotation::next());
                let term = meta.query_advice(advice[i % advice.len()], Rotation::cur());
                constraints.push(selector.clone() * (next - current - challenge.clone() * term));
            }
            let far = meta.query_advice(second_phase[0], Rotation(-4));
            constraints.push(meta.query_fixed(fixed[1], Rotation::cur()) * far);
            constraints
        });
        StandInConfig {
            fixed,
            advice,
            second_phase,
            challenge,
        }
    }

    fn synthesize(&self, config: StandInConfig, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let challenge = layouter.get_challenge(config.challenge);
        let inputs = self.statement.to_inputs();
        layouter.assign_region(
            || "stand-in",
            |mut region| {
                for (row, input) in inputs.iter().enumerate() {
                    region.assign_fixed(config.fixed[0], row, Fr::ONE);
                    region.assign_advice(config.advice[0], row, Value::known(*input));
                }
                // Sums of the first column times the challenge, over the rows of the public inputs.
                // In the first phase there is no challenge, and halo2 wants no unknown cells.
                let mut known = None;
                challenge.map(|value| known = Some(value));
                if let Some(challenge) = known {
                    for (index, column) in config.second_phase.iter().enumerate() {
                        let mut sum = Fr::ZERO;
                        let sums = index % config.advice.len() == 0;
                        for (row, input) in inputs.iter().enumerate() {
                            region.assign_advice(*column, row, Value::known(sum));
                            if sums {
                                sum += challenge * input;
                            }
                        }
                        region.assign_advice(*column, BATCH_INPUTS, Value::known(sum));
                    }
                }
                for row in 0..BATCH_INPUTS {
                    region.assign_fixed(config.fixed[2], row, Fr::ONE);
                }
                // Far below, every column has its own row of values, and the program its own constants.
                for (index, column) in config.fixed.iter().enumerate().skip(3) {
                    region.assign_fixed(*column, 64 + index, Fr::from(self.program + index as u64));
                }
                for (index, column) in config.advice.iter().enumerate() {
                    region.assign_advice(*column, 1000 + index, Value::known(Fr::from(7 + index as u64)));
                }
                for row in 200..300 {
                    region.assign_fixed(config.fixed[1], row, Fr::ONE);
                }
                Ok(())
            },
        )
    }
}

/// One stand-in program: its key at one size, and the digests of all its keys.
#[derive(Debug)]
pub struct StandIn {
    srs: Params,
    key: ProvingKey<G1Affine>,
    circuit: StandInCircuit,
    protocol: PlonkProtocol<G1Affine>,
    protocol_digest: Fr,
    program: ProgramKeys,
}

/// Why a stand-in proof was not made.
pub type StandInError = Box<dyn std::error::Error + Send + Sync>;

impl StandIn {
    /// Generates the key of the size of `srs`; it is the only one of its program until [`Self::with_keys`].
    ///
    /// # Errors
    /// Whatever halo2's key generation returns.
    pub fn new(srs: Params, shape: StandInShape, program: u64) -> Result<Self, StandInError> {
        let circuit = StandInCircuit {
            shape,
            program,
            statement: BatchStatement::default(),
        };
        let key = keygen_vk(&srs, &circuit)?;
        let key = keygen_pk(&srs, key, &circuit)?;
        let checked = export::protocol(&srs, key.get_vk(), &[BATCH_INPUTS as u32])?;
        let protocol_digest =
            convert::halo2_scalar_from_bytes(checked.digest()).map_err(|e| e.to_string())?;
        let config = Config::kzg().with_num_instance(vec![BATCH_INPUTS]);
        let mut protocol = compile(&srs, key.get_vk(), config);
        let digest = key_digest(protocol_digest, &protocol);
        protocol.transcript_initial_state = Some(digest);
        let program = ProgramKeys::single(srs.k(), digest);
        Ok(Self {
            srs,
            key,
            circuit,
            protocol,
            protocol_digest,
            program,
        })
    }

    /// Returns the digests of the program's keys that are known.
    pub fn program(&self) -> ProgramKeys {
        self.program
    }

    /// Puts the key among the others of its program.
    pub fn with_keys(mut self, program: ProgramKeys) -> Self {
        self.program = program;
        self
    }

    /// Returns the circuit, for the settlement circuit.
    pub fn batch_circuit(&self) -> BatchCircuit {
        BatchCircuit::new(&self.protocol, self.protocol_digest)
    }

    /// Proves a statement, with this program as its `program_id`.
    ///
    /// # Errors
    /// Whatever halo2's prover returns.
    pub fn prove(&self, statement: BatchStatement) -> Result<BatchProof, StandInError> {
        let statement = BatchStatement {
            program_id: self.program.program_id(),
            ..statement
        };
        let circuit = StandInCircuit {
            statement,
            ..self.circuit
        };
        let start = self.protocol.transcript_initial_state.unwrap_or_default();
        let proof = proof::prove(
            &self.srs,
            &self.key,
            &convert::scalar_bytes(&start),
            circuit,
            &[&statement.to_inputs()],
        )?;
        Ok(BatchProof {
            protocol: self.protocol.clone(),
            program: self.program,
            statement,
            proof,
        })
    }
}

#[cfg(test)]
mod tests {
    use zkfusion_halo2::srs::{SrsKind, SrsStore};

    use super::*;

    #[test]
    fn key_digest_is_the_one_that_the_chain_computes() {
        let cache = tempfile::tempdir().unwrap();
        let srs = SrsStore::new(cache.path(), SrsKind::InsecureDevelopment)
            .load(12)
            .unwrap();
        let shape = StandInShape {
            advice: 8,
            second_phase: 1,
            fixed: 4,
            next_row: 4,
        };
        let stand_in = StandIn::new(srs, shape, 1).unwrap();
        let key =
            export::verifying_key(&stand_in.srs, stand_in.key.get_vk(), &[BATCH_INPUTS as u32]).unwrap();
        let digest = stand_in.protocol.transcript_initial_state.unwrap();
        assert_eq!(key.digest(), convert::scalar_bytes(&digest));
    }

    #[test]
    fn program_id_is_the_one_that_the_chain_computes() {
        let (first, second) = (Fr::from(15), Fr::from(20));
        let mut keys = ProgramKeys::single(15, first);
        keys.digests[20 - crate::SMALLEST_K as usize] = second;
        let on_chain = zkfusion_primitives::program::program_id(&[
            (15, convert::scalar_bytes(&first)),
            (20, convert::scalar_bytes(&second)),
        ]);
        assert_eq!(on_chain, Ok(convert::scalar_bytes(&keys.program_id())));
    }
}
