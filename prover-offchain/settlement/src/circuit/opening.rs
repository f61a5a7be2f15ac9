//! The opening argument of batch proofs: `zkfusion_primitives::verifier::halo2` has it in plain.
//!
//! Commitments opened on the current row form set A, those opened on the next row too set B. Each
//! set is combined with short coefficients; a second multiplication takes the two combinations to
//! the accumulator's first point. The second point is the proof's last commitment, and Ethereum
//! checks the pairing of both.

use halo2_base::{gates::GateInstructions, AssignedValue, Context, QuantumCell::Constant};
use halo2_proofs::halo2curves::{
    bn256::{Fr, G1Affine},
    ff::Field,
};

use super::{
    field::FieldChip,
    msm::{multiply, Combination},
    point::Point,
    scalar::{divide, halves, ones, Scalar, HALF_BITS},
    transcript::Sponge,
};

/// Bits of the scalars of the second multiplication. Beyond the modulus: see [`Scalar`].
const FULL_BITS: usize = 254;
/// Points in a clump of the first multiplication, whose tables have eight entries.
const CLUMP: usize = 4;
/// Points in a clump of the second multiplication, which has two clumps.
const SECOND_CLUMP: usize = 3;

/// A commitment and its evaluations.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) commitment: Point,
    /// On the current row.
    pub(crate) eval: AssignedValue<Fr>,
    /// On the next row, if it is opened there.
    pub(crate) next_eval: Option<AssignedValue<Fr>>,
}

/// Where commitments are opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Points {
    pub(crate) x: AssignedValue<Fr>,
    pub(crate) next_x: AssignedValue<Fr>,
}

/// The two points whose pairings Ethereum compares: `e(left, G2) = e(right, s G2)`.
#[derive(Clone, Debug)]
pub(crate) struct Accumulator {
    pub(crate) left: Point,
    pub(crate) right: Point,
}

/// Constrains and returns the accumulator of an opening proof, whose two points are read from
/// `proof`.
pub(crate) fn verify(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    opened: &[Opened],
    at: Points,
    transcript: &mut Sponge,
    proof: [&G1Affine; 2],
    generator: &G1Affine,
) -> Accumulator {
    let gate = field.gate();
    let coefficients = short_coefficients(ctx, field, transcript, opened.len());
    let v = transcript.squeeze(ctx, gate);
    let quotient = Point::load(ctx, field, proof[0]);
    transcript.absorb_point(ctx, gate, &quotient);
    let u = transcript.squeeze(ctx, gate);
    let witness = Point::load(ctx, field, proof[1]);
    transcript.absorb_point(ctx, gate, &witness);
    // The batch prover draws nothing after its last point; this challenge is the circuit's own.
    let offset = transcript.squeeze(ctx, gate);
    let offset = super::offset::load(ctx, field, offset);

    let mut combine = |of_both: bool| {
        let members = opened.iter().zip(&coefficients);
        let members: Vec<_> = members
            .filter(|(opened, _)| opened.next_eval.is_some() == of_both)
            .collect();
        Set::new(ctx, field, &members, &offset)
    };
    let (current, both) = (combine(false), combine(true));

    // The line through both evaluations of set B, at u.
    let rise = gate.sub(ctx, both.next_eval, both.eval);
    let run = gate.sub(ctx, at.next_x, at.x);
    let slope = divide(ctx, gate, rise, run);
    let minus_x = gate.sub(ctx, u, at.x);
    let minus_next = gate.sub(ctx, u, at.next_x);
    let line = gate.mul_add(ctx, slope, minus_x, both.eval);
    // left = (u - next_x) A + v B - constant G1 - (u - x)(u - next_x) quotient + u witness
    let constant = gate.mul(ctx, minus_next, current.eval);
    let constant = gate.mul_add(ctx, v, line, constant);
    let vanishing = gate.mul(ctx, minus_x, minus_next);

    // Multiplications yield the double of what they are asked for, so A and B come with 1/4 and the
    // others with 1/2.
    let half = Fr::from(2).invert().unwrap_or(Fr::ONE);
    let mut scale = |scalar, factor: Fr| gate.mul(ctx, scalar, Constant(factor));
    let of_current = scale(minus_next, half * half);
    let of_both = scale(v, half * half);
    let of_generator = scale(constant, -half);
    let of_quotient = scale(vanishing, -half);
    let of_witness = scale(u, half);
    // What A, B and the first points of both clumps bring of the offset, taken away: 2 of_current
    // mA + 2 of_both mB + (32 (2^254 - 1) + 2 of_current + 2 of_both) + 2 of_offset = 0.
    let start = ones(FULL_BITS) * Fr::from(16);
    let offsets = gate.mul_add(ctx, of_current, current.combination.multiple, Constant(start));
    let offsets = gate.mul_add(ctx, of_both, both.combination.multiple, offsets);
    let offsets = gate.add(ctx, offsets, of_current);
    let offsets = gate.add(ctx, offsets, of_both);
    let of_offset = gate.neg(ctx, offsets);

    let generator = Point::constant(ctx, field, generator);
    let terms = [
        (&current.combination.point, of_current),
        (&generator, of_generator),
        (&offset, of_offset),
        (&both.combination.point, of_both),
        (&quotient, of_quotient),
        (&witness, of_witness),
    ];
    let terms = terms.map(|(point, scalar)| (point, Scalar::new(ctx, gate, scalar, FULL_BITS)));
    let terms: Vec<_> = terms.iter().map(|(point, scalar)| (*point, scalar)).collect();
    let left = multiply(ctx, field, &terms, SECOND_CLUMP, &offset).point;
    let left = Point {
        x: field.reduce_canonical(ctx, left.x),
        y: field.reduce_canonical(ctx, left.y),
    };
    Accumulator { left, right: witness }
}

/// Draws `count` short coefficients: of each challenge first the low 128 bits, then the bits above.
fn short_coefficients(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    transcript: &mut Sponge,
    count: usize,
) -> Vec<Scalar> {
    let gate = field.gate();
    let mut coefficients = Vec::with_capacity(count + 1);
    while coefficients.len() < count {
        let challenge = transcript.squeeze(ctx, gate);
        for half in halves(ctx, field.range(), challenge) {
            coefficients.push(Scalar::new(ctx, gate, half, HALF_BITS));
        }
    }
    coefficients.truncate(count);
    coefficients
}

/// Commitments opened at the same points, combined.
struct Set {
    combination: Combination,
    eval: AssignedValue<Fr>,
    next_eval: AssignedValue<Fr>,
}

impl Set {
    fn new(
        ctx: &mut Context<Fr>,
        field: &FieldChip<'_>,
        members: &[(&Opened, &Scalar)],
        offset: &Point,
    ) -> Self {
        let gate = field.gate();
        let terms: Vec<_> = members
            .iter()
            .map(|(opened, scalar)| (&opened.commitment, *scalar))
            .collect();
        let combination = multiply(ctx, field, &terms, CLUMP, offset);
        let zero = ctx.load_zero();
        let (mut eval, mut next_eval) = (zero, zero);
        for (opened, coefficient) in members {
            eval = gate.mul_add(ctx, coefficient.value, opened.eval, eval);
            if let Some(of_next) = opened.next_eval {
                next_eval = gate.mul_add(ctx, coefficient.value, of_next, next_eval);
            }
        }
        Self {
            combination,
            eval,
            next_eval,
        }
    }
}
