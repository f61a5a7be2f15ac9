use crate::{mock::*, BatchEnd, Batches, MessageState, Messages, NotProvable, Outcome, Outcomes};
use frame_support::assert_err;
use zkfusion_primitives::status::MessageStatus;

/// Who submits all proofs.
pub(super) const PROVER: u8 = 9;

/// Seals `batches` full batches of an app and gives them their seeds.
pub(super) fn seal(app: u32, batches: u32) {
    for _ in 0..batches {
        (0..MAX_MESSAGES).for_each(|_| submit(app, 1));
        go_to(System::block_number() + 2);
    }
}

/// Completes the next batch of an app.
pub(super) fn complete(app: u32) {
    let batch = Sequencer::provable(app, inbox(app).next_proof).expect("the batch is provable");
    let outcomes = (0..batch.count).map(|i| match i {
        1 => (MessageStatus::Unreachable, 5),
        _ => (MessageStatus::Ok, 9),
    });
    Sequencer::complete(&batch, outcomes, &account(PROVER));
}

#[test]
fn batch_should_say_why_it_cannot_be_proved() {
    execute(|| {
        assert_eq!(Sequencer::provable(0, 0), Err(NotProvable::UnknownApp));
        let app = register();
        assert_eq!(Sequencer::provable(app, 0), Err(NotProvable::NotSealed));
        seal(app, 2);
        assert_eq!(Sequencer::provable(app, 2), Err(NotProvable::NotSealed));
        assert_eq!(Sequencer::provable(app, 1), Err(NotProvable::OutOfOrder));
        complete(app);
        assert_eq!(Sequencer::provable(app, 0), Err(NotProvable::AlreadyVerified));
        assert!(Sequencer::provable(app, 1).is_ok());
    });
}

#[test]
fn provable_batch_should_name_program_hashes_and_messages() {
    execute(|| {
        let (_, app) = (register(), register());
        seal(app, 1);
        let [provable] = &Sequencer::all_provable()[..] else {
            panic!("one app has a batch")
        };
        let sealed = batch(app, 0);
        assert_eq!(
            (provable.app, provable.index, provable.first, provable.count),
            (app, 0, 0, MAX_MESSAGES)
        );
        assert_eq!(provable.inbox_hash_pre, sealed.inbox_hash_pre);
        assert_eq!(provable.inbox_hash_post, sealed.inbox_hash_post);
        let indices: Vec<_> = Sequencer::messages(provable)
            .iter()
            .map(|message| message.index)
            .collect();
        assert_eq!(indices, [0, 1, 2, 3]);
    });
}

#[test]
fn messages_should_be_forgotten_and_outcomes_kept_when_batch_is_complete() {
    execute(|| {
        let app = register();
        seal(app, 1);
        submit(app, 1);
        complete(app);
        assert_eq!(Messages::<Test>::iter_prefix(app).count(), 1);
        let outcome = Outcome {
            batch: 0,
            status: MessageStatus::Unreachable,
            fuel_used: 5,
        };
        assert_eq!(
            Sequencer::message_state(app, 1),
            Some(MessageState::Processed(outcome))
        );
        assert_eq!(Sequencer::message_state(app, 4), Some(MessageState::Open));
        let at = System::block_number();
        assert_eq!(batch(app, 0).end, Some(BatchEnd { at, voided: false }));
        assert_eq!(inbox(app).unprocessed(), 1);
    });
}

#[test]
fn inbox_should_take_messages_again_when_a_batch_is_complete() {
    execute(|| {
        let app = register();
        seal(app, MAX_UNPROCESSED / MAX_MESSAGES);
        let full = Sequencer::submit(RuntimeOrigin::signed(account(2)), app, vec![], 1, FUNDS);
        assert_err!(full, crate::Error::<Test>::InboxFull);
        complete(app);
        submit(app, 1);
    });
}

#[test]
fn old_outcomes_and_batches_should_be_forgotten() {
    execute(|| {
        let app = register();
        for _ in 0..4 {
            seal(app, 1);
            complete(app);
        }
        assert_eq!(Outcomes::<Test>::iter_prefix(app).count() as u64, OUTCOMES);
        assert_eq!(Batches::<Test>::iter_prefix(app).count() as u64, BATCHES);
        assert_eq!(Sequencer::message_state(app, 0), Some(MessageState::Forgotten));
        assert!(matches!(
            Sequencer::message_state(app, 15),
            Some(MessageState::Processed(_))
        ));
    });
}

#[test]
fn message_should_be_found_in_its_batch_when_many_wait() {
    execute(|| {
        let app = register();
        seal(app, 3);
        complete(app);
        for index in 4..12 {
            assert_eq!(
                Sequencer::message_state(app, index),
                Some(MessageState::Sealed(index / 4))
            );
        }
    });
}

#[test]
fn batch_should_have_no_effect_when_voided() {
    execute(|| {
        let app = register();
        seal(app, 2);
        let batch = Sequencer::provable(app, 0).expect("the batch is provable");
        Sequencer::void(&batch);
        assert!(Sequencer::is_voided(app, 0));
        assert_eq!(Outcomes::<Test>::iter_prefix(app).count(), 0);
        assert_eq!(Messages::<Test>::iter_prefix(app).count(), 4);
        assert_eq!(Sequencer::message_state(app, 3), Some(MessageState::Voided(0)));
        assert_eq!(Sequencer::message_state(app, 4), Some(MessageState::Sealed(1)));
        complete(app);
        assert!(!Sequencer::is_voided(app, 1));
        assert_eq!(inbox(app).unprocessed(), 0);
    });
}
