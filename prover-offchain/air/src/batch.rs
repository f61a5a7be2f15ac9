//! The batch table: a single row, which ties the host's first and last state to the statement.

use crate::bus::Bus;
use crate::columns::columns;
use crate::end::saved;
use crate::expr::Expr;
use crate::fixed::Field;
use crate::host::State;
use crate::merkle::empty_root;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the batch table.
    pub struct Batch {
        /// State root before the batch.
        pre_root: Any,
        /// Words of the first message's tape.
        first_words: Any,
        /// Last step.
        clk: Any,
        /// Number of messages.
        messages: Any,
        /// State root after the batch.
        post_root: Any,
        /// Writes hash.
        writes: Any,
        /// Outbox root.
        outbox: Any,
        /// Outbox entries.
        count: Any,
        /// What the last message left as its successor's tape length; it means nothing.
        last_words: Any,
    }
}

/// Returns the rules of the batch table.
pub fn table() -> Table {
    let (mut t, batch, _) = Builder::new::<Batch<Expr>>("batch");
    let nothing = || Expr::from(0);
    let empty = Expr::from(empty_root());
    let first = State {
        root: batch.pre_root.clone(),
        writes: nothing(),
        outbox: empty.clone(),
        count: nothing(),
        cursor: nothing(),
        words: batch.first_words.clone(),
        leaf: [0; 4].map(Expr::from),
    };
    let last = State {
        root: batch.post_root.clone(),
        writes: batch.writes.clone(),
        outbox: batch.outbox.clone(),
        count: batch.count.clone(),
        cursor: nothing(),
        words: batch.last_words.clone(),
        leaf: [0; 4].map(Expr::from),
    };
    t.send(Bus::State, 1, first.tuple(nothing(), nothing()));
    t.receive(
        Bus::State,
        1,
        last.tuple(batch.clk.clone(), batch.messages.clone()),
    );
    t.send(
        Bus::Saved,
        1,
        saved(nothing(), &batch.pre_root, &nothing(), &empty, &nothing()),
    );
    t.receive(
        Bus::Saved,
        1,
        saved(
            batch.messages.clone(),
            &batch.post_root,
            &batch.writes,
            &batch.outbox,
            &batch.count,
        ),
    );
    for (field, value) in [
        (Field::PreRoot, &batch.pre_root),
        (Field::PostRoot, &batch.post_root),
        (Field::WritesHash, &batch.writes),
        (Field::OutboxRoot, &batch.outbox),
    ] {
        t.receive(Bus::Statement, 1, vec![field.index().into(), value.clone()]);
    }
    t.finish()
}

/// Appends the row of a batch of `messages`, which took `clk` steps.
pub(crate) fn fill(rows: &mut Rows, clk: u64, messages: u64, first: &State<Fr>, last: &State<Fr>) {
    rows.push(Batch {
        pre_root: first.root,
        first_words: first.words,
        clk: clk.into(),
        messages: messages.into(),
        post_root: last.root,
        writes: last.writes,
        outbox: last.outbox,
        count: last.count,
        last_words: last.words,
    });
}
