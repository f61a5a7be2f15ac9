use crate::{
    mock::*, Apps, Error, Event, NextApp, ProgramKeys, ProgramProtocols, Programs, MAX_KEY, MAX_WASM,
};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use sp_runtime::DispatchError;

fn register_with(wasm: &[u8], keys: &[(u8, Vec<u8>)]) -> DispatchResult {
    Sequencer::register(RuntimeOrigin::root(), account(1), wasm.to_vec(), keys.to_vec())
}

fn key(k: u8) -> (u8, Vec<u8>) {
    (k, vec![k])
}

#[test]
fn app_should_be_stored_with_its_program_when_program_is_good() {
    execute(|| {
        assert_ok!(register_with(b"wasm", &[key(14), key(20)]));
        let app = Apps::<Test>::get(0).expect("registered");
        assert_eq!(app.owner, account(1));
        assert_eq!(app.program.program_id, [2; 32]);
        assert_eq!(app.program.wasm_hash, sp_io::hashing::blake2_256(b"wasm"));
        assert_eq!(
            Programs::<Test>::get(app.program.wasm_hash).expect("stored")[..],
            b"wasm"[..]
        );
        assert_eq!(
            ProgramKeys::<Test>::get(app.program.program_id, 20).expect("stored")[..],
            [20]
        );
        assert_eq!(ProgramKeys::<Test>::get(app.program.program_id, 15), None);
        assert_eq!(
            ProgramProtocols::<Test>::get(app.program.program_id),
            Some(PROTOCOL)
        );
        System::assert_last_event(
            Event::AppRegistered {
                app: 0,
                owner: account(1),
                program_id: [2; 32],
                wasm_hash: app.program.wasm_hash,
            }
            .into(),
        );
    });
}

#[test]
fn apps_should_share_a_program_when_their_wasm_is_equal() {
    execute(|| {
        assert_ok!(register_with(b"wasm", &[key(20)]));
        assert_ok!(register_with(b"wasm", &[key(20)]));
        assert_eq!(NextApp::<Test>::get(), 2);
        assert_eq!(Programs::<Test>::iter().count(), 1);
    });
}

#[test]
fn program_should_be_refused_when_origin_is_not_root() {
    execute(|| {
        let origin = RuntimeOrigin::signed(account(1));
        let call = Sequencer::register(origin, account(1), b"wasm".to_vec(), vec![key(20)]);
        assert_noop!(call, DispatchError::BadOrigin);
    });
}

#[test]
fn program_should_be_refused_with_the_kind_of_its_fault_when_the_vm_cannot_run_it() {
    execute(|| {
        for (wasm, error) in [
            (&b"?"[..], Error::<Test>::InvalidWasm),
            (b"", Error::InvalidWasm),
            (b"f", Error::UnsupportedInstruction),
            (b"i", Error::UnsupportedImport),
            (b"e", Error::MissingEntryPoint),
            (b"l", Error::ProgramLimitExceeded),
            (b"k", Error::WrongKey),
        ] {
            assert_noop!(register_with(wasm, &[key(20)]), error);
        }
    });
}

#[test]
fn program_should_be_refused_when_wasm_is_too_large() {
    execute(|| {
        let mut wasm = vec![GOOD_WASM; MAX_WASM as usize];
        assert_ok!(register_with(&wasm, &[key(20)]));
        wasm.push(0);
        assert_noop!(register_with(&wasm, &[key(20)]), Error::<Test>::WasmTooLarge);
    });
}

#[test]
fn program_should_be_refused_when_keys_are_missing_unordered_or_of_unknown_size() {
    execute(|| {
        assert_noop!(register_with(b"wasm", &[]), Error::<Test>::NoKeys);
        for keys in [
            [key(13), key(14)],
            [key(20), key(21)],
            [key(15), key(14)],
            [key(14), key(14)],
        ] {
            assert_noop!(register_with(b"wasm", &keys), Error::<Test>::UnsupportedSize);
        }
    });
}

#[test]
fn program_should_be_refused_when_it_has_no_key_of_the_largest_size() {
    execute(|| {
        for keys in [&[key(14)][..], &[key(14), key(19)]] {
            assert_noop!(register_with(b"wasm", keys), Error::<Test>::NoLargestKey);
        }
    });
}

#[test]
fn program_should_be_refused_when_a_key_is_malformed_or_too_large() {
    execute(|| {
        assert_noop!(
            register_with(b"wasm", &[(20, vec![])]),
            Error::<Test>::MalformedKey
        );
        let large = vec![1; MAX_KEY as usize + 1];
        assert_noop!(register_with(b"wasm", &[(20, large)]), Error::<Test>::KeyTooLarge);
    });
}

#[test]
fn program_should_be_refused_when_ids_are_exhausted() {
    execute(|| {
        NextApp::<Test>::put(u32::MAX);
        assert_noop!(register_with(b"wasm", &[key(20)]), Error::<Test>::TooManyApps);
    });
}
