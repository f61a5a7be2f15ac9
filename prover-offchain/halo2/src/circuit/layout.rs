//! How the tables share the circuit's columns and rows.
//!
//! All tables stand in the same columns, one below the other, so that the number of commitments is
//! that of the widest table and any mix of rows fits as long as there are enough of them. Each
//! table has a selector column; each row has at most one selector.

use std::sync::OnceLock;

use zkfusion_air::columns::Kind;
use zkfusion_air::table::Table;
use zkfusion_air::tables;

/// The tables and where their columns stand.
#[derive(Debug)]
pub struct Layout {
    /// The tables.
    pub tables: Vec<Table>,
    /// For each table, for each of its columns, the physical column.
    pub places: Vec<Vec<usize>>,
    /// Columns of any value: the first after the selectors.
    pub any: usize,
    /// Columns of bytes, after those of any value.
    pub bytes: usize,
    /// Columns of limbs, after those of bytes.
    pub limbs: usize,
    /// Bus interactions of a row at most.
    pub slots: usize,
}

impl Layout {
    /// Returns the layout of the VM's tables.
    pub fn vm() -> &'static Self {
        static LAYOUT: OnceLock<Layout> = OnceLock::new();
        LAYOUT.get_or_init(|| Self::new(tables()))
    }

    fn new(tables: Vec<Table>) -> Self {
        let most = |kinds: &[Kind]| {
            let count = |table: &Table| {
                table
                    .columns
                    .iter()
                    .filter(|column| kinds.contains(&column.kind))
                    .count()
            };
            tables.iter().map(count).max().unwrap_or_default()
        };
        let any = most(&[Kind::Any, Kind::Bit]);
        let bytes = most(&[Kind::Byte]);
        let limbs = most(&[Kind::Limb]);
        let places = tables
            .iter()
            .map(|table| {
                let mut next = [tables.len(), tables.len() + any, tables.len() + any + bytes];
                let place = |kind: Kind| {
                    let class = match kind {
                        Kind::Any | Kind::Bit => 0,
                        Kind::Byte => 1,
                        Kind::Limb => 2,
                    };
                    next[class] += 1;
                    next[class] - 1
                };
                table
                    .columns
                    .iter()
                    .map(|column| column.kind)
                    .map(place)
                    .collect()
            })
            .collect();
        let slots = tables
            .iter()
            .map(|table| table.interactions.len())
            .max()
            .unwrap_or_default();
        Self {
            tables,
            places,
            any,
            bytes,
            limbs,
            slots,
        }
    }

    /// Returns the number of columns that the tables share, selectors included.
    pub fn width(&self) -> usize {
        self.tables.len() + self.any + self.bytes + self.limbs
    }

    /// Returns the physical columns of bytes.
    pub fn byte_columns(&self) -> std::ops::Range<usize> {
        let first = self.tables.len() + self.any;
        first..first + self.bytes
    }

    /// Returns the physical columns of limbs.
    pub fn limb_columns(&self) -> std::ops::Range<usize> {
        let first = self.tables.len() + self.any + self.bytes;
        first..first + self.limbs
    }
}

/// Something that puts a tuple on a bus on every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// The `i`-th interaction of whichever table the row belongs to.
    Slot(usize),
    /// The range of a byte column, by physical column.
    Byte(usize),
    /// The range of a limb column, by physical column.
    Limb(usize),
    /// The fixed table's row.
    Fixed,
    /// The statement's field of the row.
    Statement,
}

impl Term {
    /// Degree of the tuple's compression in the cells.
    const fn degree(self) -> usize {
        match self {
            Self::Slot(_) => 2,
            _ => 1,
        }
    }
}

/// Degree that the compressions of one helper column may have together, so that its constraint has
/// degree 5.
const HELPER_DEGREE: usize = 4;

impl Layout {
    /// Returns the terms of the helper columns: each column is the sum of its terms' multiplicities
    /// over their compressed tuples.
    pub fn helpers(&self) -> Vec<Vec<Term>> {
        let slots = (0..self.slots).map(Term::Slot);
        let bytes = self.byte_columns().map(Term::Byte);
        let limbs = self.limb_columns().map(Term::Limb);
        let fixed = [Term::Fixed, Term::Statement];
        let mut helpers: Vec<Vec<Term>> = Vec::new();
        let mut degree = HELPER_DEGREE;
        for term in slots.chain(bytes).chain(limbs).chain(fixed) {
            if degree + term.degree() > HELPER_DEGREE {
                helpers.push(Vec::new());
                degree = 0;
            }
            degree += term.degree();
            if let Some(helper) = helpers.last_mut() {
                helper.push(term);
            }
        }
        helpers
    }
}
