//! Keys and proofs that were damaged: nothing panics, and what is decoded and passes its checks can
//! be used.

#![allow(missing_docs)]

mod support;

use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use codec::{Compact, Encode};
use proptest::prelude::*;
use support::{
    damage::{damage, damaged},
    decode,
};
use zkfusion_primitives::{
    field::Fr,
    verifier::{
        halo2::{
            CheckedProtocol, ColumnQuery, G1Point, G2Point, Gates, Halo2Kzg, Operation, ProgramKey, Protocol,
            Scalar, Srs, VerifyError, VerifyingKey,
        },
        Verifier,
    },
};

/// Public inputs of [`protocol`].
const INPUTS: usize = 2;

/// A circuit with two phases, a challenge, fixed and public columns, and one constraint.
fn protocol() -> Protocol {
    let here = |column| ColumnQuery { column, next: false };
    let g2 = |point: G2Affine| G2Point::new(point).expect("the point is on the curve");
    let doubled = (G2Affine::generator() + G2Affine::generator()).into_affine();
    Protocol {
        srs: Srs {
            g1: point(),
            g2: g2(G2Affine::generator()),
            s_g2: g2(doubled),
        },
        fixed_columns: 1,
        advice_phases: vec![0, 1],
        challenge_phases: vec![0],
        instance_lengths: vec![INPUTS as u32],
        fixed_queries: vec![here(0)],
        advice_queries: vec![
            here(0),
            here(1),
            ColumnQuery {
                column: 1,
                next: true,
            },
        ],
        instance_queries: vec![here(0)],
        gates: Gates {
            constants: vec![Scalar(Fr::from(5u64))],
            // Values: the constant, five evaluations, the challenge, then these.
            operations: vec![
                Operation::Mul(2, 6),
                Operation::Sub(7, 4),
                Operation::Mul(8, 1),
                Operation::Add(9, 5),
            ],
            constraints: vec![Compact(10)],
        },
        quotient_pieces: 2,
    }
}

fn point() -> G1Point {
    G1Point::new(G1Affine::generator()).expect("the point is on the curve")
}

fn program() -> ProgramKey {
    ProgramKey {
        k: 9,
        fixed_commitments: vec![point()].try_into().expect("one column fits"),
    }
}

/// A proof of the right length, with points where they belong, which proves nothing.
fn proof() -> Vec<u8> {
    let mut point = [0; 32];
    point[0] = 1;
    // x = 1 and the even y = 2 are the generator.
    let mut proof = vec![point; 4];
    proof.extend(vec![[7; 32]; 4 + 2]);
    proof[4..].iter_mut().for_each(|scalar| scalar[31] = 0);
    proof.extend(vec![point; 2]);
    proof.concat()
}

/// Verifies with as many public inputs as the key asks for, if they are few.
fn verify(key: &VerifyingKey, proof: &[u8]) -> bool {
    let lengths = key.protocol().instance_lengths.iter();
    let inputs: Vec<Vec<Fr>> = lengths
        .map(|length| vec![Fr::from(3u64); (*length).min(64) as usize])
        .collect();
    let inputs: Vec<&[Fr]> = inputs.iter().map(Vec::as_slice).collect();
    Halo2Kzg::verify(key, &inputs, proof).is_ok()
}

#[test]
fn the_undamaged_parts_are_a_key_and_a_proof_of_nothing() {
    let key = VerifyingKey::new(protocol().check().unwrap(), program()).unwrap();
    let inputs = [Fr::from(3u64); INPUTS];
    assert_eq!(proof().len(), key.protocol().proof_bytes());
    let refused = Halo2Kzg::verify(&key, &[&inputs], &proof());
    assert_eq!(refused, Err(VerifyError::ConstraintsFailed));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn damaged_protocols_are_refused_or_usable(damage in damage()) {
        let bytes = damaged(&protocol().encode(), &damage);
        if let Some(protocol) = decode::<Protocol>(&bytes) {
            prop_assert_eq!(protocol.encode(), bytes);
            if let Ok(key) = protocol.check().and_then(|protocol| VerifyingKey::new(protocol, program())) {
                prop_assert!(!verify(&key, &proof()));
                prop_assert!(!verify(&key, &vec![0; key.protocol().proof_bytes()]));
            }
        }
    }

    #[test]
    fn damaged_checked_protocols_are_refused_or_usable(damage in damage()) {
        let bytes = damaged(&protocol().check().unwrap().encode(), &damage);
        if let Some(protocol) = decode::<CheckedProtocol>(&bytes) {
            if let Ok(key) = VerifyingKey::new(protocol, program()) {
                prop_assert!(!verify(&key, &proof()));
            }
        }
    }

    #[test]
    fn damaged_program_keys_are_refused_or_usable(damage in damage()) {
        let bytes = damaged(&program().encode(), &damage);
        if let Some(program) = decode::<ProgramKey>(&bytes) {
            prop_assert_eq!(program.encode(), bytes);
            if let Ok(key) = VerifyingKey::new(protocol().check().unwrap(), program) {
                prop_assert!(!verify(&key, &proof()));
            }
        }
    }

    #[test]
    fn damaged_proofs_are_refused(damage in damage()) {
        let key = VerifyingKey::new(protocol().check().unwrap(), program()).unwrap();
        prop_assert!(!verify(&key, &damaged(&proof(), &damage)));
    }

    #[test]
    fn noise_is_no_key_and_no_proof(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(decode::<Protocol>(&bytes).is_none_or(|protocol| protocol.check().is_err()));
        if let Some(key) = decode::<ProgramKey>(&bytes) {
            prop_assert_eq!(key.encode(), &bytes[..]);
        }
        let key = VerifyingKey::new(protocol().check().unwrap(), program()).unwrap();
        prop_assert!(!verify(&key, &bytes));
    }
}
