//! Forgeries: witnesses that were changed in several places at once, so that nearly everything
//! fits, and what stops each of them.
//!
//! The attacker here is as strong as one can be. It chooses freely whatever only it knows: the
//! multiplicities of fixed tables, range checks, hashes (see [`Forgery::settle`]), and the claimed
//! fields of the statement. The chain knows the others. A forgery is right when the list of what is
//! broken, which [`Forgery::broken`] gives, has only what the test expects: names of constraints,
//! and of buses.

mod arithmetic;
mod blocks;
mod calls;
mod chain;
mod fuel;
mod host;
mod memory;
mod messages;
mod multiplicities;
mod settle;
mod steps;
mod traps;

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{message, module, program, SEED};
use zkfusion_air::checker::{check, Fault};
use zkfusion_air::columns::Kind;
use zkfusion_air::expr::pow2;
use zkfusion_air::fixed::Field;
use zkfusion_air::poseidon::Hasher;
use zkfusion_air::table::Table;
use zkfusion_air::witness::{Execution, Witness};
use zkfusion_air::{tables, Fr, TableId};
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_vm::isa::Instruction;
use zkfusion_vm::trace::Trace;
use zkfusion_vm::{trace_batch, Message, Program};

/// Fields of the statement that the chain knows before it sees a proof.
const KNOWN: [Field; 4] = [
    Field::PreRoot,
    Field::InboxHashPre,
    Field::InboxHashPost,
    Field::VrfSeed,
];

/// Everything that a witness is made of.
#[derive(Clone)]
pub(crate) struct Claim {
    pub(crate) program: Program,
    pub(crate) messages: Vec<Message>,
    pub(crate) seed: [u64; 4],
    pub(crate) state: SparseTree,
    pub(crate) trace: Trace,
}

impl Claim {
    /// Executes messages, honestly.
    pub(crate) fn of(program: &Program, messages: &[Message], seed: [u64; 4]) -> Self {
        let trace = trace_batch(program, messages, seed, &mut BTreeMap::new()).trace;
        Self {
            program: program.clone(),
            messages: messages.to_vec(),
            seed,
            state: SparseTree::new(),
            trace,
        }
    }

    /// Returns the witness that an honest prover would make of this.
    pub(crate) fn witness(&self) -> Witness {
        let tapes: Vec<Vec<u64>> = self.messages.iter().map(|message| message.tape.clone()).collect();
        Witness::build(&Execution {
            program: &self.program,
            trace: &self.trace,
            tapes: &tapes,
            state: self.state.clone(),
            inbox_hash: [0; 32],
            seed: self.seed,
        })
        .expect("the claim has all its parts")
    }

    /// Returns the numbers of the steps at which an instruction is executed that `which` chooses.
    pub(crate) fn steps(&self, which: impl Fn(&Instruction) -> bool) -> Vec<usize> {
        let steps = self.trace.steps.iter().enumerate();
        steps
            .filter(|(_, step)| which(&self.program.code[step.pc as usize]))
            .map(|(number, _)| number)
            .collect()
    }
}

/// An honest batch, and what a forger makes of it.
#[derive(Clone)]
pub(crate) struct Forgery {
    tables: Vec<Table>,
    /// What really happened.
    pub(crate) honest: Claim,
    known: [Fr; 13],
    /// What the forger says.
    pub(crate) witness: Witness,
}

impl Forgery {
    /// Returns an honest batch of one message to a module whose `zkmain` has this body.
    pub(crate) fn of(body: &str) -> Self {
        Self::of_messages(body, &[message(0, &[1, 2, 3, 4, 5, 6, 7, 8, 9], 100_000)])
    }

    /// Returns an honest batch of these messages.
    pub(crate) fn of_messages(body: &str, messages: &[Message]) -> Self {
        let honest = Claim::of(&program(&module(body)), messages, SEED);
        let witness = honest.witness();
        let forgery = Self {
            tables: tables(),
            known: witness.statement,
            witness,
            honest,
        };
        assert_eq!(forgery.clone().broken(), [""; 0], "the batch is honest");
        forgery
    }

    /// Says instead what follows from another claim.
    pub(crate) fn claim(mut self, change: impl FnOnce(&mut Claim)) -> Self {
        let mut claim = self.honest.clone();
        change(&mut claim);
        self.witness = claim.witness();
        self
    }

    /// Says instead what happens when the program's instructions are others.
    pub(crate) fn with_code(self, change: impl Fn(&mut Instruction)) -> Self {
        self.claim(|claim| {
            claim.program.code.iter_mut().for_each(change);
            *claim = Claim::of(&claim.program, &claim.messages, claim.seed);
        })
    }

    /// Says instead what happens on other messages.
    pub(crate) fn with_messages(self, messages: &[Message]) -> Self {
        self.claim(|claim| *claim = Claim::of(&claim.program, messages, claim.seed))
    }

    /// Returns the row of the only step at which an instruction is executed that `which` chooses.
    pub(crate) fn step(&self, which: impl Fn(&Instruction) -> bool) -> usize {
        let steps = self.honest.steps(which);
        assert_eq!(steps.len(), 1, "steps {steps:?}");
        steps[0]
    }

    fn place(&self, table: TableId, row: usize, column: &str) -> usize {
        let columns = &self.tables[table as usize].columns;
        let index = columns.iter().position(|other| other.name == column);
        row * columns.len() + index.unwrap_or_else(|| panic!("{table:?} has no column {column}"))
    }

    /// Returns a cell.
    pub(crate) fn get(&self, table: TableId, row: usize, column: &str) -> Fr {
        self.witness.rows(table).cells[self.place(table, row, column)]
    }

    /// Changes a cell.
    pub(crate) fn set(&mut self, table: TableId, row: usize, column: &str, value: impl Into<Fr>) {
        let place = self.place(table, row, column);
        self.witness.tables[table as usize].cells[place] = value.into();
    }

    /// Changes the cells of an array of columns.
    pub(crate) fn set_all<const N: usize>(
        &mut self,
        table: TableId,
        row: usize,
        columns: &str,
        values: [Fr; N],
    ) {
        for (i, value) in values.into_iter().enumerate() {
            self.set(table, row, &format!("{columns}[{i}]"), value);
        }
    }

    /// Says that a word of eight byte columns is this number.
    pub(crate) fn set_word(&mut self, table: TableId, row: usize, word: u64) {
        let bytes = word.to_le_bytes().map(|byte| Fr::from(u64::from(byte)));
        self.set_all(table, row, "byte", bytes);
    }

    /// Returns the rows of a table whose `column` is `value`.
    pub(crate) fn find(&self, table: TableId, column: &str, value: impl Into<Fr>) -> Vec<usize> {
        let value = value.into();
        (0..self.witness.rows(table).len())
            .filter(|row| self.get(table, *row, column) == value)
            .collect()
    }

    /// Puts one value for another wherever it is in these tables and in the statement.
    pub(crate) fn replace(&mut self, tables: &[TableId], old: Fr, new: Fr) {
        let tables = tables.iter().map(|table| *table as usize);
        for table in tables {
            let cells = &mut self.witness.tables[table].cells;
            cells
                .iter_mut()
                .filter(|cell| **cell == old)
                .for_each(|cell| *cell = new);
        }
        let fields = self.witness.statement.iter_mut();
        fields
            .filter(|field| **field == old)
            .for_each(|field| *field = new);
    }

    /// Lets the first message's outcome be what its end says, and the batch end so.
    pub(crate) fn rehash_outcome(&mut self) {
        let cell = |column| self.get(TableId::End, 0, column);
        let outcome = cell("status") + cell("fuel") * pow2(8) + pow2(160);
        let (old, new) = (cell("new_writes"), Hasher::default().hash(cell("base"), outcome));
        self.replace(&[TableId::End, TableId::Batch], old, new);
    }

    /// Removes rows.
    pub(crate) fn remove(&mut self, table: TableId, rows: std::ops::Range<usize>) {
        let table = &mut self.witness.tables[table as usize];
        table
            .cells
            .drain(rows.start * table.width..rows.end * table.width);
    }

    /// Repeats a row, right behind it.
    pub(crate) fn insert_copy(&mut self, table: TableId, row: usize) {
        let table = &mut self.witness.tables[table as usize];
        let cells = table.row(row).to_vec();
        let place = row * table.width;
        table.cells.splice(place..place, cells);
    }

    /// Repeats rows behind the table's last one.
    pub(crate) fn repeat(&mut self, table: TableId, rows: std::ops::Range<usize>) {
        let table = &mut self.witness.tables[table as usize];
        let copy = table.cells[rows.start * table.width..rows.end * table.width].to_vec();
        table.cells.extend(copy);
    }

    /// Returns the names of everything that is broken, having done everything to hide it.
    pub(crate) fn broken(mut self) -> Vec<String> {
        settle::settle(&self.tables, &self.honest.program, &mut self.witness);
        self.broken_as_it_is()
    }

    /// Returns the names of everything that is broken.
    pub(crate) fn broken_as_it_is(mut self) -> Vec<String> {
        for field in KNOWN {
            self.witness.statement[field as usize] = self.known[field as usize];
        }
        let unconstrained: Vec<Table> = self.tables.iter().map(without_constraints).collect();
        let broken: BTreeSet<String> = [&self.tables, &unconstrained]
            .into_iter()
            .flat_map(|tables| check(tables, &self.honest.program, &self.witness))
            .map(|fault| match fault {
                Fault::Constraint {
                    table, constraint, ..
                } => format!("{table}: {constraint}"),
                Fault::Bus { bus, .. } => format!("bus {bus:?}"),
                Fault::Shape(what) => what.to_owned(),
            })
            .collect();
        broken.into_iter().collect()
    }

    /// Checks that exactly this is broken.
    pub(crate) fn stopped_by(self, expected: &[&str]) {
        assert_eq!(self.broken(), expected);
    }
}

/// Returns a table of which only the buses are left.
fn without_constraints(table: &Table) -> Table {
    let mut table = table.clone();
    table.constraints.clear();
    table.entry = None;
    for column in &mut table.columns {
        column.kind = Kind::Any;
    }
    table
}

/// Returns `-value`.
pub(crate) fn minus(value: u64) -> Fr {
    -Fr::from(value)
}
