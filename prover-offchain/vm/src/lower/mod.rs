//! From WebAssembly's stack code to register code, one function at a time.

mod arith;
pub(crate) mod assembler;
mod bulk;
mod call;
mod compare;
mod context;
mod control;
mod division;
mod float;
mod function;
mod memory;
mod operator;
pub(crate) mod routines;
mod shift;
mod small;
mod stack;
mod state;
mod table;
mod values;
mod zeroing;

pub(crate) use call::element_word;
pub(crate) use context::Context;
pub(crate) use function::{lower_function, lower_import};
