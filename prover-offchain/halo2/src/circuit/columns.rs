//! The circuit's columns.

use std::ops::Range;

use zkfusion_air::fixed::FIXED_WIDTH;

use super::layout::Layout;

/// Places of the fixed columns.
#[derive(Clone, Debug)]
pub struct FixedColumns {
    /// The fixed table: lookups and the program.
    pub table: Range<usize>,
    /// 1 on the rows whose public input a table receives.
    pub statement_uses: usize,
    /// The row's number, there.
    pub statement_field: usize,
    /// 1 on the first row.
    pub first: usize,
}

impl FixedColumns {
    /// The places.
    pub const ALL: Self = Self {
        table: 0..FIXED_WIDTH,
        statement_uses: FIXED_WIDTH,
        statement_field: FIXED_WIDTH + 1,
        first: FIXED_WIDTH + 2,
    };

    /// Number of fixed columns.
    pub const COUNT: usize = Self::ALL.first + 1;
}

/// Places of the advice columns.
#[derive(Clone, Debug)]
pub struct AdviceColumns {
    /// The tables' columns, by place in [`Layout`]. A selector is 0 on its table's rows and 1
    /// elsewhere, so that no column is zero everywhere.
    pub shared: Range<usize>,
    /// How often the row of the fixed table is used.
    pub fixed_uses: usize,
    /// Sums of [`Layout::helpers`].
    pub helpers: Range<usize>,
    /// Sum of all helpers on the rows before.
    pub sum: usize,
}

impl AdviceColumns {
    /// Returns the places for a layout.
    pub fn new(layout: &Layout) -> Self {
        let shared = layout.width();
        let helpers = shared + 1..shared + 1 + layout.helpers().len();
        Self {
            shared: 0..shared,
            fixed_uses: shared,
            sum: helpers.end,
            helpers,
        }
    }

    /// Returns the number of advice columns.
    pub fn count(&self) -> usize {
        self.sum + 1
    }

    /// Returns the phase of each column: the helpers and their sum depend on challenges.
    pub fn phases(&self) -> Vec<u8> {
        (0..self.count())
            .map(|column| u8::from(column >= self.helpers.start))
            .collect()
    }
}

/// Places of the challenges, both drawn after the first phase.
#[derive(Clone, Copy, Debug)]
pub enum Challenge {
    /// Root of the tuples' sum.
    Alpha,
    /// Compresses tuples.
    Beta,
}

impl Challenge {
    /// Number of challenges.
    pub const COUNT: usize = 2;
}
