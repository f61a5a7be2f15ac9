//! Lies about what host functions return and do.

use super::{Claim, Forgery};
use zkfusion_air::field::to_primitive;
use zkfusion_air::{Fr, TableId};

const READ: &str = "(drop (call $next)) (drop (call $next))";
const SEED: &str = "(drop (call $seed (i32.const 3)))";
const STORE: &str = "(call $set (i32.const 0) (i64.const 6)) (call $store (i32.const 5))";

/// Tables in which the host's state occurs.
const STATES: [TableId; 3] = [TableId::Host, TableId::End, TableId::Batch];

#[test]
fn another_word_of_the_tape_is_refused() {
    let forgery = Forgery::of(READ).claim(|claim| claim.answer(1, 99));
    forgery.stopped_by(&["bus Tape"]);
}

#[test]
fn a_word_of_the_tape_read_twice_is_refused() {
    // The second read finds the first word again.
    let forgery = Forgery::of(READ);
    let first = forgery.honest.trace.host_calls[0].z;
    let mut forgery = forgery.claim(|claim| claim.answer(1, first));
    let inverse = forgery.get(TableId::Host, 0, "inverse");
    forgery.set(TableId::Host, 1, "inverse", inverse);
    forgery.set(TableId::Host, 1, "cursor", 0);
    forgery.set(TableId::End, 0, "cursor", 1);
    forgery.stopped_by(&["bus State", "bus Tape"]);
}

#[test]
fn a_tape_that_ends_early_is_refused() {
    let mut forgery = Forgery::of(READ).claim(|claim| claim.answer(1, 0));
    forgery.set(TableId::Host, 1, "advance", 0);
    forgery.set(TableId::Host, 1, "inverse", 0);
    forgery.set(TableId::End, 0, "cursor", 1);
    forgery.set(TableId::Tape, 0, "read[1]", 0);
    forgery.stopped_by(&["host: end of the tape: zero when so marked"]);
}

#[test]
fn a_shorter_tape_is_refused() {
    // The header's length is the message's end's, and the reads' before it.
    let mut forgery = Forgery::of(READ).claim(|claim| claim.answer(1, 0));
    for row in 0..2 {
        forgery.set(TableId::Host, row, "words", 1);
    }
    forgery.set(TableId::Host, 0, "inverse", 1);
    forgery.set(TableId::Host, 1, "inverse", 0);
    forgery.set(TableId::Host, 1, "advance", 0);
    forgery.set(TableId::End, 0, "cursor", 1);
    forgery.set(TableId::End, 0, "words", 1);
    forgery.set(TableId::Batch, 0, "first_words", 1);
    forgery.set(TableId::Tape, 0, "read[1]", 0);
    forgery.stopped_by(&["bus Header"]);
}

#[test]
fn another_word_of_the_randomness_is_refused() {
    let forgery = Forgery::of(SEED).claim(|claim| claim.answer(0, 99));
    forgery.stopped_by(&["bus Seed"]);
}

#[test]
fn other_randomness_is_refused() {
    let forgery = Forgery::of(SEED).claim(|claim| {
        claim.seed[3] += 1;
        *claim = Claim::of(&claim.program, &claim.messages, claim.seed);
    });
    forgery.stopped_by(&["bus Statement"]);
}

#[test]
fn randomness_written_as_a_larger_number_is_refused() {
    // The same field element, plus the field's modulus: other words.
    const MODULUS: [u64; 4] = [
        0x43e1_f593_f000_0001,
        0x2833_e848_79b9_7091,
        0xb850_45b6_8181_585d,
        0x3064_4e72_e131_a029,
    ];
    let forgery = Forgery::of(SEED).claim(|claim| {
        let mut carry = 0;
        for (word, modulus) in claim.seed.iter_mut().zip(MODULUS) {
            let sum = u128::from(*word) + u128::from(modulus) + carry;
            (*word, carry) = (sum as u64, sum >> 64);
        }
        *claim = Claim::of(&claim.program, &claim.messages, claim.seed);
    });
    forgery.stopped_by(&["leaf: the randomness has 31 bytes"]);
}

#[test]
fn another_word_of_the_leaf_register_is_refused() {
    let forgery = Forgery::of("(drop (call $get (i32.const 1)))").claim(|claim| claim.answer(0, 99));
    forgery.stopped_by(&["host: word of the leaf register"]);
}

#[test]
fn setting_another_word_than_named_is_refused() {
    let mut forgery = Forgery::of("(call $set (i32.const 1) (i64.const 6))");
    for (column, value) in [("word[0]", 0), ("new_leaf[1]", 0), ("new_leaf[0]", 6)] {
        forgery.set(TableId::Host, 0, column, value);
    }
    forgery.set(TableId::End, 0, "leaf[1]", 0);
    forgery.set(TableId::End, 0, "leaf[0]", 6);
    forgery.stopped_by(&["host: which word"]);
}

#[test]
fn a_loaded_leaf_that_is_not_there_is_refused() {
    // First only the words are others, then their hash, then the path that it lies on, then the
    // state.
    let mut forgery = Forgery::of("(call $load (i32.const 5))");
    forgery.set(TableId::Host, 0, "new_leaf[0]", 6);
    forgery.set(TableId::End, 0, "leaf[0]", 6);
    forgery.set(TableId::Leaf, 0, "word[0]", 6);
    forgery.clone().stopped_by(&["bus Poseidon"]);

    let (old, new) = (
        forgery.get(TableId::Leaf, 0, "hash"),
        super::Hasher::default().hash(Fr::from(6), Fr::zero()),
    );
    forgery.replace(&[TableId::Host, TableId::Leaf], old, new);
    forgery.clone().stopped_by(&["bus Merkle"]);

    for row in 0..32 {
        forgery.set(TableId::Merkle, row, "leaf", new);
    }
    let broken = forgery.clone().broken();
    assert_eq!(broken, ["merkle: the path begins at the leaf"]);

    let forgery = forgery.claim(|claim| {
        let mut leaf = [0; 32];
        leaf[0] = 6;
        claim.state.set(5, leaf);
    });
    forgery.stopped_by(&["bus Statement"]);
}

#[test]
fn a_load_of_another_index_is_refused() {
    let mut forgery = Forgery::of("(call $load (i32.const 5))");
    let before = forgery.get(TableId::Host, 0, "x");
    forgery.set(TableId::Host, 0, "x", before + Fr::one());
    forgery.stopped_by(&["bus Call", "bus Merkle"]);
}

#[test]
fn a_dropped_store_is_refused() {
    let mut forgery = Forgery::of(STORE);
    let (old, new) = (
        forgery.get(TableId::Host, 1, "root"),
        forgery.get(TableId::Host, 1, "new_root"),
    );
    forgery.replace(&STATES, new, old);
    forgery.clone().stopped_by(&["bus Merkle"]);

    // The path's top says so too.
    forgery.replace(&[TableId::Merkle], new, old);
    forgery.stopped_by(&["bus Poseidon"]);
}

#[test]
fn a_store_missing_in_the_writes_hash_is_refused() {
    let mut forgery = Forgery::of(STORE);
    let writes = forgery.get(TableId::Host, 1, "writes");
    assert_eq!(writes, Fr::zero());
    forgery.set(TableId::Host, 1, "new_writes", writes);
    for column in ["writes", "base"] {
        forgery.set(TableId::End, 0, column, writes);
    }
    forgery.rehash_outcome();
    forgery.stopped_by(&["bus Poseidon"]);
}

#[test]
fn a_host_call_that_is_never_made_is_refused() {
    let mut forgery = Forgery::of(READ);
    forgery.remove(TableId::Host, 1..2);
    let first = forgery.get(TableId::Host, 0, "clk");
    let last = forgery.get(TableId::End, 0, "clk");
    forgery.set(TableId::End, 0, "last_clk", first);
    forgery.set(TableId::End, 0, "gap[0]", last - first - Fr::one());
    forgery.set(TableId::End, 0, "cursor", 1);
    forgery.set(TableId::Tape, 0, "read[1]", 0);
    forgery.stopped_by(&["bus Call"]);
}

#[test]
fn host_calls_in_another_order_are_refused() {
    // The register's word is set to 1, then to 2; the chain of states says 2, then 1.
    let body = "(call $set (i32.const 0) (i64.const 1)) (call $set (i32.const 0) (i64.const 2))";
    let mut forgery = Forgery::of(body);
    let clk = |forgery: &Forgery, row| forgery.get(TableId::Host, row, "clk");
    let (first, second) = (clk(&forgery, 0), clk(&forgery, 1));
    let end = forgery.get(TableId::End, 0, "clk");
    let change = |forgery: &mut Forgery, table, row, last: Fr, now: Fr| {
        forgery.set(table, row, "last_clk", last);
        forgery.set(table, row, "gap[0]", now - last - Fr::one());
    };
    change(&mut forgery, TableId::Host, 1, Fr::zero(), second);
    forgery.set(TableId::Host, 1, "leaf[0]", 0);
    change(&mut forgery, TableId::Host, 0, second, first);
    forgery.set(TableId::Host, 0, "leaf[0]", 2);
    change(&mut forgery, TableId::End, 0, first, end);
    forgery.set(TableId::End, 0, "leaf[0]", 1);
    forgery.stopped_by(&["host: range of gap[0]"]);
}

#[test]
fn a_word_of_a_host_that_is_no_word_is_refused() {
    // A leaf whose first word holds both: the half that is hashed is the same.
    let body =
        "(call $set (i32.const 1) (i64.const 1)) (call $store (i32.const 5)) (call $load (i32.const 5))
        (global.set $g (call $get (i32.const 0)))";
    let mut forgery = Forgery::of(body);
    let calls = forgery.find(TableId::Host, "function[1]", 1);
    assert_eq!(calls.len(), 1);
    let leaf = forgery.find(TableId::Leaf, "word[1]", 1)[1];
    let both = zkfusion_air::expr::pow2(64);
    forgery.set(TableId::Leaf, leaf, "word[0]", both);
    forgery.set(TableId::Leaf, leaf, "word[1]", 0);
    forgery.set(TableId::Host, calls[0], "new_leaf[0]", both);
    forgery.set(TableId::Host, calls[0], "new_leaf[1]", 0);
    for table in [TableId::Host, TableId::End] {
        let row = match table {
            TableId::Host => calls[0] + 1,
            _ => 0,
        };
        forgery.set(table, row, "leaf[0]", both);
        forgery.set(table, row, "leaf[1]", 0);
    }
    forgery.set(TableId::Host, calls[0] + 1, "new_leaf[0]", both);
    forgery.set(TableId::Host, calls[0] + 1, "new_leaf[1]", 0);
    forgery.set(TableId::Host, calls[0] + 1, "z", both);
    let get = forgery.find(
        TableId::Cpu,
        "clk",
        forgery.get(TableId::Host, calls[0] + 1, "clk"),
    )[0];
    forgery.set(TableId::Cpu, get, "z", both);
    let broken = forgery.broken();
    let expected = ["bus Memory", "bus Word", "cpu: a host's result is a word"];
    assert_eq!(broken, expected);
}

#[test]
fn hashes_are_those_of_the_primitives() {
    // What the forger computes as a hash is one: else the tests above would prove nothing.
    let hash = super::Hasher::default().hash(Fr::from(6), Fr::zero());
    let expected = zkfusion_primitives::poseidon::hash2(6u64.into(), 0u64.into());
    assert_eq!(to_primitive(&hash), expected);
}
