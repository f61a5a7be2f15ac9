//! Lies about messages, how they end, and what they leave behind.

use super::Forgery;
use crate::common::message;
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::Message;

/// Stores a leaf, pushes it to the outbox, then fails.
const FAILING: &str = "(call $set (i32.const 0) (i64.const 6)) (call $store (i32.const 5)) (call $push)
    (call $require (i32.const 0))";

fn two() -> [Message; 2] {
    [message(0, &[1], 1_000), message(1, &[2], 1_000)]
}

fn batch_of_two() -> Forgery {
    Forgery::of_messages("(local.set $i (i32.const 5))", &two())
}

#[test]
fn a_dropped_message_is_refused() {
    let [first, _] = two();
    let forgery = batch_of_two().with_messages(&[first]);
    forgery.stopped_by(&["bus Statement"]);
}

#[test]
fn a_duplicated_message_is_refused() {
    let [first, second] = two();
    let forgery = batch_of_two().with_messages(&[first, second.clone(), second]);
    forgery.stopped_by(&["bus Statement"]);
}

#[test]
fn swapped_messages_are_refused() {
    let [first, second] = two();
    let forgery = batch_of_two().with_messages(&[second, first]);
    forgery.stopped_by(&["bus Statement"]);
}

#[test]
fn a_message_that_is_hashed_but_not_executed_is_refused() {
    let [first, _] = two();
    let forgery = batch_of_two();
    let tape = forgery.witness.rows(TableId::Tape).clone();
    let mut forgery = forgery.with_messages(&[first]);
    forgery.witness.tables[TableId::Tape as usize] = tape;
    forgery.stopped_by(&["bus Header"]);
}

#[test]
fn an_altered_word_of_a_tape_is_refused() {
    // Unread, but hashed; then hashed as it is said to be.
    let mut forgery = batch_of_two();
    forgery.set(TableId::Tape, 3, "word[0]", 9);
    forgery.set_word(TableId::Tape, 3, 9);
    forgery.clone().stopped_by(&["bus Poseidon"]);

    let mut chain = forgery.get(TableId::Tape, 0, "before");
    for row in 0..forgery.witness.rows(TableId::Tape).len() {
        let words: [Fr; 3] = core::array::from_fn(|i| forgery.get(TableId::Tape, row, &format!("word[{i}]")));
        let packed = words
            .into_iter()
            .rev()
            .fold(Fr::zero(), |sum, word| sum * zkfusion_air::expr::pow2(64) + word);
        forgery.set(TableId::Tape, row, "before", chain);
        chain = super::Hasher::default().hash(chain, packed);
        forgery.set(TableId::Tape, row, "after", chain);
    }
    forgery.stopped_by(&["bus Statement"]);
}

#[test]
fn words_of_a_tape_that_add_up_to_the_same_are_refused() {
    // 2^64 of the second word in the first one: the hash is the same.
    let mut forgery = batch_of_two();
    let [low, high] = ["word[0]", "word[1]"].map(|column| forgery.get(TableId::Tape, 3, column));
    forgery.set(TableId::Tape, 3, "word[0]", low + zkfusion_air::expr::pow2(64));
    forgery.set(TableId::Tape, 3, "word[1]", high - Fr::one());
    forgery.stopped_by(&["bus Word", "tape: range of the first word"]);
}

#[test]
fn a_write_of_a_failed_message_that_is_kept_is_refused() {
    let mut forgery = Forgery::of(FAILING);
    let kept = forgery.get(TableId::End, 0, "root");
    forgery.set(TableId::End, 0, "new_root", kept);
    forgery.set(TableId::Batch, 0, "post_root", kept);
    forgery.witness.statement[5] = kept;
    forgery.stopped_by(&["end: root kept on success and dropped on failure"]);
}

#[test]
fn an_outbox_entry_of_a_failed_message_that_is_kept_is_refused() {
    let mut forgery = Forgery::of(FAILING);
    let kept = forgery.get(TableId::End, 0, "outbox");
    forgery.set(TableId::End, 0, "new_outbox", kept);
    forgery.set(TableId::End, 0, "new_count", 1);
    forgery.set(TableId::Batch, 0, "outbox", kept);
    forgery.set(TableId::Batch, 0, "count", 1);
    forgery.witness.statement[9] = kept;
    forgery.stopped_by(&[
        "end: outbox entries kept on success and dropped on failure",
        "end: outbox kept on success and dropped on failure",
    ]);
}

#[test]
fn a_failure_that_falls_back_to_its_own_writes_is_refused() {
    let mut forgery = Forgery::of(FAILING);
    let kept = forgery.get(TableId::End, 0, "root");
    for column in ["new_root", "saved_root"] {
        forgery.set(TableId::End, 0, column, kept);
    }
    forgery.set(TableId::Batch, 0, "post_root", kept);
    forgery.witness.statement[5] = kept;
    forgery.stopped_by(&["bus Saved"]);
}

#[test]
fn a_failure_called_a_success_is_refused() {
    let mut forgery = Forgery::of(FAILING);
    forgery.set(TableId::End, 0, "ok", 1);
    forgery.set(TableId::End, 0, "inverse", 0);
    for (new, kept, batch, field) in [
        ("new_root", "root", "post_root", 5),
        ("new_outbox", "outbox", "outbox", 9),
        ("new_count", "count", "count", 0),
    ] {
        let kept = forgery.get(TableId::End, 0, kept);
        forgery.set(TableId::End, 0, new, kept);
        forgery.set(TableId::Batch, 0, batch, kept);
        forgery.witness.statement[field] = kept;
    }
    let kept = forgery.get(TableId::End, 0, "writes");
    forgery.set(TableId::End, 0, "base", kept);
    forgery.rehash_outcome();
    forgery.stopped_by(&["end: success: zero when so marked"]);
}

#[test]
fn a_success_called_a_failure_is_refused() {
    // A message whose effects the prover does not want.
    let mut forgery = Forgery::of("(call $set (i32.const 0) (i64.const 6)) (call $store (i32.const 5))");
    forgery.set(TableId::End, 0, "ok", 0);
    let saved = forgery.get(TableId::End, 0, "saved_root");
    forgery.set(TableId::End, 0, "new_root", saved);
    forgery.set(TableId::Batch, 0, "post_root", saved);
    forgery.witness.statement[5] = saved;
    forgery.set(TableId::End, 0, "base", 0);
    forgery.rehash_outcome();
    forgery.stopped_by(&["end: success: a value without inverse is zero"]);
}

#[test]
fn another_result_of_the_batch_is_refused() {
    for (field, column) in [(5, "post_root"), (8, "writes"), (9, "outbox")] {
        let mut forgery = batch_of_two();
        let claimed = Fr::from(1_234);
        forgery.witness.statement[field] = claimed;
        forgery.clone().stopped_by(&["bus Statement"]);

        forgery.set(TableId::Batch, 0, column, claimed);
        forgery.stopped_by(&["bus Saved", "bus State"]);
    }
}
