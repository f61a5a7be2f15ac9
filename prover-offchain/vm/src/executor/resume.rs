//! Programs that go on where an instance is.

use super::Instance;
use crate::program::{Function, Program};

impl Program {
    /// Returns the program whose messages find memory as `instance` has it and call `function` with
    /// constants, as [`Self::calling`].
    pub fn resuming(&self, instance: &Instance, function: &Function, arguments: &[u64]) -> Option<Self> {
        let mut program = self.with_calls([(function, arguments)])?;
        program.image = instance.image();
        program.initial_pages = instance.pages();
        program.code[1].imm = instance.pages().into();
        Some(program)
    }
}
