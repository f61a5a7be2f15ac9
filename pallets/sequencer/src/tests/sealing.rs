use crate::{mock::*, Event, MessageState, NotProvable, QueueEnds};
use frame_support::assert_ok;
use zkfusion_primitives::{
    batch::vrf_seed,
    cost::{MESSAGE_OVERHEAD, PAYLOAD_CHUNK_COST},
};

#[test]
fn batch_should_be_sealed_at_once_when_it_is_full() {
    execute(|| {
        let app = register();
        (0..MAX_MESSAGES + 1).for_each(|_| submit(app, 1));
        let sealed = batch(app, 0);
        assert_eq!(
            (sealed.first, sealed.count, sealed.sealed_at),
            (0, MAX_MESSAGES, 1)
        );
        assert_eq!(inbox(app).open.count, 1);
        assert_eq!(inbox(app).open.inbox_hash_pre, sealed.inbox_hash_post);
        assert_eq!(Sequencer::message_state(app, 3), Some(MessageState::Sealed(0)));
        assert_eq!(Sequencer::message_state(app, 4), Some(MessageState::Open));
    });
}

#[test]
fn batch_should_be_sealed_before_the_message_that_exceeds_its_budget() {
    execute(|| {
        let app = register();
        // Each costs 1,500 of 3,500.
        submit(app, MAX_FUEL);
        submit(app, MAX_FUEL);
        assert_eq!(inbox(app).next_batch, 0);
        submit(app, MAX_FUEL);
        assert_eq!((batch(app, 0).first, batch(app, 0).count), (0, 2));
        assert_eq!((inbox(app).open.count, inbox(app).open.cost), (1, 1_500));
        System::assert_has_event(
            Event::BatchSealed {
                app,
                batch: 0,
                first: 0,
                count: 2,
            }
            .into(),
        );
    });
}

#[test]
fn payload_should_count_towards_the_budget() {
    execute(|| {
        let app = register();
        let sender = RuntimeOrigin::signed(account(2));
        let submit = |bytes| Sequencer::submit(sender.clone(), app, vec![0; bytes], 1, FUNDS);
        assert_ok!(submit(0));
        assert_ok!(submit(24));
        assert_ok!(submit(25));
        assert_eq!(
            inbox(app).open.cost,
            3 * (1 + MESSAGE_OVERHEAD) + 3 * PAYLOAD_CHUNK_COST
        );
    });
}

#[test]
fn batch_should_be_sealed_when_its_first_message_is_old() {
    execute(|| {
        let app = register();
        go_to(5);
        submit(app, 1);
        go_to(6);
        submit(app, 1);
        go_to(5 + MAX_AGE);
        assert_eq!(inbox(app).next_batch, 0);
        go_to(5 + MAX_AGE + 1);
        assert_eq!((batch(app, 0).count, batch(app, 0).sealed_at), (2, 5 + MAX_AGE));
    });
}

#[test]
fn seed_should_come_from_the_block_after_the_sealing() {
    execute(|| {
        let app = register();
        (0..MAX_MESSAGES).for_each(|_| submit(app, 1));
        go_to(2);
        assert_eq!(batch(app, 0).seed, None);
        assert_eq!(Sequencer::provable(app, 0), Err(NotProvable::SeedPending));
        go_to(3);
        assert_eq!(batch(app, 0).seed, Some(vrf_seed(&[2; 32])));
        assert_eq!(
            Sequencer::provable(app, 0).map(|batch| batch.seed),
            Ok(vrf_seed(&[2; 32]))
        );
        System::assert_has_event(Event::BatchSeeded { app, batch: 0 }.into());
    });
}

#[test]
fn seed_should_come_later_when_randomness_does() {
    execute(|| {
        let app = register();
        (0..MAX_MESSAGES).for_each(|_| submit(app, 1));
        SilentFrom::set(2);
        go_to(4);
        assert_eq!(batch(app, 0).seed, None);
        SilentFrom::set(u64::MAX);
        go_to(5);
        assert_eq!(batch(app, 0).seed, Some(vrf_seed(&[2; 32])));
    });
}

#[test]
fn seeds_should_be_given_a_few_at_a_time_when_an_app_seals_many_batches() {
    execute(|| {
        let app = register();
        (0..3 * MAX_MESSAGES).for_each(|_| submit(app, 1));
        go_to(3);
        assert_eq!(inbox(app).next_seed, u64::from(SEEDS));
        go_to(4);
        assert_eq!(batch(app, 2).seed, Some(vrf_seed(&[2; 32])));
        assert!(!inbox(app).queued);
    });
}

#[test]
fn apps_should_be_served_in_turn_when_there_are_more_than_a_block_serves() {
    execute(|| {
        let apps: Vec<_> = (0..5).map(|_| register()).collect();
        for app in &apps {
            (0..MAX_MESSAGES).for_each(|_| submit(*app, 1));
        }
        let seeded = || apps.iter().filter(|app| inbox(**app).next_seed == 1).count();
        // Block 1 looks at two apps and sends them to the end of the queue: their batches were
        // sealed in it.
        go_to(2);
        assert_eq!(seeded(), 0);
        go_to(3);
        assert_eq!(seeded(), 2);
        go_to(4);
        assert_eq!(seeded(), 4);
        go_to(5);
        assert_eq!(seeded(), 5);
        let (first, end) = QueueEnds::<Test>::get();
        assert_eq!(first, end);
    });
}
