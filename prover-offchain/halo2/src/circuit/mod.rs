//! The circuit of batch proofs: the tables of `zkfusion-air` in shared columns.

pub mod assignment;
pub mod columns;
pub mod gates;
pub mod layout;
pub mod proving;

use zkfusion_vm::Program;

use assignment::fixed_rows;

/// Returns the smallest `k` from `smallest` on whose `2^k` rows hold a program and a witness of
/// `height` rows. The last row belongs to no table.
pub fn size(program: &Program, height: usize, smallest: u32) -> u32 {
    let rows = (height + 1).max(fixed_rows(program).len());
    smallest.max(usize::BITS - (rows - 1).leading_zeros())
}
