use crate::{mock::*, CurrentProtocol, Error, Event, Protocols, MAX_PROTOCOL, MAX_PROTOCOLS};
use frame_support::{assert_noop, assert_ok};
use pallet_sequencer::ProgramProtocols;
use sp_runtime::DispatchError::BadOrigin;

/// Another protocol than that of the genesis.
const OTHER: &[u8] = b"protocol with another circuit";

fn set(protocol: &[u8]) {
    assert_ok!(Verifier::set_protocol(RuntimeOrigin::root(), protocol.to_vec()));
}

fn retire(protocol: &[u8]) {
    let digest = protocol_digest(protocol);
    assert_ok!(Verifier::retire_protocol(RuntimeOrigin::root(), digest));
}

fn upgrade(app: u32, wasm: &[u8]) {
    let keys = vec![(K, KEY.to_vec())];
    assert_ok!(Sequencer::upgrade(
        RuntimeOrigin::root(),
        app,
        wasm.to_vec(),
        keys
    ));
}

fn assert_refused(submission: Submission, error: Error<Test>) {
    assert_eq!(
        submission.submit().expect_err("it is refused").error,
        error.into()
    );
}

#[test]
fn programs_should_be_registered_for_the_protocol_that_was_set() {
    execute(|| {
        let (former, new) = (protocol_digest(PROTOCOL), protocol_digest(OTHER));
        set(OTHER);
        System::assert_last_event(
            Event::ProtocolSet {
                protocol: new,
                former: Some(former),
            }
            .into(),
        );
        assert_eq!(CurrentProtocol::<Test>::get(), Some(new));
        let app = app_with_batch();
        let submission = Submission::next(app);
        let program = submission.statement.program_id;
        assert_eq!(ProgramProtocols::<Test>::get(program), Some(new));
        assert_refused(submission.clone().prove_with(PROTOCOL), Error::ProofInvalid);
        assert_ok!(submission.submit());
    });
}

#[test]
fn batches_should_be_proved_under_their_keys_when_the_protocol_changes() {
    execute(|| {
        let app = app_with_batch();
        set(OTHER);
        let submission = Submission::next(app);
        assert_refused(submission.clone().prove_with(OTHER), Error::ProofInvalid);
        assert_ok!(submission.prove_with(PROTOCOL).submit());
        submit_batch(app);
        go_to(System::block_number() + 2);
        assert_ok!(Submission::next(app).prove_with(PROTOCOL).submit());
    });
}

#[test]
fn waiting_batches_should_be_proved_under_newer_keys_when_their_protocol_is_retired() {
    execute(|| {
        let app = app_with_batch();
        let old = Submission::next(app);
        set(OTHER);
        retire(PROTOCOL);
        System::assert_last_event(
            Event::ProtocolRetired {
                protocol: protocol_digest(PROTOCOL),
            }
            .into(),
        );
        assert_refused(old.clone(), Error::RetiredProtocol);
        assert_refused(old.clone().prove_with(OTHER), Error::RetiredProtocol);
        upgrade(app, WASM);
        assert_refused(old, Error::ProgramMismatch);
        assert_ok!(Submission::next(app).prove_with(OTHER).submit());
    });
}

#[test]
fn app_should_go_on_when_a_batch_of_an_earlier_wasm_is_voided_after_its_protocol_was_retired() {
    execute(|| {
        let app = app_with_batch();
        set(OTHER);
        upgrade(app, b"other wasm");
        submit_batch(app);
        go_to(System::block_number() + 2);
        retire(PROTOCOL);
        assert_refused(Submission::next(app), Error::RetiredProtocol);
        assert_ok!(Verifier::void_batch(RuntimeOrigin::root(), app, 0));
        assert_ok!(Submission::next(app).submit());
    });
}

#[test]
fn proofs_should_be_accepted_again_when_a_retired_protocol_is_set() {
    execute(|| {
        let app = app_with_batch();
        let submission = Submission::next(app);
        set(OTHER);
        retire(PROTOCOL);
        set(PROTOCOL);
        assert_eq!(CurrentProtocol::<Test>::get(), Some(protocol_digest(PROTOCOL)));
        assert_ok!(submission.submit());
        retire(OTHER);
        assert_eq!(Protocols::<Test>::count(), 1);
    });
}

#[test]
fn protocol_should_be_refused_when_it_is_malformed_too_large_or_in_force() {
    execute(|| {
        let set = |protocol: &[u8]| Verifier::set_protocol(RuntimeOrigin::root(), protocol.to_vec());
        assert_noop!(set(b"noise"), Error::<Test>::BadProtocol);
        assert_noop!(set(&[]), Error::<Test>::BadProtocol);
        let mut large = PROTOCOL.to_vec();
        large.resize(MAX_PROTOCOL as usize + 1, 0);
        assert_noop!(set(&large), Error::<Test>::ProtocolTooLarge);
        large.pop();
        assert_ok!(set(&large));
        assert_noop!(set(&large), Error::<Test>::ProtocolUnchanged);
    });
}

#[test]
fn protocols_should_be_changed_by_root_only() {
    execute(|| {
        let digest = protocol_digest(PROTOCOL);
        for origin in [RuntimeOrigin::signed(account(1)), RuntimeOrigin::none()] {
            let set = Verifier::set_protocol(origin.clone(), OTHER.to_vec());
            assert_noop!(set, BadOrigin);
            assert_noop!(Verifier::retire_protocol(origin, digest), BadOrigin);
        }
    });
}

#[test]
fn chain_should_hold_no_more_protocols_than_its_bound() {
    execute(|| {
        for other in 1..MAX_PROTOCOLS as u8 {
            set(&[PROTOCOL, &[other]].concat());
        }
        let one_more = Verifier::set_protocol(RuntimeOrigin::root(), OTHER.to_vec());
        assert_noop!(one_more, Error::<Test>::TooManyProtocols);
        set(PROTOCOL);
        retire(&[PROTOCOL, &[1]].concat());
        set(OTHER);
    });
}

#[test]
fn protocol_should_not_be_retired_when_it_is_in_force_or_unknown() {
    execute(|| {
        let retire = |digest| Verifier::retire_protocol(RuntimeOrigin::root(), digest);
        assert_noop!(retire(protocol_digest(PROTOCOL)), Error::<Test>::ProtocolInForce);
        assert_noop!(retire(protocol_digest(OTHER)), Error::<Test>::UnknownProtocol);
    });
}
