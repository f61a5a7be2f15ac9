//! Tuples that cancel each other, and ranges that are none.

use super::{minus, Forgery};
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::Group;

const SEED: &str = "(drop (call $seed (i32.const 0)))";
const AND: &str = "(local.set $x (i64.and (call $next) (call $next)))";

#[test]
fn a_chunk_beyond_its_range_is_refused() {
    // 64 in one chunk is 1 in the next.
    let mut forgery = Forgery::of(AND);
    let chunk = |forgery: &Forgery, i| forgery.get(TableId::Bits, 0, &format!("x_chunk[{i}]"));
    let (low, high) = (chunk(&forgery, 0), chunk(&forgery, 1));
    forgery.set(TableId::Bits, 0, "x_chunk[0]", low + Fr::from(64));
    forgery.set(TableId::Bits, 0, "x_chunk[1]", high - Fr::one());
    forgery.stopped_by(&["bus And"]);
}

#[test]
fn a_limb_beyond_its_range_is_refused() {
    let mut forgery = Forgery::of("");
    let row = forgery.find(TableId::Cpu, "modifier[2]", 1)[0];
    let limb = |forgery: &Forgery, i| forgery.get(TableId::Cpu, row, &format!("age_z[{i}]"));
    let (low, high) = (limb(&forgery, 0), limb(&forgery, 1));
    let limbs = [low + Fr::from(1 << 12), high - Fr::one()];
    forgery.set_all(TableId::Cpu, row, "age_z", limbs);
    forgery.stopped_by(&["cpu: range of age_z[0]", "cpu: range of age_z[1]"]);
}

#[test]
fn a_word_of_randomness_from_a_leaf_is_refused() {
    // A leaf's row offers a word of its own as often as a guest would read it.
    let forgery = Forgery::of(&format!("(call $load (i32.const 5)) {SEED}"));
    let seed = forgery.find(TableId::Leaf, "seed", 1)[0];
    let mut forgery = forgery.claim(|claim| claim.answer(1, 0));
    forgery.set(TableId::Leaf, seed, "reads[0]", 0);
    forgery.set(TableId::Leaf, 0, "reads[0]", 1);
    forgery.stopped_by(&["leaf: only the seed is read"]);
}

#[test]
fn a_word_of_the_tape_taken_back_is_refused() {
    // The tape offers the first word twice and the second one -1 times more than it is read.
    let forgery = Forgery::of("(drop (call $next)) (drop (call $next))");
    let first = forgery.honest.trace.host_calls[0].z;
    let second = forgery.honest.trace.host_calls[1].z;
    assert_eq!(first, second);
    let mut forgery = forgery.claim(|claim| claim.answer(1, 5));
    forgery.set(TableId::Tape, 0, "read[1]", minus(1));
    forgery.stopped_by(&["bus Tape", "tape: read[1] is 0 or 1"]);
}

#[test]
fn flags_that_add_up_to_the_same_are_refused() {
    // "Reads y" as twice "reads x": the same number in the program.
    let mut forgery = Forgery::of("(local.set $i (i32.add (local.get $i) (local.get $i)))");
    let row = forgery.step(|i| i.group == Group::Add && i.modifiers.reads_y);
    forgery.set(TableId::Cpu, row, "modifier[0]", 3);
    forgery.set(TableId::Cpu, row, "modifier[1]", 0);
    forgery.stopped_by(&["bus Memory", "cpu: modifier[0] is 0 or 1"]);
}

#[test]
fn a_port_that_undoes_another_is_refused() {
    // A load accesses its word twice, and a split once less than never.
    let mut forgery = Forgery::of("(drop (i64.load (i32.const 8)))");
    forgery.set(TableId::Access, 0, "whole", 2);
    forgery.set(TableId::Access, 0, "split", minus(1));
    let broken = forgery.broken();
    let bits = ["access: split is 0 or 1", "access: whole is 0 or 1"];
    assert!(
        bits.iter().all(|bit| broken.iter().any(|other| other == bit)),
        "{broken:?}"
    );
}

#[test]
fn a_step_of_two_groups_is_refused() {
    let mut forgery = Forgery::of("(local.set $i (i32.add (local.get $i) (i32.const 5)))");
    let row = forgery.step(|i| i.group == Group::Add);
    forgery.set(TableId::Cpu, row, "group[5]", 1);
    let broken = forgery.broken();
    assert!(
        broken.contains(&"cpu: at most one group".to_owned()),
        "{broken:?}"
    );
}

#[test]
fn a_second_batch_row_is_refused() {
    // It would give the state chain a second begin and a second end.
    let mut forgery = Forgery::of("");
    forgery.repeat(TableId::Batch, 0..1);
    forgery.stopped_by(&["bus Saved", "bus State", "bus Statement"]);
}

#[test]
fn a_state_chain_of_its_own_is_refused() {
    // A message's end that follows itself: it needs no begin.
    let mut forgery = Forgery::of("");
    forgery.repeat(TableId::End, 0..1);
    let message = forgery.get(TableId::End, 1, "message");
    forgery.set(TableId::End, 1, "message", message + Fr::one());
    let broken = forgery.broken();
    for bus in ["bus Call", "bus Header", "bus Saved", "bus State"] {
        assert!(broken.contains(&bus.to_owned()), "{broken:?}");
    }
}

#[test]
fn a_second_seed_is_refused() {
    let forgery = Forgery::of(SEED);
    let seed = forgery.find(TableId::Leaf, "seed", 1)[0];
    let mut forgery = forgery.claim(|claim| claim.answer(0, 5));
    forgery.repeat(TableId::Leaf, seed..seed + 1);
    forgery.set(TableId::Leaf, seed, "reads[0]", 0);
    forgery.set(TableId::Leaf, seed + 1, "word[0]", 5);
    forgery.stopped_by(&["bus Statement"]);
}
