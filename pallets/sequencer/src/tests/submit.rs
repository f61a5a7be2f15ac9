use crate::{mock::*, Error, Event, MessageState, Messages, Waiting};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResultWithPostInfo};
use sp_runtime::DispatchError;
use zkfusion_primitives::message::{extend_inbox_hash, EMPTY_INBOX_HASH, MAX_PAYLOAD};

fn submit_with(app: u32, payload: Vec<u8>, fuel: u64) -> DispatchResultWithPostInfo {
    Sequencer::submit(RuntimeOrigin::signed(account(2)), app, payload, fuel, FUNDS)
}

#[test]
fn message_should_be_stored_and_hashed_when_it_is_good() {
    execute(|| {
        let app = register();
        assert_ok!(submit_with(app, b"hello".to_vec(), 7));
        let Waiting { message, price } = Messages::<Test>::get(app, 0).expect("stored");
        assert_eq!(price, LOWEST_PRICE);
        assert_eq!(message.sender, [2; 32]);
        assert_eq!((message.index, message.at_block, message.fuel_limit), (0, 1, 7));
        assert_eq!(message.payload[..], b"hello"[..]);
        assert_eq!(
            Ok(inbox(app).inbox_hash),
            extend_inbox_hash(&EMPTY_INBOX_HASH, [&message])
        );
        assert_eq!(Sequencer::message_state(app, 0), Some(MessageState::Open));
        assert_eq!(Sequencer::message_state(app, 1), None);
        System::assert_last_event(
            Event::MessageSubmitted {
                app,
                index: 0,
                sender: account(2),
            }
            .into(),
        );
    });
}

#[test]
fn messages_should_be_numbered_by_app() {
    execute(|| {
        let (one, other) = (register(), register());
        submit(one, 1);
        submit(one, 1);
        submit(other, 1);
        assert_eq!(inbox(one).next_message, 2);
        assert_eq!(inbox(other).next_message, 1);
    });
}

#[test]
fn message_should_be_refused_when_app_is_unknown() {
    execute(|| {
        assert_noop!(submit_with(0, vec![], 1), Error::<Test>::UnknownApp);
        register();
        assert_noop!(submit_with(1, vec![], 1), Error::<Test>::UnknownApp);
    });
}

#[test]
fn message_should_be_refused_when_payload_is_too_large() {
    execute(|| {
        let app = register();
        assert_ok!(submit_with(app, vec![0; MAX_PAYLOAD as usize], 1));
        assert_noop!(
            submit_with(app, vec![0; MAX_PAYLOAD as usize + 1], 1),
            Error::<Test>::PayloadTooLarge
        );
    });
}

#[test]
fn message_should_be_refused_when_fuel_limit_is_zero_or_too_high() {
    execute(|| {
        let app = register();
        assert_noop!(submit_with(app, vec![], 0), Error::<Test>::FuelLimitZero);
        assert_ok!(submit_with(app, vec![], MAX_FUEL));
        assert_noop!(
            submit_with(app, vec![], MAX_FUEL + 1),
            Error::<Test>::FuelLimitTooHigh
        );
    });
}

#[test]
fn message_should_be_refused_when_inbox_is_full() {
    execute(|| {
        let (app, other) = (register(), register());
        (0..MAX_UNPROCESSED).for_each(|_| submit(app, 1));
        assert_noop!(submit_with(app, vec![], 1), Error::<Test>::InboxFull);
        assert_ok!(submit_with(other, vec![], 1));
    });
}

#[test]
fn message_should_be_refused_when_not_signed() {
    execute(|| {
        let app = register();
        for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
            assert_noop!(
                Sequencer::submit(origin, app, vec![], 1, FUNDS),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn weight_should_be_given_back_when_a_message_neither_opens_nor_seals_a_batch() {
    execute(|| {
        let app = register();
        let gives_back = |_| {
            let info = submit_with(app, vec![], 1).expect("the message is good");
            info.actual_weight.is_some()
        };
        let expected = |message| message > 0 && message < MAX_MESSAGES - 1;
        let messages = 0..MAX_MESSAGES;
        assert!(messages.clone().map(gives_back).eq(messages.map(expected)));
    });
}
