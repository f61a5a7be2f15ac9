//! The circuit's columns.

use std::ops::Range;

use zkfusion_air::fixed::{LOOKUP_WIDTH, PROGRAM_WIDTH};

use super::layout::Layout;

/// Places of the fixed columns.
#[derive(Clone, Debug)]
pub struct FixedColumns {
    /// The lookup table.
    pub lookup: Range<usize>,
    /// The program table.
    pub program: Range<usize>,
    /// 1 on the rows whose public input a table receives.
    pub statement_uses: usize,
    /// The row's number, there.
    pub statement_field: usize,
    /// 1 on the first row.
    pub first: usize,
}

impl FixedColumns {
    /// The places.
    pub const ALL: Self = {
        let program = LOOKUP_WIDTH + PROGRAM_WIDTH;
        Self {
            lookup: 0..LOOKUP_WIDTH,
            program: LOOKUP_WIDTH..program,
            statement_uses: program,
            statement_field: program + 1,
            first: program + 2,
        }
    };

    /// Number of fixed columns.
    pub const COUNT: usize = Self::ALL.first + 1;
}

/// Places of the advice columns.
#[derive(Clone, Debug)]
pub struct AdviceColumns {
    /// The tables' columns, by place in [`Layout`]. A selector is 0 on its table's rows and 1 elsewhere, so that no column is zero
    /// everywhere.
    pub shared: Range<usize>,
    /// How often the row of the lookup table is used.
    pub lookup_uses: usize,
    /// How often the row of the program table is used.
    pub program_uses: usize,
    /// Sums of [`Layout::helpers`].
    pub helpers: Range<usize>,
    /// Sum of all helpers on the rows before.
    pub sum: usize,
}

impl AdviceColumns {
    /// Returns the places for a layout.
    pub fn new(layout: &Layout) -> Self {
        let shared = layout.width();
        let helpers = shared + 2..shared + 2 + layout.helpers().len();
        Self {
            shared: 0..shared,
            lookup_uses: shared,
            program_uses: shared + 1,
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
