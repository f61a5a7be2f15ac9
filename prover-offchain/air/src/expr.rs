//! Polynomial expressions over the cells of a row and of the row after it.

use std::collections::HashMap;
use std::ops::{Add, Mul, Neg, Sub};
use std::sync::Arc;

use halo2curves::ff::Field;

use crate::Fr;

/// A polynomial in the cells of a row. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Expr(Arc<Node>);

/// The outermost operation of an [`Expr`].
#[derive(Debug)]
pub enum Node {
    /// A constant.
    Constant(Fr),
    /// Column `column` of this row.
    Local(usize),
    /// Column `column` of the next row.
    Next(usize),
    /// 1 when the next row belongs to the same table, 0 otherwise.
    HasNext,
    /// 1 on the table's first row, for the one table that is anchored.
    IsFirst,
    /// A sum.
    Add(Expr, Expr),
    /// A product.
    Mul(Expr, Expr),
}

impl Expr {
    fn new(node: Node) -> Self {
        Self(Arc::new(node))
    }

    /// Returns the constant `value`.
    pub fn constant(value: Fr) -> Self {
        Self::new(Node::Constant(value))
    }

    /// Returns the cell of column `column` in this row.
    pub fn local(column: usize) -> Self {
        Self::new(Node::Local(column))
    }

    /// Returns the cell of column `column` in the next row.
    pub fn next(column: usize) -> Self {
        Self::new(Node::Next(column))
    }

    /// Returns the indicator that the next row belongs to the same table.
    pub fn has_next() -> Self {
        Self::new(Node::HasNext)
    }

    /// Returns the indicator of the anchored table's first row.
    pub fn is_first() -> Self {
        Self::new(Node::IsFirst)
    }

    /// Returns the outermost operation.
    pub fn node(&self) -> &Node {
        &self.0
    }

    /// Returns the degree in the cells.
    pub fn degree(&self) -> usize {
        match self.node() {
            Node::Constant(_) => 0,
            Node::Local(_) | Node::Next(_) | Node::HasNext | Node::IsFirst => 1,
            Node::Add(a, b) => a.degree().max(b.degree()),
            Node::Mul(a, b) => a.degree() + b.degree(),
        }
    }

    /// Returns the value on `row`. Whoever has several expressions of a row asks an [`Evaluator`].
    pub fn evaluate(&self, row: &RowView<'_>) -> Fr {
        Evaluator::new(*row).value(self)
    }

    /// Returns the constant when the expression is one.
    fn as_constant(&self) -> Option<Fr> {
        match self.node() {
            Node::Constant(value) => Some(*value),
            _ => None,
        }
    }
}

/// The cells that an expression can see.
#[derive(Clone, Copy, Debug)]
pub struct RowView<'a> {
    /// This row.
    pub local: &'a [Fr],
    /// The next row of the same table; zeroes when there is none.
    pub next: &'a [Fr],
    /// Whether there is a next row.
    pub has_next: bool,
    /// Whether this is the table's first row.
    pub is_first: bool,
}

/// Evaluates expressions on a row, parts that they share once.
#[derive(Debug)]
pub struct Evaluator<'a> {
    row: RowView<'a>,
    /// Values of shared operations, by address.
    known: HashMap<*const Node, Fr>,
}

impl<'a> Evaluator<'a> {
    /// Returns the evaluator of a row.
    pub fn new(row: RowView<'a>) -> Self {
        Self {
            row,
            known: HashMap::new(),
        }
    }

    /// Returns an expression's value.
    pub fn value(&mut self, expr: &Expr) -> Fr {
        let (a, b, product) = match expr.node() {
            Node::Constant(value) => return *value,
            Node::Local(column) => return self.row.local[*column],
            Node::Next(column) => return self.row.next[*column],
            Node::HasNext => return Fr::from(u64::from(self.row.has_next)),
            Node::IsFirst => return Fr::from(u64::from(self.row.is_first)),
            Node::Add(a, b) => (a, b, false),
            Node::Mul(a, b) => (a, b, true),
        };
        let shared = (Arc::strong_count(&expr.0) > 1).then_some(Arc::as_ptr(&expr.0));
        if let Some(value) = shared.and_then(|node| self.known.get(&node)) {
            return *value;
        }
        let a = self.value(a);
        let value = match product {
            // Most products have a flag that is not set.
            true if a == Fr::ZERO => a,
            true => a * self.value(b),
            false => a + self.value(b),
        };
        if let Some(node) = shared {
            self.known.insert(node, value);
        }
        value
    }
}

impl From<u64> for Expr {
    fn from(value: u64) -> Self {
        Self::constant(Fr::from(value))
    }
}

impl From<Fr> for Expr {
    fn from(value: Fr) -> Self {
        Self::constant(value)
    }
}

impl From<&Expr> for Expr {
    fn from(value: &Expr) -> Self {
        value.clone()
    }
}

macro_rules! binary {
    ($trait:ident, $method:ident, $build:expr) => {
        impl<T: Into<Expr>> $trait<T> for Expr {
            type Output = Expr;
            fn $method(self, other: T) -> Expr {
                $build(self, other.into())
            }
        }
        impl<T: Into<Expr>> $trait<T> for &Expr {
            type Output = Expr;
            fn $method(self, other: T) -> Expr {
                $build(self.clone(), other.into())
            }
        }
    };
}

fn add(a: Expr, b: Expr) -> Expr {
    match (a.as_constant(), b.as_constant()) {
        (Some(x), Some(y)) => Expr::constant(x + y),
        (Some(x), None) if x == Fr::ZERO => b,
        (None, Some(y)) if y == Fr::ZERO => a,
        _ => Expr::new(Node::Add(a, b)),
    }
}

fn mul(a: Expr, b: Expr) -> Expr {
    match (a.as_constant(), b.as_constant()) {
        (Some(x), Some(y)) => Expr::constant(x * y),
        (Some(x), None) if x == Fr::ONE => b,
        (None, Some(y)) if y == Fr::ONE => a,
        (Some(x), None) if x == Fr::ZERO => a,
        (None, Some(y)) if y == Fr::ZERO => b,
        _ => Expr::new(Node::Mul(a, b)),
    }
}

binary!(Add, add, add);
binary!(Mul, mul, mul);
binary!(Sub, sub, |a: Expr, b: Expr| add(a, -b));

impl Neg for Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        mul(Expr::constant(-Fr::ONE), self)
    }
}

impl Neg for &Expr {
    type Output = Expr;
    fn neg(self) -> Expr {
        -self.clone()
    }
}

impl std::iter::Sum for Expr {
    fn sum<I: Iterator<Item = Expr>>(iter: I) -> Expr {
        iter.fold(Expr::from(0), |sum, term| sum + term)
    }
}

/// Returns `2^bits` as a field element.
pub fn pow2(bits: u32) -> Fr {
    Fr::from(2).pow_vartime([u64::from(bits)])
}

/// Returns `1 - bit`.
pub fn not(bit: &Expr) -> Expr {
    Expr::from(1) - bit
}

/// Returns the number whose digits in base `2^bits` are `digits`, lowest first.
pub fn compose(digits: &[Expr], bits: u32) -> Expr {
    digits
        .iter()
        .enumerate()
        .map(|(i, digit)| digit * pow2(bits * i as u32))
        .sum()
}
