//! Building constraints as data: a list of operations in which a shared subexpression occurs once.

use std::collections::HashMap;

use codec::Compact;
use halo2_proofs::halo2curves::{
    bn256::Fr,
    ff::{Field, PrimeField},
};
use zkfusion_primitives::verifier::halo2::{ColumnQuery, Gates, Operation, Scalar};

use crate::convert;

/// What a committed column is committed to by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColumnKind {
    /// The program's key.
    Fixed,
    /// The prover.
    Advice,
    /// Nobody: the verifier knows it.
    Instance,
}

/// A value of a [`GateBuilder`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Value(Node);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Node {
    Constant(u32),
    Cell(ColumnKind, u16, bool),
    Challenge(u16),
    Result(u32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Add,
    Sub,
    Mul,
}

/// Constraints under construction.
#[derive(Debug, Default)]
pub struct GateBuilder {
    constants: Vec<Fr>,
    constant_positions: HashMap<[u8; 32], u32>,
    operations: Vec<(Kind, Value, Value)>,
    known: HashMap<(Kind, Value, Value), u32>,
    constraints: Vec<Value>,
}

/// Constraints with the queries that they make.
#[derive(Clone, Debug)]
pub struct BuiltGates {
    /// The constraints.
    pub gates: Gates,
    /// Queries of fixed columns.
    pub fixed_queries: Vec<ColumnQuery>,
    /// Queries of advice columns.
    pub advice_queries: Vec<ColumnQuery>,
    /// Queries of instance columns.
    pub instance_queries: Vec<ColumnQuery>,
}

impl GateBuilder {
    /// Returns a constant.
    pub fn constant(&mut self, value: Fr) -> Value {
        let constants = &mut self.constants;
        let position = *self.constant_positions.entry(value.to_repr()).or_insert_with(|| {
            constants.push(value);
            constants.len() as u32 - 1
        });
        Value(Node::Constant(position))
    }

    /// Returns the cell of a column in this row, or in the next one.
    pub fn cell(&mut self, kind: ColumnKind, column: usize, next: bool) -> Value {
        Value(Node::Cell(kind, column as u16, next))
    }

    /// Returns a challenge.
    pub fn challenge(&mut self, index: usize) -> Value {
        Value(Node::Challenge(index as u16))
    }

    /// Returns `a + b`.
    pub fn add(&mut self, a: Value, b: Value) -> Value {
        match (self.known_constant(a), self.known_constant(b)) {
            (Some(a), Some(b)) => self.constant(a + b),
            (Some(zero), None) if zero == Fr::ZERO => b,
            (None, Some(zero)) if zero == Fr::ZERO => a,
            _ => self.operation(Kind::Add, a.min(b), a.max(b)),
        }
    }

    /// Returns `a - b`.
    pub fn sub(&mut self, a: Value, b: Value) -> Value {
        match (self.known_constant(a), self.known_constant(b)) {
            (Some(a), Some(b)) => self.constant(a - b),
            (None, Some(zero)) if zero == Fr::ZERO => a,
            _ => self.operation(Kind::Sub, a, b),
        }
    }

    /// Returns `a * b`.
    pub fn mul(&mut self, a: Value, b: Value) -> Value {
        match (self.known_constant(a), self.known_constant(b)) {
            (Some(a), Some(b)) => self.constant(a * b),
            (Some(c), None) | (None, Some(c)) if c == Fr::ZERO => self.constant(c),
            (Some(one), None) if one == Fr::ONE => b,
            (None, Some(one)) if one == Fr::ONE => a,
            (Some(c), None) if c == -Fr::ONE => self.negate(b),
            (None, Some(c)) if c == -Fr::ONE => self.negate(a),
            _ => self.operation(Kind::Mul, a.min(b), a.max(b)),
        }
    }

    /// Returns `-a`.
    pub fn negate(&mut self, a: Value) -> Value {
        let zero = self.constant(Fr::ZERO);
        self.sub(zero, a)
    }

    /// Requires a value to be zero on every row.
    pub fn zero(&mut self, value: Value) {
        self.constraints.push(value);
    }

    /// Returns the constraints, with every one of the given numbers of columns queried on the
    /// current row.
    pub fn finish(self, fixed: usize, advice: usize) -> BuiltGates {
        let fixed_queries = self.queries(ColumnKind::Fixed, fixed);
        let advice_queries = self.queries(ColumnKind::Advice, advice);
        let instance_queries = self.queries(ColumnKind::Instance, 0);
        let lists = [
            (ColumnKind::Fixed, &fixed_queries),
            (ColumnKind::Advice, &advice_queries),
            (ColumnKind::Instance, &instance_queries),
        ];
        let cells = lists.iter().flat_map(|(kind, queries)| {
            queries
                .iter()
                .map(|query| Node::Cell(*kind, query.column, query.next))
        });
        let first_input = self.constants.len() as u32;
        let inputs: HashMap<Node, u32> = cells.zip(first_input..).collect();
        let first_challenge = first_input + inputs.len() as u32;
        let challenges = self.nodes().filter_map(|node| match node {
            Node::Challenge(index) => Some(u32::from(index) + 1),
            _ => None,
        });
        let first_result = first_challenge + challenges.max().unwrap_or_default();
        let number = |Value(node): Value| match node {
            Node::Constant(position) => position,
            Node::Cell(..) => inputs[&node],
            Node::Challenge(index) => first_challenge + u32::from(index),
            Node::Result(position) => first_result + position,
        };
        let operation = |(kind, a, b): &(Kind, Value, Value)| match kind {
            Kind::Add => Operation::Add(number(*a), number(*b)),
            Kind::Sub => Operation::Sub(number(*a), number(*b)),
            Kind::Mul => Operation::Mul(number(*a), number(*b)),
        };
        let gates = Gates {
            constants: self
                .constants
                .iter()
                .map(|value| Scalar(convert::scalar(value)))
                .collect(),
            operations: self.operations.iter().map(operation).collect(),
            constraints: self
                .constraints
                .iter()
                .map(|value| Compact(number(*value)))
                .collect(),
        };
        BuiltGates {
            gates,
            fixed_queries,
            advice_queries,
            instance_queries,
        }
    }

    fn known_constant(&self, Value(node): Value) -> Option<Fr> {
        match node {
            Node::Constant(position) => self.constants.get(position as usize).copied(),
            _ => None,
        }
    }

    fn operation(&mut self, kind: Kind, a: Value, b: Value) -> Value {
        let operations = &mut self.operations;
        let position = *self.known.entry((kind, a, b)).or_insert_with(|| {
            operations.push((kind, a, b));
            operations.len() as u32 - 1
        });
        Value(Node::Result(position))
    }

    /// All values that something refers to.
    fn nodes(&self) -> impl Iterator<Item = Node> + '_ {
        let operands = self.operations.iter().flat_map(|(_, a, b)| [a, b]);
        operands.chain(&self.constraints).map(|Value(node)| *node)
    }

    /// Returns the queries of columns of one kind: `columns` of them on the current row, then those
    /// on the next one.
    fn queries(&self, of: ColumnKind, columns: usize) -> Vec<ColumnQuery> {
        let current = (0..columns as u16).map(|column| ColumnQuery { column, next: false });
        let mut others: Vec<ColumnQuery> = self
            .nodes()
            .filter_map(|node| match node {
                Node::Cell(kind, column, next) if kind == of && (next || usize::from(column) >= columns) => {
                    Some(ColumnQuery { column, next })
                }
                _ => None,
            })
            .collect();
        others.sort_by_key(|query| (query.next, query.column));
        others.dedup();
        current.chain(others).collect()
    }
}
