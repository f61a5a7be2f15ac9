//! The circuit of batch proofs: the tables of `zkfusion-air` in halo2's columns.

pub mod assignment;
pub mod blinding;
pub mod config;
pub mod layout;
pub mod proving;

use halo2_proofs::{
    circuit::{Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Advice, Circuit, Column, ConstraintSystem, Error},
};
use zkfusion_air::{fixed::Lookup, witness::Witness};
use zkfusion_vm::Program;

use assignment::{program_rows, statement_rows, Assignment};
use blinding::BlindingRows;
use config::Config;
use layout::Layout;

/// Rows that halo2 keeps for blinding: five blinding factors and one more.
pub const BLINDED_ROWS: usize = 6;

/// A program's circuit, with or without a witness.
#[derive(Debug)]
pub struct BatchCircuit<'a> {
    program: &'a Program,
    k: u32,
    witness: Option<Filled<'a>>,
}

#[derive(Debug)]
struct Filled<'a> {
    assignment: Assignment<'a>,
    instances: Vec<Fr>,
    blinding: BlindingRows,
}

impl<'a> BatchCircuit<'a> {
    /// Returns the circuit of `2^k` rows of a program, for its keys.
    pub fn new(program: &'a Program, k: u32) -> Self {
        Self {
            program,
            k,
            witness: None,
        }
    }

    /// Returns the circuit with a witness, and the generator that halo2 must be given to prove it.
    pub fn with_witness(
        program: &'a Program,
        k: u32,
        witness: &'a Witness,
        instances: Vec<Fr>,
    ) -> (Self, BlindingRows) {
        let blinding = BlindingRows::default();
        let circuit = Self {
            program,
            k,
            witness: Some(Filled {
                assignment: Assignment::new(Layout::vm(), program, witness, 1 << k),
                instances,
                blinding: blinding.clone(),
            }),
        };
        (circuit, blinding)
    }

    /// Returns the smallest `k` from `smallest` on whose circuit holds a program and a witness of `height` rows.
    pub fn size(program: &Program, height: usize, smallest: u32) -> u32 {
        let rows = height.max(program_rows(program).len()).max(Lookup::ROWS) + BLINDED_ROWS;
        smallest.max(usize::BITS - (rows - 1).leading_zeros())
    }

    fn usable(&self) -> usize {
        (1 << self.k) - BLINDED_ROWS
    }

    fn assign_fixed(&self, config: &Config, region: &mut Region<'_, Fr>) {
        for (row, lookup) in Lookup::all().enumerate() {
            for (column, entry) in config.lookup.iter().zip(lookup.entries()) {
                region.assign_fixed(*column, row, entry);
            }
        }
        for (row, entries) in program_rows(self.program).into_iter().enumerate() {
            for (column, entry) in config.program.iter().zip(entries) {
                region.assign_fixed(*column, row, entry);
            }
        }
        for field in statement_rows() {
            region.assign_fixed(config.statement_uses, field as usize, Fr::one());
            region.assign_fixed(config.statement_field, field as usize, Fr::from(field));
        }
        region.assign_fixed(config.first, 0, Fr::one());
    }

    fn assign_advice(
        &self,
        filled: &Filled<'_>,
        region: &mut Region<'_, Fr>,
        columns: impl Iterator<Item = Column<Advice>>,
        values: &[Vec<Fr>],
    ) {
        for (column, values) in columns.zip(values) {
            for (row, value) in values[..self.usable()].iter().enumerate() {
                region.assign_advice(column, row, Value::known(*value));
            }
        }
        filled.blinding.set(values, self.usable());
    }
}

impl Circuit<Fr> for BatchCircuit<'_> {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        Self::new(self.program, self.k)
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> Config {
        Config::new(meta, Layout::vm())
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let mut challenges = [None; 2];
        for (known, challenge) in challenges.iter_mut().zip([config.alpha, config.beta]) {
            layouter
                .get_challenge(challenge)
                .map(|value| *known = Some(value));
        }
        layouter.assign_region(
            || "tables",
            |mut region| {
                match (&self.witness, challenges) {
                    (None, _) => self.assign_fixed(&config, &mut region),
                    (Some(filled), [Some(alpha), Some(beta)]) => {
                        let values = filled.assignment.helpers(alpha, beta, &filled.instances);
                        let columns = config.helpers.iter().copied().chain([config.sum]);
                        self.assign_advice(filled, &mut region, columns, &values);
                    }
                    (Some(filled), _) => {
                        let uses = [config.lookup_uses, config.program_uses];
                        let columns = config.shared.iter().copied().chain(uses);
                        self.assign_advice(filled, &mut region, columns, &filled.assignment.columns);
                    }
                }
                Ok(())
            },
        )
    }
}
