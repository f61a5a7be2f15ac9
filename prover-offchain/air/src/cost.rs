//! The cost of an execution: the rows that it takes in each table.

use std::ops::{Add, Sub};

use crate::TableId;

/// Rows by table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost([u64; TableId::ALL.len()]);

impl Cost {
    /// Returns the cost whose rows of each table are `rows` of it.
    pub fn new(rows: impl Fn(TableId) -> usize) -> Self {
        Self(TableId::ALL.map(|table| rows(table) as u64))
    }

    /// Returns the rows of a table.
    pub fn of(&self, table: TableId) -> u64 {
        self.0[table as usize]
    }

    /// Returns the rows of all tables together.
    pub fn rows(&self) -> u64 {
        self.0.iter().sum()
    }
}

impl Add for Cost {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        for (rows, more) in self.0.iter_mut().zip(other.0) {
            *rows += more;
        }
        self
    }
}

impl Sub for Cost {
    type Output = Self;

    /// Returns the difference to `before`, which `self` includes.
    fn sub(mut self, before: Self) -> Self {
        for (rows, less) in self.0.iter_mut().zip(before.0) {
            *rows -= less;
        }
        self
    }
}
