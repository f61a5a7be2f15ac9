//! The cost of each instruction: rows, cells and tuples, counted on an honest witness.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::common::{message, module, program, SEED};
use crate::forgery::Claim;
use crate::mutation::mutant::survives;
use halo2curves::ff::Field as _;
use zkfusion_air::checker::view;
use zkfusion_air::table::Table;
use zkfusion_air::witness::Witness;
use zkfusion_air::{tables, Fr, TableId};
use zkfusion_vm::isa::{Group, Instruction, Sub};

/// An instruction, and a body in which it is executed.
struct Form {
    name: &'static str,
    group: Group,
    sub: Sub,
    w32: bool,
    body: &'static str,
}

const fn form(name: &'static str, group: Group, sub: Sub, w32: bool, body: &'static str) -> Form {
    Form {
        name,
        group,
        sub,
        w32,
        body,
    }
}

use Group::{Add, Bits, Compare, Div, Jump, Memory, Move, Mul, System};
use Sub::{S0, S1, S2, S3};

const FORMS: [Form; 26] = [
    form(
        "add",
        Add,
        S0,
        false,
        "(local.set $x (i64.add (call $next) (local.get $x)))",
    ),
    form(
        "subtract",
        Add,
        S1,
        false,
        "(local.set $x (i64.sub (call $next) (local.get $x)))",
    ),
    form(
        "multiply, 64 bits",
        Mul,
        S0,
        false,
        "(local.set $x (i64.mul (call $next) (local.get $x)))",
    ),
    form(
        "multiply, 32 bits",
        Mul,
        S0,
        true,
        "(local.set $i (i32.mul (i32.wrap_i64 (call $next)) (local.get $i)))",
    ),
    form(
        "shift left, 64 bits",
        Mul,
        S1,
        false,
        "(local.set $x (i64.shl (call $next) (i64.const 3)))",
    ),
    form(
        "shift right, 64 bits",
        Mul,
        S2,
        false,
        "(local.set $x (i64.shr_u (call $next) (i64.const 3)))",
    ),
    form(
        "rotate, 64 bits",
        Mul,
        S3,
        false,
        "(local.set $x (i64.rotl (call $next) (i64.const 3)))",
    ),
    form(
        "shift left, 32 bits",
        Mul,
        S1,
        true,
        "(local.set $i (i32.shl (i32.wrap_i64 (call $next)) (i32.const 3)))",
    ),
    form(
        "and, or, xor, 64 bits",
        Bits,
        S0,
        false,
        "(local.set $x (i64.and (call $next) (local.get $x)))",
    ),
    form(
        "and, or, xor, 32 bits",
        Bits,
        S0,
        true,
        "(local.set $i (i32.and (i32.wrap_i64 (call $next)) (local.get $i)))",
    ),
    form(
        "quotient",
        Div,
        S0,
        false,
        "(local.set $x (i64.div_u (call $next) (i64.const 9)))",
    ),
    form(
        "remainder",
        Div,
        S1,
        false,
        "(local.set $x (i64.rem_u (call $next) (i64.const 9)))",
    ),
    form(
        "less, unsigned",
        Compare,
        S0,
        false,
        "(local.set $i (i64.lt_u (call $next) (local.get $x)))",
    ),
    form(
        "less, signed",
        Compare,
        S1,
        false,
        "(local.set $i (i64.lt_s (call $next) (local.get $x)))",
    ),
    form(
        "equal",
        Compare,
        S2,
        false,
        "(local.set $i (i64.eq (call $next) (local.get $x)))",
    ),
    form("move", Move, S0, false, "(local.set $x (i64.const 9))"),
    form(
        "conditional move",
        Move,
        S1,
        false,
        "(drop (select (i64.const 3) (i64.const 9) (i32.wrap_i64 (call $next))))",
    ),
    form(
        "load of an aligned word",
        Memory,
        S0,
        false,
        "(drop (i64.load (i32.const 8)))",
    ),
    form(
        "load across two words",
        Memory,
        S0,
        false,
        "(drop (i64.load (i32.const 9)))",
    ),
    form(
        "store of an aligned word",
        Memory,
        S1,
        false,
        "(i64.store (i32.const 8) (call $next))",
    ),
    form(
        "store of part of a word",
        Memory,
        S1,
        false,
        "(i32.store (i32.const 8) (i32.wrap_i64 (call $next)))",
    ),
    form(
        "store across two words",
        Memory,
        S1,
        false,
        "(i64.store (i32.const 9) (call $next))",
    ),
    form("call", Jump, S2, false, "(drop (call $twice (call $next)))"),
    form("return", Jump, S3, false, ""),
    form("memory.size", System, S0, false, "(local.set $i (memory.size))"),
    form(
        "host call (its own row)",
        System,
        S2,
        false,
        "(local.set $x (call $next))",
    ),
];

/// Returns the table of all forms.
pub(super) fn markdown() -> String {
    let mut text = String::from(
        "## Instructions

Of the first such step of a small program: its rows, the cells of its row and of those that it calls that no other value can have, the tuples that these rows send
or receive, and the fuel, which counts the rows at the worst alignment and all rows of host calls.

| instruction | rows | cells | tuples | fuel |
|---|---|---|---|---|
",
    );
    let tables = tables();
    for form in &FORMS {
        let is = |instruction: &Instruction| {
            let m = instruction.modifiers;
            let which = (instruction.group, instruction.sub, m.w32, m.system);
            which == (form.group, form.sub, form.w32, false)
        };
        let claim = Claim::of(&program(&module(form.body)), &[message(0, &[], 100_000)], SEED);
        let step = *claim
            .steps(is)
            .last()
            .unwrap_or_else(|| panic!("no {}", form.name));
        let mut taken = Taken::default();
        taken.count(&tables, &mut claim.witness(), step);
        let fuel = claim.program.code[claim.trace.steps[step].pc as usize].fuel();
        writeln!(
            text,
            "| {} | {} | {} | {} | {fuel} |",
            form.name,
            listed(&taken.rows),
            taken.cells,
            listed(&taken.tuples)
        )
        .expect("text grows");
    }
    text
}

fn listed(counts: &BTreeMap<String, usize>) -> String {
    let counts = counts.iter().map(|(name, count)| format!("{count} {name}"));
    counts.collect::<Vec<_>>().join(", ")
}

/// What a step takes.
#[derive(Default)]
struct Taken {
    rows: BTreeMap<String, usize>,
    tuples: BTreeMap<String, usize>,
    cells: usize,
}

impl Taken {
    fn count(&mut self, tables: &[Table], witness: &mut Witness, step: usize) {
        self.row(tables, witness, TableId::Cpu, step);
        let clk = Fr::from(step as u64 + 1);
        for table in [TableId::Bits, TableId::Access, TableId::Host] {
            let columns = &tables[table as usize].columns;
            let place = |name| columns.iter().position(|column| column.name == name);
            let (clk_place, follows) = (place("clk"), place("tail").or(place("before")));
            let mut called = false;
            for row in 0..witness.rows(table).len() {
                let cells = witness.rows(table).row(row);
                let goes_on = called && follows.is_some_and(|place| cells[place] == Fr::ONE);
                called = goes_on || clk_place.is_some_and(|place| cells[place] == clk);
                if called {
                    self.row(tables, witness, table, row);
                }
            }
        }
    }

    fn row(&mut self, tables: &[Table], witness: &mut Witness, id: TableId, row: usize) {
        let table = &tables[id as usize];
        *self.rows.entry(table.name.to_owned()).or_default() += 1;
        let view = view(witness.rows(id), row);
        for interaction in &table.interactions {
            if interaction.multiplicity.evaluate(&view) == Fr::ZERO {
                continue;
            }
            let bus = format!("{:?}", interaction.bus).to_lowercase();
            *self.tuples.entry(bus.clone()).or_default() += 1;
            // A word's range takes a row; a power of two does not.
            if bus == "word" && interaction.tuple[0].evaluate(&view) == Fr::ZERO {
                *self.rows.entry(bus).or_default() += 1;
            }
        }
        let rows = &mut witness.tables[id as usize];
        for column in 0..rows.width {
            let place = row * rows.width + column;
            let others = [rows.cells[place] + Fr::ONE, Fr::from(0x1234_5678)];
            let pinned = |other: &Fr| !survives(table, rows, &[(place, *other)]);
            self.cells += usize::from(others.iter().all(pinned));
        }
    }
}
