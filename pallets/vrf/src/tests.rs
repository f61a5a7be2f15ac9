use crate::{mock::*, pallet::Call, Error, LastOutput, Outputs, RandomnessSource, VrfClaim};
use codec::{DecodeAll, Encode};
use frame_support::inherent::ProvideInherent;
use frame_support::{
    assert_noop, assert_ok,
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::Hooks,
};
use proptest::prelude::*;
use sp_runtime::DispatchError;

fn submit(claim: VrfClaim) -> frame_support::dispatch::DispatchResult {
    Vrf::submit(RuntimeOrigin::none(), claim)
}

/// Runs blocks `1..=count` by Alice, one in each slot.
fn run_blocks(count: u64) {
    let alice = pair("Alice");
    let mut previous = genesis_hash().0;
    for block in 1..=count {
        begin_block(block, block, &alice);
        assert_ok!(submit(claim(&alice, &previous, block)));
        Vrf::on_finalize(block);
        previous = LastOutput::<Test>::get().expect("the block carried an output");
    }
}

#[test]
fn output_should_be_recorded_when_the_author_proves_it() {
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        let claim = claim(&alice, &genesis_hash().0, 10);
        assert_ok!(submit(claim));
        let output = claim.verify(&sp_core::Pair::public(&alice), &genesis_hash().0, 10);
        assert!(output.is_some());
        assert_eq!(Vrf::output_at(1), output);
        assert_eq!(LastOutput::<Test>::get(), output);
        assert_eq!(Vrf::output_at(2), None);
    });
}

#[test]
fn outputs_should_differ_between_slots_authors_and_predecessors() {
    let verified = |name: &str, previous: [u8; 32], slot| {
        let pair = pair(name);
        claim(&pair, &previous, slot)
            .verify(&sp_core::Pair::public(&pair), &previous, slot)
            .expect("honest")
    };
    let base = verified("Alice", [1; 32], 1);
    assert_eq!(base, verified("Alice", [1; 32], 1));
    assert_ne!(base, verified("Alice", [1; 32], 2));
    assert_ne!(base, verified("Alice", [2; 32], 1));
    assert_ne!(base, verified("Bob", [1; 32], 1));
}

#[test]
fn claim_should_be_refused_when_another_key_made_it() {
    new_test_ext().execute_with(|| {
        begin_block(1, 10, &pair("Alice"));
        assert_noop!(
            submit(claim(&pair("Bob"), &genesis_hash().0, 10)),
            Error::<Test>::InvalidClaim
        );
    });
}

#[test]
fn claim_should_be_refused_when_made_for_another_slot() {
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        assert_noop!(
            submit(claim(&alice, &genesis_hash().0, 11)),
            Error::<Test>::InvalidClaim
        );
    });
}

#[test]
fn claim_should_be_refused_when_made_on_another_predecessor() {
    new_test_ext().execute_with(|| {
        run_blocks(1);
        let alice = pair("Alice");
        begin_block(2, 2, &alice);
        assert_noop!(
            submit(claim(&alice, &genesis_hash().0, 2)),
            Error::<Test>::InvalidClaim
        );
        let previous = LastOutput::<Test>::get().expect("block 1 has an output");
        assert_ok!(submit(claim(&alice, &previous, 2)));
    });
}

#[test]
fn claim_should_be_refused_when_any_byte_is_changed() {
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        let honest = claim(&alice, &genesis_hash().0, 10);
        for byte in 0..32 {
            let mut forged = honest;
            forged.pre_output[byte] ^= 1;
            assert_noop!(submit(forged), Error::<Test>::InvalidClaim);
        }
        for byte in 0..64 {
            let mut forged = honest;
            forged.proof[byte] ^= 1;
            assert_noop!(submit(forged), Error::<Test>::InvalidClaim);
        }
        for pre_output in [[0; 32], [0xff; 32]] {
            assert_noop!(
                submit(VrfClaim { pre_output, ..honest }),
                Error::<Test>::InvalidClaim
            );
        }
    });
}

#[test]
fn claim_should_be_refused_when_the_scalars_are_not_canonical() {
    // The order of the Ristretto group, little-endian: adding it to a proof scalar leaves its value and changes its
    // bytes.
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0,
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        let honest = claim(&alice, &genesis_hash().0, 10);
        for scalar in 0..2 {
            let mut forged = honest;
            let mut carry = 0;
            for (byte, order) in forged.proof[32 * scalar..][..32].iter_mut().zip(ORDER) {
                let sum = u16::from(*byte) + u16::from(order) + carry;
                (*byte, carry) = (sum as u8, sum >> 8);
            }
            assert_eq!(carry, 0);
            assert_noop!(submit(forged), Error::<Test>::InvalidClaim);
        }
    });
}

#[test]
fn claim_should_be_refused_when_the_block_has_one_already() {
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        assert_ok!(submit(claim(&alice, &genesis_hash().0, 10)));
        assert_noop!(
            submit(claim(&alice, &genesis_hash().0, 10)),
            Error::<Test>::AlreadySubmitted
        );
    });
}

#[test]
fn claim_should_be_refused_when_signed_by_an_account() {
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        let claim = claim(&alice, &genesis_hash().0, 10);
        assert_noop!(
            Vrf::submit(RuntimeOrigin::signed(1), claim),
            DispatchError::BadOrigin
        );
    });
}

#[test]
fn claim_should_be_refused_when_the_author_is_unknown() {
    new_test_ext().execute_with(|| {
        let alice = pair("Alice");
        begin_block(1, 10, &alice);
        Author::set(None);
        assert_noop!(
            submit(claim(&alice, &genesis_hash().0, 10)),
            Error::<Test>::UnknownAuthor
        );
    });
}

#[test]
#[should_panic(expected = "a block must carry its author's VRF output")]
fn block_should_be_invalid_when_it_carries_no_output() {
    new_test_ext().execute_with(|| {
        run_blocks(1);
        begin_block(2, 2, &pair("Alice"));
        Vrf::on_finalize(2);
    });
}

#[test]
fn history_should_keep_the_last_blocks_only() {
    new_test_ext().execute_with(|| {
        run_blocks(10);
        for block in 0..=10 {
            assert_eq!(
                Vrf::output_at(block).is_some(),
                block > 10 - HISTORY,
                "block {block}"
            );
        }
        assert_eq!(Outputs::<Test>::iter().count() as u64, HISTORY);
    });
}

#[test]
fn inherent_should_be_made_from_the_providers_data() {
    new_test_ext().execute_with(|| {
        let claim = claim(&pair("Alice"), &genesis_hash().0, 10);
        let call = Vrf::create_inherent(&inherent_data(&claim));
        assert_eq!(call, Some(Call::submit { claim }));
        assert!(Vrf::is_inherent(&Call::submit { claim }));
        assert_eq!(Vrf::create_inherent(&Default::default()), None);
    });
}

#[test]
fn inherent_should_be_required_and_mandatory() {
    new_test_ext().execute_with(|| {
        let required = Vrf::is_inherent_required(&Default::default()).expect("cannot fail");
        assert_eq!(required.map(|error| error.encode()), Some(missing()));
        let claim = claim(&pair("Alice"), &genesis_hash().0, 10);
        let call = RuntimeCall::Vrf(Call::submit { claim });
        assert_eq!(call.get_dispatch_info().class, DispatchClass::Mandatory);
    });
}

proptest! {
    #[test]
    fn claim_should_be_refused_when_its_bytes_are_others(
        place in 0..96usize, flipped in 1..=255u8, point: [u8; 32], scalars: [[u8; 32]; 2],
    ) {
        let alice = pair("Alice");
        let author = sp_core::Pair::public(&alice);
        let verifies = |claim: VrfClaim| claim.verify(&author, &[1; 32], 7).is_some();
        let honest = claim(&alice, &[1; 32], 7);
        prop_assert!(verifies(honest));
        let mut bytes = honest.encode();
        bytes[place] ^= flipped;
        prop_assert!(!verifies(VrfClaim::decode_all(&mut &bytes[..]).expect("any bytes are a claim")));
        let proof = core::array::from_fn(|index| scalars[index / 32][index % 32]);
        let made_up = VrfClaim { pre_output: point, proof };
        prop_assert!(!verifies(made_up));
    }
}
