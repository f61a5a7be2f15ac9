//! The word table: one row says that a number is below 2^64.

use crate::bus::Bus;
use crate::cells::bytes;
use crate::columns::columns;
use crate::expr::{compose, Expr};
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the word table.
    pub struct Word {
        /// The caller's note on the number, which means nothing here.
        note: Any [2],
        /// The number's bytes.
        byte: Byte [8],
    }
}

/// Returns the rules of the word table.
pub fn table() -> Table {
    let (mut t, word, _) = Builder::new::<Word<Expr>>("word");
    let [first, second] = word.note.clone();
    t.receive(
        Bus::Word,
        1,
        vec![0.into(), compose(&word.byte, 8), first, second],
    );
    t.finish()
}

/// Appends a row.
pub(crate) fn fill(rows: &mut Rows, value: u64, note: [u64; 2]) {
    rows.push(Word {
        note: note.map(Fr::from),
        byte: bytes(value),
    });
}
