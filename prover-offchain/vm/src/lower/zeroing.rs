//! Which locals need an explicit zero at a function's start.

use alloc::{vec, vec::Vec};

use wasmparser::{FunctionBody, Operator};

use crate::CompileError;

/// Returns the locals that may be read before they are written, ascending. A local counts as written until the
/// end of the block in which it is set, as for non-nullable locals in later versions of WebAssembly.
pub(super) fn locals_to_zero(
    params: u32,
    locals: u32,
    body: &FunctionBody<'_>,
) -> Result<Vec<u32>, CompileError> {
    let mut written = vec![false; locals as usize];
    written[..params as usize].fill(true);
    let mut zeroed = vec![false; locals as usize];
    let mut in_block: Vec<u32> = Vec::new();
    let mut blocks: Vec<usize> = Vec::new();
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        match operators.read()? {
            Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => {
                blocks.push(in_block.len())
            }
            operator @ (Operator::Else | Operator::End) => {
                let start = if matches!(operator, Operator::Else) {
                    blocks.last().copied().unwrap_or_default()
                } else {
                    blocks.pop().unwrap_or_default()
                };
                for local in in_block.drain(start..) {
                    written[local as usize] = false;
                }
            }
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index }
                if !core::mem::replace(&mut written[local_index as usize], true) =>
            {
                in_block.push(local_index);
            }
            Operator::LocalGet { local_index } => {
                let local = local_index as usize;
                zeroed[local] |= !written[local];
            }
            _ => {}
        }
    }
    Ok((0..locals).filter(|local| zeroed[*local as usize]).collect())
}
