//! Blocks, branches and returns.

use alloc::{collections::BTreeMap, vec::Vec};

use wasmparser::{BlockType, BrTable};

use super::{
    assembler::{Assembler, Label, Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    isa::{Group, Sub},
    CompileError,
};

/// What a label belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Function,
    Block,
    Loop,
    If { otherwise: Label },
}

/// An open block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Control {
    kind: Kind,
    /// Where a branch to the block goes.
    label: Label,
    /// Some branch goes there.
    used: bool,
    /// Height of the stack below the block and its parameters.
    height: usize,
    /// Number of parameters.
    params: usize,
    /// Number of results.
    results: usize,
}

impl Control {
    /// Returns the number of values that a branch to the block carries.
    fn arity(&self) -> usize {
        if self.kind == Kind::Loop {
            self.params
        } else {
            self.results
        }
    }
}

impl Function<'_, '_, '_> {
    /// Opens the function's own block.
    pub(super) fn open_function(&mut self) {
        let label = self.asm().label();
        let results = self.results as usize;
        self.control.push(Control {
            kind: Kind::Function,
            label,
            used: false,
            height: 0,
            params: 0,
            results,
        });
    }

    /// Returns the number of parameters and of results of a block.
    fn arities(&self, ty: BlockType) -> Result<(usize, usize), CompileError> {
        Ok(match ty {
            BlockType::Empty => (0, 0),
            BlockType::Type(_) => (0, 1),
            BlockType::FuncType(index) => {
                let ty = self.context.module.ty(index)?;
                (ty.params().len(), ty.results().len())
            }
        })
    }

    /// Opens a block whose parameters are on the stack, in their slots if code may also arrive from
    /// elsewhere.
    fn open(&mut self, kind: Kind, ty: BlockType) -> Result<(), CompileError> {
        let (params, results) = self.arities(ty)?;
        self.settle_locals();
        if kind != Kind::Block {
            self.settle(params)?;
        }
        let label = self.asm().label();
        let height = self.stack.height() - params;
        self.control.push(Control {
            kind,
            label,
            used: false,
            height,
            params,
            results,
        });
        Ok(())
    }

    /// `block`.
    pub(super) fn block(&mut self, ty: BlockType) -> Result<(), CompileError> {
        self.open(Kind::Block, ty)
    }

    /// `loop`.
    pub(super) fn enter_loop(&mut self, ty: BlockType) -> Result<(), CompileError> {
        self.open(Kind::Loop, ty)?;
        if let Some(control) = self.control.last() {
            let label = control.label;
            self.asm().bind(label);
        }
        Ok(())
    }

    /// `if`.
    pub(super) fn enter_if(&mut self, ty: BlockType) -> Result<(), CompileError> {
        let condition = self.pop()?;
        let branch = self.condition(condition, false);
        let otherwise = self.asm().label();
        self.open(Kind::If { otherwise }, ty)?;
        self.asm().branch(branch, otherwise);
        Ok(())
    }

    /// `else`.
    pub(super) fn otherwise(&mut self) -> Result<(), CompileError> {
        let depth = self.control.len().wrapping_sub(1);
        let control = *self
            .control
            .get(depth)
            .ok_or_else(|| CompileError::unexpected("else"))?;
        let Kind::If { otherwise } = control.kind else {
            return Err(CompileError::unexpected("else"));
        };
        if !self.dead {
            self.settle(control.results)?;
            self.control[depth].used = true;
            self.asm().jump(control.label);
        }
        self.dead = false;
        self.stack.truncate(control.height);
        for _ in 0..control.params {
            self.push_slot();
        }
        self.control[depth].kind = Kind::Block;
        self.asm().bind(otherwise);
        Ok(())
    }

    /// `end`.
    pub(super) fn end(&mut self) -> Result<(), CompileError> {
        let control = self
            .control
            .pop()
            .ok_or_else(|| CompileError::unexpected("end"))?;
        if control.kind == Kind::Function {
            return self.end_function(control);
        }
        let is_loop = control.kind == Kind::Loop;
        let joins = !is_loop && (control.used || matches!(control.kind, Kind::If { .. }));
        if !joins {
            if self.dead {
                self.stack.truncate(control.height);
            }
            return Ok(());
        }
        if !self.dead {
            self.settle(control.results)?;
        }
        self.dead = false;
        self.stack.truncate(control.height);
        for _ in 0..control.results {
            self.push_slot();
        }
        if let Kind::If { otherwise } = control.kind {
            self.asm().bind(otherwise);
        }
        self.asm().bind(control.label);
        Ok(())
    }

    fn end_function(&mut self, control: Control) -> Result<(), CompileError> {
        if control.used {
            // Only branches that carry no result come here.
            self.asm().bind(control.label);
            let slot = self.return_slot();
            self.asm().ret(slot);
        } else if !self.dead {
            self.leave()?;
        }
        self.dead = true;
        Ok(())
    }

    /// `return`: takes the results from the top of the stack.
    pub(super) fn leave(&mut self) -> Result<(), CompileError> {
        let values = self.take(self.results as usize)?;
        self.give_back(&values);
        Ok(())
    }

    /// Returns values to the caller.
    fn give_back(&mut self, values: &[Value]) {
        self.move_down(values, 0);
        let slot = self.return_slot();
        self.asm().ret(slot);
    }

    /// Moves the topmost values into their own slots.
    fn settle(&mut self, count: usize) -> Result<(), CompileError> {
        for value in self.take(count)? {
            self.move_home(value);
            self.stack.push(Entry::Slot);
        }
        Ok(())
    }

    /// Returns the label of the block at `depth` if a branch there needs no moves, having marked it
    /// as used.
    fn direct_target(&mut self, depth: u32) -> Result<Option<Label>, CompileError> {
        let height = self.stack.height();
        let index = (self.control.len() - 1).checked_sub(depth as usize);
        let control = index.and_then(|index| self.control.get_mut(index));
        let control = control.ok_or_else(|| CompileError::unexpected("label"))?;
        let arity = control.arity();
        let in_place = arity == 0
            || (control.kind != Kind::Function
                && height == control.height + arity
                && self.stack.is_settled(arity));
        if in_place {
            control.used = true;
            return Ok(Some(control.label));
        }
        Ok(None)
    }

    /// Moves the values that a branch to `depth` carries and jumps there. They stay for code after
    /// a conditional branch.
    fn jump_out(&mut self, depth: u32) -> Result<(), CompileError> {
        let index = self.control.len() - 1 - depth as usize;
        let control = self.control[index];
        let values = self.take(control.arity())?;
        if control.kind == Kind::Function {
            self.give_back(&values);
        } else {
            let target = self.slot(control.height);
            self.move_down(&values, target);
            self.control[index].used = true;
            self.asm().jump(control.label);
        }
        for value in values {
            self.stack.push(value.entry);
        }
        Ok(())
    }

    /// `br`.
    pub(super) fn br(&mut self, depth: u32) -> Result<(), CompileError> {
        match self.direct_target(depth)? {
            Some(label) => self.asm().jump(label),
            None => self.jump_out(depth)?,
        }
        self.dead = true;
        Ok(())
    }

    /// `br_if`.
    pub(super) fn br_if(&mut self, depth: u32) -> Result<(), CompileError> {
        let condition = self.pop()?;
        if let Some(label) = self.direct_target(depth)? {
            let branch = self.condition(condition, true);
            self.asm().branch(branch, label);
            return Ok(());
        }
        let stay = self.asm().label();
        let branch = self.condition(condition, false);
        self.asm().branch(branch, stay);
        self.jump_out(depth)?;
        self.asm().bind(stay);
        Ok(())
    }

    /// `br_table`.
    pub(super) fn br_table(&mut self, table: &BrTable<'_>) -> Result<(), CompileError> {
        let index = self.pop()?;
        let index = self.in_slot(index);
        let mut targets = Vec::with_capacity(table.len() as usize + 1);
        for depth in table.targets() {
            targets.push(depth?);
        }
        let count = targets.len() as u64;
        targets.push(table.default());
        // Targets to which a value must be moved get code of their own behind the table.
        let mut moves: BTreeMap<u32, Label> = BTreeMap::new();
        let mut labels = Vec::with_capacity(targets.len());
        for depth in targets {
            let label = match self.direct_target(depth)? {
                Some(label) => label,
                None => *moves.entry(depth).or_insert_with(|| self.context.asm.label()),
            };
            labels.push(label);
        }
        if let Some(default) = labels.pop() {
            let below = Op::new(Group::Compare, Sub::S0, true);
            self.asm()
                .compare_and_branch(below, index, Operand::Imm(count), true, default);
        }
        if !labels.is_empty() {
            let table = self.asm().pc() + 1;
            let op = Op::new(Group::Jump, Sub::S1, false);
            let mut jump = Assembler::instruction(op, index, Operand::Imm(0));
            jump.d = table;
            self.asm().push(jump);
            for label in labels {
                self.asm().jump(label);
            }
        }
        for (depth, label) in moves {
            self.asm().bind(label);
            self.jump_out(depth)?;
            self.asm().discard_excess();
        }
        self.dead = true;
        Ok(())
    }
}
