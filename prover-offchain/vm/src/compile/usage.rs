//! Which tables a program grows, which segments it copies from and which it drops.

use alloc::collections::BTreeSet;

use wasmparser::{FunctionBody, Operator};

use crate::CompileError;

/// What the instructions of a program do to tables and segments. What they do not is known when it
/// is compiled.
#[derive(Default)]
pub(crate) struct Usage {
    /// Tables that some `table.grow` names.
    pub(crate) grown_tables: BTreeSet<u32>,
    /// Data segments that some `memory.init` names.
    pub(crate) copied_data: BTreeSet<u32>,
    /// Data segments that some `data.drop` names.
    pub(crate) dropped_data: BTreeSet<u32>,
    /// Element segments that some `table.init` names.
    pub(crate) copied_elements: BTreeSet<u32>,
    /// Element segments that some `elem.drop` names.
    pub(crate) dropped_elements: BTreeSet<u32>,
}

impl Usage {
    /// Reads all instructions.
    pub(crate) fn of(bodies: &[FunctionBody<'_>]) -> Result<Self, CompileError> {
        let mut usage = Self::default();
        for body in bodies {
            let mut operators = body.get_operators_reader()?;
            while !operators.eof() {
                match operators.read()? {
                    Operator::TableGrow { table } => usage.grown_tables.insert(table),
                    Operator::MemoryInit { data_index, .. } => usage.copied_data.insert(data_index),
                    Operator::DataDrop { data_index } => usage.dropped_data.insert(data_index),
                    Operator::TableInit { elem_index, .. } => usage.copied_elements.insert(elem_index),
                    Operator::ElemDrop { elem_index } => usage.dropped_elements.insert(elem_index),
                    _ => continue,
                };
            }
        }
        Ok(usage)
    }
}
