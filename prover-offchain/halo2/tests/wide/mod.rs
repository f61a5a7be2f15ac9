//! A circuit of the shape of the batch circuit: two phases, challenges, many columns, an instance column, rotations -1, +1 and +9,
//! neither copy constraints nor halo2 lookups.

use halo2_proofs::{
    circuit::{Layouter, SimpleFloorPlanner, Value},
    halo2curves::bn256::{Bn256, Fr, G1Affine},
    plonk::{
        keygen_pk, keygen_vk, Advice, Challenge, Circuit, Column, ConstraintSystem, Error, Expression,
        FirstPhase, Fixed, Instance, ProvingKey, SecondPhase,
    },
    poly::{commitment::Params as _, kzg::commitment::ParamsKZG, Rotation},
};
use zkfusion_halo2::{convert, export, proof};
use zkfusion_primitives::verifier::halo2::VerifyingKey;

/// Logarithm of the number of rows.
pub(crate) const K: u32 = 8;
/// Public inputs.
pub(crate) const INSTANCES: usize = 13;

const ROTATION: i32 = 9;

/// Numbers of advice columns in the first and the second phase.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) first: usize,
    pub(crate) second: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            first: 40,
            second: 10,
        }
    }
}

/// The circuit: `program` differs from program to program.
#[derive(Clone)]
pub(crate) struct Wide {
    pub(crate) shape: Shape,
    pub(crate) program: u64,
    pub(crate) public: [Fr; INSTANCES],
}

#[derive(Clone)]
pub(crate) struct Config {
    active: Column<Fixed>,
    is_public: Column<Fixed>,
    program: Column<Fixed>,
    copy: Column<Advice>,
    first: Vec<Column<Advice>>,
    second: Vec<Column<Advice>>,
    instance: Column<Instance>,
    challenges: [Challenge; 3],
}

impl Circuit<Fr> for Wide {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Shape;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Shape {
        self.shape
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> Config {
        Self::configure_with_params(meta, Shape::default())
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, shape: Shape) -> Config {
        let (active, is_public, program) = (meta.fixed_column(), meta.fixed_column(), meta.fixed_column());
        let instance = meta.instance_column();
        let copy = meta.advice_column();
        // The order of columns mixes the phases on purpose.
        let mut first: Vec<_> = (0..shape.first / 2)
            .map(|_| meta.advice_column_in(FirstPhase))
            .collect();
        let challenges = [0; 3].map(|_| meta.challenge_usable_after(FirstPhase));
        let second: Vec<_> = (0..shape.second)
            .map(|_| meta.advice_column_in(SecondPhase))
            .collect();
        first.extend((shape.first / 2..shape.first).map(|_| meta.advice_column_in(FirstPhase)));

        meta.create_gate("public inputs", |meta| {
            let is_public = meta.query_fixed(is_public, Rotation::cur());
            let cells = [Rotation::cur(), Rotation::next(), Rotation::prev()]
                .map(|at| meta.query_advice(copy, at) - meta.query_instance(instance, at));
            cells.map(|cell| is_public.clone() * cell)
        });
        meta.create_gate("first phase", |meta| {
            let q = meta.query_fixed(active, Rotation::cur());
            let program = meta.query_fixed(program, Rotation::cur());
            let columns = first.clone();
            let mut gates = vec![q.clone() * (meta.query_advice(columns[0], Rotation::cur()) - program)];
            for (i, pair) in columns.windows(2).enumerate() {
                let current = meta.query_advice(pair[1], Rotation::cur());
                let previous = meta.query_advice(pair[0], Rotation::cur());
                let before = meta.query_advice(pair[0], Rotation::prev());
                let shift = Expression::Constant(Fr::from(i as u64 + 3));
                let zero = current.clone() - (before * previous.clone() + shift);
                gates.push(q.clone() * zero.clone());
                gates.push(q.clone() * zero.clone() * previous.clone());
                gates.push(q.clone() * zero * (previous.clone() + -current) * previous);
            }
            gates
        });
        meta.create_gate("far rotation", |meta| {
            let q = meta.query_fixed(active, Rotation::cur());
            let far = meta.query_advice(copy, Rotation(ROTATION));
            let near = meta.query_advice(first[shape.first - 1], Rotation::cur());
            vec![q * (far - near)]
        });
        meta.create_gate("second phase", |meta| {
            let q = meta.query_fixed(active, Rotation::cur());
            let [a, b, c] = challenges.map(|challenge| meta.query_challenge(challenge));
            let sums: Vec<_> = second
                .iter()
                .zip(first.iter().cycle())
                .map(|(sum, addend)| {
                    let step =
                        meta.query_advice(*sum, Rotation::next()) - meta.query_advice(*sum, Rotation::cur());
                    let addend = meta.query_advice(*addend, Rotation::cur());
                    q.clone() * (step - (addend + a.clone()) * b.clone() - c.clone() * Fr::from(5))
                })
                .collect();
            sums
        });
        Config {
            active,
            is_public,
            program,
            copy,
            first,
            second,
            instance,
            challenges,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let _ = config.instance;
        let rows = 1 << K;
        // The far rotation starts after the public rows and stays clear of the blinded rows at the end.
        let active = INSTANCES - ROTATION as usize..rows - 32;
        layouter.assign_region(
            || "wide",
            |mut region| {
                let mut columns = vec![vec![Fr::zero(); rows]; self.shape.first];
                for row in 0..rows - 16 {
                    columns[0][row] = Fr::from(self.program + row as u64);
                    for i in 1..self.shape.first {
                        let before = if row == 0 {
                            Fr::one()
                        } else {
                            columns[i - 1][row - 1]
                        };
                        columns[i][row] = before * columns[i - 1][row] + Fr::from(i as u64 + 2);
                    }
                }
                for row in 0..rows - 16 {
                    let is_active = active.contains(&row);
                    region.assign_fixed(config.active, row, Fr::from(u64::from(is_active)));
                    let program = if is_active { self.program + row as u64 } else { 0 };
                    region.assign_fixed(config.program, row, Fr::from(program));
                    let is_public = (1..INSTANCES - 1).contains(&row);
                    region.assign_fixed(config.is_public, row, Fr::from(u64::from(is_public)));
                    for (column, values) in config.first.iter().zip(&columns) {
                        region.assign_advice(*column, row, Value::known(values[row]));
                    }
                    let last = &columns[self.shape.first - 1];
                    let copy = match row {
                        0..INSTANCES => self.public[row],
                        _ if row > ROTATION as usize => last[row - ROTATION as usize],
                        _ => Fr::zero(),
                    };
                    region.assign_advice(config.copy, row, Value::known(copy));
                }
                region.next_phase();
                let [a, b, c] = config.challenges.map(|challenge| region.get_challenge(challenge));
                for (sum_column, addends) in config.second.iter().zip(columns.iter().cycle()) {
                    let mut sum = Value::known(Fr::zero());
                    for (row, addend) in addends.iter().enumerate().take(rows - 16) {
                        region.assign_advice(*sum_column, row, sum);
                        if active.contains(&row) {
                            let step = (Value::known(*addend) + a) * b + c * Value::known(Fr::from(5));
                            sum = sum + step;
                        }
                    }
                }
                Ok(())
            },
        )
    }
}

/// A setup, keys and a way to prove.
pub(crate) struct Prover {
    pub(crate) params: ParamsKZG<Bn256>,
    pub(crate) proving_key: ProvingKey<G1Affine>,
    pub(crate) key: VerifyingKey,
    pub(crate) circuit: Wide,
}

impl Prover {
    pub(crate) fn new(params: &ParamsKZG<Bn256>, shape: Shape, program: u64) -> Self {
        let public = std::array::from_fn(|i| Fr::from(100 + i as u64));
        let circuit = Wide {
            shape,
            program,
            public,
        };
        assert_eq!(params.k(), K);
        let halo2_key = keygen_vk(params, &circuit).unwrap();
        let proving_key = keygen_pk(params, halo2_key, &circuit).unwrap();
        let key = export::verifying_key(params, proving_key.get_vk(), &[INSTANCES as u32]).unwrap();
        Self {
            params: params.clone(),
            proving_key,
            key,
            circuit,
        }
    }

    pub(crate) fn prove(&self) -> Vec<u8> {
        let id = self.key.digest();
        let instances = &self.circuit.public[..];
        proof::prove(
            &self.params,
            &self.proving_key,
            &id,
            self.circuit.clone(),
            &[instances],
        )
        .unwrap()
    }

    pub(crate) fn instances(&self) -> Vec<zkfusion_primitives::field::Fr> {
        self.circuit.public.iter().map(convert::scalar).collect()
    }
}

/// A setup whose secret this process forgets.
pub(crate) fn setup() -> ParamsKZG<Bn256> {
    ParamsKZG::setup(K, rand_core::OsRng)
}
