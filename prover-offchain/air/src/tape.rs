//! The tape table: the batch's messages as the inbox hash chain takes them, three words a row.
//!
//! A message is three rows of header (sender, index, block, fuel limit, payload length, payload
//! rows) and the rows of its payload.

use halo2curves::ff::Field as _;

use crate::bus::Bus;
use crate::cells::bytes;
use crate::columns::columns;
use crate::expr::{compose, not, Expr};
use crate::fixed::Field;
use crate::poseidon::Hasher;
use crate::requests::Requests;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the tape table.
    pub struct Tape {
        /// The batch's first row.
        first: Bit,
        /// The batch's last row.
        last: Bit,
        /// Row of the header.
        head: Bit [3],
        /// Last row of the message.
        done: Bit,
        /// The message.
        message: Any,
        /// Place of the first word on the message's tape.
        position: Any,
        /// The words.
        word: Any [3],
        /// Which of them the guest reads.
        read: Bit [3],
        /// Inbox hash before the row.
        before: Any,
        /// Inbox hash after it.
        after: Any,
        /// Rows of the message that follow, from the header's last row on.
        left: Any,
        /// Its inverse.
        inverse: Any,
        /// The first word's bytes.
        byte: Byte [8],
    }
}

/// Returns the rules of the tape table.
pub fn table() -> Table {
    let (mut t, tape, next) = Builder::new::<Tape<Expr>>("tape");
    let heads: Expr = tape.head.iter().cloned().sum();
    t.zero("at most one row of the header", &heads * (&heads - 1));
    t.entry(Expr::from(1) - &tape.first);
    t.zero("nothing precedes the first row", Expr::has_next() * &next.first);
    t.when(
        "the first row begins a message",
        tape.first.clone(),
        not(&tape.head[0]),
    );
    t.when("the first message is 0", tape.first.clone(), tape.message.clone());
    t.equal("the last row has no next", &tape.last, not(&Expr::has_next()));
    t.when("the last row ends a message", tape.last.clone(), not(&tape.done));
    t.when(
        "a message begins at 0",
        tape.head[0].clone(),
        tape.position.clone(),
    );
    for (field, end, hash) in [
        (Field::InboxHashPre, &tape.first, &tape.before),
        (Field::InboxHashPost, &tape.last, &tape.after),
    ] {
        t.receive(
            Bus::Statement,
            end.clone(),
            vec![field.index().into(), hash.clone()],
        );
    }
    t.send(
        Bus::Poseidon,
        1,
        vec![tape.before.clone(), compose(&tape.word, 64), tape.after.clone()],
    );
    t.when("the chain goes on", Expr::has_next(), &next.before - &tape.after);

    let counts = not(&tape.head[0]) - &tape.head[1];
    t.when("payload rows", tape.head[2].clone(), &tape.left - &tape.word[2]);
    t.is_zero(
        "end of the message",
        &counts,
        &tape.left,
        &tape.inverse,
        &tape.done,
    );
    t.when(
        "a message has a whole header",
        &tape.head[0] + &tape.head[1],
        tape.done.clone(),
    );
    let goes_on = not(&tape.done);
    let next_heads: Expr = next.head.iter().cloned().sum();
    t.when("a message goes on", goes_on.clone(), not(&Expr::has_next()));
    t.when("same message", goes_on.clone(), &next.message - &tape.message);
    t.when(
        "three words on",
        goes_on.clone(),
        &next.position - &tape.position - 3,
    );
    t.when(
        "second row of the header",
        tape.head[0].clone(),
        not(&next.head[1]),
    );
    t.when(
        "third row of the header",
        tape.head[1].clone(),
        not(&next.head[2]),
    );
    let payload = &counts * &goes_on;
    t.when("then payload", payload.clone(), next_heads);
    t.when("one payload row less", payload, &next.left - &tape.left + 1);
    let over = &tape.done * Expr::has_next();
    t.when("then another message", over.clone(), not(&next.head[0]));
    t.when("the next message", over, &next.message - &tape.message - 1);

    t.send(
        Bus::Header,
        tape.head[2].clone(),
        vec![
            tape.message.clone(),
            tape.word[0].clone(),
            &tape.word[2] * Fr::from(3) + 9,
        ],
    );
    for (i, (word, read)) in tape.word.iter().zip(&tape.read).enumerate() {
        t.send(
            Bus::Tape,
            read.clone(),
            vec![tape.message.clone(), &tape.position + i as u64, word.clone()],
        );
    }
    t.equal("range of the first word", &tape.word[0], compose(&tape.byte, 8));
    for word in &tape.word[1..] {
        t.send(Bus::Word, 1, vec![0.into(), word.clone(), 0.into(), 0.into()]);
    }
    t.finish()
}

/// Appends the rows of message number `message` of `messages`, whose tape is `words` and of which
/// the guest reads the first `read`; returns the inbox hash after it.
pub(crate) fn fill(
    rows: &mut Rows,
    requests: &mut Requests,
    hasher: &mut Hasher,
    (message, messages): (usize, usize),
    (words, read): (&[u64], u64),
    inbox_hash: Fr,
) -> Fr {
    let count = words.len() / 3;
    let mut hash = inbox_hash;
    for (row, chunk) in words.chunks_exact(3).enumerate() {
        let word: [u64; 3] = core::array::from_fn(|i| chunk[i]);
        let before = hash;
        let packed = word.iter().rev().fold(Fr::ZERO, |sum, word| {
            sum * crate::expr::pow2(64) + Fr::from(*word)
        });
        hash = hasher.hash(before, packed);
        let left = if row < 2 { 0 } else { (count - row - 1) as u64 };
        let done = row + 1 == count;
        requests.word(word[1]);
        requests.word(word[2]);
        rows.push(Tape {
            first: u64::from(message == 0 && row == 0).into(),
            last: u64::from(message + 1 == messages && done).into(),
            head: core::array::from_fn(|i| u64::from(i == row).into()),
            done: u64::from(done).into(),
            message: (message as u64).into(),
            position: (3 * row as u64).into(),
            word: word.map(Fr::from),
            read: core::array::from_fn(|i| u64::from(((3 * row + i) as u64) < read).into()),
            before,
            after: hash,
            left: left.into(),
            inverse: Option::from(Fr::from(left).invert()).unwrap_or(Fr::ZERO),
            byte: bytes(word[0]),
        });
    }
    hash
}
