//! Proofs by halo2 against the verifier with a key as data, and forgeries of all kinds.

#![allow(missing_docs)]

mod wide;

use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use codec::{Decode, Encode};
use std::sync::OnceLock;
use wide::{setup, Prover, Shape, INSTANCES};
use zkfusion_primitives::{
    field::{to_bytes, Fr},
    transcript::sponge_hash,
    verifier::{
        halo2::{
            CheckedProtocol, ErrorKind, Halo2Kzg, KeyError, ProgramKey, ProofPart, VerifyError, VerifyingKey,
        },
        Verifier,
    },
};

/// One honest proof and a second program over the same setup.
struct Fixture {
    prover: Prover,
    other_program: Prover,
    proof: Vec<u8>,
    instances: Vec<Fr>,
}

fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(|| {
        let params = setup();
        let prover = Prover::new(&params, Shape::default(), 7);
        let other_program = Prover::new(&params, Shape::default(), 8);
        let proof = prover.prove();
        let instances = prover.instances();
        Fixture {
            prover,
            other_program,
            proof,
            instances,
        }
    })
}

fn verify(proof: &[u8], instances: &[Fr]) -> Result<(), VerifyError> {
    Halo2Kzg::verify(&fixture().prover.key, &[instances], proof)
}

/// Position of the first evaluation in the proof: after the advice and the quotient commitments.
fn first_scalar() -> usize {
    let protocol = fixture().prover.key.protocol();
    32 * (protocol.advice_phases.len() + usize::from(protocol.quotient_pieces))
}

#[test]
fn honest_proof_is_accepted() {
    assert_eq!(verify(&fixture().proof, &fixture().instances), Ok(()));
}

#[test]
fn wide_proof_is_accepted() {
    let prover = Prover::new(
        &setup(),
        Shape {
            first: 150,
            second: 50,
        },
        7,
    );
    assert_eq!(
        Halo2Kzg::verify(&prover.key, &[&prover.instances()], &prover.prove()),
        Ok(())
    );
}

#[test]
fn key_digest_is_that_of_the_limbs_that_the_settlement_circuit_sees() {
    let Fixture { prover, .. } = fixture();
    let key = &prover.key;
    let checked = key.protocol().clone().check().unwrap();
    let limbs = |coordinate: ark_bn254::Fq| {
        let bytes = coordinate.into_bigint().to_bytes_le();
        [&bytes[..11], &bytes[11..22], &bytes[22..]].map(Fr::from_le_bytes_mod_order)
    };
    let shift = Fr::from(2u64).pow([88]);
    let mut elements = vec![
        Fr::from_le_bytes_mod_order(checked.digest()),
        Fr::from(u64::from(key.k())),
    ];
    for point in &prover.program_key().fixed_commitments {
        let (x, y) = (limbs(point.affine().x), limbs(point.affine().y));
        elements.extend([x[0] + shift * x[1], x[2] + shift * y[0], y[1] + shift * y[2]]);
    }
    assert_eq!(to_bytes(&sponge_hash(elements)), key.digest());
}

#[test]
fn key_survives_its_encoding() {
    let Fixture {
        prover,
        proof,
        instances,
        ..
    } = fixture();
    let protocol = prover.key.protocol().clone().check().unwrap();
    let program = prover.program_key();
    let (protocol, program) = (protocol.encode(), program.encode());
    println!(
        "protocol {} bytes, program key {} bytes, proof {} bytes",
        protocol.len(),
        program.len(),
        proof.len()
    );
    let key = VerifyingKey::new(
        CheckedProtocol::decode(&mut &protocol[..]).unwrap(),
        ProgramKey::decode(&mut &program[..]).unwrap(),
    )
    .unwrap();
    assert_eq!(key.digest(), prover.key.digest());
    assert_eq!(Halo2Kzg::verify(&key, &[instances], proof), Ok(()));
}

#[test]
fn truncated_and_extended_proofs_are_refused() {
    let Fixture { proof, instances, .. } = fixture();
    let expected = proof.len();
    for got in [0, 1, 31, 32, expected / 2, expected - 32, expected - 1] {
        assert_eq!(
            verify(&proof[..got], instances),
            Err(VerifyError::Truncated { expected, got })
        );
    }
    for more in [1, 32] {
        let longer = [&proof[..], &vec![0; more]].concat();
        let got = expected + more;
        assert_eq!(
            verify(&longer, instances),
            Err(VerifyError::TrailingBytes { expected, got })
        );
    }
}

#[test]
fn a_flipped_bit_anywhere_is_refused() {
    let Fixture { proof, instances, .. } = fixture();
    for position in (0..proof.len()).step_by(7).chain(proof.len() - 64..proof.len()) {
        let mut forged = proof.clone();
        forged[position] ^= 1 << (position % 8);
        assert!(
            verify(&forged, instances).is_err(),
            "bit {} of byte {position}",
            position % 8
        );
    }
}

#[test]
fn every_flag_bit_is_refused() {
    let Fixture { proof, instances, .. } = fixture();
    let points = (0..first_scalar())
        .step_by(32)
        .chain([proof.len() - 64, proof.len() - 32]);
    for start in points {
        for flag in [0x80, 0x40] {
            let mut forged = proof.clone();
            forged[start + 31] ^= flag;
            assert!(
                verify(&forged, instances).is_err(),
                "flag {flag:#x} of the point at {start}"
            );
        }
    }
}

#[test]
fn swapped_parts_are_refused() {
    let Fixture { proof, instances, .. } = fixture();
    let last = proof.len() / 32 - 1;
    let (constraints, pairing) = (VerifyError::ConstraintsFailed, VerifyError::PairingFailed);
    for (a, b, error) in [
        (0, 1, constraints),
        (3, 41, constraints),
        (last, last - 1, pairing),
    ] {
        let mut forged = proof.clone();
        let (left, right) = forged.split_at_mut(32 * a.max(b));
        left[32 * a.min(b)..32 * a.min(b) + 32].swap_with_slice(&mut right[..32]);
        assert_eq!(verify(&forged, instances), Err(error));
    }
}

#[test]
fn scalars_beyond_the_modulus_are_refused() {
    let Fixture { proof, instances, .. } = fixture();
    let start = first_scalar();
    let mut forged = proof.clone();
    let mut carry = 0;
    // The same scalar plus the modulus, which a careless decoder takes for the same value.
    let modulus = Fr::MODULUS.0.map(u64::to_le_bytes).concat();
    for (byte, add) in forged[start..start + 32].iter_mut().zip(modulus) {
        let sum = u16::from(*byte) + u16::from(add) + carry;
        (*byte, carry) = (sum as u8, sum >> 8);
    }
    assert_eq!(carry, 0);
    assert_eq!(
        verify(&forged, instances),
        Err(VerifyError::NonCanonicalScalar(ProofPart::AdviceEval(0)))
    );
}

#[test]
fn malformed_points_are_named() {
    let Fixture { proof, instances, .. } = fixture();
    let with_point = |bytes: [u8; 32]| {
        let mut forged = proof.clone();
        forged[32..64].copy_from_slice(&bytes);
        verify(&forged, instances)
    };
    let part = ProofPart::Advice(1);
    let mut infinity = [0; 32];
    infinity[31] = 0x80;
    assert_eq!(with_point(infinity), Err(VerifyError::PointAtInfinity(part)));
    let mut large = [0xff; 32];
    large[31] = 0x3f;
    assert_eq!(with_point(large), Err(VerifyError::NonCanonicalCoordinate(part)));
    // 0^3 + 3 is not a square.
    assert_eq!(with_point([0; 32]), Err(VerifyError::PointNotOnCurve(part)));
}

#[test]
fn each_public_input_is_bound() {
    let Fixture { proof, instances, .. } = fixture();
    for index in 0..INSTANCES {
        let mut forged = instances.clone();
        forged[index] += Fr::ONE;
        assert_eq!(
            verify(proof, &forged),
            Err(VerifyError::ConstraintsFailed),
            "public input {index}"
        );
    }
}

#[test]
fn public_inputs_of_another_shape_are_refused() {
    let Fixture {
        proof,
        instances,
        prover,
        ..
    } = fixture();
    let short = VerifyError::InstanceCount {
        column: 0,
        expected: INSTANCES,
        got: INSTANCES - 1,
    };
    assert_eq!(verify(proof, &instances[1..]), Err(short));
    let long = [&instances[..], &[Fr::ZERO]].concat();
    let too_long = VerifyError::InstanceCount {
        column: 0,
        expected: INSTANCES,
        got: INSTANCES + 1,
    };
    assert_eq!(verify(proof, &long), Err(too_long));
    let none = VerifyError::InstanceColumns { expected: 1, got: 0 };
    assert_eq!(Halo2Kzg::verify(&prover.key, &[], proof), Err(none));
    let two = Halo2Kzg::verify(&prover.key, &[instances, instances], proof);
    assert_eq!(two.map_err(|error| error.kind()), Err(ErrorKind::Instances));
}

#[test]
fn proofs_of_another_program_are_refused() {
    let Fixture {
        other_program,
        proof,
        instances,
        ..
    } = fixture();
    assert_ne!(other_program.key.digest(), fixture().prover.key.digest());
    let result = Halo2Kzg::verify(&other_program.key, &[instances], proof);
    assert_eq!(result, Err(VerifyError::ConstraintsFailed));
    assert_eq!(
        verify(&other_program.prove(), instances),
        Err(VerifyError::ConstraintsFailed)
    );
}

#[test]
fn proofs_under_another_setup_are_refused() {
    let Fixture { instances, .. } = fixture();
    let elsewhere = Prover::new(&setup(), Shape::default(), 7);
    assert_eq!(
        verify(&elsewhere.prove(), instances),
        Err(VerifyError::ConstraintsFailed)
    );
}

#[test]
fn proofs_with_a_broken_witness_are_refused() {
    let Fixture {
        prover, instances, ..
    } = fixture();
    let mut broken = prover.circuit.clone();
    broken.program += 1;
    let proof = broken.prove(prover);
    assert_eq!(verify(&proof, instances), Err(VerifyError::ConstraintsFailed));
}

#[test]
fn keys_that_do_not_fit_are_refused() {
    let prover = &fixture().prover;
    let program = prover.program_key();
    let checked = || prover.key.protocol().clone().check().unwrap();
    let refused = |program| VerifyingKey::new(checked(), program).err();
    for k in [0, 29, 255] {
        let program = ProgramKey { k, ..program.clone() };
        assert_eq!(
            refused(program),
            Some(KeyError::RowsOutOfRange { max: 28, got: k })
        );
    }
    let small = ProgramKey {
        k: 3,
        ..program.clone()
    };
    assert_eq!(
        refused(small),
        Some(KeyError::TooManyInstances { rows: 8, got: 13 })
    );
    let mut fewer = program.clone();
    fewer.fixed_commitments.pop();
    assert_eq!(
        refused(fewer),
        Some(KeyError::FixedColumns { expected: 3, got: 2 })
    );
}

#[test]
fn malformed_protocols_are_refused() {
    let good = fixture().prover.key.protocol().clone();
    let refused = |change: &dyn Fn(&mut zkfusion_primitives::verifier::halo2::Protocol)| {
        let mut protocol = good.clone();
        change(&mut protocol);
        protocol.check().err()
    };
    assert_eq!(
        refused(&|p| p.gates.constraints.clear()),
        Some(KeyError::NoConstraints)
    );
    assert_eq!(
        refused(&|p| p.gates.constraints[4] = codec::Compact(0)),
        Some(KeyError::VacuousConstraint { constraint: 4 })
    );
    assert_eq!(refused(&|p| p.advice_phases.clear()), Some(KeyError::NoAdvice));
    assert_eq!(
        refused(&|p| p.advice_phases.iter_mut().for_each(|phase| *phase *= 2)),
        Some(KeyError::AdvicePhases)
    );
    assert_eq!(
        refused(&|p| p.challenge_phases[2] = 2),
        Some(KeyError::ChallengePhase { challenge: 2 })
    );
    assert_eq!(
        refused(&|p| p.quotient_pieces = 0),
        Some(KeyError::QuotientPieces { got: 0 })
    );
    assert_eq!(
        refused(&|p| p.quotient_pieces = 2),
        Some(KeyError::DegreeTooHigh { max: 3, got: 4 })
    );
    assert_eq!(
        refused(&|p| p.srs.s_g2 = p.srs.g2),
        Some(KeyError::DegenerateSetup)
    );
    assert!(matches!(
        refused(&|p| p.gates.constraints.push(codec::Compact(u32::MAX))),
        Some(KeyError::ForwardReference { got: u32::MAX, .. })
    ));
    assert!(matches!(
        refused(&|p| p.advice_queries[1] = p.advice_queries[0]),
        Some(KeyError::DuplicateQuery { .. })
    ));
    assert_eq!(
        refused(&|p| {
            p.advice_queries.remove(5);
        }),
        Some(KeyError::UnopenedColumn { column: 5 })
    );
    assert!(matches!(
        refused(&|p| p.fixed_queries[0].column = 99),
        Some(KeyError::QueriedColumn { columns: 3, got: 99 })
    ));
}
