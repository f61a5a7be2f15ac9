use super::completion::{complete, seal};
use crate::{mock::*, Error, Event, ProgramKeys};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

/// Another program than that of [`register`].
fn other_wasm() -> Vec<u8> {
    vec![GOOD_WASM, 1]
}

fn keys(count: u8) -> Vec<(u8, Vec<u8>)> {
    (21 - count..21).map(|k| (k, vec![1])).collect()
}

#[test]
fn messages_should_keep_their_program_when_the_app_is_upgraded() {
    execute(|| {
        let app = register();
        submit(app, 1);
        assert_ok!(Sequencer::upgrade(
            RuntimeOrigin::root(),
            app,
            other_wasm(),
            keys(2)
        ));
        assert_eq!(inbox(app).next_batch, 1, "the open batch is sealed");
        seal(app, 1);
        let old = Sequencer::provable(app, 0)
            .expect("the batch is provable")
            .program;
        assert_eq!(old.program_id, [1; 32]);
        complete(app);
        let new = Sequencer::provable(app, 1)
            .expect("the batch is provable")
            .program;
        assert_eq!(new.program_id, [2; 32]);
        assert_ne!(old.wasm_hash, new.wasm_hash);
        System::assert_has_event(
            Event::AppUpgraded {
                app,
                program_id: new.program_id,
                wasm_hash: new.wasm_hash,
            }
            .into(),
        );
    });
}

#[test]
fn sealed_batches_should_take_new_keys_of_the_same_program() {
    execute(|| {
        let app = register();
        seal(app, 1);
        assert_ok!(Sequencer::upgrade(
            RuntimeOrigin::root(),
            app,
            vec![GOOD_WASM],
            keys(3)
        ));
        let batch = Sequencer::provable(app, 0).expect("the batch is provable");
        assert_eq!(batch.program.program_id, [3; 32]);
        assert!(ProgramKeys::<Test>::contains_key([3; 32], 18));
    });
}

#[test]
fn upgrade_should_be_refused_when_it_is_not_allowed_or_not_a_program() {
    execute(|| {
        let app = register();
        let upgrade = |origin, app, wasm| Sequencer::upgrade(origin, app, wasm, keys(1));
        assert_noop!(
            upgrade(RuntimeOrigin::signed(account(1)), app, other_wasm()),
            BadOrigin
        );
        assert_noop!(
            upgrade(RuntimeOrigin::root(), app + 1, other_wasm()),
            Error::<Test>::UnknownApp
        );
        assert_noop!(
            upgrade(RuntimeOrigin::root(), app, vec![b'x']),
            Error::<Test>::InvalidWasm
        );
    });
}
