//! The verifier of a batch proof in the circuit, step by step that of
//! `zkfusion_primitives::verifier::halo2`.

use halo2_base::{
    gates::{GateChip, GateInstructions},
    AssignedValue, Context,
    QuantumCell::Constant,
};
use halo2_proofs::halo2curves::{
    bn256::{Fr, G1Affine},
    ff::Field,
};
use zkfusion_halo2::convert::halo2_g1;
use zkfusion_primitives::verifier::halo2::{ColumnQuery, Protocol};

use super::{
    field::FieldChip,
    gates,
    key::Key,
    opening::{self, Accumulator, Opened, Points},
    point::Point,
    scalar::divide,
    transcript::Sponge,
};
use crate::batch::BatchWitness;

/// The result of a verification: the proof is valid if the accumulator holds.
#[derive(Clone, Debug)]
pub(crate) struct Verified {
    pub(crate) statement: Vec<AssignedValue<Fr>>,
    pub(crate) accumulator: Accumulator,
}

/// Constrains that a batch proof is valid if the returned accumulator holds, under a key of the
/// program that its statement names.
pub(crate) fn verify(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    protocol: &Protocol,
    protocol_digest: Fr,
    batch: &BatchWitness,
) -> Verified {
    let gate = field.gate();
    let key = Key::load(ctx, field, protocol_digest, batch.k, &batch.fixed, &batch.path);
    let statement = ctx.assign_witnesses(batch.instances);
    // The key is one of those that the program was registered with.
    ctx.constrain_equal(&key.program_id, &statement[PROGRAM_ID]);

    let mut transcript = Sponge::new(ctx);
    transcript.absorb(ctx, gate, key.digest);
    for instance in &statement {
        transcript.absorb(ctx, gate, *instance);
    }
    let (advice, challenges) = phases(ctx, field, protocol, &batch.proof.advice, &mut transcript);
    let y = transcript.squeeze(ctx, gate);
    let quotient = read_points(ctx, field, &batch.proof.quotient, &mut transcript);
    let x = transcript.squeeze(ctx, gate);
    let mut read = |scalars: &[Fr]| {
        let scalars = ctx.assign_witnesses(scalars.iter().copied());
        for scalar in &scalars {
            transcript.absorb(ctx, gate, *scalar);
        }
        scalars
    };
    let advice_evals = read(&batch.proof.advice_evals);
    let fixed_evals = read(&batch.proof.fixed_evals);
    let quotient_evals = read(&batch.proof.quotient_evals);

    let omega = key.omega(ctx, gate);
    let at = Points {
        x,
        next_x: gate.mul(ctx, x, omega),
    };
    let power = key.power_of_rows(ctx, gate, x);
    let vanishing = gate.sub(ctx, power, Constant(Fr::ONE));
    let scale = key.rows_inverse(ctx, gate);
    let scale = gate.mul(ctx, vanishing, scale);
    let instances = Instances {
        values: &statement,
        omega,
        scale,
    };
    let instance_evals: Vec<_> = protocol
        .instance_queries
        .iter()
        .map(|query| instances.evaluate(ctx, gate, if query.next { at.next_x } else { at.x }))
        .collect();

    let inputs = [&fixed_evals[..], &advice_evals, &instance_evals, &challenges].concat();
    let numerator = gates::evaluate(ctx, gate, &protocol.gates, inputs, y);
    // The quotient in pieces: h_0 + x^n h_1 + ...
    let zero = ctx.load_zero();
    let quotient_eval = quotient_evals
        .iter()
        .rev()
        .fold(zero, |sum, eval| gate.mul_add(ctx, sum, power, *eval));
    let product = gate.mul(ctx, quotient_eval, vanishing);
    // The constraints hold on every row.
    ctx.constrain_equal(&numerator, &product);

    let mut opened = columns(advice, &protocol.advice_queries, &advice_evals);
    opened.extend(columns(key.fixed, &protocol.fixed_queries, &fixed_evals));
    let pieces = quotient.into_iter().zip(quotient_evals);
    opened.extend(pieces.map(|(commitment, eval)| Opened {
        commitment,
        eval,
        next_eval: None,
    }));
    let generator = halo2_g1(&protocol.srs.g1);
    let [first, second] = &batch.proof.openings;
    let accumulator = opening::verify(
        ctx,
        field,
        &opened,
        at,
        &mut transcript,
        [first, second],
        &generator,
    );
    Verified {
        statement,
        accumulator,
    }
}

/// Where the statement names the program.
const PROGRAM_ID: usize = 2;

/// Reads the commitments to advice columns, phase by phase, and draws each phase's challenges.
fn phases(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    protocol: &Protocol,
    commitments: &[G1Affine],
    transcript: &mut Sponge,
) -> (Vec<Point>, Vec<AssignedValue<Fr>>) {
    let of_phase = |phases: &[u8], phase: u8| -> Vec<usize> {
        (0..phases.len())
            .filter(|index| phases[*index] == phase)
            .collect()
    };
    let (mut advice, mut challenges) = (
        vec![None; commitments.len()],
        vec![None; protocol.challenge_phases.len()],
    );
    let mut commitments = commitments.iter();
    for phase in 0..protocol.phases() {
        for column in of_phase(&protocol.advice_phases, phase) {
            let point = commitments.next().expect("a point for each advice column");
            let point = Point::load(ctx, field, point);
            transcript.absorb_point(ctx, field.gate(), &point);
            advice[column] = Some(point);
        }
        for challenge in of_phase(&protocol.challenge_phases, phase) {
            challenges[challenge] = Some(transcript.squeeze(ctx, field.gate()));
        }
    }
    (
        advice.into_iter().flatten().collect(),
        challenges.into_iter().flatten().collect(),
    )
}

fn read_points(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    points: &[G1Affine],
    transcript: &mut Sponge,
) -> Vec<Point> {
    let mut read = |point| {
        let point = Point::load(ctx, field, point);
        transcript.absorb_point(ctx, field.gate(), &point);
        point
    };
    points.iter().map(&mut read).collect()
}

/// The column of public inputs.
struct Instances<'a> {
    values: &'a [AssignedValue<Fr>],
    omega: AssignedValue<Fr>,
    /// `(x^n - 1) / n`
    scale: AssignedValue<Fr>,
}

impl Instances<'_> {
    /// Evaluates the column at a point: row `i` contributes its value times
    /// `omega^i (x^n - 1) / (n (point - omega^i))`.
    fn evaluate(
        &self,
        ctx: &mut Context<Fr>,
        gate: &GateChip<Fr>,
        point: AssignedValue<Fr>,
    ) -> AssignedValue<Fr> {
        let mut power = ctx.load_constant(Fr::ONE);
        let mut sum = ctx.load_zero();
        for value in self.values {
            let denominator = gate.sub(ctx, point, power);
            let weight = divide(ctx, gate, power, denominator);
            sum = gate.mul_add(ctx, *value, weight, sum);
            power = gate.mul(ctx, power, self.omega);
        }
        gate.mul(ctx, sum, self.scale)
    }
}

/// Returns columns with the evaluations of their queries; each is queried on the current row.
fn columns(commitments: Vec<Point>, queries: &[ColumnQuery], evals: &[AssignedValue<Fr>]) -> Vec<Opened> {
    let eval_of = |column: usize, next: bool| {
        let position = queries
            .iter()
            .position(|query| usize::from(query.column) == column && query.next == next);
        position.map(|position| evals[position])
    };
    let opened = |(column, commitment)| Opened {
        commitment,
        eval: eval_of(column, false).expect("the protocol opens every column on the current row"),
        next_eval: eval_of(column, true),
    };
    commitments.into_iter().enumerate().map(opened).collect()
}
