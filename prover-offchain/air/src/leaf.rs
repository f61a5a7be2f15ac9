//! The leaf table: a leaf's four words, their ranges, and its hash. One row, the seed, is the
//! batch's randomness instead, whose words it offers to the guest.

use crate::bus::Bus;
use crate::cells::bytes;
use crate::columns::columns;
use crate::expr::{compose, not, pow2, Expr};
use crate::fixed::Field;
use crate::poseidon::Hasher;
use crate::requests::Requests;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the leaf table.
    pub struct Leaf {
        /// The row is the batch's randomness.
        seed: Bit,
        /// The words, lowest first.
        word: Any [4],
        /// P2 of the two halves.
        hash: Any,
        /// How often the guest reads each word of the randomness.
        reads: Any [4],
        /// The last word's bytes.
        byte: Byte [8],
    }
}

/// Returns the rules of the leaf table.
pub fn table() -> Table {
    let (mut t, leaf, _) = Builder::new::<Leaf<Expr>>("leaf");
    let [l0, l1, l2, l3] = leaf.word.clone();
    t.receive(
        Bus::Leaf,
        not(&leaf.seed),
        vec![l0.clone(), l1.clone(), l2.clone(), l3.clone(), leaf.hash.clone()],
    );
    t.send(
        Bus::Poseidon,
        not(&leaf.seed),
        vec![&l0 + &l1 * pow2(64), &l2 + &l3 * pow2(64), leaf.hash.clone()],
    );
    t.equal("range of the last word", l3, compose(&leaf.byte, 8));
    // A larger number could be the same field element as another one, and have other words.
    let [.., top] = &leaf.byte;
    t.when("the randomness has 31 bytes", leaf.seed.clone(), top.clone());
    for word in &leaf.word[..3] {
        t.send(Bus::Word, 1, vec![0.into(), word.clone(), 0.into(), 0.into()]);
    }
    t.receive(
        Bus::Statement,
        leaf.seed.clone(),
        vec![Field::VrfSeed.index().into(), compose(&leaf.word, 64)],
    );
    for (index, (word, reads)) in leaf.word.iter().zip(&leaf.reads).enumerate() {
        t.when("only the seed is read", not(&leaf.seed), reads.clone());
        t.receive(
            Bus::Seed,
            reads.clone(),
            vec![(index as u64).into(), word.clone()],
        );
    }
    t.finish()
}

/// Appends a leaf's row; returns its hash.
pub(crate) fn fill(rows: &mut Rows, requests: &mut Requests, hasher: &mut Hasher, words: [u64; 4]) -> Fr {
    let half = |low: u64, high: u64| crate::cells::wide(u128::from(low) | u128::from(high) << 64);
    let hash = hasher.hash(half(words[0], words[1]), half(words[2], words[3]));
    push(rows, requests, words, [0; 4], hash, false);
    hash
}

/// Appends the row of the batch's randomness, of whose words the guest has made `reads`.
pub(crate) fn fill_seed(rows: &mut Rows, requests: &mut Requests, words: [u64; 4], reads: [u64; 4]) {
    push(rows, requests, words, reads, Fr::zero(), true);
}

fn push(rows: &mut Rows, requests: &mut Requests, words: [u64; 4], reads: [u64; 4], hash: Fr, seed: bool) {
    for word in &words[..3] {
        requests.word(*word);
    }
    rows.push(Leaf {
        seed: u64::from(seed).into(),
        word: words.map(Fr::from),
        hash,
        reads: reads.map(Fr::from),
        byte: bytes(words[3]),
    });
}
