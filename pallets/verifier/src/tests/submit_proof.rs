use crate::{mock::*, Error, Event, StoredProof, Verified, WeightInfo};
use codec::Decode;
use frame_support::{assert_noop, assert_ok, dispatch::Pays};
use pallet_kv_store::KvState;
use pallet_sequencer::MessageState;
use sp_runtime::{traits::Dispatchable, DispatchError, StateVersion};
use zkfusion_primitives::{statement::Statement, status::MessageStatus};

/// Returns the root of the whole state.
fn state_root() -> Vec<u8> {
    sp_io::storage::root(StateVersion::V1)
}

/// Checks that a changed statement is refused with this error, though its proof is good.
fn refused_when(change: impl FnOnce(&mut Statement), error: Error<Test>) {
    let app = app_with_batch();
    let mut submission = Submission::next(app);
    change(&mut submission.statement);
    assert_refused(submission.prove_again(), error);
    assert_ok!(Submission::next(app).submit());
}

/// Checks that a submission is refused with this error, is charged for, and changes nothing.
fn assert_refused(submission: Submission, error: Error<Test>) {
    let before = state_root();
    let refusal = submission.submit().expect_err("the submission is wrong");
    assert_eq!(refusal.error, error.into());
    assert_eq!(refusal.post_info.pays_fee, Pays::Yes);
    assert_eq!(
        refusal.post_info.actual_weight, None,
        "the whole check is charged"
    );
    assert_eq!(state_root(), before);
}

#[test]
fn batch_should_be_applied_when_proof_is_good() {
    execute(|| {
        let app = app_with_batch();
        let submission = Submission::next(app);
        let statement = submission.statement.clone();
        let info = submission.submit().expect("the proof is good");
        assert_eq!(info.pays_fee, Pays::No);

        assert_eq!(KvStore::root(app), statement.post_root);
        assert_eq!(
            (
                KvStore::leaf(app, 0),
                KvStore::leaf(app, 1),
                KvStore::leaf(app, 2)
            ),
            ([1; 32], [0; 32], [3; 32])
        );
        let verified = Verified::<Test>::get(app, 0).expect("verified");
        assert_eq!(
            (verified.k, verified.prover, verified.verified_at),
            (K, account(3), System::block_number())
        );
        assert_eq!(verified.statement, statement);
        let states: Vec<_> = (0..3).map(|index| Sequencer::message_state(app, index)).collect();
        for (state, (status, fuel)) in states.iter().zip([
            (MessageStatus::Ok, 9),
            (MessageStatus::Unreachable, 7),
            (MessageStatus::Ok, 9),
        ]) {
            let Some(MessageState::Processed(outcome)) = state else {
                panic!("{state:?}")
            };
            assert_eq!(
                (outcome.batch, outcome.status, outcome.fuel_used),
                (0, status, fuel)
            );
        }
    });
}

#[test]
fn events_should_tell_of_batch_and_messages_when_proof_is_good() {
    execute(|| {
        let app = app_with_batch();
        let submission = Submission::next(app);
        let post_root = submission.statement.post_root;
        assert_ok!(submission.submit());
        System::assert_last_event(
            Event::BatchVerified {
                app,
                batch: 0,
                post_root,
                prover: account(3),
            }
            .into(),
        );
        for (index, status, fuel_used) in [
            (0, MessageStatus::Ok, 9),
            (1, MessageStatus::Unreachable, 7),
            (2, MessageStatus::Ok, 9),
        ] {
            System::assert_has_event(
                Event::MessageProcessed {
                    app,
                    index,
                    status,
                    fuel_used,
                }
                .into(),
            );
        }
    });
}

#[test]
fn proof_should_be_kept_offchain_for_settlement() {
    let mut ext = new_test_ext();
    let submission = ext.execute_with(|| {
        let submission = Submission::next(app_with_batch());
        assert_ok!(submission.clone().submit());
        submission
    });
    ext.persist_offchain_overlay();
    let stored = ext.offchain_db().get(&StoredProof::key(&submission.statement));
    let stored = StoredProof::decode(&mut &stored.expect("stored")[..]).expect("it decodes");
    assert_eq!(
        stored,
        StoredProof {
            k: K,
            proof: submission.proof
        }
    );
}

#[test]
fn batches_should_be_proved_one_after_the_other() {
    execute(|| {
        let app = app_with_batch();
        for batch in 0..5 {
            let submission = Submission::next(app);
            assert_eq!(submission.batch, batch);
            assert_ok!(submission.submit());
            submit_batch(app);
            go_to(System::block_number() + 2);
        }
        assert_eq!(Verified::<Test>::iter_prefix(app).count() as u64, BATCH_HISTORY);
    });
}

#[test]
fn apps_should_be_proved_independently() {
    execute(|| {
        let (one, other) = (app_with_batch(), app_with_batch());
        assert_ok!(Submission::next(other).submit());
        assert_ok!(Submission::next(one).submit());
        assert_eq!(KvStore::root(one), KvStore::root(other));
    });
}

#[test]
fn second_proof_should_be_harmless_and_cheap_when_batch_is_verified() {
    execute(|| {
        let app = app_with_batch();
        let submission = Submission::next(app);
        assert_ok!(submission.clone().submit());
        let before = state_root();
        let refusal = submission.submit().expect_err("it is the second");
        assert_eq!(refusal.error, Error::<Test>::AlreadyVerified.into());
        assert_eq!(refusal.post_info.pays_fee, Pays::Yes);
        assert_eq!(
            refusal.post_info.actual_weight,
            Some(<() as WeightInfo>::submit_proof_again())
        );
        assert_eq!(state_root(), before);
    });
}

#[test]
fn proof_should_be_refused_when_app_is_unknown_or_batch_cannot_be_proved() {
    execute(|| {
        let app = app_with_batch();
        let submission = Submission::next(app);
        assert_refused(
            Submission {
                app: 9,
                ..submission.clone()
            },
            Error::UnknownApp,
        );
        assert_refused(
            Submission {
                batch: 1,
                ..submission.clone()
            },
            Error::NotSealed,
        );
        submit_batch(app);
        assert_refused(
            Submission {
                batch: 1,
                ..submission.clone()
            },
            Error::OutOfOrder,
        );
        assert_ok!(submission.clone().submit());
        assert_refused(
            Submission {
                batch: 1,
                ..submission
            },
            Error::SeedPending,
        );
    });
}

#[test]
fn proof_should_be_refused_when_statement_is_of_another_chain() {
    execute(|| refused_when(|statement| statement.genesis_hash[0] ^= 1, Error::GenesisMismatch));
}

#[test]
fn proof_should_be_refused_when_statement_is_of_another_app() {
    execute(|| refused_when(|statement| statement.app_id += 1, Error::AppMismatch));
}

#[test]
fn proof_should_be_refused_when_statement_is_of_another_program() {
    execute(|| refused_when(|statement| statement.program_id[0] ^= 1, Error::ProgramMismatch));
}

#[test]
fn proof_should_be_refused_when_statement_is_of_another_batch() {
    execute(|| refused_when(|statement| statement.batch_index += 1, Error::BatchMismatch));
}

#[test]
fn proof_should_be_refused_when_statement_starts_from_another_state() {
    execute(|| refused_when(|statement| statement.pre_root[0] ^= 1, Error::PreRootMismatch));
}

#[test]
fn proof_should_be_refused_when_statement_is_of_other_messages() {
    execute(|| {
        refused_when(|statement| statement.inbox_hash_pre[0] ^= 1, Error::InboxMismatch);
        refused_when(
            |statement| statement.inbox_hash_post[0] ^= 1,
            Error::InboxMismatch,
        );
    });
}

#[test]
fn proof_should_be_refused_when_statement_is_of_another_seed() {
    execute(|| refused_when(|statement| statement.vrf_seed[0] ^= 1, Error::SeedMismatch));
}

#[test]
fn proof_should_be_refused_when_statement_has_deposits() {
    execute(|| {
        refused_when(
            |statement| statement.deposit_hash_pre[0] ^= 1,
            Error::DepositMismatch,
        );
        refused_when(
            |statement| statement.deposit_hash_post[0] ^= 1,
            Error::DepositMismatch,
        );
    });
}

#[test]
fn proof_should_be_refused_when_effects_are_not_those_of_the_statement() {
    execute(|| {
        refused_when(
            |statement| statement.writes_hash[0] ^= 1,
            Error::WritesHashMismatch,
        );
        refused_when(|statement| statement.outbox_root[0] ^= 1, Error::OutboxMismatch);

        let honest = Submission::next(app_with_batch());
        let mut forged = honest.clone();
        forged.effects.outcomes[0].writes[0].1[0] ^= 1;
        assert_refused(forged, Error::WritesHashMismatch);
        let mut forged = honest.clone();
        forged.effects.outcomes[1].status = MessageStatus::FuelExhausted;
        assert_refused(forged, Error::WritesHashMismatch);
        let mut forged = honest.clone();
        forged.effects.outcomes[1].fuel_used += 1;
        assert_refused(forged, Error::WritesHashMismatch);
        let mut forged = honest;
        forged.effects.outbox.pop();
        assert_refused(forged, Error::OutboxMismatch);
    });
}

#[test]
fn proof_should_be_refused_when_its_outbox_has_empty_entries_at_the_end() {
    execute(|| {
        // The statement is the honest one: the root is the same.
        let mut padded = Submission::next(app_with_batch());
        padded.effects.outbox.push([0; 32]);
        assert_eq!(padded.effects.outbox_root(), padded.statement.outbox_root);
        assert_refused(padded, Error::OutboxPadded);
    });
}

#[test]
fn proof_should_be_refused_when_a_failed_message_has_writes() {
    execute(|| {
        let mut forged = Submission::next(app_with_batch());
        forged.effects.outcomes[1].writes.push((1, [1; 32]));
        forged.statement.writes_hash = forged.effects.writes_hash();
        assert_refused(forged.prove_again(), Error::WritesOfFailedMessage);
    });
}

#[test]
fn proof_should_be_refused_when_there_is_not_one_outcome_for_each_message() {
    execute(|| {
        let honest = Submission::next(app_with_batch());
        let mut forged = honest.clone();
        forged.effects.outcomes.pop();
        assert_refused(forged, Error::OutcomeCountMismatch);
        let mut forged = honest;
        forged.effects.outcomes.push(forged.effects.outcomes[0].clone());
        assert_refused(forged, Error::OutcomeCountMismatch);
    });
}

#[test]
fn proof_should_be_refused_when_post_root_is_not_canonical() {
    execute(|| {
        let mut forged = Submission::next(app_with_batch());
        forged.statement.post_root = [0xff; 32];
        assert_refused(forged, Error::StatementMalformed);
    });
}

#[test]
fn proof_should_be_refused_when_post_root_is_not_the_proved_one() {
    execute(|| {
        let mut forged = Submission::next(app_with_batch());
        forged.statement.post_root[0] ^= 1;
        assert_refused(forged, Error::ProofInvalid);
    });
}

#[test]
fn proof_should_be_refused_when_program_has_no_fitting_key_of_its_size() {
    execute(|| {
        let honest = Submission::next(app_with_batch());
        for k in [0, 14, 19, 255] {
            assert_refused(Submission { k, ..honest.clone() }, Error::UnknownKey);
        }
        assert_refused(Submission { k: K_BAD, ..honest }, Error::BadKey);
    });
}

#[test]
fn proof_should_be_refused_when_bytes_are_no_proof() {
    execute(|| {
        let honest = Submission::next(app_with_batch());
        let mut truncated = honest.clone();
        truncated.proof.pop();
        assert_refused(truncated, Error::ProofMalformed);
        let proof = vec![0; crate::MAX_PROOF as usize + 1];
        assert_refused(
            Submission {
                proof,
                ..honest.clone()
            },
            Error::ProofTooLarge,
        );
        for bit in 0..8 {
            let mut flipped = honest.clone();
            flipped.proof[bit] ^= 1 << bit;
            assert_refused(flipped, Error::ProofInvalid);
        }
    });
}

#[test]
fn proof_should_be_refused_when_not_signed() {
    execute(|| {
        let call = RuntimeCall::from(Submission::next(app_with_batch()).call());
        assert_noop!(call.dispatch(RuntimeOrigin::none()), DispatchError::BadOrigin);
    });
}
