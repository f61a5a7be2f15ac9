//! Circuits of single parts, for their tests.

mod small;
mod verifier;

use halo2_base::{
    gates::{circuit::builder::BaseCircuitBuilder, RangeChip},
    AssignedValue, Context,
};
use halo2_proofs::{dev::MockProver, halo2curves::bn256::Fr};

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

    /// Returns whether the constraints hold, with the public cells as they are.
    pub(super) fn is_satisfied(self) -> bool {
        let public = self.builder.assigned_instances[0]
            .iter()
            .map(|cell| *cell.value())
            .collect();
        self.accepts(public)
    }

    /// Returns whether the constraints hold for these public inputs.
    pub(super) fn accepts(mut self, public: Vec<Fr>) -> bool {
        let params = self.builder.calculate_params(Some(BLINDED_ROWS));
        MockProver::run(params.k as u32, &self.builder, vec![public])
            .is_ok_and(|prover| prover.verify().is_ok())
    }

    pub(super) fn assert_satisfied(self) {
        assert!(self.is_satisfied(), "the honest witness is refused");
    }
}
