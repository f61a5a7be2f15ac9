//! The circuit's columns and gates.

use halo2_proofs::{
    halo2curves::{bn256::Fr, ff::Field},
    plonk::{
        Advice, Challenge, Column, ConstraintSystem, Expression, FirstPhase, Fixed, Instance, SecondPhase,
        VirtualCells,
    },
    poly::Rotation,
};
use zkfusion_air::{
    bus::Bus,
    expr::{Expr, Node},
    fixed::{LOOKUP_WIDTH, PROGRAM_WIDTH},
    table::Table,
};

use super::layout::{Layout, Term};

/// The circuit's columns.
#[derive(Clone, Debug)]
pub struct Config {
    /// The tables' columns, by place in [`Layout`]. A selector is 0 on its table's rows and 1 elsewhere, so that
    /// no column is zero everywhere.
    pub shared: Vec<Column<Advice>>,
    /// How often the row of the lookup table is used.
    pub lookup_uses: Column<Advice>,
    /// How often the row of the program table is used.
    pub program_uses: Column<Advice>,
    /// Sums of [`Layout::helpers`].
    pub helpers: Vec<Column<Advice>>,
    /// Sum of all helpers on the rows before.
    pub sum: Column<Advice>,
    /// The lookup table.
    pub lookup: [Column<Fixed>; LOOKUP_WIDTH],
    /// The program table.
    pub program: [Column<Fixed>; PROGRAM_WIDTH],
    /// 1 on the rows whose public input a table receives.
    pub statement_uses: Column<Fixed>,
    /// The row's number, there.
    pub statement_field: Column<Fixed>,
    /// 1 on the first row.
    pub first: Column<Fixed>,
    /// The public inputs.
    pub instance: Column<Instance>,
    /// Root of the tuples' sum.
    pub alpha: Challenge,
    /// Compresses tuples.
    pub beta: Challenge,
}

impl Config {
    /// Creates columns and gates.
    pub fn new(meta: &mut ConstraintSystem<Fr>, layout: &Layout) -> Self {
        let mut advice = |_| meta.advice_column_in(FirstPhase);
        let shared = (0..layout.width()).map(&mut advice).collect();
        let lookup_uses = advice(0);
        let program_uses = advice(0);
        let alpha = meta.challenge_usable_after(FirstPhase);
        let beta = meta.challenge_usable_after(FirstPhase);
        let helpers = layout.helpers();
        let config = Self {
            shared,
            lookup_uses,
            program_uses,
            helpers: helpers
                .iter()
                .map(|_| meta.advice_column_in(SecondPhase))
                .collect(),
            sum: meta.advice_column_in(SecondPhase),
            lookup: core::array::from_fn(|_| meta.fixed_column()),
            program: core::array::from_fn(|_| meta.fixed_column()),
            statement_uses: meta.fixed_column(),
            statement_field: meta.fixed_column(),
            first: meta.fixed_column(),
            instance: meta.instance_column(),
            alpha,
            beta,
        };
        meta.create_gate("selectors", |cells| {
            Gates::new(&config, layout, cells).selectors()
        });
        for (index, table) in layout.tables.iter().enumerate() {
            if table.constraints.is_empty() {
                continue;
            }
            meta.create_gate(table.name, |cells| {
                Gates::new(&config, layout, cells).table(index)
            });
        }
        meta.create_gate("buses", |cells| {
            Gates::new(&config, layout, cells).buses(&helpers)
        });
        config
    }
}

/// Builds the gates' polynomials.
struct Gates<'a, 'b> {
    config: &'a Config,
    layout: &'a Layout,
    cells: &'a mut VirtualCells<'b, Fr>,
}

fn constant(value: u64) -> Expression<Fr> {
    Expression::Constant(Fr::from(value))
}

impl<'a, 'b> Gates<'a, 'b> {
    fn new(config: &'a Config, layout: &'a Layout, cells: &'a mut VirtualCells<'b, Fr>) -> Self {
        Self {
            config,
            layout,
            cells,
        }
    }

    /// Returns 1 where the row at `rotation` belongs to table `index`.
    fn selector(&mut self, index: usize, rotation: Rotation) -> Expression<Fr> {
        constant(1) - self.cells.query_advice(self.config.shared[index], rotation)
    }

    fn selectors(&mut self) -> Vec<(&'static str, Expression<Fr>)> {
        let mut gates = Vec::new();
        let mut sum = constant(0);
        for index in 0..self.layout.tables.len() {
            let selector = self.selector(index, Rotation::cur());
            gates.push((
                "a selector is 0 or 1",
                selector.clone() * (selector.clone() - constant(1)),
            ));
            sum = if index == 0 { selector } else { sum + selector };
        }
        gates.push((
            "a row belongs to at most one table",
            sum.clone() * (sum - constant(1)),
        ));
        gates
    }

    fn table(&mut self, index: usize) -> Vec<(String, Expression<Fr>)> {
        let table = &self.layout.tables[index];
        let selector = self.selector(index, Rotation::cur());
        let mut gates: Vec<_> = table
            .constraints
            .iter()
            .map(|constraint| {
                let polynomial = self.expression(index, &constraint.expr, Rotation::cur());
                (constraint.name.clone(), selector.clone() * polynomial)
            })
            .collect();
        let begins = || -> Expression<Fr> { constant(1) - selector.clone() };
        if let Some(entry) = &table.entry {
            let entry = self.expression(index, entry, Rotation::next());
            let next = self.selector(index, Rotation::next());
            gates.push(("first row of a block".to_owned(), next * begins() * entry));
        }
        if table.anchored {
            gates.extend(self.anchored(index, table));
        }
        gates
    }

    /// Rows of an anchored table begin on the circuit's first row and nowhere else.
    fn anchored(&mut self, index: usize, table: &Table) -> [(String, Expression<Fr>); 2] {
        let selector = self.selector(index, Rotation::cur());
        let next = self.selector(index, Rotation::next());
        let first = self.cells.query_fixed(self.config.first, Rotation::cur());
        let next_first = self.cells.query_fixed(self.config.first, Rotation::next());
        let outside = constant(1) - selector;
        [
            (
                format!("{} begins on the first row", table.name),
                first * outside.clone(),
            ),
            (
                format!("{} begins nowhere else", table.name),
                next * outside * (constant(1) - next_first),
            ),
        ]
    }

    /// Returns the sum of all bus terms, column by column, and its running total. It runs around the circle of
    /// all rows, so that it can only be zero.
    fn buses(&mut self, helpers: &[Vec<Term>]) -> Vec<(String, Expression<Fr>)> {
        let mut gates = Vec::new();
        let sum = self.cells.query_advice(self.config.sum, Rotation::cur());
        let mut total = self.cells.query_advice(self.config.sum, Rotation::next()) - sum;
        for (index, terms) in helpers.iter().enumerate() {
            let helper = self
                .cells
                .query_advice(self.config.helpers[index], Rotation::cur());
            let (mut numerator, mut denominator): (Option<Expression<Fr>>, Option<Expression<Fr>>) =
                (None, None);
            for term in terms {
                let (multiplicity, compressed) = self.term(*term);
                (numerator, denominator) = match (numerator, denominator) {
                    (Some(n), Some(d)) => (
                        Some(n * compressed.clone() + multiplicity * d.clone()),
                        Some(d * compressed),
                    ),
                    _ => (Some(multiplicity), Some(compressed)),
                };
            }
            if let (Some(numerator), Some(denominator)) = (numerator, denominator) {
                gates.push((
                    format!("bus terms {index}"),
                    helper.clone() * denominator - numerator,
                ));
            }
            total = total - helper;
        }
        gates.push(("running total".to_owned(), total));
        gates
    }

    /// Returns multiplicity and `alpha - compressed tuple` of a term.
    fn term(&mut self, term: Term) -> (Expression<Fr>, Expression<Fr>) {
        let alpha = self.cells.query_challenge(self.config.alpha);
        let (multiplicity, tuple) = match term {
            Term::Slot(slot) => return self.slot(slot, alpha),
            Term::Byte(column) => (constant(1), self.range(Bus::Byte, column)),
            Term::Limb(column) => (constant(1), self.range(Bus::Limb, column)),
            Term::Lookup => {
                let uses = self.cells.query_advice(self.config.lookup_uses, Rotation::cur());
                let entries = self
                    .config
                    .lookup
                    .map(|column| self.cells.query_fixed(column, Rotation::cur()));
                (-uses, entries.to_vec())
            }
            Term::Program => {
                let uses = self.cells.query_advice(self.config.program_uses, Rotation::cur());
                let entries = self
                    .config
                    .program
                    .map(|column| self.cells.query_fixed(column, Rotation::cur()));
                (-uses, entries.to_vec())
            }
            Term::Statement => {
                let uses = self
                    .cells
                    .query_fixed(self.config.statement_uses, Rotation::cur());
                let field = self
                    .cells
                    .query_fixed(self.config.statement_field, Rotation::cur());
                let value = self.cells.query_instance(self.config.instance, Rotation::cur());
                (uses, vec![constant(Bus::Statement as u64), field, value])
            }
        };
        (multiplicity, alpha - self.compress(tuple))
    }

    fn range(&mut self, bus: Bus, column: usize) -> Vec<Expression<Fr>> {
        let value = self
            .cells
            .query_advice(self.config.shared[column], Rotation::cur());
        vec![constant(bus as u64), value]
    }

    /// A slot is the interaction of whichever table the row belongs to.
    fn slot(&mut self, slot: usize, alpha: Expression<Fr>) -> (Expression<Fr>, Expression<Fr>) {
        let mut multiplicity: Option<Expression<Fr>> = None;
        let mut compressed = alpha;
        for (index, table) in self.layout.tables.iter().enumerate() {
            let Some(interaction) = table.interactions.get(slot) else {
                continue;
            };
            let selector = self.selector(index, Rotation::cur());
            let mut tuple = vec![constant(interaction.bus as u64)];
            for entry in &interaction.tuple {
                tuple.push(self.expression(index, entry, Rotation::cur()));
            }
            let times = selector.clone() * self.expression(index, &interaction.multiplicity, Rotation::cur());
            multiplicity = Some(match multiplicity {
                Some(sum) => sum + times,
                None => times,
            });
            compressed = compressed - selector * self.compress(tuple);
        }
        (multiplicity.unwrap_or(constant(0)), compressed)
    }

    /// Returns the tuple as a polynomial in beta.
    fn compress(&mut self, tuple: Vec<Expression<Fr>>) -> Expression<Fr> {
        let beta = self.cells.query_challenge(self.config.beta);
        let is_zero =
            |entry: &Expression<Fr>| matches!(entry, Expression::Constant(value) if *value == Fr::ZERO);
        let mut entries = tuple.into_iter().rev().skip_while(is_zero);
        let last = entries.next().unwrap_or(constant(0));
        entries.fold(last, |sum, entry| sum * beta.clone() + entry)
    }

    /// Returns an expression of table `index` on the row at `rotation`.
    fn expression(&mut self, index: usize, expr: &Expr, rotation: Rotation) -> Expression<Fr> {
        let place = |column: usize| self.config.shared[self.layout.places[index][column]];
        match expr.node() {
            Node::Constant(value) => Expression::Constant(*value),
            Node::Local(column) => self.cells.query_advice(place(*column), rotation),
            Node::Next(column) => self.cells.query_advice(place(*column), Rotation(rotation.0 + 1)),
            Node::HasNext => self.selector(index, Rotation(rotation.0 + 1)),
            Node::IsFirst => self.cells.query_fixed(self.config.first, rotation),
            Node::Add(a, b) => match (a.node(), b.node()) {
                (_, Node::Mul(c, d)) if is_minus_one(c) => {
                    self.expression(index, a, rotation) - self.expression(index, d, rotation)
                }
                _ => self.expression(index, a, rotation) + self.expression(index, b, rotation),
            },
            Node::Mul(a, b) => match (a.node(), b.node()) {
                (Node::Constant(factor), _) => self.expression(index, b, rotation) * *factor,
                (_, Node::Constant(factor)) => self.expression(index, a, rotation) * *factor,
                _ => self.expression(index, a, rotation) * self.expression(index, b, rotation),
            },
        }
    }
}

fn is_minus_one(expr: &Expr) -> bool {
    matches!(expr.node(), Node::Constant(value) if *value == -Fr::ONE)
}
