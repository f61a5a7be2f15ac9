//! What an instruction costs: the trace rows that it takes at most, in all tables.

use crate::{
    host::HostFn,
    isa::{Group, Instruction, Sub},
};

impl Instruction {
    /// Returns the instruction's fuel: one for its step and one for each row it takes in the chips.
    pub const fn fuel(&self) -> u64 {
        1 + self.chip_rows()
    }

    /// Returns the rows beside the step itself.
    const fn chip_rows(&self) -> u64 {
        let m = self.modifiers;
        match self.group {
            Group::Mul if !m.w32 => 1,
            Group::Div => 2,
            Group::Compare if matches!(self.sub, Sub::S1) => 2,
            Group::Bits if m.w32 => 1,
            Group::Bits => 2,
            // An access that crosses a word boundary takes the most rows.
            Group::Memory if matches!(self.sub, Sub::S0) => 3,
            Group::Memory => 5,
            Group::System if matches!(self.sub, Sub::S2) => match HostFn::from_code(self.imm) {
                Some(function) => function.fuel(),
                None => 0,
            },
            _ => 0,
        }
    }
}
