//! The verifier of batch proofs as a whole: an honest proof, and forgeries.

use halo2_proofs::halo2curves::{
    bn256::{Bn256, Fr, G1Affine},
    ff::Field,
    pairing::Engine,
};
use zkfusion_halo2::{
    convert::halo2_scalar_from_bytes,
    srs::{Params, SrsKind, SrsStore},
};

use super::{small::Small, Bench};
use crate::{
    batch::BatchWitness,
    circuit::{field::FieldChip, point::Point, verifier::verify},
};

/// Size of the small circuit.
const K: u32 = 14;

struct Outcome {
    constraints: Bench,
    accumulator: [G1Affine; 2],
}

fn run(small: &Small, witness: &BatchWitness) -> Outcome {
    let mut bench = Bench::new(17, 16);
    let range = bench.range();
    let field = FieldChip::new(&range);
    let digest = halo2_scalar_from_bytes(small.protocol.digest()).unwrap();
    let verified = verify(
        bench.context(),
        &field,
        small.protocol.protocol(),
        digest,
        witness,
    );
    let value = |point: &Point| G1Affine {
        x: field.value(&point.x),
        y: field.value(&point.y),
    };
    let accumulator = [
        value(&verified.accumulator.left),
        value(&verified.accumulator.right),
    ];
    Outcome {
        constraints: bench,
        accumulator,
    }
}

fn holds(params: &Params, [left, right]: [G1Affine; 2]) -> bool {
    Bn256::pairing(&left, &params.g2()) == Bn256::pairing(&right, &params.s_g2())
}

#[test]
fn honest_proofs_are_accepted_and_forgeries_refused() {
    let cache = tempfile::tempdir().unwrap();
    let params = SrsStore::new(cache.path(), SrsKind::InsecureDevelopment)
        .load(K)
        .unwrap();
    let small = Small::prove(&params, K);
    let honest = run(&small, &small.witness);
    assert!(
        holds(&params, honest.accumulator),
        "the accumulator of an honest proof"
    );
    honest.constraints.assert_satisfied();
    no_cell_is_free(&honest.constraints);
    honest.constraints.assert_satisfied_in_halo2();

    // What constraints refuse.
    let refused = |what: &str, forge: &dyn Fn(&mut BatchWitness)| {
        let mut witness = small.witness.clone();
        forge(&mut witness);
        assert!(!run(&small, &witness).constraints.is_satisfied(), "{what}");
    };
    refused("another statement", &|witness| witness.instances[5] += Fr::ONE);
    refused("another program", &|witness| witness.instances[2] += Fr::ONE);
    refused("another evaluation", &|witness| {
        witness.proof.advice_evals[1] += Fr::ONE
    });

    // What the pairing refuses: nothing but the openings speaks of these.
    let unopened = |what: &str, forge: &dyn Fn(&mut BatchWitness)| {
        let mut witness = small.witness.clone();
        forge(&mut witness);
        assert!(!holds(&params, run(&small, &witness).accumulator), "{what}");
    };
    let point = G1Affine::generator();
    unopened("another opening quotient", &|witness| {
        witness.proof.openings[0] = point
    });
    unopened("another opening witness", &|witness| {
        witness.proof.openings[1] = point
    });
    unopened("another commitment", &|witness| witness.proof.advice[0] = point);
    unopened("another commitment of the second phase", &|witness| {
        witness.proof.advice[2] = point
    });
    unopened("another quotient", &|witness| witness.proof.quotient[1] = point);
    unopened("another key", &|witness| witness.fixed[1] = point);
    unopened("another evaluation of the quotient", &|witness| {
        witness.proof.quotient_evals[0] += Fr::ONE
    });
}

/// Changing any value of the witness by itself breaks a constraint, except the inverses that show
/// numbers to be other than zero: those of numbers that are zero are anything.
fn no_cell_is_free(circuit: &Bench) {
    let constraints = circuit.constraints();
    let free = constraints.free_cells();
    assert!(free.len() < circuit.cells() / 10_000, "{} free cells", free.len());
    for cell in free {
        assert!(constraints.is_inverse_of_zero(cell), "cell {cell} is free");
    }
}
