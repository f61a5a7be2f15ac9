//! Multi-scalar multiplication.
//!
//! Points are taken four at a time. The digits of scalars are 1 and -1 (see [`Scalar`]), so that on
//! each level a clump of points contributes one of the 16 sums
//! `s_0 P_0 + s_1 P_1 + s_2 P_2 + s_3 P_3`, which up to sign are 8: a table of them is made once,
//! and an entry is selected by a polynomial in the products of signs.
//!
//! # Why incomplete additions do
//!
//! [`Sum::add`] must not meet a point and itself. `offset` is a point that a challenge fixes after
//! all points and scalars ([`super::offset`]). It is added to the first point of each clump, and
//! the running sum starts with 32 times it. Every point that occurs is then a known combination of
//! the given points plus `offset` times a number that depends on the challenges only: 1 or -1 for
//! entries of a table, more than one for the running sum, which doubles. So two points that are
//! added differ by a multiple of `offset` other than zero, and are equal or opposite for one offset
//! in about 2^254. Doubling and adding adds sum and entry, and then the sum again: these differ by
//! the entry.
//!
//! In the second multiplication of [`super::opening`] the given points are results of the first,
//! and contain multiples of the offset themselves. Those depend on the challenges too, and two
//! summands have the same multiple by accident only.
//!
//! For the same reason nothing here fails when given points are equal, as commitments may be.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::{Constant, Existing},
};
use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};

use super::{
    field::{FieldChip, Number, LIMBS},
    point::{Point, Sum},
    scalar::{ones, Scalar},
};

/// Doublings of `offset` at which the running sum starts: more than there are clumps, so that no
/// clump's multiples cancel it.
const START_DOUBLINGS: usize = 5;

/// Twice a combination of points, and a multiple of the offset.
#[derive(Clone, Debug)]
pub(crate) struct Combination {
    /// `2 (sum of scalar * point) + multiple * offset`.
    pub(crate) point: Point,
    /// The multiple of the offset.
    pub(crate) multiple: AssignedValue<Fr>,
}

/// Returns twice the sum of `scalar * point`, plus a multiple of `offset`. Scalars have the same
/// number of digits; `clump` points are taken at a time.
pub(crate) fn multiply(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    terms: &[(&Point, &Scalar)],
    clump: usize,
    offset: &Point,
) -> Combination {
    let bits = terms[0].1.bits();
    assert!(
        terms.len().div_ceil(clump) + 2 < 1 << START_DOUBLINGS,
        "too many points for the offset"
    );
    let start = (0..START_DOUBLINGS).fold(offset.clone(), |point, _| point.double(ctx, field));
    let mut sum = Sum::new(ctx, field, &start);

    let tables: Vec<Table<'_>> = terms
        .chunks(clump)
        .map(|terms| Table::new(ctx, field, terms, offset))
        .collect();
    // The digits stand for 2 scalar - (2^bits - 1). All points once, doubled on each level and
    // subtracted in the end, make up for the difference.
    for table in &tables {
        sum = sum.add(ctx, field, &table.all);
    }
    let negated_start = sum.clone().finish_negated(ctx, field);
    for bit in (0..bits).rev() {
        for (index, table) in tables.iter().enumerate() {
            let entry = table.select(ctx, field, bit);
            sum = match index {
                0 => sum.double_add(ctx, field, &entry),
                _ => sum.add(ctx, field, &entry),
            };
        }
    }
    let point = sum.add(ctx, field, &negated_start).finish(ctx, field);

    // 32 (2^bits - 1) from the start, and twice the scalar of each point that the offset was added
    // to.
    let start = ones(bits) * Fr::from(1 << START_DOUBLINGS);
    let scalars = tables.iter().map(|table| table.scalars[0].value);
    let (left, right): (Vec<_>, Vec<_>) = std::iter::once((Constant(start), Constant(Fr::ONE)))
        .chain(scalars.map(|scalar| (Existing(scalar), Constant(Fr::from(2)))))
        .unzip();
    let multiple = field.gate().inner_product(ctx, left, right);
    Combination { point, multiple }
}

/// The sums of a clump of points, the first with a plus and the others with either sign.
struct Table<'a> {
    scalars: Vec<&'a Scalar>,
    /// The sum of all points.
    all: Point,
    /// Values of the entries; in entry `e`, point `i + 1` has a minus if bit `i` of `e` is set.
    entries: Vec<Point>,
    x: [Coefficients; LIMBS],
    y: [Coefficients; LIMBS],
}

impl<'a> Table<'a> {
    fn new(
        ctx: &mut Context<Fr>,
        field: &FieldChip<'_>,
        terms: &[(&Point, &'a Scalar)],
        offset: &Point,
    ) -> Self {
        let first = Sum::new(ctx, field, terms[0].0).add(ctx, field, offset);
        let mut sums = vec![first];
        for (point, _) in &terms[1..] {
            let negative = field.inner();
            let negative = Point {
                x: point.x.clone(),
                y: halo2_ecc::fields::FieldChip::scalar_mul_no_carry(negative, ctx, &point.y, -1),
            };
            let subtracted: Vec<_> = sums.iter().map(|sum| sum.add(ctx, field, &negative)).collect();
            sums = sums.iter().map(|sum| sum.add(ctx, field, point)).collect();
            sums.extend(subtracted);
        }
        let entries: Vec<_> = sums.into_iter().map(|sum| sum.finish(ctx, field)).collect();
        let mut lanes = |coordinate: &dyn Fn(&Point) -> &Number| {
            std::array::from_fn(|limb| {
                let limbs = entries
                    .iter()
                    .map(|entry| coordinate(entry).limbs()[limb])
                    .collect();
                Coefficients::new(ctx, field.gate(), limbs)
            })
        };
        Self {
            scalars: terms.iter().map(|(_, scalar)| *scalar).collect(),
            all: entries[0].clone(),
            x: lanes(&|point| &point.x),
            y: lanes(&|point| &point.y),
            entries,
        }
    }

    /// Constrains and returns the sum of the points with the signs of digit `bit`.
    fn select(&self, ctx: &mut Context<Fr>, field: &FieldChip<'_>, bit: usize) -> Point {
        let gate = field.gate();
        let sign = self.scalars[0].signs[bit];
        // products[m]: the signs relative to the first, multiplied over the bits of m.
        let mut products = vec![];
        for (index, scalar) in self.scalars[1..].iter().enumerate() {
            let relative = gate.mul(ctx, sign, scalar.signs[bit]);
            let larger: Vec<_> = (1..1 << index)
                .map(|m: usize| gate.mul(ctx, products[m - 1], relative))
                .collect();
            products.push(relative);
            products.extend(larger);
        }
        let entry = &self.entries[index_of(&products)];
        let x = self
            .x
            .each_ref()
            .map(|limb| limb.evaluate(ctx, gate, &products))
            .to_vec();
        let x = field.number_of_limbs(ctx, x, entry.x.value.clone());
        let y = self
            .y
            .each_ref()
            .map(|limb| limb.evaluate(ctx, gate, &products))
            .to_vec();
        let y = field.number_of_limbs(ctx, y, entry.y.value.clone());
        Point {
            x,
            y: field.with_sign(ctx, &y, sign),
        }
    }
}

/// Returns the entry that products of relative signs select.
fn index_of(products: &[AssignedValue<Fr>]) -> usize {
    let mut index = 0;
    let mut single = 1;
    while single <= products.len() {
        if *products[single - 1].value() != Fr::ONE {
            index |= single;
        }
        single *= 2;
    }
    index
}

/// A function of signs, as the polynomial `sum of c_m * (product of the signs in m)`.
struct Coefficients(Vec<AssignedValue<Fr>>);

impl Coefficients {
    /// Returns the function with these values; in value `e`, the signs in `e` are -1 and the others
    /// 1.
    fn new(ctx: &mut Context<Fr>, gate: &GateChip<Fr>, mut values: Vec<AssignedValue<Fr>>) -> Self {
        let count = values.len();
        let mut distance = 1;
        while distance < count {
            for start in (0..count).filter(|index| index & distance == 0) {
                let (plus, minus) = (values[start], values[start + distance]);
                values[start] = gate.add(ctx, plus, minus);
                values[start + distance] = gate.sub(ctx, plus, minus);
            }
            distance *= 2;
        }
        let scale = Fr::from(count as u64).invert().unwrap_or(Fr::ONE);
        Self(
            values
                .into_iter()
                .map(|value| gate.mul(ctx, value, Constant(scale)))
                .collect(),
        )
    }

    fn evaluate(
        &self,
        ctx: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        products: &[AssignedValue<Fr>],
    ) -> AssignedValue<Fr> {
        let products = products.iter().map(|product| Existing(*product));
        gate.inner_product(
            ctx,
            self.0.iter().copied(),
            std::iter::once(Constant(Fr::ONE)).chain(products),
        )
    }
}

#[cfg(test)]
mod tests {
    use halo2_proofs::halo2curves::{
        bn256::{G1Affine, G1},
        ff::PrimeField,
        group::{Curve, Group},
    };

    use super::*;
    use crate::circuit::tests::Bench;

    /// The sum of `scalar * point` by the circuit, and the circuit.
    fn multiplied(points: &[G1Affine], scalars: &[Fr], bits: usize, clump: usize) -> (G1Affine, Bench) {
        let mut bench = Bench::new(17, 16);
        let range = bench.range();
        let field = FieldChip::new(&range);
        let ctx = bench.context();
        let offset = G1::random(rand::rngs::OsRng).to_affine();
        let offset_cells = Point::load(ctx, &field, &offset);
        let terms: Vec<_> = points
            .iter()
            .zip(scalars)
            .map(|(point, scalar)| {
                let scalar = ctx.load_witness(*scalar);
                (
                    Point::load(ctx, &field, point),
                    Scalar::new(ctx, field.gate(), scalar, bits),
                )
            })
            .collect();
        let terms: Vec<_> = terms.iter().map(|(point, scalar)| (point, scalar)).collect();
        let product = multiply(ctx, &field, &terms, clump, &offset_cells);
        let (x, y) = (field.value(&product.point.x), field.value(&product.point.y));
        let multiple = *product.multiple.value();
        let sum = G1::from(G1Affine { x, y }) - offset * multiple;
        ((sum * Fr::TWO_INV).to_affine(), bench)
    }

    fn expected(points: &[G1Affine], scalars: &[Fr]) -> G1Affine {
        let products = points.iter().zip(scalars).map(|(point, scalar)| *point * *scalar);
        products
            .fold(G1::identity(), |sum, product| sum + product)
            .to_affine()
    }

    #[test]
    fn short_products_agree_with_the_native_ones() {
        let points: Vec<_> = (1..=6u64)
            .map(|n| (G1::generator() * Fr::from(n * n)).to_affine())
            .collect();
        let scalars: Vec<_> = [0u64, 1, 2, 255, 128, 77].map(Fr::from).to_vec();
        let (sum, bench) = multiplied(&points, &scalars, 8, 4);
        assert_eq!(sum, expected(&points, &scalars));
        bench.assert_satisfied();
    }

    #[test]
    fn full_products_agree_with_the_native_ones() {
        let points: Vec<_> = (0..3)
            .map(|_| G1::random(rand::rngs::OsRng).to_affine())
            .collect();
        let scalars = [-Fr::ONE, Fr::from(5).invert().unwrap(), Fr::ZERO];
        let (sum, bench) = multiplied(&points, &scalars, 254, 3);
        assert_eq!(sum, expected(&points, &scalars));
        bench.assert_satisfied();
        let (sum, _) = multiplied(&points, &scalars, 254, 2);
        assert_eq!(sum, expected(&points, &scalars));
        let (sum, _) = multiplied(&points[..1], &scalars[..1], 254, 1);
        assert_eq!(sum, expected(&points[..1], &scalars[..1]));
    }

    #[test]
    fn equal_and_opposite_points_are_added() {
        let point = G1::random(rand::rngs::OsRng).to_affine();
        let points = [point, point, -point, point, -point, point, point];
        let scalars = [3u64, 3, 2, 1, 2, 0, 3].map(Fr::from);
        let (sum, bench) = multiplied(&points, &scalars, 2, 4);
        assert_eq!(sum, expected(&points, &scalars));
        bench.assert_satisfied();
    }

    #[test]
    fn a_hundred_short_products_fit_three_columns_and_a_bit() {
        let points: Vec<_> = (1..=100u64)
            .map(|n| (G1::generator() * Fr::from(n)).to_affine())
            .collect();
        let scalars: Vec<_> = (0..100u64).map(|n| Fr::from(n).square().square()).collect();
        let (sum, bench) = multiplied(&points, &scalars, 128, 4);
        assert_eq!(sum, expected(&points, &scalars));
        assert!(bench.cells() < 3_310_000, "{} cells", bench.cells());
    }
}
