//! Extrinsics whose bytes were damaged: what still decodes is refused and changes nothing, or keeps
//! the pallets' invariants.

use crate::mock::*;
use codec::{DecodeAll, Encode};
use damage::{damage, damaged};
use proptest::prelude::*;
use sp_runtime::{traits::Dispatchable, StateVersion};

#[path = "../../../../primitives/tests/support/damage.rs"]
mod damage;

/// Returns a call of each kind, all of which are good.
fn calls(app: u32) -> [RuntimeCall; 4] {
    let proof = Submission::next(app).call();
    let message = pallet_sequencer::Call::<Test>::submit {
        app,
        payload: vec![1; 30],
        fuel_limit: 100,
        max_fee: BALANCE,
    };
    let program = pallet_sequencer::Call::<Test>::register {
        owner: account(1),
        wasm: WASM.to_vec(),
        keys: vec![(K_BAD, BAD_KEY.to_vec()), (K, KEY.to_vec())],
    };
    let protocol = crate::Call::<Test>::set_protocol {
        protocol: [PROTOCOL, b" 2"].concat(),
    };
    [proof.into(), message.into(), program.into(), protocol.into()]
}

/// Returns who may make a call; nobody, if it is one of Substrate's own.
fn origin(call: &RuntimeCall) -> Option<RuntimeOrigin> {
    match call {
        RuntimeCall::Sequencer(pallet_sequencer::Call::register { .. })
        | RuntimeCall::Verifier(crate::Call::set_protocol { .. } | crate::Call::retire_protocol { .. }) => {
            Some(RuntimeOrigin::root())
        }
        RuntimeCall::Sequencer(_) | RuntimeCall::Verifier(_) => Some(RuntimeOrigin::signed(account(2))),
        _ => None,
    }
}

#[test]
fn calls_should_be_accepted_when_they_are_not_damaged() {
    execute(|| {
        for call in calls(app_with_batch()) {
            let origin = origin(&call).expect("the call is ours");
            frame_support::assert_ok!(call.dispatch(origin));
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn state_should_be_consistent_when_extrinsics_are_damaged(damage in damage()) {
        execute(|| {
            for call in calls(app_with_batch()) {
                let bytes = damaged(&Extrinsic::new_bare(call).encode(), &damage);
                let Ok(extrinsic) = Extrinsic::decode_all(&mut &bytes[..]) else {
                    continue;
                };
                let Some(origin) = origin(&extrinsic.function) else {
                    continue;
                };
                let before = sp_io::storage::root(StateVersion::V1);
                if extrinsic.function.dispatch(origin).is_err() {
                    assert_eq!(sp_io::storage::root(StateVersion::V1), before);
                }
            }
        });
    }

    #[test]
    fn state_should_be_consistent_when_calls_are_noise(pallet in 1..4u8, noise in prop::collection::vec(any::<u8>(), 0..300)) {
        execute(|| {
            app_with_batch();
            let bytes = [&[pallet, noise.first().map_or(0, |call| call % 4)], &noise[..]].concat();
            if let Ok(call) = RuntimeCall::decode_all(&mut &bytes[..]) {
                // Whatever it says, it is none of the good ones but perhaps a message.
                let _ = origin(&call).map(|origin| call.dispatch(origin));
            }
        });
    }
}
