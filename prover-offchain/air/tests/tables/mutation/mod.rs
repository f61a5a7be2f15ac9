//! Every cell that an honest witness has is pinned: another value breaks a constraint or unbalances
//! a bus. Cells that are free on some rows are listed in `free.rs`, with the rows and the reason.

mod free;
pub(crate) mod mutant;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{message, module, program, run};
use free::{Row, FREE};
use mutant::{survives, Change};
use rand::{rngs::StdRng, Rng, SeedableRng};
use rayon::prelude::*;
use zkfusion_air::columns::Kind;
use zkfusion_air::table::{Rows, Table};
use zkfusion_air::witness::Witness;
use zkfusion_air::{tables, Fr};

/// Rows with the same flags that the fixed sample takes of each table, with every column and every
/// change.
const ROWS_ALIKE: usize = 50;

/// Changes that a worker makes of its own copy of the witness.
const PORTION: usize = 20_000;

/// The busiest small batch: every table has rows, and messages end well, in a trap, and without
/// fuel.
fn witness() -> Witness {
    let body = "(loop $l (drop (call $next))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 9))))
        (local.set $x (call $next))
        (call $load (i32.const 5))
        (call $set (i32.const 2) (i64.add (call $get (i32.const 0)) (call $seed (i32.const 3))))
        (call $store (i32.const 5)) (call $push)
        (i64.store (i32.const 13) (local.get $x)) (i32.store8 (i32.const 3) (local.get $i))
        (local.set $x (i64.xor (i64.load (i32.const 11)) (i64.load32_s (i32.const 14))))
        (local.set $x (i64.mul (i64.rotl (local.get $x) (i64.const 9)) (i64.div_u (local.get $x) (i64.const 77))))
        (local.set $i (i32.rem_s (i32.and (i32.wrap_i64 (local.get $x)) (i32.const 255)) (i32.const 7)))
        (local.set $i (i32.add (i32.lt_s (local.get $i) (i32.const -3)) (memory.grow (i32.const 1))))
        (local.set $x (call_indirect (type $unary) (local.get $x) (i32.const 1)))
        (local.set $x (select (local.get $x) (i64.const 9) (local.get $i)))
        (call $require (i64.lt_u (call $get (i32.const 1)) (i64.const 100)))
        (if (i64.ne (call $next) (i64.const 0))
            (then (drop (i64.load offset=131065 (i32.wrap_i64 (i64.const 0))))))";
    let program = program(&module(body));
    let messages = [
        message(0, &[1; 30], 100_000),
        message(1, &[0; 3], 100_000),
        message(2, &[], 90),
    ];
    let (_, witness) = run(&program, &messages);
    assert_eq!(zkfusion_air::checker::check(&tables(), &program, &witness), []);
    witness
}

/// What became of changes.
#[derive(Default)]
struct Summary {
    tried: usize,
    /// Columns of which some change was refused.
    refused: BTreeSet<(usize, String)>,
    /// Changes of free cells only, by table, column of the first cell, and reason.
    free: BTreeMap<(usize, String, &'static str), usize>,
    /// Changes that should have been refused.
    accepted: BTreeSet<String>,
}

impl Summary {
    fn add(&mut self, index: usize, table: &Table, rows: &mut Rows, changes: &[(usize, Fr)]) {
        let Some((first, _)) = changes.first() else {
            return;
        };
        self.tried += 1;
        let column = |place: usize| &table.columns[place % rows.width].name;
        let first = column(*first).clone();
        if !survives(table, rows, changes) {
            self.refused.insert((index, first));
            return;
        }
        let reason = |(place, _): &(usize, Fr)| {
            let number = place / rows.width;
            let row = Row { table, rows, number };
            free::reason(index, &row, &table.columns[place % rows.width].name)
        };
        let traded = trades_places(rows, changes).then(|| vec![TRADED]);
        let reasons: Option<Vec<_>> = traded.or_else(|| changes.iter().map(reason).collect());
        match reasons.and_then(|reasons| reasons.first().copied()) {
            Some(reason) => *self.free.entry((index, first, reason)).or_default() += 1,
            None => {
                let row = changes[0].0 / rows.width;
                self.accepted.insert(format!("{} {first} row {row}", table.name));
            }
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.tried += other.tried;
        self.refused.extend(other.refused);
        self.accepted.extend(other.accepted);
        for (key, count) in other.free {
            *self.free.entry(key).or_default() += count;
        }
        self
    }

    fn print(&self) {
        let free: usize = self.free.values().sum();
        println!(
            "{} changes tried, {} accepted, of them {free} of free cells:",
            self.tried,
            self.accepted.len() + free
        );
        let tables = tables();
        for ((table, column, reason), count) in &self.free {
            println!("{count:>9}  {} {column}: {reason}", tables[*table].name);
        }
    }
}

/// Returns rows of every kind, as the flags say, and the last one.
fn sample(table: &Table, rows: &Rows) -> BTreeSet<usize> {
    let mut alike: BTreeMap<Vec<bool>, usize> = BTreeMap::new();
    let mut chosen = BTreeSet::from([rows.len() - 1]);
    for row in 0..rows.len() {
        let cells = table.columns.iter().zip(rows.row(row));
        let flags = cells.filter(|(column, _)| column.kind == Kind::Bit);
        let count = alike
            .entry(flags.map(|(_, cell)| *cell == Fr::one()).collect())
            .or_default();
        *count += 1;
        if *count <= ROWS_ALIKE {
            chosen.insert(row);
        }
    }
    chosen
}

/// Why a swap can be harmless that makes two rows of each other.
const TRADED: &str = "of rows that differ nowhere else and trade places; their table has no order";

/// Returns whether the changes make two rows of each other.
fn trades_places(rows: &Rows, changes: &[(usize, Fr)]) -> bool {
    let [(first, _), (second, _)] = changes else {
        return false;
    };
    let (one, other) = (first / rows.width, second / rows.width);
    let differ = rows.row(one).iter().zip(rows.row(other));
    one != other && differ.filter(|(a, b)| a != b).count() == 1
}

#[test]
fn a_changed_cell_of_any_column_is_refused() {
    let witness = witness();
    let tables = tables();
    let parts = tables.par_iter().enumerate().map(|(index, table)| {
        let mut rng = StdRng::seed_from_u64(index as u64);
        let mut rows = witness.tables[index].clone();
        assert!(!rows.is_empty(), "{} has no rows", table.name);
        let mut summary = Summary::default();
        for row in sample(table, &rows) {
            for column in 0..rows.width {
                for change in Change::ALL {
                    let changes = change.of(&rows, row * rows.width + column, &mut rng);
                    summary.add(index, table, &mut rows, &changes);
                }
            }
        }
        summary
    });
    let summary = parts.reduce(Summary::default, Summary::merge);
    summary.print();
    assert!(summary.accepted.is_empty(), "accepted: {:#?}", summary.accepted);
    for (index, table) in tables.iter().enumerate() {
        for column in &table.columns {
            let refused = summary.refused.contains(&(index, column.name.clone()));
            assert!(
                refused,
                "no change of {} {} is ever refused",
                table.name, column.name
            );
        }
    }
    for free in &FREE {
        let used = summary.free.keys().any(|(_, _, reason)| *reason == free.reason);
        assert!(used, "no cell is free because: {}", free.reason);
    }
}

/// `make mutate`: as many changes as the variable `N` says, chosen by `SEED`.
#[test]
#[ignore = "takes as long as it is told to; `make mutate` runs it"]
fn as_many_changed_cells_as_wanted_are_refused() {
    let number = |name: &str, default: usize| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")),
        Err(_) => default,
    };
    let (count, seed) = (number("N", 1_000_000), number("SEED", 1));
    let witness = witness();
    let tables = tables();
    let done = AtomicUsize::new(0);
    let portions = (0..count.div_ceil(PORTION)).into_par_iter().map(|portion| {
        let mut rng = StdRng::seed_from_u64(((seed as u64) << 32) + portion as u64);
        let mut copy = witness.tables.clone();
        let mut summary = Summary::default();
        let wanted = PORTION.min(count - portion * PORTION);
        while summary.tried < wanted {
            // Every column of every table is as likely as any other.
            let columns: usize = tables.iter().map(|table| table.columns.len()).sum();
            let mut column = rng.gen_range(0..columns);
            let mut index = 0;
            while column >= tables[index].columns.len() {
                column -= tables[index].columns.len();
                index += 1;
            }
            let rows = &mut copy[index];
            let place = rng.gen_range(0..rows.len()) * rows.width + column;
            let changes = Change::any(&mut rng).of(rows, place, &mut rng);
            summary.add(index, &tables[index], rows, &changes);
        }
        let done = done.fetch_add(wanted, Ordering::Relaxed) + wanted;
        eprintln!(
            "{done} of {count} changes tried, {} accepted",
            summary.accepted.len()
        );
        summary
    });
    let summary = portions.reduce(Summary::default, Summary::merge);
    summary.print();
    assert!(summary.accepted.is_empty(), "accepted: {:#?}", summary.accepted);
}
