//! Code being written: instructions, labels, and the last instruction for those who want to change
//! it.

use alloc::vec::Vec;

use crate::{
    isa::{Group, Instruction, Modifiers, Sub},
    limits::{Limit, MAX_CODE},
    CompileError,
};

/// Where an operand comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operand {
    /// A slot of the frame.
    Slot(u32),
    /// A constant. As a left operand only 0 can be expressed.
    Imm(u64),
}

/// A place in the code that branches can refer to before it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Label(u32);

/// An operation: everything of an instruction but its operands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    pub(crate) group: Group,
    pub(crate) sub: Sub,
    pub(crate) w32: bool,
}

impl Op {
    pub(crate) const fn new(group: Group, sub: Sub, w32: bool) -> Self {
        Self { group, sub, w32 }
    }
}

/// The code of a program being written.
#[derive(Default)]
pub(crate) struct Assembler {
    /// Instructions before those of `code`.
    origin: u32,
    code: Vec<Instruction>,
    /// Instructions before this address are final: a branch may arrive here.
    barrier: usize,
    labels: Vec<Option<u32>>,
    branches: Vec<(u32, Label)>,
    calls: Vec<(u32, u32)>,
    /// Moves of references to functions.
    references: Vec<(u32, u32)>,
}

impl Assembler {
    /// Returns an assembler of code that will follow `origin` other instructions.
    pub(crate) fn at(origin: u32) -> Self {
        Self {
            origin,
            ..Self::default()
        }
    }

    /// Returns the address of the next instruction.
    pub(crate) fn pc(&self) -> u32 {
        self.origin + self.code.len() as u32
    }

    /// Returns the code, in which no address is left to be filled in.
    pub(crate) fn into_code(self) -> Vec<Instruction> {
        self.code
    }

    /// Forgets all but the last instruction once the code has outgrown its limit: how large it
    /// becomes is still measured, in little memory.
    pub(crate) fn discard_excess(&mut self) {
        if self.code.len() as u64 <= MAX_CODE {
            return;
        }
        let excess = self.code.len() - 1;
        self.code.drain(..excess);
        self.origin += excess as u32;
        self.barrier = self.barrier.saturating_sub(excess);
        self.branches.clear();
        self.calls.clear();
        self.references.clear();
    }

    /// Appends an instruction.
    pub(crate) fn push(&mut self, instruction: Instruction) {
        self.code.push(instruction);
    }

    /// Appends `d = op(x, y)`.
    pub(crate) fn op(&mut self, op: Op, x: Operand, y: Operand, d: u32) {
        let mut instruction = Self::instruction(op, x, y);
        instruction.modifiers.writes_z = true;
        instruction.d = d;
        self.push(instruction);
    }

    /// Returns an instruction that reads `x` and `y`.
    pub(crate) fn instruction(op: Op, x: Operand, y: Operand) -> Instruction {
        let mut instruction = Instruction {
            group: op.group,
            sub: op.sub,
            modifiers: Modifiers {
                w32: op.w32,
                ..Modifiers::default()
            },
            a: 0,
            b: 0,
            d: 0,
            imm: 0,
        };
        match x {
            Operand::Slot(slot) => {
                instruction.modifiers.reads_x = true;
                instruction.a = slot;
            }
            Operand::Imm(value) => debug_assert_eq!(value, 0, "a left operand cannot be a constant"),
        }
        match y {
            Operand::Slot(slot) => {
                instruction.modifiers.reads_y = true;
                instruction.b = slot;
            }
            Operand::Imm(value) => instruction.imm = value,
        }
        instruction
    }

    /// Appends `d = source`.
    pub(crate) fn mov(&mut self, d: u32, source: Operand) {
        if source != Operand::Slot(d) {
            self.op(Op::new(Group::Move, Sub::S0, false), Operand::Imm(0), source, d);
        }
    }

    /// Returns the last instruction if it computes slot `d` and no branch arrives after it.
    pub(crate) fn last_into(&mut self, d: u32) -> Option<&mut Instruction> {
        if self.code.len() <= self.barrier {
            return None;
        }
        self.code.last_mut().filter(|last| {
            let overwrites = !matches!((last.group, last.sub), (Group::Move, Sub::S1) | (Group::Jump, _));
            last.modifiers.writes_z && last.d == d && overwrites
        })
    }

    /// Takes the last instruction back.
    pub(crate) fn pop(&mut self) -> Option<Instruction> {
        self.code.pop()
    }

    /// Makes a label that is not yet bound.
    pub(crate) fn label(&mut self) -> Label {
        self.labels.push(None);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label to the next instruction.
    pub(crate) fn bind(&mut self, label: Label) {
        self.labels[label.0 as usize] = Some(self.pc());
        self.fence();
    }

    /// Declares that a branch may arrive at the next instruction.
    pub(crate) fn fence(&mut self) {
        self.barrier = self.code.len();
    }

    /// Appends a branching instruction to `label`.
    pub(crate) fn branch(&mut self, instruction: Instruction, label: Label) {
        self.branches.push((self.pc(), label));
        self.push(instruction);
    }

    /// Appends a jump to `label`.
    pub(crate) fn jump(&mut self, label: Label) {
        self.branch(Self::jump_instruction(0), label);
    }

    /// Returns a jump to an address.
    pub(crate) fn jump_instruction(target: u32) -> Instruction {
        let op = Op::new(Group::Jump, Sub::S0, false);
        Instruction {
            d: target,
            ..Self::instruction(op, Operand::Imm(0), Operand::Imm(0))
        }
    }

    /// Appends the end of the message.
    pub(crate) fn end(&mut self, status: u8) {
        let op = Op::new(Group::System, Sub::S3, false);
        self.push(Self::instruction(
            op,
            Operand::Imm(0),
            Operand::Imm(u64::from(status)),
        ));
    }

    /// Appends a call of code at `target` whose frame begins `shift` slots further.
    pub(crate) fn call(&mut self, target: u32, shift: u32, return_slot: u32) {
        let return_word = u64::from(self.pc() + 1) | u64::from(shift) << 32;
        let op = Op::new(Group::Jump, Sub::S2, false);
        let mut instruction = Self::instruction(op, Operand::Imm(0), Operand::Imm(return_word));
        instruction.modifiers.writes_z = true;
        instruction.a = shift;
        instruction.b = target;
        instruction.d = shift + return_slot;
        self.push(instruction);
        self.fence();
    }

    /// Appends `d = ` a reference to a function, filled in by [`Self::finish`].
    pub(crate) fn reference(&mut self, function: u32, d: u32) {
        self.references.push((self.pc(), function));
        self.mov(d, Operand::Imm(0));
    }

    /// Appends a load of `bytes` bytes at `x + offset`, from the system area or within the bounds
    /// of linear memory.
    pub(crate) fn load(&mut self, x: Operand, offset: u64, bytes: u32, system: bool, d: u32) {
        let op = Op::new(Group::Memory, Sub::S0, false);
        let mut instruction = Self::instruction(op, x, Operand::Imm(offset));
        instruction.modifiers.system = system;
        instruction.modifiers.writes_z = true;
        instruction.b = bytes;
        instruction.d = d;
        self.push(instruction);
    }

    /// Appends a store of `y`, a slot, as [`Self::load`].
    pub(crate) fn store(&mut self, x: Operand, offset: u64, bytes: u32, system: bool, y: Operand) {
        let op = Op::new(Group::Memory, Sub::S1, false);
        let mut instruction = Self::instruction(op, x, y);
        instruction.modifiers.system = system;
        instruction.imm = offset;
        instruction.d = bytes;
        self.push(instruction);
    }

    /// Appends a branch to `target` when a comparison holds, or with `neg` when it does not.
    pub(crate) fn compare_and_branch(&mut self, op: Op, x: Operand, y: Operand, neg: bool, target: Label) {
        let mut instruction = Self::instruction(op, x, y);
        instruction.modifiers.neg = neg;
        instruction.modifiers.branch = true;
        self.branch(instruction, target);
    }

    /// Appends a jump to a function, to be filled in as for [`Self::call_function`].
    pub(crate) fn jump_function(&mut self, function: u32) {
        self.calls.push((self.pc(), function));
        self.push(Self::jump_instruction(0));
    }

    /// Appends a call of a function whose address is filled in by [`Self::finish`].
    pub(crate) fn call_function(&mut self, function: u32, shift: u32, return_slot: u32) {
        self.calls.push((self.pc(), function));
        self.call(0, shift, return_slot);
    }

    /// Appends the return through `return_slot`.
    pub(crate) fn ret(&mut self, return_slot: u32) {
        let op = Op::new(Group::Jump, Sub::S3, false);
        self.push(Self::instruction(op, Operand::Slot(return_slot), Operand::Imm(0)));
    }

    /// Fills in the targets of the branches so far.
    pub(crate) fn resolve_branches(&mut self) {
        for (pc, label) in self.branches.drain(..) {
            let target = self.labels[label.0 as usize];
            debug_assert!(target.is_some(), "the branch at {pc} goes nowhere");
            if let Some(index) = pc.checked_sub(self.origin) {
                self.code[index as usize].d = target.unwrap_or_default();
            }
        }
        self.labels.clear();
    }

    /// Fills in the addresses of called functions and references to functions, and returns the
    /// code.
    ///
    /// # Errors
    /// [`CompileError::TooLarge`] when the code exceeds its limit.
    pub(crate) fn finish(
        mut self,
        entry: impl Fn(u32) -> u32,
        reference: impl Fn(u32) -> u64,
    ) -> Result<Vec<Instruction>, CompileError> {
        Limit::Code.check(u64::from(self.pc()))?;
        for (pc, function) in &self.calls {
            let instruction = &mut self.code[*pc as usize];
            let target = entry(*function);
            match instruction.sub {
                Sub::S0 => instruction.d = target,
                _ => instruction.b = target,
            }
        }
        for (pc, function) in &self.references {
            self.code[*pc as usize].imm = reference(*function);
        }
        thread_jumps(&mut self.code);
        Ok(self.code)
    }
}

/// Lets branches to a jump go where the jump goes.
fn thread_jumps(code: &mut [Instruction]) {
    const HOPS: usize = 8;
    for pc in 0..code.len() {
        let instruction = code[pc];
        let is_branch =
            instruction.modifiers.branch || (instruction.group == Group::Jump && instruction.sub == Sub::S0);
        if !is_branch {
            continue;
        }
        let mut target = instruction.d;
        for _ in 0..HOPS {
            let next = code[target as usize];
            if next.group != Group::Jump || next.sub != Sub::S0 {
                break;
            }
            target = next.d;
        }
        code[pc].d = target;
    }
}
