//! A point that nobody chose.

use halo2_base::{
    gates::RangeInstructions,
    AssignedValue, Context,
    QuantumCell::{Constant, Existing, Witness},
};
use halo2_proofs::halo2curves::{
    bn256::{Fq, Fr},
    ff::{Field, PrimeField},
};

use super::{field::FieldChip, point::Point};

/// Bits of the number of attempts. Half of all x-coordinates belong to a point, so that 256
/// attempts always do.
const ATTEMPT_BITS: usize = 8;

/// Loads a point whose x-coordinate is the challenge plus the number of attempts to find a point.
///
/// Whoever proves can choose among the attempts, and the sign of y: 512 points for each challenge.
pub(crate) fn load(ctx: &mut Context<Fr>, field: &FieldChip<'_>, challenge: AssignedValue<Fr>) -> Point {
    let attempts = (0..1 << ATTEMPT_BITS).map(Fr::from);
    let found = attempts.into_iter().find_map(|attempt: Fr| {
        let x: Fq = Option::from(Fq::from_repr((*challenge.value() + attempt).to_repr()))?;
        let y: Option<Fq> = (x.square() * x + Fq::from(3)).sqrt().into();
        Some((attempt, x, y?))
    });
    let (attempt, x, y) = found.unwrap_or_default();
    constrain(ctx, field, challenge, attempt, x, y)
}

fn constrain(
    ctx: &mut Context<Fr>,
    field: &FieldChip<'_>,
    challenge: AssignedValue<Fr>,
    attempt: Fr,
    x: Fq,
    y: Fq,
) -> Point {
    let point = Point {
        x: field.load_canonical(ctx, x),
        y: field.load_canonical(ctx, y),
    };
    // challenge + attempt * 1 = x, modulo the scalar field's modulus
    let cells = [
        Existing(challenge),
        Witness(attempt),
        Constant(Fr::ONE),
        Existing(*point.x.native()),
    ];
    ctx.assign_region(cells, [0]);
    let attempt = ctx.get(-3);
    field.range().range_check(ctx, attempt, ATTEMPT_BITS);
    point.assert_on_curve(ctx, field);
    point
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::circuit::tests::Bench;

    const CHALLENGE: u64 = 1 << 40;

    fn accepted(attempt: u64, x: Fq, y: Fq) -> bool {
        let mut bench = Bench::new(13, 12);
        let range = bench.range();
        let field = FieldChip::new(&range);
        let ctx = bench.context();
        let challenge = ctx.load_witness(Fr::from(CHALLENGE));
        constrain(ctx, &field, challenge, Fr::from(attempt), x, y);
        bench.is_satisfied()
    }

    /// The attempts that lead to a point, with the point.
    fn found() -> impl Iterator<Item = (u64, Fq, Fq)> {
        (0..).filter_map(|attempt| {
            let x = Fq::from(CHALLENGE + attempt);
            let y: Option<Fq> = (x.square() * x + Fq::from(3)).sqrt().into();
            Some((attempt, x, y?))
        })
    }

    #[test]
    fn honest_points_are_accepted() {
        let mut bench = Bench::new(13, 12);
        let range = bench.range();
        let field = FieldChip::new(&range);
        let ctx = bench.context();
        let challenge = ctx.load_witness(-Fr::ONE);
        load(ctx, &field, challenge);
        bench.assert_satisfied();
        let (attempt, x, y) = found().next().unwrap();
        assert!(accepted(attempt, x, y));
        assert!(accepted(attempt, x, -y));
    }

    #[test]
    fn points_of_choice_are_refused() {
        let (attempt, x, y) = found().next().unwrap();
        assert!(!accepted(attempt, x, y + Fq::ONE), "off the curve");
        assert!(!accepted(attempt + 1, x, y), "another attempt");
        let (_, other_x, other_y) = found().nth(1).unwrap();
        assert!(!accepted(attempt, other_x, other_y), "another attempt's point");
        let (late, x, y) = found().find(|(attempt, _, _)| *attempt > 256).unwrap();
        assert!(!accepted(late, x, y), "too many attempts");
    }
}
