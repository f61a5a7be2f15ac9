use crate::{Halo2Proofs, ProofChecks};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;
use codec::{Compact, DecodeAll, Encode};
use zkfusion_primitives::{
    statement::STATEMENT_FIELDS,
    verifier::halo2::{
        CheckedProtocol, ColumnQuery, G1Point, G2Point, Gates, Operation, Protocol, Scalar, Srs,
    },
};

/// A circuit in which a column is five times another and some public inputs.
fn protocol(inputs: usize) -> Protocol {
    let here = |column| ColumnQuery { column, next: false };
    let g2 = |point: G2Affine| G2Point::new(point).expect("the point is on the curve");
    let g1 = G1Point::new(G1Affine::generator()).expect("the point is on the curve");
    Protocol {
        srs: Srs {
            g1,
            g2: g2(G2Affine::generator()),
            s_g2: g2((G2Affine::generator() + G2Affine::generator()).into()),
        },
        fixed_columns: 1,
        advice_phases: vec![0],
        challenge_phases: vec![],
        instance_lengths: vec![inputs as u32],
        fixed_queries: vec![here(0)],
        advice_queries: vec![here(0)],
        instance_queries: vec![here(0)],
        gates: Gates {
            constants: vec![Scalar(5u64.into())],
            // Values: the constant, three evaluations, then these.
            operations: vec![Operation::Mul(0, 1), Operation::Sub(2, 4), Operation::Sub(5, 3)],
            constraints: vec![Compact(6)],
        },
        quotient_pieces: 1,
    }
}

#[test]
fn protocol_should_be_stored_with_its_digest_when_it_is_of_the_chains_statement() {
    let protocol = protocol(STATEMENT_FIELDS);
    let (digest, stored) = Halo2Proofs::prepare(&protocol.encode()).expect("the protocol is good");
    let stored = CheckedProtocol::decode_all(&mut &stored[..]).expect("it decodes");
    assert_eq!(stored, protocol.check().expect("the protocol is good"));
    assert_eq!(stored.digest(), &digest);
}

#[test]
fn protocol_should_be_refused_when_it_is_of_another_statement_or_malformed() {
    for inputs in [STATEMENT_FIELDS - 1, STATEMENT_FIELDS + 1] {
        let other = protocol(inputs);
        assert_eq!(Halo2Proofs::prepare(&other.encode()), None);
        assert!(other.check().is_ok(), "only its statement is wrong");
    }
    let mut longer = protocol(STATEMENT_FIELDS).encode();
    longer.push(0);
    assert_eq!(Halo2Proofs::prepare(&longer), None);
    let mut unsound = protocol(STATEMENT_FIELDS);
    unsound.srs.s_g2 = unsound.srs.g2;
    assert_eq!(Halo2Proofs::prepare(&unsound.encode()), None);
    assert_eq!(Halo2Proofs::prepare(&[]), None);
}
