//! The cost of an instruction: the most trace rows that it takes, in all tables.

use crate::{
    host::HostFn,
    isa::{Group, Instruction, Modifiers, Sub},
};

/// The most that an instruction costs: of every group and sub, of both widths, with every host
/// function.
pub const MAX_INSTRUCTION_FUEL: u64 = {
    let mut most = 0;
    let mut groups = Group::ALL.as_slice();
    while let [group, other_groups @ ..] = groups {
        groups = other_groups;
        let mut subs = Sub::ALL.as_slice();
        while let [sub, other_subs @ ..] = subs {
            subs = other_subs;
            let mut code = 0;
            while HostFn::from_code(code).is_some() {
                let narrow = form(*group, *sub, true, code).fuel();
                let wide = form(*group, *sub, false, code).fuel();
                most = larger(most, larger(narrow, wide));
                code += 1;
            }
        }
    }
    most
};

/// Returns an instruction with what its fuel depends on.
const fn form(group: Group, sub: Sub, w32: bool, imm: u64) -> Instruction {
    Instruction {
        group,
        sub,
        modifiers: Modifiers {
            reads_x: false,
            reads_y: false,
            writes_z: false,
            w32,
            neg: false,
            branch: false,
            system: false,
        },
        a: 0,
        b: 0,
        d: 0,
        imm,
    }
}

const fn larger(one: u64, other: u64) -> u64 {
    if one > other {
        one
    } else {
        other
    }
}

impl Instruction {
    /// Returns the instruction's fuel: one for its step and one for each row it takes in the chips.
    pub const fn fuel(&self) -> u64 {
        1 + self.chip_rows()
    }

    /// Returns the number of rows in addition to the step itself.
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
