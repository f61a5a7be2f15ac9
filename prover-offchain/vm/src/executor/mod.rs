//! The fast interpreter: no trace, the same results.

mod decode;
mod instance;

use alloc::vec::Vec;
use core::fmt;

use crate::{environment::Host, status, tracer::Ending, Program};
use decode::Op;
pub use instance::Instance;

/// Why a call did not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trap {
    /// Status, see [`status`].
    pub status: u8,
    /// Address of the instruction.
    pub pc: u32,
    /// Fuel used before it.
    pub fuel_used: u64,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at code address {} after {} fuel",
            status::name(self.status),
            self.pc,
            self.fuel_used
        )
    }
}

impl core::error::Error for Trap {}

/// A program decoded for interpretation.
#[derive(Clone, Debug)]
pub struct Executor<'p> {
    program: &'p Program,
    ops: Vec<Op>,
}

impl<'p> Executor<'p> {
    /// Decodes a program.
    pub fn new(program: &'p Program) -> Self {
        Self {
            program,
            ops: program.code.iter().map(Op::from).collect(),
        }
    }

    /// Returns fresh memory for the program; its start function has not run.
    pub fn instantiate(&self) -> Instance<'_> {
        Instance::new(self.program, &self.ops)
    }

    /// Executes one message.
    pub(crate) fn run_message(&self, fuel_limit: u64, host: &mut impl Host) -> Ending {
        self.instantiate().run(1, fuel_limit, host)
    }
}
