use crate::{mock::*, Error, Event, Verified};
use frame_support::{assert_noop, assert_ok};
use pallet_kv_store::KvState;
use pallet_sequencer::MessageState;
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn app_should_go_on_from_the_same_state_when_a_batch_is_voided() {
    execute(|| {
        let app = app_with_batch();
        assert_ok!(Submission::next(app).submit());
        submit_batch(app);
        go_to(System::block_number() + 2);
        let root = KvStore::root(app);
        assert_ok!(Verifier::void_batch(RuntimeOrigin::root(), app, 1));
        assert_eq!(KvStore::root(app), root);
        assert_eq!(Sequencer::message_state(app, 3), Some(MessageState::Voided(1)));
        let (first, count) = (3, 3);
        System::assert_last_event(
            Event::BatchVoided {
                app,
                batch: 1,
                first,
                count,
            }
            .into(),
        );
        submit_batch(app);
        go_to(System::block_number() + 2);
        assert_ok!(Submission::next(app).submit());
        assert!(Verified::<Test>::get(app, 1).is_none());
        assert!(Verified::<Test>::get(app, 2).is_some());
    });
}

#[test]
fn batch_should_not_be_voided_by_anybody_or_when_it_has_ended() {
    execute(|| {
        let app = app_with_batch();
        let void = |origin, batch| Verifier::void_batch(origin, app, batch);
        assert_noop!(void(RuntimeOrigin::signed(account(1)), 0), BadOrigin);
        assert_noop!(void(RuntimeOrigin::root(), 1), Error::<Test>::NotSealed);
        let proof = Submission::next(app);
        assert_ok!(void(RuntimeOrigin::root(), 0));
        assert_noop!(void(RuntimeOrigin::root(), 0), Error::<Test>::AlreadyVerified);
        assert!(proof.submit().is_err(), "a proof comes too late");
    });
}
