//! Rows of a table in two blocks, with rows of other tables between them.
//!
//! In the circuit a table's rows may stand anywhere. The checker knows one block; here a table's
//! rows are cut in two.

use super::{minus, settle::settle, Forgery, Hasher};
use zkfusion_air::columns::Kind;
use zkfusion_air::expr::RowView;
use zkfusion_air::{tables, Fr, TableId};

impl Forgery {
    /// Returns what is broken when a table's rows from `cut` on stand elsewhere. Buses see no
    /// blocks.
    fn broken_when_cut(mut self, table: TableId, cut: usize) -> Vec<String> {
        if table != TableId::Poseidon {
            settle(&self.tables, &self.honest.program, &mut self.witness);
        }
        let rules = &tables()[table as usize];
        let rows = self.witness.rows(table);
        let nothing = vec![Fr::zero(); rows.width];
        let mut broken = Vec::new();
        for row in 0..rows.len() {
            let has_next = row + 1 != cut && row + 1 != rows.len();
            let view = RowView {
                local: rows.row(row),
                next: if has_next { rows.row(row + 1) } else { &nothing },
                has_next,
                is_first: row == 0,
            };
            for constraint in &rules.constraints {
                if constraint.expr.evaluate(&view) != Fr::zero() {
                    broken.push(format!("{}: {}", rules.name, constraint.name));
                }
            }
            for (column, cell) in rules.columns.iter().zip(view.local) {
                let limit = match column.kind {
                    Kind::Byte => Fr::from(0xff),
                    Kind::Limb => Fr::from(0xfff),
                    Kind::Any | Kind::Bit => minus(1),
                };
                if *cell > limit {
                    broken.push(format!("{}: range of {}", rules.name, column.name));
                }
            }
            let enters = rules
                .entry
                .as_ref()
                .filter(|entry| (row == 0 || row == cut) && entry.evaluate(&view) != Fr::zero());
            if enters.is_some() {
                broken.push(format!("{}: a block begins with a first row", rules.name));
            }
        }
        let buses = self.broken_as_it_is();
        broken.extend(buses.into_iter().filter(|name| name.starts_with("bus ")));
        broken.sort();
        broken.dedup();
        broken
    }
}

const STORE: &str = "(i32.store8 (i32.const 3) (i32.const 1))
    (call $load (i32.const 5)) (local.set $x (i64.and (call $next) (call $next)))";

#[test]
fn a_cut_in_a_permutation_is_refused() {
    let forgery = Forgery::of(STORE);
    let broken = forgery.broken_when_cut(TableId::Poseidon, 3);
    let expected = [
        "poseidon: a block begins with a first row",
        "poseidon: rows follow each other",
        "poseidon: state after partial rounds",
    ];
    assert_eq!(broken, expected);
}

#[test]
fn the_end_of_a_permutation_without_its_begin_is_refused() {
    // A permutation's last row says that two numbers have the hash of two others: here, those of a
    // loaded leaf.
    let mut forgery = Forgery::of("(call $load (i32.const 5))");
    forgery.set(TableId::Host, 0, "new_leaf[0]", 6);
    forgery.set(TableId::End, 0, "leaf[0]", 6);
    forgery.set(TableId::Leaf, 0, "word[0]", 6);
    let hash = forgery.get(TableId::Leaf, 0, "hash");
    let rows = forgery.witness.rows(TableId::Poseidon).len();
    forgery.repeat(TableId::Poseidon, 0..6);
    forgery.clone().stopped_by(&["bus Poseidon"]);

    assert_eq!(Hasher::default().hash(Fr::zero(), Fr::zero()), hash);
    let zeroes = (0..rows / 6)
        .find(|i| ["a", "b"].map(|column| forgery.get(TableId::Poseidon, 6 * i, column)) == [Fr::zero(); 2]);
    let zeroes = 6 * zeroes.expect("the leaf was hashed");
    forgery.remove(TableId::Poseidon, rows..rows + 6);
    forgery.repeat(TableId::Poseidon, zeroes + 5..zeroes + 6);
    forgery.set(TableId::Poseidon, rows, "a", 6);
    forgery.remove(TableId::Poseidon, zeroes..zeroes + 6);
    let words = forgery.witness.rows(TableId::Word);
    let zero = (0..words.len()).find(|row| words.row(*row).iter().all(|cell| *cell == Fr::zero()));
    forgery.set_word(TableId::Word, zero.expect("the leaf's words are 0"), 6);
    let broken = forgery.broken_when_cut(TableId::Poseidon, rows - 6);
    assert_eq!(broken, ["poseidon: a block begins with a first row"]);
}

#[test]
fn a_path_without_its_leaf_is_refused() {
    let forgery = Forgery::of(STORE);
    let broken = forgery.broken_when_cut(TableId::Merkle, 31);
    assert!(broken.contains(&"merkle: a block begins with a first row".to_owned()));
    assert!(broken.contains(&"merkle: a path goes on to the top".to_owned()));
}

#[test]
fn a_tape_in_two_blocks_is_refused() {
    // Cut between header and payload, or with a begin of its own.
    let mut forgery = Forgery::of(STORE);
    let broken = forgery.clone().broken_when_cut(TableId::Tape, 3);
    for expected in [
        "tape: a block begins with a first row",
        "tape: a message goes on",
        "tape: the last row has no next",
    ] {
        assert!(broken.contains(&expected.to_owned()), "{broken:?}");
    }

    let rows = forgery.witness.rows(TableId::Tape).len();
    forgery.repeat(TableId::Tape, 0..rows);
    let broken = forgery.broken_when_cut(TableId::Tape, rows);
    assert_eq!(broken, ["bus Header", "bus Statement", "bus Tape"]);
}

#[test]
fn a_second_life_of_an_address_in_another_block_is_refused() {
    // In one block addresses ascend; of blocks there is one.
    let mut forgery = Forgery::of(STORE);
    let rows = forgery.witness.rows(TableId::Boundary).len();
    forgery.repeat(TableId::Boundary, 0..1);
    let initial = forgery.get(TableId::Boundary, rows, "initial");
    forgery.set(TableId::Boundary, rows, "last", initial);
    forgery.set(TableId::Boundary, rows, "timestamp", 0);
    let mut unmarked = forgery.clone();
    let broken = forgery.broken_when_cut(TableId::Boundary, rows);
    assert_eq!(broken, ["bus Statement"]);

    unmarked.set(TableId::Boundary, rows, "first", 0);
    let broken = unmarked.broken_when_cut(TableId::Boundary, rows);
    assert_eq!(broken, ["boundary: a block begins with a first row"]);
}

#[test]
fn a_store_without_the_word_before_it_is_refused() {
    let forgery = Forgery::of(STORE);
    let before = forgery.find(TableId::Access, "before", 1)[0];
    let broken = forgery.broken_when_cut(TableId::Access, before);
    assert!(
        broken.contains(&"access: a partial store is followed by the word before it".to_owned()),
        "{broken:?}"
    );
}

#[test]
fn half_a_conjunction_is_refused() {
    let forgery = Forgery::of(STORE);
    let tail = forgery.find(TableId::Bits, "tail", 1)[0];
    let broken = forgery.broken_when_cut(TableId::Bits, tail);
    assert!(
        broken.contains(&"bits: a wide operation has a tail".to_owned()),
        "{broken:?}"
    );
}

#[test]
fn steps_in_two_blocks_are_refused() {
    // The second one has no place to begin at: the table is anchored. And the first one does not
    // end.
    assert!(tables()[TableId::Cpu as usize].anchored);
    let broken = Forgery::of(STORE).broken_when_cut(TableId::Cpu, 4);
    assert!(
        broken.contains(&"cpu: only a message's end has no next step".to_owned()),
        "{broken:?}"
    );
}
