//! The program's key: its digest, the program it belongs to, and what follows from its size.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::Constant,
};
use halo2_proofs::halo2curves::{
    bn256::{Fr, G1Affine},
    ff::{Field, PrimeField},
};
use zkfusion_primitives::program::{DEPTH, SIZE_COUNT};

use super::{
    field::{FieldChip, LIMB_BITS},
    point::Point,
    transcript::Sponge,
};
use crate::{poseidon::p2_in_circuit, program::SMALLEST_K};

/// A program's key in the circuit.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    /// Commitments to the fixed columns.
    pub(crate) fixed: Vec<Point>,
    /// The digest, with which transcripts start.
    pub(crate) digest: AssignedValue<Fr>,
    /// The program that the key belongs to.
    pub(crate) program_id: AssignedValue<Fr>,
    /// For each size, 1 if it is the key's and 0 otherwise.
    size: Vec<AssignedValue<Fr>>,
}

impl Key {
    /// Loads a key; `path` are the siblings on its way to the program id.
    pub(crate) fn load(
        ctx: &mut Context<Fr>,
        field: &FieldChip<'_>,
        protocol_digest: Fr,
        k: u32,
        fixed: &[G1Affine],
        path: &[Fr; DEPTH],
    ) -> Self {
        let fixed: Vec<_> = fixed.iter().map(|point| Point::load(ctx, field, point)).collect();
        let k = ctx.load_witness(Fr::from(u64::from(k)));
        Self::new(ctx, field.gate(), protocol_digest, k, fixed, path)
    }

    fn new(
        ctx: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        protocol_digest: Fr,
        k: AssignedValue<Fr>,
        fixed: Vec<Point>,
        path: &[Fr; DEPTH],
    ) -> Self {
        let leaf = gate.sub(ctx, k, Constant(Fr::from(u64::from(SMALLEST_K))));
        let size = gate.idx_to_indicator(ctx, leaf, SIZE_COUNT);
        // The indicator of a size out of range is zero everywhere.
        let known = gate.sum(ctx, size.iter().copied());
        gate.assert_is_const(ctx, &known, &Fr::ONE);

        let mut sponge = Sponge::new(ctx);
        let protocol = ctx.load_constant(protocol_digest);
        sponge.absorb(ctx, gate, protocol);
        sponge.absorb(ctx, gate, k);
        let shift = Constant(Fr::from(2).pow([LIMB_BITS as u64]));
        for point in &fixed {
            let limbs: Vec<_> = point.x.limbs().iter().chain(point.y.limbs()).copied().collect();
            for pair in limbs.chunks(2) {
                let packed = gate.mul_add(ctx, pair[1], shift, pair[0]);
                sponge.absorb(ctx, gate, packed);
            }
        }
        let digest = sponge.squeeze(ctx, gate);

        let bits = gate.num_to_bits(ctx, leaf, DEPTH);
        let program_id = bits.into_iter().zip(path).fold(digest, |node, (bit, sibling)| {
            let sibling = ctx.load_witness(*sibling);
            let left = gate.select(ctx, sibling, node, bit);
            let right = gate.select(ctx, node, sibling, bit);
            p2_in_circuit(ctx, gate, left, right)
        });
        Self {
            fixed,
            digest,
            program_id,
            size,
        }
    }

    /// Returns the root of unity that goes from a row to the next.
    pub(crate) fn omega(&self, ctx: &mut Context<Fr>, gate: &GateChip<Fr>) -> AssignedValue<Fr> {
        self.by_size(ctx, gate, omega)
    }

    /// Returns the inverse of the number of rows.
    pub(crate) fn rows_inverse(&self, ctx: &mut Context<Fr>, gate: &GateChip<Fr>) -> AssignedValue<Fr> {
        self.by_size(ctx, gate, |k| Fr::TWO_INV.pow([u64::from(k)]))
    }

    /// Returns `x^n` for the number of rows `n`.
    pub(crate) fn power_of_rows(
        &self,
        ctx: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        x: AssignedValue<Fr>,
    ) -> AssignedValue<Fr> {
        let square = |ctx: &mut Context<Fr>, power| gate.mul(ctx, power, power);
        let smallest = (0..SMALLEST_K).fold(x, |power, _| square(ctx, power));
        let mut powers = vec![smallest];
        while powers.len() < self.size.len() {
            let power = square(ctx, powers[powers.len() - 1]);
            powers.push(power);
        }
        gate.select_by_indicator(ctx, powers, self.size.iter().copied())
    }

    fn by_size(
        &self,
        ctx: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        value: impl Fn(u32) -> Fr,
    ) -> AssignedValue<Fr> {
        let values: Vec<_> = (SMALLEST_K..)
            .take(self.size.len())
            .map(|k| Constant(value(k)))
            .collect();
        gate.select_by_indicator(ctx, values, self.size.iter().copied())
    }
}

fn omega(k: u32) -> Fr {
    (k..Fr::S).fold(Fr::ROOT_OF_UNITY, |root, _| root.square())
}

#[cfg(test)]
mod tests {
    use zkfusion_halo2::convert::halo2_scalar;
    use zkfusion_primitives::transcript::sponge_hash;

    use super::*;
    use crate::{circuit::tests::Bench, program::ProgramKeys};

    const PROTOCOL: u64 = 77;

    /// Returns whether the circuit accepts the key as one of `program_id`.
    fn accepts(k: u32, point: &G1Affine, path: [Fr; DEPTH], program_id: Fr) -> bool {
        let mut bench = Bench::new(14, 13);
        let range = bench.range();
        let field = FieldChip::new(&range);
        let ctx = bench.context();
        let key = Key::load(ctx, &field, Fr::from(PROTOCOL), k, &[*point], &path);
        let cell = key.program_id;
        bench.publish(vec![cell]);
        bench.accepts(&[program_id])
    }

    fn digest(k: u32, point: &G1Affine) -> Fr {
        let limbs: Vec<_> = [point.x, point.y]
            .iter()
            .flat_map(|coordinate| {
                let bytes = coordinate.to_repr();
                [&bytes[..11], &bytes[11..22], &bytes[22..]].map(|limb| {
                    let mut element = [0; 32];
                    element[..limb.len()].copy_from_slice(limb);
                    zkfusion_primitives::field::from_bytes(&element).unwrap()
                })
            })
            .collect();
        let shift = zkfusion_primitives::field::Fr::from(1u128 << LIMB_BITS);
        let packed = limbs.chunks(2).map(|pair| pair[0] + shift * pair[1]);
        halo2_scalar(&sponge_hash(
            [PROTOCOL.into(), k.into()].into_iter().chain(packed),
        ))
    }

    #[test]
    fn only_a_key_of_the_program_leads_to_its_id() {
        let point = -G1Affine::generator();
        let mut keys = ProgramKeys::single(16, digest(16, &point));
        keys.digests[5] = Fr::from(5);
        let (path, program_id) = (keys.path(16), keys.program_id());
        assert!(accepts(16, &point, path, program_id));

        assert!(!accepts(17, &point, path, program_id), "another size");
        assert!(!accepts(24, &point, path, program_id), "a size without a leaf");
        assert!(!accepts(16, &-point, path, program_id), "another key");
        assert!(
            !accepts(16, &point, path, program_id + Fr::ONE),
            "another program"
        );
        assert!(!accepts(16, &point, [Fr::ONE; DEPTH], program_id), "another path");
        let off_curve = G1Affine {
            x: point.x,
            y: point.y + point.y,
        };
        let keys = ProgramKeys::single(16, digest(16, &off_curve));
        assert!(
            !accepts(16, &off_curve, keys.path(16), keys.program_id()),
            "a key that is not a point"
        );
        // Size 21 has a leaf in the tree, but no program has a key there.
        let keys = ProgramKeys::single(21, digest(21, &point));
        assert!(
            !accepts(21, &point, keys.path(21), keys.program_id()),
            "a size without a key"
        );
    }

    #[test]
    fn numbers_belong_to_the_size() {
        for k in SMALLEST_K..SMALLEST_K + SIZE_COUNT as u32 {
            let mut bench = Bench::new(14, 13);
            let range = bench.range();
            let field = FieldChip::new(&range);
            let ctx = bench.context();
            let key = Key::load(ctx, &field, Fr::from(PROTOCOL), k, &[], &[Fr::ONE; DEPTH]);
            let gate = field.gate();
            let rows = 1u64 << k;
            let omega = *key.omega(ctx, gate).value();
            assert_eq!((omega.pow([rows]), omega.pow([rows / 2])), (Fr::ONE, -Fr::ONE));
            assert_eq!(*key.rows_inverse(ctx, gate).value() * Fr::from(rows), Fr::ONE);
            let x = ctx.load_witness(Fr::from(3));
            assert_eq!(*key.power_of_rows(ctx, gate, x).value(), Fr::from(3).pow([rows]));
        }
    }
}
