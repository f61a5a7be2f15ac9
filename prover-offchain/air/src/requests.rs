//! The requests of tables to each other while they are filled.

use std::collections::HashMap;

use crate::fixed::{Lookup, Shift};

/// What the tables ask of each other while they are filled.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    pub(crate) words: Vec<(u64, [u64; 2])>,
    pub(crate) lookups: HashMap<Lookup, u64>,
}

impl Requests {
    /// Asks for a number's range.
    pub(crate) fn word(&mut self, value: u64) {
        self.words.push((value, [0; 2]));
    }

    /// Asks for a number's range, with a note that goes with it.
    pub(crate) fn noted_word(&mut self, value: u64, first: u64, second: u64) {
        self.words.push((value, [first, second]));
    }

    /// Asks for a power of two.
    pub(crate) fn power(&mut self, amount: u64, kind: u64) {
        self.lookup(Lookup::Shift(Shift {
            amount,
            right: kind & 1 == 1,
            w32: kind & 2 == 2,
        }));
    }

    /// Asks for a row of the lookup table.
    pub(crate) fn lookup(&mut self, lookup: Lookup) {
        *self.lookups.entry(lookup).or_default() += 1;
    }
}
