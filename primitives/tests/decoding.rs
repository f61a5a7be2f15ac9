//! Damaged SCALE input from outside: nothing panics, and no value has two encodings.

#![allow(missing_docs)]

mod support;

use codec::{DecodeAll, Encode};
use proptest::prelude::*;
use std::fmt::Debug;
use support::{
    damage::{damage, damaged, Damage},
    decode,
};
use zkfusion_primitives::{
    batch::Batch,
    effects::{BatchEffects, MessageOutcome},
    job::{
        BatchJob, BatchResult, FailureKind, JobState, JobStats, SettlementBatch, SettlementJob,
        SettlementResult, Stage,
    },
    message::Message,
    program::SIZE_COUNT,
    statement::Statement,
    status::MessageStatus,
};

/// Decodes what is left of `value`: an error, or a value with this very encoding.
fn check<T: Encode + DecodeAll + PartialEq + Debug>(value: &T, damage: &[Damage]) -> Option<T> {
    let bytes = damaged(&value.encode(), damage);
    let decoded: T = decode(&bytes)?;
    assert_eq!(decoded.encode(), bytes, "a second encoding of {decoded:?}");
    Some(decoded)
}

fn statement() -> Statement {
    Statement {
        app_id: 7,
        batch_index: 9,
        pre_root: [3; 32],
        ..Statement::default()
    }
}

fn message() -> Message {
    Message {
        index: 5,
        sender: [6; 32],
        at_block: 8,
        fuel_limit: 1_000,
        payload: vec![1, 2, 3, 4].try_into().expect("a short payload"),
    }
}

fn effects() -> BatchEffects {
    BatchEffects {
        outcomes: vec![MessageOutcome {
            status: MessageStatus::RequireFailed,
            fuel_used: 77,
            writes: vec![(3, [4; 32])],
        }],
        outbox: vec![[1; 32], [2; 32]],
    }
}

fn batch_result() -> BatchResult {
    BatchResult {
        k: 14,
        statement: statement(),
        effects: effects(),
        proof: vec![9; 40],
        stats: JobStats::default(),
    }
}

fn batch_job() -> BatchJob {
    BatchJob {
        batch: Batch {
            genesis_hash: [1; 32],
            app_id: 2,
            program_id: [4; 32],
            batch_index: 5,
            pre_root: [6; 32],
            inbox_hash_pre: [7; 32],
            vrf_seed: [8; 32],
            messages: vec![message(), message()],
        },
        wasm_hash: [3; 32],
        leaves: vec![(1, [2; 32]), (3, [4; 32])],
    }
}

fn settlement_job() -> SettlementJob {
    SettlementJob {
        batches: vec![SettlementBatch {
            k: 15,
            key: vec![1, 2, 3],
            key_digests: [[5; 32]; SIZE_COUNT],
            statement: statement(),
            proof: vec![6; 50],
        }],
    }
}

fn settlement_result() -> SettlementResult {
    SettlementResult {
        statement: statement(),
        first: 1,
        last: 2,
        proof: vec![7; 20],
        stats: JobStats::default(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_statements_are_refused_or_others(damage in damage()) {
        if let Some(statement) = check(&statement(), &damage) {
            let canonical = statement.to_instances().is_ok();
            prop_assert_eq!(statement.abi_encode().is_ok(), canonical);
        }
    }

    #[test]
    fn damaged_extrinsic_payloads_are_refused_or_others(damage in damage()) {
        if let Some(effects) = check(&effects(), &damage) {
            effects.writes_hash();
            effects.outbox_root();
        }
        if let Some(message) = check(&message(), &damage) {
            prop_assert_eq!(message.tape().len() % 3, 0);
        }
        check(&MessageStatus::Ok, &damage);
    }

    #[test]
    fn damaged_jobs_are_refused_or_others(damage in damage()) {
        if let Some(job) = check(&batch_job(), &damage) {
            let batch = &job.batch;
            let known = zkfusion_primitives::field::from_bytes(&batch.inbox_hash_pre).is_ok();
            prop_assert_eq!(batch.inbox_hash_post().is_ok(), known);
        }
        check(&settlement_job(), &damage);
    }

    #[test]
    fn damaged_answers_of_the_prover_are_refused_or_others(damage in damage()) {
        check(&JobState::Done(batch_result()), &damage);
        check(&JobState::Done(settlement_result()), &damage);
        check(&JobState::<BatchResult>::Running { stage: Stage::Proving, percent: 5 }, &damage);
        let failed = JobState::<BatchResult>::Failed {
            kind: FailureKind::Prover,
            message: "why".to_owned(),
            retryable: false,
        };
        check(&failed, &damage);
    }

    #[test]
    fn noise_is_refused_or_a_value(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let noise = &bytes[..];
        for again in [
            decode::<Statement>(noise).map(|value| value.encode()),
            decode::<BatchJob>(noise).map(|value| value.encode()),
            decode::<SettlementJob>(noise).map(|value| value.encode()),
            decode::<BatchEffects>(noise).map(|value| value.encode()),
            decode::<JobState<BatchResult>>(noise).map(|value| value.encode()),
        ] {
            prop_assert!(again.is_none_or(|again| again == noise));
        }
    }
}
