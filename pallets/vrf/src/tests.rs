//! Records and randomness.

use crate::{
    mock::{blocks, new_test_ext, Authors, System, Test, Vrf, HISTORY, WINDOW},
    Output, Outputs, RandomnessSource,
};
use codec::Encode;
use sp_io::hashing::blake2_256;

/// Returns the mixture of the outputs of these blocks.
fn mixed(context: &[u8], blocks: impl IntoIterator<Item = u8>) -> Option<Output> {
    let outputs: Vec<Output> = blocks.into_iter().map(|block| [block; 32]).collect();
    Some((context, outputs).using_encoded(blake2_256))
}

fn after(block: u64) -> Option<Output> {
    Vrf::randomness_after(block, b"app")
}

#[test]
fn outputs_should_be_kept_for_the_history_only() {
    new_test_ext().execute_with(|| {
        blocks([1; 20]);
        let mut kept: Vec<u64> = Outputs::<Test>::iter_keys().collect();
        kept.sort_unstable();
        assert_eq!(kept, (21 - HISTORY..=20).collect::<Vec<_>>());
        assert_eq!(Outputs::<Test>::get(20), Some((1, [20; 32])));
    });
}

#[test]
fn randomness_should_wait_for_two_validators_besides_the_author() {
    new_test_ext().execute_with(|| {
        blocks([1]);
        assert_eq!(after(1), None);
        // The author itself and a second block of the same validator do not count.
        blocks([1, 2, 2]);
        assert_eq!(after(1), None);
        blocks([3]);
        assert_eq!(after(1), mixed(b"app", [2, 3, 4, 5]));
    });
}

#[test]
fn randomness_should_not_change_with_later_blocks() {
    new_test_ext().execute_with(|| {
        blocks([1, 2, 3]);
        let randomness = after(1);
        assert!(randomness.is_some());
        blocks([4, 1, 2]);
        assert_eq!(after(1), randomness);
    });
}

#[test]
fn randomness_should_differ_by_context_and_block() {
    new_test_ext().execute_with(|| {
        blocks([1, 2, 3, 4, 1]);
        assert_ne!(after(1), Vrf::randomness_after(1, b"other"));
        assert_ne!(after(1), after(2));
        assert!(after(2).is_some());
    });
}

#[test]
fn single_validator_should_get_randomness_from_the_next_block() {
    new_test_ext().execute_with(|| {
        Authors::set(1);
        blocks([1]);
        assert_eq!(after(1), None);
        blocks([1]);
        assert_eq!(after(1), mixed(b"app", [2]));
    });
}

#[test]
fn two_validators_should_need_the_other_one() {
    new_test_ext().execute_with(|| {
        Authors::set(2);
        blocks([1, 1, 1]);
        assert_eq!(after(1), None);
        blocks([2]);
        assert_eq!(after(1), mixed(b"app", [2, 3, 4]));
    });
}

#[test]
fn randomness_should_come_when_the_others_are_silent() {
    new_test_ext().execute_with(|| {
        blocks(core::iter::repeat_n(1, WINDOW as usize));
        assert_eq!(after(1), None);
        blocks([1]);
        assert_eq!(after(1), mixed(b"app", 2..=6));
    });
}

#[test]
fn randomness_should_come_when_the_block_is_older_than_the_history() {
    new_test_ext().execute_with(|| {
        blocks([1]);
        blocks(core::iter::repeat_n(2, 3 * HISTORY as usize));
        let now = System::block_number() as u8;
        let oldest = now - HISTORY as u8 + 1;
        assert_eq!(after(1), mixed(b"app", oldest..oldest + WINDOW as u8));
    });
}

#[test]
fn blocks_without_output_should_be_passed_over() {
    new_test_ext().execute_with(|| {
        blocks([1, 0, 2, 0, 3]);
        assert_eq!(after(1), mixed(b"app", [3, 5]));
    });
}
