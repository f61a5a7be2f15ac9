//! The Poseidon permutation of width 3 that all of zkFusion uses, natively and in the settlement
//! circuit.
//!
//! Its constants are those of circom, which are also the ones of snark-verifier's transcript.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::Constant,
};
use halo2_proofs::{arithmetic::Field, halo2curves::bn256::Fr};
use snark_verifier_sdk::halo2::POSEIDON_SPEC;

/// What the permutation does to values of some kind.
trait Arithmetic {
    /// A field element: a number, or a cell of the circuit.
    type Value: Copy;

    /// Returns `value^5 + constant`.
    fn pow5_plus(&mut self, value: Self::Value, constant: Fr) -> Self::Value;

    /// Returns the sum of `coefficient * value` over the terms.
    fn combine(&mut self, coefficients: &[Fr], values: &[Self::Value]) -> Self::Value;
}

/// Arithmetic on numbers.
struct Native;

impl Arithmetic for Native {
    type Value = Fr;

    fn pow5_plus(&mut self, value: Fr, constant: Fr) -> Fr {
        value.square().square() * value + constant
    }

    fn combine(&mut self, coefficients: &[Fr], values: &[Fr]) -> Fr {
        coefficients
            .iter()
            .zip(values)
            .map(|(coefficient, value)| coefficient * value)
            .sum()
    }
}

/// Arithmetic on cells.
struct Circuit<'a> {
    ctx: &'a mut Context<Fr>,
    gate: &'a GateChip<Fr>,
}

impl Arithmetic for Circuit<'_> {
    type Value = AssignedValue<Fr>;

    fn pow5_plus(&mut self, value: Self::Value, constant: Fr) -> Self::Value {
        let square = self.gate.mul(self.ctx, value, value);
        let fourth = self.gate.mul(self.ctx, square, square);
        self.gate.mul_add(self.ctx, fourth, value, Constant(constant))
    }

    fn combine(&mut self, coefficients: &[Fr], values: &[Self::Value]) -> Self::Value {
        self.gate.inner_product(
            self.ctx,
            values.iter().copied(),
            coefficients.iter().map(|c| Constant(*c)),
        )
    }
}

/// Returns `P2(a, b)`: the first element of the permutation of `[0, a, b]`.
pub fn p2(a: Fr, b: Fr) -> Fr {
    let start = POSEIDON_SPEC.constants().start()[0];
    permute(&mut Native, [start[0], a + start[1], b + start[2]])[0]
}

/// Constrains and returns `P2(a, b)`.
pub(crate) fn p2_in_circuit(
    ctx: &mut Context<Fr>,
    gate: &GateChip<Fr>,
    a: AssignedValue<Fr>,
    b: AssignedValue<Fr>,
) -> AssignedValue<Fr> {
    let zero = ctx.load_zero();
    permute_in_circuit(ctx, gate, [zero, a, b])[0]
}

/// Constrains and returns the permutation of a state.
pub(crate) fn permute_in_circuit(
    ctx: &mut Context<Fr>,
    gate: &GateChip<Fr>,
    state: [AssignedValue<Fr>; 3],
) -> [AssignedValue<Fr>; 3] {
    let start = POSEIDON_SPEC.constants().start()[0];
    let state = std::array::from_fn(|element| gate.add(ctx, state[element], Constant(start[element])));
    permute(&mut Circuit { ctx, gate }, state)
}

/// Permutes a state to which the first round's constants were added.
///
/// The rounds are those of the optimised form (Poseidon paper, appendix B): constants are moved
/// after the power map, and the matrix of a partial round is sparse.
fn permute<A: Arithmetic>(a: &mut A, mut state: [A::Value; 3]) -> [A::Value; 3] {
    let spec = &*POSEIDON_SPEC;
    let matrices = spec.mds_matrices();
    let (mds, pre_sparse) = (matrices.mds().as_ref(), matrices.pre_sparse_mds().as_ref());

    let start = &spec.constants().start()[1..];
    for (round, constants) in start.iter().enumerate() {
        state = full_round(
            a,
            state,
            constants,
            if round + 1 == start.len() { pre_sparse } else { mds },
        );
    }
    for (constant, matrix) in spec.constants().partial().iter().zip(matrices.sparse_matrices()) {
        state[0] = a.pow5_plus(state[0], *constant);
        let column = matrix.col_hat();
        state = [
            a.combine(matrix.row(), &state),
            a.combine(&[column[0], Fr::ONE], &[state[0], state[1]]),
            a.combine(&[column[1], Fr::ONE], &[state[0], state[2]]),
        ];
    }
    for constants in spec.constants().end() {
        state = full_round(a, state, constants, mds);
    }
    full_round(a, state, &[Fr::ZERO; 3], mds)
}

fn full_round<A: Arithmetic>(
    a: &mut A,
    state: [A::Value; 3],
    constants: &[Fr; 3],
    matrix: &[[Fr; 3]; 3],
) -> [A::Value; 3] {
    let [x, y, z] = state;
    let state = [
        a.pow5_plus(x, constants[0]),
        a.pow5_plus(y, constants[1]),
        a.pow5_plus(z, constants[2]),
    ];
    matrix.map(|row| a.combine(&row, &state))
}

#[cfg(test)]
mod tests {
    use halo2_base::gates::circuit::builder::BaseCircuitBuilder;

    use super::*;

    #[test]
    fn agrees_with_circom() {
        let expected = "115cc0f5e7d690413df64c6b9662e9cf2a3617f2743245519e19607a4417189a";
        assert_eq!(
            hex::encode(crate::statement::word_of(p2(Fr::from(1), Fr::from(2)))),
            expected
        );
    }

    #[test]
    fn circuit_agrees_with_the_native_hash() {
        let (a, b) = (-Fr::from(3), Fr::from(1 << 40));
        let mut builder = BaseCircuitBuilder::<Fr>::new(false);
        let ctx = builder.main(0);
        let cells = ctx.assign_witnesses([a, b]);
        let hash = p2_in_circuit(ctx, &GateChip::default(), cells[0], cells[1]);
        assert_eq!(*hash.value(), p2(a, b));
    }
}
