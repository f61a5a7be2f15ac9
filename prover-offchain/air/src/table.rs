//! What a table is: columns, constraints that hold on every row, and what its rows put on the
//! buses.

use crate::bus::Bus;
use crate::columns::{Column, Columns, Kind};
use crate::expr::Expr;
use crate::Fr;

/// A polynomial that vanishes on every row of a table.
#[derive(Clone, Debug)]
pub struct Constraint {
    /// Why it holds, for people.
    pub name: String,
    /// The polynomial, of degree at most [`MAX_DEGREE`].
    pub expr: Expr,
}

/// A tuple that a row puts on a bus. A bus balances when, over all rows of all tables, the
/// multiplicities of each tuple sum to zero.
#[derive(Clone, Debug)]
pub struct Interaction {
    /// The bus.
    pub bus: Bus,
    /// How often the tuple is sent; negative when it is received. Of degree at most 2.
    pub multiplicity: Expr,
    /// The tuple; each entry of degree at most 1.
    pub tuple: Vec<Expr>,
}

/// Largest degree of a constraint. The backend spends one more on the table's selector.
pub const MAX_DEGREE: usize = 4;

/// A table's rules.
#[derive(Clone, Debug)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// Its columns.
    pub columns: Vec<Column>,
    /// What holds on each of its rows.
    pub constraints: Vec<Constraint>,
    /// A polynomial in one row's cells that vanishes on a row that does not follow another one of
    /// this table.
    pub entry: Option<Expr>,
    /// What each row puts on the buses.
    pub interactions: Vec<Interaction>,
    /// Whether the table has exactly one block of rows, which begins at a place that the backend
    /// fixes.
    pub anchored: bool,
}

/// Collects the rules of a table with columns `C`.
#[derive(Debug)]
pub struct Builder {
    table: Table,
}

impl Builder {
    /// Begins a table; returns its cells in this row and in the next one.
    pub fn new<C: Columns<Expr>>(name: &'static str) -> (Self, C, C) {
        let cells = |make: fn(usize) -> Expr| {
            let mut column = 0;
            C::from_cells(|| {
                column += 1;
                make(column - 1)
            })
        };
        let columns = C::columns();
        let mut builder = Self {
            table: Table {
                name,
                columns: columns.clone(),
                constraints: Vec::new(),
                entry: None,
                interactions: Vec::new(),
                anchored: false,
            },
        };
        for (index, column) in columns.iter().enumerate() {
            if column.kind == Kind::Bit {
                let bit = Expr::local(index);
                builder.zero(format!("{} is 0 or 1", column.name), &bit * (&bit - 1));
            }
        }
        (builder, cells(Expr::local), cells(Expr::next))
    }

    /// Requires `expr` to vanish.
    ///
    /// # Panics
    ///
    /// When its degree is above [`MAX_DEGREE`]: a mistake in the table.
    pub fn zero(&mut self, name: impl Into<String>, expr: Expr) {
        let name = name.into();
        let degree = expr.degree();
        assert!(
            degree <= MAX_DEGREE,
            "{}: {name}: degree {degree}",
            self.table.name
        );
        self.table.constraints.push(Constraint { name, expr });
    }

    /// Requires `a = b`.
    pub fn equal(&mut self, name: impl Into<String>, a: impl Into<Expr>, b: impl Into<Expr>) {
        self.zero(name, a.into() - b.into());
    }

    /// Requires `expr` to vanish where `condition` is not zero.
    pub fn when(&mut self, name: impl Into<String>, condition: impl Into<Expr>, expr: Expr) {
        self.zero(name, condition.into() * expr);
    }

    /// Requires `bit = 1` when `value = 0` and `bit = 0` otherwise, where `condition` is one;
    /// `inverse` is the witness that `value` is not zero.
    pub fn is_zero(&mut self, name: &str, condition: &Expr, value: &Expr, inverse: &Expr, bit: &Expr) {
        self.when(
            format!("{name}: a value without inverse is zero"),
            condition,
            value * inverse - 1 + bit,
        );
        self.when(format!("{name}: zero when so marked"), condition, bit * value);
    }

    /// Sends `tuple` with `multiplicity`.
    ///
    /// # Panics
    ///
    /// When a degree is too high: a mistake in the table.
    pub fn send(&mut self, bus: Bus, multiplicity: impl Into<Expr>, tuple: Vec<Expr>) {
        let multiplicity = multiplicity.into();
        assert!(multiplicity.degree() <= 2, "{}: multiplicity", self.table.name);
        assert!(
            tuple.iter().all(|entry| entry.degree() <= 1),
            "{}: tuple on {bus:?}",
            self.table.name
        );
        self.table.interactions.push(Interaction {
            bus,
            multiplicity,
            tuple,
        });
    }

    /// Receives `tuple` with `multiplicity`.
    pub fn receive(&mut self, bus: Bus, multiplicity: impl Into<Expr>, tuple: Vec<Expr>) {
        self.send(bus, -multiplicity.into(), tuple);
    }

    /// Requires `expr`, in this row's cells, to vanish on rows that do not follow another row of
    /// the table.
    pub fn entry(&mut self, expr: Expr) {
        self.table.entry = Some(expr);
    }

    /// Gives the table exactly one block of rows.
    pub fn anchored(&mut self) {
        self.table.anchored = true;
    }

    /// Returns the finished table.
    pub fn finish(self) -> Table {
        self.table
    }
}

/// The rows of one table, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Number of columns.
    pub width: usize,
    /// The cells, row by row.
    pub cells: Vec<Fr>,
}

impl Rows {
    /// Returns no rows of a table with columns `C`.
    pub fn new<C: Columns<Fr>>() -> Self {
        Self {
            width: C::columns().len(),
            cells: Vec::new(),
        }
    }

    /// Appends a row.
    pub fn push<C: Columns<Fr>>(&mut self, row: C) {
        self.cells.extend(row.into_cells());
    }

    /// Returns the number of rows.
    pub fn len(&self) -> usize {
        self.cells.len() / self.width.max(1)
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// Returns row `index`.
    ///
    /// # Panics
    ///
    /// When there is none.
    pub fn row(&self, index: usize) -> &[Fr] {
        &self.cells[index * self.width..(index + 1) * self.width]
    }
}
