//! The fast interpreter: no trace, the same results.

mod decode;
mod instance;
mod resume;

use alloc::vec::Vec;
use core::fmt;

use crate::{environment::Host, program::Function, status, tracer::Ending, Program};
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
    pub fn instantiate(&self) -> Instance {
        Instance::new(self.program)
    }

    /// Calls a function in the program's memory with arguments (`i32` zero-extended) and returns
    /// its results.
    ///
    /// # Errors
    /// [`Trap`] when it ends otherwise than by returning. Memory and globals stay as they are then.
    ///
    /// # Panics
    /// May panic when `function` or `instance` are another program's.
    pub fn invoke(
        &self,
        instance: &mut Instance,
        function: &Function,
        arguments: &[u64],
        fuel_limit: u64,
        host: &mut impl Host,
    ) -> Result<Vec<u64>, Trap> {
        let Some(entry) = function.entry else {
            return Err(Trap {
                status: status::UNREACHABLE,
                pc: 0,
                fuel_used: 0,
            });
        };
        instance.frames[..arguments.len()].copy_from_slice(arguments);
        // A return word that leads to the end of the message.
        instance.frames[function.return_slot() as usize] = 0;
        let ending = instance.run(&self.ops, entry, fuel_limit, host);
        if ending.status != status::OK {
            return Err(Trap {
                status: ending.status,
                pc: ending.pc,
                fuel_used: ending.fuel,
            });
        }
        Ok(instance.frames[..function.results as usize].to_vec())
    }

    /// Executes one message.
    pub(crate) fn run_message(&self, fuel_limit: u64, host: &mut impl Host) -> Ending {
        self.instantiate().run(&self.ops, 1, fuel_limit, host)
    }
}
