//! Checks a witness directly: every constraint on every row, every bus tuple by tuple.

use std::collections::HashMap;
use std::fmt;

use halo2curves::ff::Field as _;
use rayon::prelude::*;
use zkfusion_vm::program::Program;

use crate::bus::Bus;
use crate::columns::Kind;
use crate::expr::{Evaluator, RowView};
use crate::fixed::{instruction_entries, interval_entries, intervals, Field, Lookup, Token};
use crate::table::{Rows, Table};
use crate::witness::Witness;
use crate::Fr;

/// Something wrong with a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A constraint does not hold.
    Constraint {
        /// The table.
        table: &'static str,
        /// The row in the table.
        row: usize,
        /// The constraint's name.
        constraint: String,
    },
    /// A tuple is sent and received unequally often.
    Bus {
        /// The bus.
        bus: Bus,
        /// The tuple, as decimal or hexadecimal numbers.
        tuple: Vec<String>,
        /// Sent less received.
        excess: String,
        /// Table and row that put it there last.
        place: (&'static str, usize),
    },
    /// The witness's shape is wrong.
    Shape(&'static str),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constraint {
                table,
                row,
                constraint,
            } => write!(f, "table {table}, row {row}: {constraint}"),
            Self::Bus {
                bus,
                tuple,
                excess,
                place,
            } => write!(
                f,
                "bus {bus:?}: ({}) has excess {excess}; last seen in table {}, row {}",
                tuple.join(", "),
                place.0,
                place.1
            ),
            Self::Shape(what) => f.write_str(what),
        }
    }
}

/// Faults that [`check`] returns at most.
const MAX_FAULTS: usize = 16;

/// Returns what is wrong with `witness` as a run of `program`; nothing when it is right.
pub fn check(tables: &[Table], program: &Program, witness: &Witness) -> Vec<Fault> {
    if tables.len() != witness.tables.len()
        || tables
            .iter()
            .zip(&witness.tables)
            .any(|(table, rows)| table.columns.len() != rows.width)
    {
        return vec![Fault::Shape("the witness has other tables or columns")];
    }
    let mut faults: Vec<Fault> = tables
        .par_iter()
        .zip(&witness.tables)
        .flat_map_iter(|(table, rows)| constraints(table, rows))
        .collect();
    faults.truncate(MAX_FAULTS);
    if faults.is_empty() {
        faults = buses(tables, program, witness);
    }
    faults
}

/// Returns what a table's row can see.
pub fn view(rows: &Rows, row: usize) -> RowView<'_> {
    let has_next = row + 1 < rows.len();
    RowView {
        local: rows.row(row),
        next: if has_next {
            rows.row(row + 1)
        } else {
            &ZEROES[..rows.width]
        },
        has_next,
        is_first: row == 0,
    }
}

/// What the row after the last one looks like.
static ZEROES: [Fr; 256] = [Fr::ZERO; 256];

fn constraints(table: &Table, rows: &Rows) -> Vec<Fault> {
    let fault = |row: usize, constraint: &str| Fault::Constraint {
        table: table.name,
        row,
        constraint: constraint.to_owned(),
    };
    let mut faults: Vec<Fault> = (0..rows.len())
        .into_par_iter()
        .flat_map_iter(|row| {
            let mut evaluator = Evaluator::new(view(rows, row));
            let broken = table
                .constraints
                .iter()
                .filter(move |constraint| evaluator.value(&constraint.expr) != Fr::ZERO);
            let ranges = table
                .columns
                .iter()
                .zip(rows.row(row))
                .filter(|(column, cell)| match column.kind {
                    Kind::Byte => **cell > Fr::from(0xff),
                    Kind::Limb => **cell > Fr::from(0xfff),
                    Kind::Any | Kind::Bit => false,
                });
            broken
                .map(move |constraint| fault(row, &constraint.name))
                .chain(ranges.map(move |(column, _)| fault(row, &format!("range of {}", column.name))))
                .collect::<Vec<_>>()
        })
        .take_any(MAX_FAULTS)
        .collect();
    if let (Some(entry), false) = (&table.entry, rows.is_empty()) {
        if entry.evaluate(&view(rows, 0)) != Fr::ZERO {
            faults.push(fault(0, "the first row begins the table"));
        }
    }
    if table.anchored && rows.is_empty() {
        faults.push(Fault::Shape("an anchored table has rows"));
    }
    faults
}

type Tuple = Vec<[u8; 32]>;

/// Table and row.
type Place = (&'static str, usize);

#[derive(Default)]
struct Balance {
    entries: HashMap<(Bus, Tuple), (Fr, Place)>,
}

impl Balance {
    fn add(&mut self, bus: Bus, tuple: impl Iterator<Item = Fr>, multiplicity: Fr, place: Place) {
        if multiplicity == Fr::ZERO {
            return;
        }
        let mut tuple: Tuple = tuple.map(|entry| crate::field::to_bytes(&entry)).collect();
        while tuple.last() == Some(&[0; 32]) {
            tuple.pop();
        }
        let entry = self.entries.entry((bus, tuple)).or_insert((Fr::ZERO, place));
        entry.0 += multiplicity;
        entry.1 = place;
    }
}

fn buses(tables: &[Table], program: &Program, witness: &Witness) -> Vec<Fault> {
    let mut balance = Balance::default();
    for (table, rows) in tables.iter().zip(&witness.tables) {
        for row in 0..rows.len() {
            let mut evaluator = Evaluator::new(view(rows, row));
            for interaction in &table.interactions {
                let multiplicity = evaluator.value(&interaction.multiplicity);
                let tuple = interaction.tuple.iter().map(|entry| evaluator.value(entry));
                balance.add(interaction.bus, tuple, multiplicity, (table.name, row));
            }
        }
    }
    for (row, lookup) in Lookup::all().enumerate() {
        let bus = match lookup {
            Lookup::And(..) => Bus::And,
            Lookup::Shift(_) => Bus::Word,
            Lookup::Byte(_) | Lookup::Limb(_) => continue,
        };
        let count = witness.lookups.get(row).copied().unwrap_or_default();
        balance.add(
            bus,
            lookup.entries().into_iter().skip(1),
            -Fr::from(count),
            ("lookup", row),
        );
    }
    let instructions = program.code.iter().enumerate();
    let instructions =
        instructions.map(|(pc, instruction)| (Bus::Program, instruction_entries(pc, instruction)));
    let intervals = intervals(&program.image);
    let intervals = intervals
        .iter()
        .map(|interval| (Bus::Image, interval_entries(interval)));
    for (row, (bus, entries)) in instructions.chain(intervals).enumerate() {
        let count = witness.program.get(row).copied().unwrap_or_default();
        balance.add(
            bus,
            entries.into_iter().skip(1),
            -Fr::from(count),
            ("program", row),
        );
    }
    for field in Field::ALL {
        let tuple = [Fr::from(field.index()), witness.statement[field as usize]];
        balance.add(
            Bus::Statement,
            tuple.into_iter(),
            Fr::ONE,
            ("statement", field as usize),
        );
    }
    for token in Token::ALL {
        let tuple = [Fr::from(token.index()), Fr::ZERO];
        balance.add(
            Bus::Statement,
            tuple.into_iter(),
            Fr::ONE,
            ("statement", token as usize),
        );
    }
    let mut faults: Vec<Fault> = balance
        .entries
        .into_iter()
        .filter(|(_, (excess, _))| *excess != Fr::ZERO)
        .map(|((bus, tuple), (excess, place))| Fault::Bus {
            bus,
            tuple: tuple.iter().map(number).collect(),
            excess: number(&crate::field::to_bytes(&excess)),
            place,
        })
        .collect();
    faults.sort_by_key(|fault| match fault {
        Fault::Bus { bus, place, .. } => (*bus as u8, *place),
        _ => (0, ("", 0)),
    });
    faults.truncate(MAX_FAULTS);
    faults
}

/// Writes a little-endian number: decimal when small, `-n` when its negative is small, hexadecimal
/// otherwise.
fn number(bytes: &[u8; 32]) -> String {
    let small = |bytes: &[u8; 32]| {
        let (low, high) = bytes.split_at(8);
        high.iter().all(|byte| *byte == 0).then(|| {
            let mut word = [0; 8];
            word.copy_from_slice(low);
            u64::from_le_bytes(word)
        })
    };
    if let Some(value) = small(bytes) {
        return value.to_string();
    }
    let negative = crate::field::from_bytes(bytes).map(|value| crate::field::to_bytes(&-value));
    match negative.and_then(|bytes| small(&bytes)) {
        Some(value) => format!("-{value}"),
        None => bytes
            .iter()
            .rev()
            .fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}")),
    }
}
