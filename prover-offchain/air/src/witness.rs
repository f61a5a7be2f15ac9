//! The tables' rows, from an execution's trace.

mod builder;

use thiserror::Error;
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_vm::program::Program;
use zkfusion_vm::trace::{Step, Trace};

use crate::cost::Cost;
use crate::table::Rows;
use crate::{Fr, TableId};
use builder::WitnessBuilder;

/// A batch that was executed.
#[derive(Clone, Debug)]
pub struct Execution<'a> {
    /// The program.
    pub program: &'a Program,
    /// What it did.
    pub trace: &'a Trace,
    /// Each message's tape, in whole rows of three words.
    pub tapes: &'a [Vec<u64>],
    /// The app's state before the batch.
    pub state: SparseTree,
    /// The inbox hash before the batch.
    pub inbox_hash: [u8; 32],
    /// Words of the batch's randomness.
    pub seed: [u64; 4],
}

/// Why there is no witness.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WitnessError {
    /// The batch has no messages.
    #[error("the batch has no messages")]
    Empty,
    /// A hash is not a field element.
    #[error("{0} is not below the field's modulus")]
    NotAFieldElement(&'static str),
    /// The trace is not that of the tapes, program or state.
    #[error("the trace does not fit the batch: {0}")]
    Trace(&'static str),
}

/// A batch's rows and what they look up.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Rows of each table, in the order of [`crate::tables`].
    pub tables: Vec<Rows>,
    /// How often each row of the lookup table is used by conjunctions and shifts. Ranges of bytes
    /// and limbs are counted by whoever lays out the columns.
    pub lookups: Vec<u64>,
    /// How often each instruction is executed, then how often each interval of the image is used.
    pub program: Vec<u64>,
    /// The statement's fields that the witness determines, by place among the public inputs; the
    /// others are zero.
    pub statement: [Fr; 13],
}

impl Witness {
    /// Builds the witness of an execution.
    ///
    /// # Errors
    ///
    /// [`WitnessError`] when the execution's parts do not fit each other.
    pub fn build(execution: &Execution<'_>) -> Result<Self, WitnessError> {
        Self::build_metered(execution, |_, _| ())
    }

    /// Builds the witness of an execution; `meter` gets each step with the rows that it took. The
    /// rest of the witness's rows is the batch's: messages, touched addresses, randomness.
    ///
    /// # Errors
    ///
    /// [`WitnessError`] when the execution's parts do not fit each other.
    pub fn build_metered(
        execution: &Execution<'_>,
        mut meter: impl FnMut(&Step, Cost),
    ) -> Result<Self, WitnessError> {
        let mut builder = WitnessBuilder::new(execution)?;
        let mut before = Cost::default();
        for (index, step) in execution.trace.steps.iter().enumerate() {
            builder.step(index as u64 + 1, step)?;
            let after = builder.cost();
            meter(step, after - before);
            before = after;
        }
        builder.finish()
    }

    /// Returns the rows of each table.
    pub fn cost(&self) -> Cost {
        Cost::new(|table| self.rows(table).len())
    }

    /// Returns the rows of a table.
    pub fn rows(&self, table: TableId) -> &Rows {
        &self.tables[table as usize]
    }

    /// Returns the rows of all tables together.
    pub fn height(&self) -> usize {
        self.tables.iter().map(Rows::len).sum()
    }
}

/// Returns a leaf's words.
pub fn words(leaf: &[u8; 32]) -> [u64; 4] {
    core::array::from_fn(|i| {
        let mut word = [0; 8];
        word.copy_from_slice(&leaf[8 * i..8 * i + 8]);
        u64::from_le_bytes(word)
    })
}
