//! Points of BN254's first group in the circuit.
//!
//! Additions are incomplete: they hold for points with different x-coordinates only, and would
//! accept any slope for equal points. Nothing here checks that; [`super::msm`] says why it does not
//! happen there.

use halo2_base::Context;
use halo2_ecc::fields::FieldChip as _;
use halo2_proofs::halo2curves::{
    bn256::{Fq, Fr, G1Affine},
    ff::Field,
};

use super::field::{FieldChip, Number};

/// Bits of the limbs of the y-coordinate that [`Sum::add`] leaves unreduced.
const FRESH_BITS: usize = 179;

/// A point with coordinates in limbs of 88 bits.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) x: Number,
    pub(crate) y: Number,
}

impl Point {
    /// Loads a point: canonical coordinates, on the curve, and so not infinity.
    pub(crate) fn load(ctx: &mut Context<Fr>, field: &FieldChip<'_>, point: &G1Affine) -> Self {
        let (x, y) = (
            field.load_canonical(ctx, point.x),
            field.load_canonical(ctx, point.y),
        );
        let point = Self { x, y };
        point.assert_on_curve(ctx, field);
        point
    }

    /// Loads a point that is part of the circuit.
    pub(crate) fn constant(ctx: &mut Context<Fr>, field: &FieldChip<'_>, point: &G1Affine) -> Self {
        let mut load = |coordinate| field.inner().load_constant(ctx, coordinate).into();
        Self {
            x: load(point.x),
            y: load(point.y),
        }
    }

    /// Returns the point twice; no point has `y = 0`, as the group's order is odd.
    pub(crate) fn double(&self, ctx: &mut Context<Fr>, field: &FieldChip<'_>) -> Self {
        let chip = field.inner();
        let two_y = chip.scalar_mul_no_carry(ctx, &self.y, 2);
        let three_x = chip.scalar_mul_no_carry(ctx, &self.x, 3);
        let slope = quotient(field.value(&three_x) * field.value(&self.x), field.value(&two_y));
        let slope = field.load(ctx, slope);
        // The tangent: slope * 2 y = 3 x^2.
        let three_squares = field.multiply_add(ctx, (&three_x, &self.x), &[], &[]);
        let tangent = field.multiply_add(ctx, (&slope, &two_y), &[], &[&three_squares]);
        field.assert_zero(ctx, tangent);
        // The tangent's third point, mirrored.
        let x = field.multiply_add(ctx, (&slope, &slope), &[], &[&self.x, &self.x]);
        let x = field.reduce(ctx, x);
        let run = field.sub(ctx, &self.x, &x);
        let y = field.multiply_add(ctx, (&slope, &run), &[], &[&self.y]);
        let y = field.reduce(ctx, y);
        Self { x, y }
    }

    /// Constrains `y^2 = x^3 + 3`. The group is all of the curve, so there is no subgroup to check.
    pub(crate) fn assert_on_curve(&self, ctx: &mut Context<Fr>, field: &FieldChip<'_>) {
        let square = field.multiply_add(ctx, (&self.x, &self.x), &[], &[]);
        let square = field.reduce(ctx, square);
        let right = field.multiply_add(ctx, (&square, &self.x), &[], &[]);
        let right = field.inner().add_constant_no_carry(ctx, right, Fq::from(3));
        let difference = field.multiply_add(ctx, (&self.y, &self.y), &[], &[&right]);
        field.assert_zero(ctx, difference);
    }
}

/// A sum under construction: its y-coordinate stays an unreduced product, since the next slope
/// needs it once.
#[derive(Clone, Debug)]
pub(crate) struct Sum {
    x: Number,
    negated_y: Number,
}

impl Sum {
    pub(crate) fn new(ctx: &mut Context<Fr>, field: &FieldChip<'_>, point: &Point) -> Self {
        Self {
            x: point.x.clone(),
            negated_y: field.inner().scalar_mul_no_carry(ctx, &point.y, -1),
        }
    }

    /// Returns the sum plus a point that is neither the sum nor its negative.
    pub(crate) fn add(&self, ctx: &mut Context<Fr>, field: &FieldChip<'_>, point: &Point) -> Self {
        let run = field.sub(ctx, &self.x, &point.x);
        let rise = -(field.value(&self.negated_y) + field.value(&point.y));
        let slope = field.load(ctx, quotient(rise, field.value(&run)));
        // The line through both: slope * (x - x') = y - y'.
        let line = field.multiply_add(ctx, (&slope, &run), &[&point.y, &self.negated_y], &[]);
        field.assert_zero(ctx, line);
        let x = field.multiply_add(ctx, (&slope, &slope), &[], &[&self.x, &point.x]);
        let x = field.reduce(ctx, x);
        // The line's third point is the negative of the sum.
        let run = field.sub(ctx, &x, &point.x);
        let negated_y = field.multiply_add(ctx, (&slope, &run), &[&point.y], &[]);
        Self { x, negated_y }
    }

    /// Returns twice the sum plus a point, as (sum + point) + sum: that takes no doubling and no
    /// reduced y-coordinate.
    pub(crate) fn double_add(&self, ctx: &mut Context<Fr>, field: &FieldChip<'_>, point: &Point) -> Self {
        let settled;
        let this = if self.negated_y.truncation.max_limb_bits > FRESH_BITS {
            settled = Self {
                x: self.x.clone(),
                negated_y: field.reduce(ctx, self.negated_y.clone()),
            };
            &settled
        } else {
            self
        };
        let other = this.add(ctx, field, point);
        let run = field.sub(ctx, &this.x, &other.x);
        let rise = field.value(&other.negated_y) - field.value(&this.negated_y);
        let slope = field.load(ctx, quotient(rise, field.value(&run)));
        // The line through both: slope * (x - x') = y - y'.
        let line = field.multiply_add(ctx, (&slope, &run), &[&this.negated_y], &[&other.negated_y]);
        field.assert_zero(ctx, line);
        let x = field.multiply_add(ctx, (&slope, &slope), &[], &[&this.x, &other.x]);
        let x = field.reduce(ctx, x);
        // The line's third point is the negative of the sum.
        let run = field.sub(ctx, &x, &this.x);
        let negated_y = field.multiply_add(ctx, (&slope, &run), &[], &[&this.negated_y]);
        Self { x, negated_y }
    }

    /// Returns the sum as a point.
    pub(crate) fn finish(self, ctx: &mut Context<Fr>, field: &FieldChip<'_>) -> Point {
        let y = field.inner().scalar_mul_no_carry(ctx, self.negated_y, -1);
        Point {
            x: self.x,
            y: field.reduce(ctx, y),
        }
    }

    /// Returns the negative of the sum as a point.
    pub(crate) fn finish_negated(self, ctx: &mut Context<Fr>, field: &FieldChip<'_>) -> Point {
        Point {
            x: self.x,
            y: field.reduce(ctx, self.negated_y),
        }
    }
}

/// Returns `a / b`, or zero if `b` is zero; a witness with such a `b` is not to be proved.
fn quotient(a: Fq, b: Fq) -> Fq {
    a * Option::<Fq>::from(b.invert()).unwrap_or(Fq::ZERO)
}
