//! Who decides, and when calls are made.

use crate::{mock::*, CallId, Error, Event, Notice};
use codec::Encode;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

/// Returns a call that only root can make.
fn root_call(remark: &[u8]) -> Box<RuntimeCall> {
    let storage = vec![(b"key".to_vec(), remark.to_vec())];
    Box::new(frame_system::Call::set_storage { items: storage }.into())
}

fn id(call: &RuntimeCall) -> CallId {
    call.using_encoded(sp_io::hashing::blake2_256)
}

/// Returns what the call of [`root_call`] has stored.
fn stored() -> Option<Vec<u8>> {
    sp_io::storage::get(b"key").map(|value| value.to_vec())
}

#[test]
fn call_should_be_made_as_root_when_the_notice_period_is_over() {
    execute(|| {
        let call = root_call(b"one");
        let id = id(&call);
        assert_ok!(Governance::schedule(RuntimeOrigin::signed(1), call));
        let at = 1 + NOTICE + 1;
        System::assert_last_event(Event::RootCallScheduled { id, at }.into());
        go_to(at - 1);
        assert_eq!(stored(), None);
        go_to(at);
        assert_eq!(stored(), Some(b"one".to_vec()));
    });
}

#[test]
fn call_should_not_be_made_when_it_is_cancelled() {
    execute(|| {
        let call = root_call(b"one");
        let id = id(&call);
        assert_ok!(Governance::schedule(RuntimeOrigin::signed(1), call));
        assert_noop!(Governance::cancel(RuntimeOrigin::signed(1), id), BadOrigin);
        assert_ok!(Governance::cancel(RuntimeOrigin::signed(2), id));
        System::assert_last_event(Event::RootCallCancelled { id }.into());
        go_to(20);
        assert_eq!(stored(), None);
        assert_noop!(
            Governance::cancel(RuntimeOrigin::signed(2), id),
            Error::<Test>::NotScheduled
        );
    });
}

#[test]
fn call_should_be_refused_when_others_schedule_it() {
    execute(|| {
        for origin in [
            RuntimeOrigin::signed(2),
            RuntimeOrigin::none(),
            RuntimeOrigin::root(),
        ] {
            assert_noop!(Governance::schedule(origin, root_call(b"one")), BadOrigin);
        }
    });
}

#[test]
fn call_should_be_scheduled_once_at_a_time() {
    execute(|| {
        let origin = || RuntimeOrigin::signed(1);
        assert_ok!(Governance::schedule(origin(), root_call(b"one")));
        assert_noop!(
            Governance::schedule(origin(), root_call(b"one")),
            Error::<Test>::AlreadyScheduled
        );
        assert_ok!(Governance::schedule(origin(), root_call(b"two")));
        go_to(20);
        assert_ok!(Governance::schedule(origin(), root_call(b"one")));
    });
}

#[test]
fn call_should_be_refused_with_its_own_error_when_the_block_has_enough_calls() {
    execute(|| {
        let schedule = |call| Governance::schedule(RuntimeOrigin::signed(1), call);
        for call in 0..MAX_SCHEDULED as u8 {
            assert_ok!(schedule(root_call(&[call])));
        }
        assert_noop!(schedule(root_call(b"one more")), Error::<Test>::AgendaFull);
        assert_noop!(schedule(root_call(&[0])), Error::<Test>::AlreadyScheduled);
        go_to(2);
        assert_ok!(schedule(root_call(b"one more")));
    });
}

#[test]
fn call_should_be_refused_with_the_schedulers_error_when_its_block_is_past() {
    execute(|| {
        System::set_block_number(u64::MAX);
        assert_noop!(
            Governance::schedule(RuntimeOrigin::signed(1), root_call(b"one")),
            pallet_scheduler::Error::<Test>::TargetBlockNumberInPast
        );
    });
}

#[test]
fn notice_period_should_be_changed_by_root_only() {
    execute(|| {
        let set = |origin| Governance::set_notice(origin, 9);
        assert_noop!(set(RuntimeOrigin::signed(1)), BadOrigin);
        let call: RuntimeCall = crate::Call::set_notice { blocks: 9 }.into();
        assert_ok!(Governance::schedule(RuntimeOrigin::signed(1), Box::new(call)));
        go_to(1 + NOTICE);
        assert_eq!(Notice::<Test>::get(), NOTICE);
        go_to(2 + NOTICE);
        assert_eq!(Notice::<Test>::get(), 9);
    });
}
