//! The constraints of the batch circuit, evaluated at a point.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::{self, Constant, Existing},
};
use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use zkfusion_halo2::convert::halo2_scalar;
use zkfusion_primitives::verifier::halo2::{Gates, Operation};

/// Constrains and returns the constraints combined by Horner's rule in `y`, as the chain's verifier
/// does.
///
/// `inputs` are the values between the constants and the results: fixed, advice and instance
/// evaluations, then challenges. References are in range, as
/// [`zkfusion_primitives::verifier::halo2::Protocol::check`] has seen to.
pub(crate) fn evaluate(
    ctx: &mut Context<Fr>,
    gate: &GateChip<Fr>,
    gates: &Gates,
    inputs: impl IntoIterator<Item = AssignedValue<Fr>>,
    y: AssignedValue<Fr>,
) -> AssignedValue<Fr> {
    let constants = gates
        .constants
        .iter()
        .map(|constant| Constant(halo2_scalar(&constant.0)));
    let mut values: Vec<QuantumCell<Fr>> = constants.chain(inputs.into_iter().map(Existing)).collect();
    for operation in &gates.operations {
        let (a, b) = operation.operands();
        let (a, b) = (values[a as usize], values[b as usize]);
        values.push(Existing(match operation {
            Operation::Add(..) => gate.add(ctx, a, b),
            Operation::Sub(..) => gate.sub(ctx, a, b),
            Operation::Mul(..) => gate.mul(ctx, a, b),
        }));
    }
    let zero = ctx.load_constant(Fr::ZERO);
    gates.constraints.iter().fold(zero, |sum, constraint| {
        gate.mul_add(ctx, sum, y, values[constraint.0 as usize])
    })
}
