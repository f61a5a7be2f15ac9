//! The circuit's constraints.

use halo2_proofs::halo2curves::{bn256::Fr, ff::Field};
use zkfusion_air::{
    bus::Bus,
    expr::{Expr, Node},
};

use super::{
    columns::{AdviceColumns, Challenge, FixedColumns},
    layout::{Layout, Term},
};
use crate::gates::{BuiltGates, ColumnKind, GateBuilder, Value};

/// Returns the constraints of all tables and of the buses between them.
pub fn build(layout: &Layout) -> BuiltGates {
    let mut gates = Gates {
        layout,
        advice: AdviceColumns::new(layout),
        builder: GateBuilder::default(),
    };
    gates.selectors();
    for index in 0..layout.tables.len() {
        gates.table(index);
    }
    gates.buses();
    gates
        .builder
        .finish(FixedColumns::COUNT, AdviceColumns::new(layout).count())
}

struct Gates<'a> {
    layout: &'a Layout,
    advice: AdviceColumns,
    builder: GateBuilder,
}

impl Gates<'_> {
    fn one(&mut self) -> Value {
        self.builder.constant(Fr::ONE)
    }

    fn advice(&mut self, column: usize, next: bool) -> Value {
        self.builder.cell(ColumnKind::Advice, column, next)
    }

    fn fixed(&mut self, column: usize, next: bool) -> Value {
        self.builder.cell(ColumnKind::Fixed, column, next)
    }

    fn sum(&mut self, values: impl IntoIterator<Item = Value>) -> Value {
        let zero = self.builder.constant(Fr::ZERO);
        values
            .into_iter()
            .fold(zero, |sum, value| self.builder.add(sum, value))
    }

    fn not(&mut self, value: Value) -> Value {
        let one = self.one();
        self.builder.sub(one, value)
    }

    /// Returns 1 where the row belongs to table `index`.
    fn selector(&mut self, index: usize, next: bool) -> Value {
        let outside = self.outside(index, next);
        self.not(outside)
    }

    /// Returns 1 where the row does not belong to table `index`.
    fn outside(&mut self, index: usize, next: bool) -> Value {
        self.advice(self.advice.shared.start + index, next)
    }

    fn is_bit(&mut self, value: Value) {
        let one = self.one();
        let less = self.builder.sub(value, one);
        let product = self.builder.mul(value, less);
        self.builder.zero(product);
    }

    fn selectors(&mut self) {
        let selectors: Vec<Value> = (0..self.layout.tables.len())
            .map(|index| {
                let outside = self.outside(index, false);
                // A selector is 0 or 1.
                self.is_bit(outside);
                self.selector(index, false)
            })
            .collect();
        // A row belongs to at most one table.
        let sum = self.sum(selectors);
        self.is_bit(sum);
    }

    fn table(&mut self, index: usize) {
        let table = &self.layout.tables[index];
        let selector = self.selector(index, false);
        for constraint in &table.constraints {
            let polynomial = self.expression(index, &constraint.expr, false);
            let selected = self.builder.mul(selector, polynomial);
            self.builder.zero(selected);
        }
        if let Some(entry) = &table.entry {
            // First row of a block.
            let entry = self.expression(index, entry, true);
            let begins = self.begins(index);
            let product = self.builder.mul(begins, entry);
            self.builder.zero(product);
        }
        if table.anchored {
            self.anchored(index);
        }
    }

    /// Returns 1 where the next row belongs to table `index` and this one does not.
    fn begins(&mut self, index: usize) -> Value {
        let (outside, next) = (self.outside(index, false), self.selector(index, true));
        self.builder.mul(outside, next)
    }

    /// Rows of an anchored table begin on the circuit's first row and nowhere else.
    fn anchored(&mut self, index: usize) {
        let first = self.fixed(FixedColumns::ALL.first, false);
        let outside = self.outside(index, false);
        let missing = self.builder.mul(first, outside);
        self.builder.zero(missing);
        let next_first = self.fixed(FixedColumns::ALL.first, true);
        let not_first = self.not(next_first);
        let begins = self.begins(index);
        let elsewhere = self.builder.mul(begins, not_first);
        self.builder.zero(elsewhere);
    }

    /// The sum of all bus terms, column by column, and its running total. It runs around the circle
    /// of all rows, so that it can only be zero.
    fn buses(&mut self) {
        let (sum, next) = (
            self.advice(self.advice.sum, false),
            self.advice(self.advice.sum, true),
        );
        let mut total = self.builder.sub(next, sum);
        for (column, terms) in self.advice.helpers.clone().zip(self.layout.helpers()) {
            let helper = self.advice(column, false);
            let mut fraction: Option<(Value, Value)> = None;
            for term in terms {
                let (multiplicity, compressed) = self.term(term);
                fraction = Some(match fraction {
                    None => (multiplicity, compressed),
                    Some((numerator, denominator)) => {
                        let left = self.builder.mul(numerator, compressed);
                        let right = self.builder.mul(multiplicity, denominator);
                        (
                            self.builder.add(left, right),
                            self.builder.mul(denominator, compressed),
                        )
                    }
                });
            }
            if let Some((numerator, denominator)) = fraction {
                // The helper is the sum of its terms' fractions.
                let product = self.builder.mul(helper, denominator);
                let difference = self.builder.sub(product, numerator);
                self.builder.zero(difference);
            }
            total = self.builder.sub(total, helper);
        }
        // Running total.
        self.builder.zero(total);
    }

    /// Returns multiplicity and `alpha - compressed tuple` of a term.
    fn term(&mut self, term: Term) -> (Value, Value) {
        let fixed = FixedColumns::ALL;
        let (multiplicity, tuple) = match term {
            Term::Slot(slot) => return self.slot(slot),
            Term::Byte(column) => (self.one(), self.range(Bus::Byte, column)),
            Term::Limb(column) => (self.one(), self.range(Bus::Limb, column)),
            Term::Fixed => {
                let uses = self.advice(self.advice.fixed_uses, false);
                let tuple = fixed.table.map(|column| self.fixed(column, false)).collect();
                (self.builder.negate(uses), tuple)
            }
            Term::Statement => {
                let bus = self.builder.constant(Fr::from(Bus::Statement as u64));
                let field = self.fixed(fixed.statement_field, false);
                let value = self.builder.cell(ColumnKind::Instance, 0, false);
                (self.fixed(fixed.statement_uses, false), vec![bus, field, value])
            }
        };
        let compressed = self.compress(tuple);
        let alpha = self.builder.challenge(Challenge::Alpha as usize);
        (multiplicity, self.builder.sub(alpha, compressed))
    }

    fn range(&mut self, bus: Bus, column: usize) -> Vec<Value> {
        let bus = self.builder.constant(Fr::from(bus as u64));
        vec![bus, self.advice(column, false)]
    }

    /// A slot is the interaction of whichever table the row belongs to.
    fn slot(&mut self, slot: usize) -> (Value, Value) {
        let mut multiplicities = Vec::new();
        let mut tuples = Vec::new();
        for (index, table) in self.layout.tables.iter().enumerate() {
            let Some(interaction) = table.interactions.get(slot) else {
                continue;
            };
            let selector = self.selector(index, false);
            let mut tuple = vec![self.builder.constant(Fr::from(interaction.bus as u64))];
            for entry in &interaction.tuple {
                tuple.push(self.expression(index, entry, false));
            }
            let multiplicity = self.expression(index, &interaction.multiplicity, false);
            multiplicities.push(self.builder.mul(multiplicity, selector));
            let compressed = self.compress(tuple);
            tuples.push(self.builder.mul(selector, compressed));
        }
        let (multiplicity, compressed) = (self.sum(multiplicities), self.sum(tuples));
        let alpha = self.builder.challenge(Challenge::Alpha as usize);
        (multiplicity, self.builder.sub(alpha, compressed))
    }

    /// Returns the tuple as a polynomial in beta.
    fn compress(&mut self, tuple: Vec<Value>) -> Value {
        let beta = self.builder.challenge(Challenge::Beta as usize);
        let mut power = self.one();
        let mut sum = self.builder.constant(Fr::ZERO);
        for entry in tuple {
            let term = self.builder.mul(entry, power);
            sum = self.builder.add(sum, term);
            power = self.builder.mul(power, beta);
        }
        sum
    }

    /// Returns an expression of table `index` on this row or on the next.
    fn expression(&mut self, index: usize, expr: &Expr, next: bool) -> Value {
        let place = |column: usize| self.layout.places[index][column];
        match expr.node() {
            Node::Constant(value) => self.builder.constant(*value),
            Node::Local(column) => self.advice(place(*column), next),
            Node::Next(column) => self.advice(place(*column), true),
            Node::HasNext => self.selector(index, true),
            Node::IsFirst => self.fixed(FixedColumns::ALL.first, next),
            Node::Add(a, b) => match b.node() {
                Node::Mul(c, d) if is_minus_one(c) => {
                    let (a, d) = (self.expression(index, a, next), self.expression(index, d, next));
                    self.builder.sub(a, d)
                }
                _ => {
                    let (a, b) = (self.expression(index, a, next), self.expression(index, b, next));
                    self.builder.add(a, b)
                }
            },
            Node::Mul(a, b) => {
                let (a, b) = (self.expression(index, a, next), self.expression(index, b, next));
                self.builder.mul(a, b)
            }
        }
    }
}

fn is_minus_one(expr: &Expr) -> bool {
    matches!(expr.node(), Node::Constant(value) if *value == -Fr::ONE)
}
