//! A circuit of the shape of the batch circuit: two phases whose columns are mixed, challenges,
//! many columns, an instance column queried on both rows, constraints of degree up to 5.

use halo2_proofs::{
    halo2curves::bn256::Fr,
    poly::{commitment::Params as _, kzg::commitment::ParamsKZG},
};
use zkfusion_halo2::{
    convert,
    gates::{ColumnKind, GateBuilder, Value},
    proof::{self, program_key, verifier_srs, ProvingKey},
    srs::Params,
};
use zkfusion_primitives::verifier::halo2::{CheckedProtocol, ProgramKey, Protocol, VerifyingKey};

/// Logarithm of the number of rows.
pub(crate) const K: u32 = 8;
/// Public inputs.
pub(crate) const INSTANCES: usize = 13;

const ROWS: usize = 1 << K;

/// Rows on which the recurrences hold.
const ACTIVE: std::ops::Range<usize> = 0..ROWS - 1;

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

impl Shape {
    /// The column that holds the public inputs, then columns of the first phase around those of the
    /// second.
    fn first_column(&self, index: usize) -> usize {
        let before = self.first / 2;
        1 + index + if index < before { 0 } else { self.second }
    }

    fn second_column(&self, index: usize) -> usize {
        1 + self.first / 2 + index
    }

    fn columns(&self) -> usize {
        1 + self.first + self.second
    }
}

const ACTIVE_COLUMN: usize = 0;
const PUBLIC_COLUMN: usize = 1;
const PROGRAM_COLUMN: usize = 2;
const FIXED_COLUMNS: usize = 3;
const COPY_COLUMN: usize = 0;

/// The circuit: `program` differs from program to program.
#[derive(Clone)]
pub(crate) struct Wide {
    pub(crate) shape: Shape,
    pub(crate) program: u64,
    pub(crate) public: [Fr; INSTANCES],
}

impl Wide {
    fn protocol(&self, params: &Params) -> CheckedProtocol {
        let shape = self.shape;
        let mut phases = vec![0; shape.columns()];
        (0..shape.second).for_each(|index| phases[shape.second_column(index)] = 1);
        let mut builder = GateBuilder::default();
        self.constrain(&mut builder);
        let built = builder.finish(FIXED_COLUMNS, shape.columns());
        Protocol {
            srs: verifier_srs(params).unwrap(),
            fixed_columns: FIXED_COLUMNS as u16,
            advice_phases: phases,
            challenge_phases: vec![0; 3],
            instance_lengths: vec![INSTANCES as u32],
            fixed_queries: built.fixed_queries,
            advice_queries: built.advice_queries,
            instance_queries: built.instance_queries,
            gates: built.gates,
            quotient_pieces: 4,
        }
        .check()
        .unwrap()
    }

    fn constrain(&self, b: &mut GateBuilder) {
        let shape = self.shape;
        let advice = |b: &mut GateBuilder, column, next| b.cell(ColumnKind::Advice, column, next);
        let fixed = |b: &mut GateBuilder, column| b.cell(ColumnKind::Fixed, column, false);
        let selected = |b: &mut GateBuilder, selector: Value, value: Value| {
            let product = b.mul(selector, value);
            b.zero(product);
        };
        let is_public = fixed(b, PUBLIC_COLUMN);
        for next in [false, true] {
            let instance = b.cell(ColumnKind::Instance, 0, next);
            let copy = advice(b, COPY_COLUMN, next);
            let difference = b.sub(copy, instance);
            selected(b, is_public, difference);
        }
        let active = fixed(b, ACTIVE_COLUMN);
        let program = fixed(b, PROGRAM_COLUMN);
        let start = advice(b, shape.first_column(0), false);
        let difference = b.sub(start, program);
        selected(b, active, difference);
        for index in 1..shape.first {
            let previous = advice(b, shape.first_column(index - 1), false);
            let current = advice(b, shape.first_column(index), false);
            let next = advice(b, shape.first_column(index), true);
            // next = current^2 * previous + shift, of degree 4 with the selector, and 5 times
            // another cell.
            let square = b.mul(current, current);
            let product = b.mul(square, previous);
            let shift = b.constant(Fr::from(index as u64 + 3));
            let sum = b.add(product, shift);
            let zero = b.sub(next, sum);
            selected(b, active, zero);
            let times = b.mul(zero, previous);
            selected(b, active, times);
        }
        let [alpha, beta, gamma] = [0, 1, 2].map(|index| b.challenge(index));
        for index in 0..shape.second {
            let addend = advice(b, shape.first_column(index % shape.first), false);
            let (sum, next) = (
                advice(b, shape.second_column(index), false),
                advice(b, shape.second_column(index), true),
            );
            let step = b.sub(next, sum);
            let shifted = b.add(addend, alpha);
            let scaled = b.mul(shifted, beta);
            let expected = b.add(scaled, gamma);
            let zero = b.sub(step, expected);
            selected(b, active, zero);
        }
    }

    fn fixed_columns(&self) -> Vec<Vec<Fr>> {
        let mut columns = vec![vec![Fr::zero(); ROWS]; FIXED_COLUMNS];
        for row in ACTIVE {
            columns[ACTIVE_COLUMN][row] = Fr::one();
            columns[PROGRAM_COLUMN][row] = Fr::from(self.program + row as u64);
        }
        columns[PUBLIC_COLUMN][..INSTANCES - 1].fill(Fr::one());
        columns
    }

    fn first_phase(&self) -> Vec<Vec<Fr>> {
        let mut copy = self.public.to_vec();
        copy.resize(ROWS, Fr::from(7));
        let mut columns: Vec<Vec<Fr>> =
            vec![(0..ROWS).map(|row| Fr::from(self.program + row as u64)).collect()];
        for index in 1..self.shape.first {
            let mut column = vec![Fr::from(index as u64)];
            for row in ACTIVE {
                let current = column[row];
                column.push(current * current * columns[index - 1][row] + Fr::from(index as u64 + 3));
            }
            columns.push(column);
        }
        columns.insert(0, copy);
        columns
    }

    fn second_phase(&self, challenges: &[Fr]) -> Vec<Vec<Fr>> {
        let first = self.first_phase();
        let addends = first[1..].iter().cycle().take(self.shape.second);
        let sums = addends.map(|addends| {
            let mut column = vec![Fr::one()];
            for row in ACTIVE {
                let step = (addends[row] + challenges[0]) * challenges[1] + challenges[2];
                column.push(column[row] + step);
            }
            column
        });
        sums.collect()
    }

    pub(crate) fn prove(&self, prover: &Prover) -> Vec<u8> {
        proof::prove(
            &prover.params,
            &prover.proving_key,
            &[&self.public],
            |phase, challenges| match phase {
                0 => self.first_phase(),
                _ => self.second_phase(challenges),
            },
        )
        .unwrap()
    }
}

/// A setup, keys and a way to prove.
pub(crate) struct Prover {
    pub(crate) params: Params,
    pub(crate) proving_key: ProvingKey,
    pub(crate) key: VerifyingKey,
    pub(crate) circuit: Wide,
}

impl Prover {
    pub(crate) fn new(params: &Params, shape: Shape, program: u64) -> Self {
        let public = std::array::from_fn(|i| Fr::from(100 + i as u64));
        let circuit = Wide {
            shape,
            program,
            public,
        };
        assert_eq!(params.k(), K);
        let proving_key = ProvingKey::new(params, circuit.protocol(params), circuit.fixed_columns()).unwrap();
        Self {
            params: params.clone(),
            key: proving_key.verifying().clone(),
            proving_key,
            circuit,
        }
    }

    pub(crate) fn prove(&self) -> Vec<u8> {
        self.circuit.prove(self)
    }

    pub(crate) fn program_key(&self) -> ProgramKey {
        program_key(&self.params, &self.circuit.fixed_columns()).unwrap()
    }

    pub(crate) fn instances(&self) -> Vec<zkfusion_primitives::field::Fr> {
        self.circuit.public.iter().map(convert::scalar).collect()
    }
}

/// A setup whose secret this process forgets.
pub(crate) fn setup() -> Params {
    ParamsKZG::setup(K, rand_core::OsRng)
}
