//! Every cell that an honest witness has is pinned: another value breaks a constraint or unbalances a bus.
//!
//! Only the constraints and interactions of the cell's row and of the row before it can see a cell, and an honest
//! witness balances; so a change is refused when one of those constraints breaks or the tuples of those rows change.

use std::collections::BTreeSet;

use crate::common::{message, module, program, run};
use halo2curves::ff::Field;
use rand::{rngs::StdRng, Rng, SeedableRng};
use zkfusion_air::checker::view;
use zkfusion_air::columns::Kind;
use zkfusion_air::table::{Rows, Table};
use zkfusion_air::witness::Witness;
use zkfusion_air::{tables, Fr};

/// Rows of each table that are tried.
const ROWS: usize = 400;

/// Cells that are free on some rows, and why that is harmless.
const FREE: [(&str, &[&str], &str); 13] = [
    (
        "cpu",
        &["w", "v", "inverse", "carry", "sign", "byte", "z", "z_old"],
        "aids of one group of instructions, which the others do not read; z and z_old where nothing is written",
    ),
    ("cpu", &["age_x", "age_y", "age_z"], "of a port that is off"),
    ("cpu", &["a", "b", "d"], "without fuel, when there is no instruction"),
    (
        "access",
        &["clk", "message", "fuel", "x", "y", "z", "imm", "w32", "address", "bytes", "value"],
        "what the caller says, on a row with the word before a store, and partly on a half, which have no caller",
    ),
    (
        "access",
        &["index", "power", "old", "age", "first_bytes", "half_value"],
        "of a word on a split, which has none, and of a split on a word",
    ),
    ("bits", &["clk", "message", "fuel", "z", "imm", "second"], "what the caller says, on a tail, which has none"),
    ("boundary", &["gap"], "of the last row, which has no next"),
    ("boundary", &["inverse"], "of zero"),
    ("end", &["exhausted_inverse"], "of zero"),
    ("end", &["slack"], "of a message that has fuel"),
    ("host", &["word", "hash", "middle", "inverse"], "aids of one function, which the others do not read"),
    ("leaf", &["hash"], "of the seed, which is no leaf"),
    ("tape", &["left", "inverse"], "of zero, and on the header's first two rows, which do not count"),
];

/// S-boxes beyond those of the row's rounds.
const FREE_S_BOXES: std::ops::Range<usize> = 12..15;

fn is_free(table: &str, column: &str) -> bool {
    let base = column.split('[').next().unwrap_or(column);
    if table == "poseidon" {
        return FREE_S_BOXES
            .clone()
            .any(|i| column == format!("square[{i}]") || column == format!("power[{i}]"));
    }
    FREE.iter()
        .any(|(name, columns, _)| *name == table && columns.contains(&base))
}

/// The busiest small batch: every table has rows, and messages end well, in a trap, and without fuel.
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
        (drop (i64.load offset=131065 (i32.wrap_i64 (i64.const 0))))";
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

type Tuples = Vec<(u8, Vec<Fr>, Fr)>;

/// Returns the tuples of a row, or `None` when one of its constraints breaks.
fn tuples(table: &Table, rows: &Rows, row: usize) -> Option<Tuples> {
    let view = view(rows, row);
    let ranges = table
        .columns
        .iter()
        .zip(rows.row(row))
        .all(|(column, cell)| match column.kind {
            Kind::Byte => *cell <= Fr::from(0xff),
            Kind::Limb => *cell <= Fr::from(0xfff),
            Kind::Any | Kind::Bit => true,
        });
    let holds = table
        .constraints
        .iter()
        .all(|constraint| constraint.expr.evaluate(&view) == Fr::ZERO);
    let enters = row > 0
        || table
            .entry
            .as_ref()
            .is_none_or(|entry| entry.evaluate(&view) == Fr::ZERO);
    (ranges && holds && enters).then(|| {
        let tuple = |interaction: &zkfusion_air::table::Interaction| {
            let entries = interaction
                .tuple
                .iter()
                .map(|entry| entry.evaluate(&view))
                .collect();
            (
                interaction.bus as u8,
                entries,
                interaction.multiplicity.evaluate(&view),
            )
        };
        table
            .interactions
            .iter()
            .map(tuple)
            .filter(|(_, _, times)| *times != Fr::ZERO)
            .collect()
    })
}

fn seen(table: &Table, rows: &Rows, row: usize) -> Option<[Tuples; 2]> {
    let before = if row == 0 {
        Some(Tuples::new())
    } else {
        tuples(table, rows, row - 1)
    };
    Some([before?, tuples(table, rows, row)?])
}

#[test]
fn a_changed_cell_of_any_column_is_refused() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut witness = witness();
    let mut survivors = BTreeSet::new();
    let mut untouched = Vec::new();
    let mut tried = 0;
    for (table, rows) in tables().iter().zip(&mut witness.tables) {
        assert!(!rows.is_empty(), "{} has no rows", table.name);
        let step = (rows.len() / ROWS).max(1);
        for (index, column) in table.columns.iter().enumerate() {
            let mut refused = 0;
            for row in (0..rows.len()).step_by(step) {
                let honest = seen(table, rows, row).expect("the witness is honest");
                let place = row * rows.width + index;
                let value = rows.cells[place];
                let neighbour = rows.cells[(place + 1) % rows.cells.len()];
                let random = Fr::from_raw(core::array::from_fn(|i| if i < 3 { rng.gen() } else { 0 }));
                for other in [value + Fr::ONE, -Fr::ONE, random, neighbour] {
                    if other == value {
                        continue;
                    }
                    tried += 1;
                    rows.cells[place] = other;
                    match seen(table, rows, row) {
                        Some(tuples) if tuples == honest => {
                            if !is_free(table.name, &column.name) {
                                survivors.insert(format!("{} {} row {row}", table.name, column.name));
                            }
                        }
                        _ => refused += 1,
                    }
                    rows.cells[place] = value;
                }
            }
            if refused == 0 {
                untouched.push(format!("{} {}", table.name, column.name));
            }
        }
    }
    println!("{tried} changes tried");
    assert!(survivors.is_empty(), "accepted: {survivors:#?}");
    assert!(
        untouched.is_empty(),
        "no change of these columns was ever refused: {untouched:#?}"
    );
}
