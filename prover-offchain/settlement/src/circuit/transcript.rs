//! The transcript of batch proofs in the circuit: `zkfusion_primitives::transcript::Sponge`.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::Constant,
};
use halo2_proofs::halo2curves::{
    bn256::Fr,
    ff::{Field, PrimeField},
};

use super::point::Point;
use crate::poseidon::permute_in_circuit;

/// A sponge that absorbs and squeezes cells.
#[derive(Clone, Debug)]
pub(crate) struct Sponge {
    state: [AssignedValue<Fr>; 3],
    pending: Option<AssignedValue<Fr>>,
}

impl Sponge {
    pub(crate) fn new(ctx: &mut Context<Fr>) -> Self {
        let start = [Fr::from_u128(1 << 64), Fr::ZERO, Fr::ZERO];
        Self {
            state: start.map(|element| ctx.load_constant(element)),
            pending: None,
        }
    }

    /// Absorbs one element.
    pub(crate) fn absorb(&mut self, ctx: &mut Context<Fr>, gate: &GateChip<Fr>, element: AssignedValue<Fr>) {
        match self.pending.take() {
            None => self.pending = Some(element),
            Some(first) => {
                let [zero, one, two] = self.state;
                let state = [zero, gate.add(ctx, one, first), gate.add(ctx, two, element)];
                self.state = permute_in_circuit(ctx, gate, state);
            }
        }
    }

    /// Absorbs a point with canonical coordinates: each modulo the scalar field's modulus, which is
    /// a little smaller.
    pub(crate) fn absorb_point(&mut self, ctx: &mut Context<Fr>, gate: &GateChip<Fr>, point: &Point) {
        self.absorb(ctx, gate, *point.x.native());
        self.absorb(ctx, gate, *point.y.native());
    }

    /// Returns the next challenge.
    pub(crate) fn squeeze(&mut self, ctx: &mut Context<Fr>, gate: &GateChip<Fr>) -> AssignedValue<Fr> {
        let [zero, one, two] = self.state;
        let state = match self.pending.take() {
            None => [zero, gate.add(ctx, one, Constant(Fr::ONE)), two],
            Some(last) => [
                zero,
                gate.add(ctx, one, last),
                gate.add(ctx, two, Constant(Fr::ONE)),
            ],
        };
        self.state = permute_in_circuit(ctx, gate, state);
        self.state[1]
    }
}

#[cfg(test)]
mod tests {
    use halo2_proofs::halo2curves::bn256::G1Affine;
    use zkfusion_halo2::convert;

    use super::*;
    use crate::circuit::{field::FieldChip, tests::Bench};

    #[test]
    fn agrees_with_the_transcript_of_the_chain() {
        let mut bench = Bench::new(15, 14);
        let range = bench.range();
        let field = FieldChip::new(&range);
        let gate = field.gate();
        let ctx = bench.context();
        let mut native = zkfusion_primitives::transcript::Sponge::new();
        let mut sponge = Sponge::new(ctx);
        for round in 0..4u64 {
            for element in 0..round {
                native.absorb(element.into());
                let element = ctx.load_witness(Fr::from(element));
                sponge.absorb(ctx, gate, element);
            }
            let point = -G1Affine::generator();
            native.absorb_point(&convert::g1(&point).unwrap().affine());
            let point = Point::load(ctx, &field, &point);
            sponge.absorb_point(ctx, gate, &point);
            let challenges =
                [native.squeeze(), native.squeeze()].map(|challenge| convert::halo2_scalar(&challenge));
            assert_eq!([(); 2].map(|()| *sponge.squeeze(ctx, gate).value()), challenges);
        }
        bench.assert_satisfied();
    }
}
