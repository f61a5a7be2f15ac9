//! Circuits of single parts, for their tests.

mod constraints;
mod small;
mod verifier;

use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, RangeChip},
    AssignedValue, Context,
};
use halo2_proofs::{dev::MockProver, halo2curves::bn256::Fr};

use self::constraints::Constraints;
use super::BLINDED_ROWS;

/// A circuit under construction, whose constraints can be checked.
pub(super) struct Bench {
    builder: BaseCircuitBuilder<Fr>,
}

impl Bench {
    pub(super) fn new(k: usize, lookup_bits: usize) -> Self {
        let builder = BaseCircuitBuilder::new(false)
            .use_k(k)
            .use_lookup_bits(lookup_bits)
            .use_instance_columns(1);
        Self { builder }
    }

    pub(super) fn range(&self) -> RangeChip<Fr> {
        self.builder.range_chip()
    }

    pub(super) fn context(&mut self) -> &mut Context<Fr> {
        self.builder.main(0)
    }

    /// Returns the number of cells so far.
    pub(super) fn cells(&self) -> usize {
        self.builder.statistics().gate.total_advice_per_phase.iter().sum()
    }

    /// Makes cells public.
    pub(super) fn publish(&mut self, cells: Vec<AssignedValue<Fr>>) {
        self.builder.assigned_instances[0] = cells;
    }

    /// Returns the constraints, with the public cells as they are.
    pub(super) fn constraints(&self) -> Constraints {
        let public: Vec<_> = self.builder.assigned_instances[0]
            .iter()
            .map(|cell| *cell.value())
            .collect();
        Constraints::new(&self.builder, &public)
    }

    /// Returns whether the constraints hold, with the public cells as they are.
    pub(super) fn is_satisfied(&self) -> bool {
        self.constraints().hold()
    }

    /// Returns whether the constraints hold for these public inputs.
    pub(super) fn accepts(&self, public: &[Fr]) -> bool {
        Constraints::new(&self.builder, public).hold()
    }

    pub(super) fn assert_satisfied(&self) {
        assert!(self.is_satisfied(), "the honest witness is refused");
    }

    /// Has halo2 check the circuit, laid out in columns.
    pub(super) fn assert_satisfied_in_halo2(mut self) {
        let public = self.builder.assigned_instances[0]
            .iter()
            .map(|cell| *cell.value())
            .collect();
        let params = self.builder.calculate_params(Some(BLINDED_ROWS));
        let prover = MockProver::run(params.k as u32, &self.builder, vec![public]).unwrap();
        assert_eq!(prover.verify(), Ok(()));
    }
}
