//! A function being lowered: its frame and where its slots are.

use alloc::{collections::BTreeMap, vec::Vec};

use wasmparser::FunctionBody;

use super::{
    assembler::{Assembler, Label, Operand},
    context::Context,
    control::Control,
    stack::{Entry, Stack},
    zeroing,
};
use crate::{compile::imports::Import, limits::Limit, CompileError};

/// A function being lowered.
pub(super) struct Function<'c, 'm, 'a> {
    pub(super) context: &'c mut Context<'m, 'a>,
    pub(super) stack: Stack,
    pub(super) control: Vec<Control>,
    /// Code here cannot be reached.
    pub(super) dead: bool,
    /// Blocks opened in code that cannot be reached.
    pub(super) dead_depth: u32,
    /// Where code goes that ends the message with a status.
    traps: BTreeMap<u8, Label>,
    params: u32,
    pub(super) results: u32,
    /// First slot of the operand stack.
    base: u32,
    /// Slots used so far.
    frame: u32,
}

/// Lowers function `index` of the module.
///
/// # Errors
/// [`CompileError::TooLarge`] for its frame or the program's code.
pub(crate) fn lower_function(
    context: &mut Context<'_, '_>,
    index: u32,
    body: &FunctionBody<'_>,
) -> Result<(), CompileError> {
    let ty = context.module.function_type(index)?;
    let (params, results) = (ty.params().len() as u32, ty.results().len() as u32);
    let mut locals = u64::from(params);
    for group in body.get_locals_reader()? {
        locals += u64::from(group?.0);
    }
    let zeroed = zeroing::locals_to_zero(params, locals as u32, body)?;

    let mut function = Function::new(context, params, results, locals as u32 - params);
    for local in zeroed {
        let slot = function.local_slot(local);
        function.asm().mov(slot, Operand::Imm(0));
    }
    function.open_function();
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        function.operator(operators.read()?)?;
        function.asm().discard_excess();
    }
    function.finish()
}

/// Writes a function that does nothing but call a host function, for tables and other callers of
/// its address.
///
/// # Errors
/// As [`lower_function`].
pub(crate) fn lower_import(
    context: &mut Context<'_, '_>,
    index: u32,
    import: Import,
) -> Result<(), CompileError> {
    let ty = context.module.function_type(index)?;
    let (params, results) = (ty.params().len() as u32, ty.results().len() as u32);
    let mut function = Function::new(context, params, results, 0);
    function.open_function();
    for param in 0..params {
        function.stack.push(Entry::Local(param));
    }
    function.import(import)?;
    function.end()?;
    function.finish()
}

impl<'c, 'm, 'a> Function<'c, 'm, 'a> {
    fn new(context: &'c mut Context<'m, 'a>, params: u32, results: u32, locals: u32) -> Self {
        context.asm.fence();
        let base = params.max(results) + 1 + locals;
        Self {
            context,
            stack: Stack::new((params + locals) as usize),
            control: Vec::new(),
            dead: false,
            dead_depth: 0,
            traps: BTreeMap::new(),
            params,
            results,
            base,
            frame: base,
        }
    }

    /// Checks the frame, writes the traps and settles the branches.
    fn finish(self) -> Result<(), CompileError> {
        Limit::Frame.check(u64::from(self.frame))?;
        let asm = &mut self.context.asm;
        for (status, label) in self.traps {
            asm.bind(label);
            asm.end(status);
        }
        asm.resolve_branches();
        Ok(())
    }

    /// Returns the label of code that ends the message with `status`.
    pub(super) fn trap(&mut self, status: u8) -> Label {
        let asm = &mut self.context.asm;
        *self.traps.entry(status).or_insert_with(|| asm.label())
    }

    pub(super) fn asm(&mut self) -> &mut Assembler {
        &mut self.context.asm
    }

    /// Returns the slot of the return word.
    pub(super) fn return_slot(&self) -> u32 {
        self.params.max(self.results)
    }

    /// Returns the slot of a local.
    pub(super) fn local_slot(&self, local: u32) -> u32 {
        if local < self.params {
            local
        } else {
            self.return_slot() + 1 + (local - self.params)
        }
    }

    /// Returns the slot of the operand stack at `height`.
    pub(super) fn slot(&mut self, height: usize) -> u32 {
        let slot = self.base.saturating_add(height as u32);
        self.reserve(slot);
        slot
    }

    /// Makes the frame reach to `slot`.
    pub(super) fn reserve(&mut self, slot: u32) {
        self.frame = self.frame.max(slot.saturating_add(1));
    }

    /// Returns the `n`-th slot above the operand stack after `value` has been popped from it.
    pub(super) fn temp(&mut self, n: usize) -> u32 {
        let height = self.stack.height();
        self.slot(height + n)
    }
}
