//! A settlement proof of a small stand-in circuit: made, verified, and refused in every other form.

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use zkfusion_halo2::srs::{cache_folder, SrsKind, SrsStore};
use zkfusion_settlement::{
    stand_in::{StandIn, StandInShape},
    BatchProof, BatchStatement, SettlementConfig, SettlementError, SettlementProver, SettlementStatement,
    SETTLEMENT_INPUTS,
};

const SHAPE: StandInShape = StandInShape {
    advice: 8,
    second_phase: 1,
    fixed: 4,
    next_row: 4,
};
const CONFIG: SettlementConfig = SettlementConfig {
    k: 18,
    lookup_bits: 17,
    batches: 1,
    max_advice: 16,
};

fn statement(index: u64) -> BatchStatement {
    BatchStatement {
        genesis_hash: Fr::from(1),
        app_id: Fr::from(2),
        batch_index: Fr::from(index),
        pre_root: Fr::from(10 + index),
        post_root: Fr::from(11 + index),
        ..BatchStatement::default()
    }
}

fn stand_in(store: &SrsStore, shape: StandInShape, program: u64) -> StandIn {
    StandIn::new(store.load(14).unwrap(), shape, program).unwrap()
}

#[test]
fn settlement_proof_is_bound_to_its_statement() {
    let cache = cache_folder();
    let store = SrsStore::new(&cache, SrsKind::InsecureDevelopment);
    let program = stand_in(&store, SHAPE, 1);
    let prover = SettlementProver::load_or_setup(&cache, &store, CONFIG, program.batch_circuit()).unwrap();
    let batch = program.prove(statement(5)).unwrap();
    let settled = prover.prove(std::slice::from_ref(&batch)).unwrap();
    assert_eq!(
        settled.statement,
        SettlementStatement {
            range: batch.statement,
            batch_count: Fr::ONE
        }
    );
    assert_eq!(settled.proof.len(), prover.proof_layout().bytes());

    refuses_other_statements(&prover, settled.statement, &settled.proof);
    refuses_broken_proofs(&prover, settled.statement, &settled.proof);
    refuses_unprovable_batches(&prover, &store, &program, &batch);
}

fn refuses_other_statements(prover: &SettlementProver, statement: SettlementStatement, proof: &[u8]) {
    for field in 0..SETTLEMENT_INPUTS {
        let mut inputs = statement.to_inputs();
        inputs[field] += Fr::ONE;
        let batch = inputs[..SETTLEMENT_INPUTS - 1].try_into().unwrap();
        let forged = SettlementStatement {
            range: BatchStatement::from_inputs(batch),
            batch_count: inputs[SETTLEMENT_INPUTS - 1],
        };
        assert!(prover.verify(&forged, proof).is_err(), "field {field}");
    }
}

fn refuses_broken_proofs(prover: &SettlementProver, statement: SettlementStatement, proof: &[u8]) {
    prover.verify(&statement, proof).unwrap();
    for length in [0, proof.len() - 32, proof.len() - 1] {
        assert!(
            prover.verify(&statement, &proof[..length]).is_err(),
            "{length} bytes"
        );
    }
    assert!(
        prover.verify(&statement, &[proof, &[0]].concat()).is_err(),
        "a byte more"
    );
    for word in 0..proof.len() / 32 {
        let mut flipped = proof.to_vec();
        flipped[32 * word + 31] ^= 1;
        assert!(prover.verify(&statement, &flipped).is_err(), "word {word}");
        flipped[32 * word..32 * (word + 1)].fill(0xff);
        assert!(
            prover.verify(&statement, &flipped).is_err(),
            "non-canonical word {word}"
        );
    }
}

fn refuses_unprovable_batches(
    prover: &SettlementProver,
    store: &SrsStore,
    program: &StandIn,
    batch: &BatchProof,
) {
    let prove = |batch: BatchProof| prover.prove(&[batch]).unwrap_err();
    assert!(matches!(prover.prove(&[]), Err(SettlementError::NoBatches)));
    let next = program.prove(statement(6)).unwrap();
    let two = prover.prove(&[batch.clone(), next.clone()]);
    assert!(matches!(
        two,
        Err(SettlementError::WrongBatchCount { expected: 1, got: 2 })
    ));
    let gap = prover.prove(&[next, batch.clone()]);
    assert!(matches!(
        gap,
        Err(SettlementError::BrokenChain {
            field: "batch_index",
            ..
        })
    ));

    let changed = BatchStatement {
        post_root: Fr::from(99),
        ..batch.statement
    };
    let error = prove(BatchProof {
        statement: changed,
        ..batch.clone()
    });
    assert!(
        matches!(error, SettlementError::InvalidBatchProof { position: 0, .. }),
        "{error}"
    );
    let mut flipped = batch.clone();
    flipped.proof[100] ^= 1;
    assert!(matches!(
        prove(flipped),
        SettlementError::InvalidBatchProof { .. }
    ));
    let mut truncated = batch.clone();
    truncated.proof.pop();
    assert!(matches!(
        prove(truncated),
        SettlementError::InvalidBatchProof { .. }
    ));
    let extended = BatchProof {
        proof: [&batch.proof[..], &[0]].concat(),
        ..batch.clone()
    };
    assert!(matches!(
        prove(extended),
        SettlementError::InvalidBatchProof { .. }
    ));

    let named = BatchStatement {
        program_id: Fr::from(3),
        ..batch.statement
    };
    let error = prove(BatchProof {
        statement: named,
        ..batch.clone()
    });
    assert!(
        matches!(error, SettlementError::WrongProgram { position: 0, .. }),
        "{error}"
    );
    let other = stand_in(store, SHAPE, 2).prove(statement(5)).unwrap();
    let error = prove(BatchProof {
        protocol: other.protocol,
        ..batch.clone()
    });
    assert!(
        matches!(
            error,
            SettlementError::WrongKey {
                position: 0,
                k: 14,
                ..
            }
        ),
        "{error}"
    );
    let wider = stand_in(store, StandInShape { advice: 9, ..SHAPE }, 1)
        .prove(statement(5))
        .unwrap();
    assert!(matches!(
        prove(wider),
        SettlementError::WrongShape { position: 0, .. }
    ));
}
