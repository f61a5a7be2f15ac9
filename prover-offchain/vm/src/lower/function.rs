//! A function being lowered: its frame, its operand stack, and how values get into slots.

use alloc::{collections::BTreeMap, vec::Vec};

use wasmparser::FunctionBody;

use super::{
    assembler::{Assembler, Label, Op, Operand},
    control::Control,
    routines::{Routine, Routines},
    stack::{Entry, Stack, Value},
    zeroing,
};
use crate::{
    compile::{imports::Import, layout::Layout, module::unexpected, module::Module},
    floats::Library,
    isa::{Group, Instruction, Sub},
    limits::Limit,
    CompileError,
};

/// What all functions of a program share.
pub(crate) struct Context<'m, 'a> {
    /// The module.
    pub(crate) module: &'m Module<'a>,
    /// Where its globals, tables and passive segments are.
    pub(crate) layout: &'m Layout,
    /// The code.
    pub(crate) asm: Assembler,
    /// Addresses of the shared routines.
    pub(crate) routines: Routines,
    /// What floating-point arithmetic is linked from.
    pub(crate) library: &'m Library,
    /// Whether the module is the library.
    pub(crate) in_library: bool,
}

impl Context<'_, '_> {
    /// Returns the index by which the assembler knows a function of the module.
    pub(super) fn callee(&mut self, function: u32) -> u32 {
        if self.in_library {
            self.routines.request(Routine::Float(function))
        } else {
            function
        }
    }

    /// Writes the routines that were requested, and those that they request.
    ///
    /// # Errors
    /// As [`lower_function`].
    pub(crate) fn write_routines(&mut self) -> Result<(), CompileError> {
        while let Some(routine) = self.routines.next(self.asm.pc()) {
            match routine {
                Routine::Float(function) => self.write_float(function)?,
                _ => routine.emit(&mut self.asm, self.layout),
            }
        }
        Ok(())
    }

    /// Writes a function of the library.
    fn write_float(&mut self, function: u32) -> Result<(), CompileError> {
        let library = self.library;
        let defined = function as usize - library.module.imports.len();
        let body = library.module.bodies.get(defined);
        let body = body.ok_or_else(|| unexpected("float function"))?;
        let mut context = Context {
            module: &library.module,
            layout: &library.layout,
            asm: core::mem::take(&mut self.asm),
            routines: core::mem::take(&mut self.routines),
            library,
            in_library: true,
        };
        lower_function(&mut context, function, body)?;
        (self.asm, self.routines) = (context.asm, context.routines);
        Ok(())
    }
}

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
/// [`CompileError::TooLarge`] for its locals, its frame, or the program's code.
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
    Limit::Locals.check(locals)?;
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

/// Writes a function that does nothing but call a host function, for tables and other callers of its address.
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

    /// Pops a value.
    pub(super) fn pop(&mut self) -> Result<Value, CompileError> {
        self.stack.pop().ok_or_else(|| unexpected("empty operand stack"))
    }

    /// Pops values and returns them, the topmost last.
    pub(super) fn take(&mut self, count: usize) -> Result<Vec<Value>, CompileError> {
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(self.pop()?);
        }
        values.reverse();
        Ok(values)
    }

    /// Pushes a value that is about to be computed and returns its slot.
    pub(super) fn push_slot(&mut self) -> u32 {
        let slot = self.temp(0);
        self.stack.push(Entry::Slot);
        slot
    }

    /// Returns where a value is.
    pub(super) fn source(&mut self, value: Value) -> Operand {
        match value.entry {
            Entry::Slot => Operand::Slot(self.slot(value.height)),
            Entry::Local(local) => Operand::Slot(self.local_slot(local)),
            Entry::Const(word) => Operand::Imm(word),
        }
    }

    /// Returns where a value is, having moved a constant other than 0 into a slot: a left operand.
    pub(super) fn left(&mut self, value: Value) -> Operand {
        match self.source(value) {
            Operand::Imm(0) => Operand::Imm(0),
            _ => self.in_slot(value),
        }
    }

    /// Returns the slot where a value is, having moved any constant into one.
    pub(super) fn in_slot(&mut self, value: Value) -> Operand {
        match self.source(value) {
            source @ Operand::Imm(_) => {
                let slot = self.slot(value.height);
                self.asm().mov(slot, source);
                Operand::Slot(slot)
            }
            source => source,
        }
    }

    /// Moves a popped value into the slot of its height.
    pub(super) fn move_home(&mut self, value: Value) -> u32 {
        let source = self.source(value);
        let slot = self.slot(value.height);
        self.asm().mov(slot, source);
        slot
    }

    /// Moves a value into a slot where a branch or a return takes it; code here no longer reads it.
    pub(super) fn move_away(&mut self, value: Value, slot: u32) {
        if let Some(producer) = self.producer(value) {
            producer.d = slot;
            return;
        }
        let source = self.source(value);
        self.asm().mov(slot, source);
    }

    /// Moves values that were on top of one another to `target` and the slots after it, as [`Self::move_away`]. The
    /// last of these is not above the last value's own.
    pub(super) fn move_down(&mut self, values: &[Value], target: u32) {
        if let [value] = values {
            return self.move_away(*value, target);
        }
        let mut sources = Vec::with_capacity(values.len());
        for (slot, value) in (target..).zip(values) {
            let source = self.source(*value);
            // Locals that a move before this one overwrites.
            let overwritten = matches!(source, Operand::Slot(local) if value.entry != Entry::Slot && (target..slot).contains(&local));
            sources.push(if overwritten {
                Operand::Slot(self.move_home(*value))
            } else {
                source
            });
        }
        for (slot, source) in (target..).zip(sources) {
            self.asm().mov(slot, source);
        }
    }

    /// Moves every value on the stack that is in a local into its own slot.
    pub(super) fn settle_locals(&mut self) {
        for (height, local) in self.stack.settle_all() {
            let source = Operand::Slot(self.local_slot(local));
            let slot = self.slot(height);
            self.asm().mov(slot, source);
        }
    }

    /// Returns the last instruction if it computes `value` and may still be changed.
    pub(super) fn producer(&mut self, value: Value) -> Option<&mut Instruction> {
        if value.entry != Entry::Slot {
            return None;
        }
        let slot = self.slot(value.height);
        self.asm().last_into(slot)
    }

    /// Returns an upper bound of a value.
    pub(super) fn bound(&mut self, value: Value, w32: bool) -> u64 {
        let width = if w32 { u64::from(u32::MAX) } else { u64::MAX };
        if let Entry::Const(word) = value.entry {
            return word;
        }
        let Some(producer) = self.producer(value) else {
            return width;
        };
        let m = producer.modifiers;
        match (producer.group, producer.sub) {
            (Group::Bits, Sub::S0) if !m.reads_y => producer.imm,
            (Group::Memory, Sub::S0) if producer.b < 8 => (1 << (8 * producer.b)) - 1,
            (Group::Compare, _) => 1,
            _ => width,
        }
    }

    /// `local.get`.
    pub(super) fn local_get(&mut self, local: u32) {
        self.stack.push(Entry::Local(local));
    }

    /// `local.set`, and the first half of `local.tee`.
    pub(super) fn local_set(&mut self, local: u32) -> Result<(), CompileError> {
        let value = self.pop()?;
        if value.entry == Entry::Local(local) {
            return Ok(());
        }
        let slot = self.local_slot(local);
        if self.stack.reference(local).is_none() {
            if let Some(producer) = self.producer(value) {
                producer.d = slot;
                return Ok(());
            }
        }
        while let Some(height) = self.stack.reference(local) {
            self.stack.settle(height);
            let own = self.slot(height);
            self.asm().mov(own, Operand::Slot(slot));
        }
        let source = self.source(value);
        self.asm().mov(slot, source);
        Ok(())
    }

    /// `z = op(x, y)` of the two topmost values.
    pub(super) fn binary(&mut self, op: Op, commutative: bool) -> Result<(), CompileError> {
        let (mut y, mut x) = (self.pop()?, self.pop()?);
        if commutative && matches!(x.entry, Entry::Const(_)) {
            core::mem::swap(&mut x, &mut y);
        }
        let x = self.left(x);
        let y = self.source(y);
        let d = self.push_slot();
        self.asm().op(op, x, y, d);
        Ok(())
    }

    /// `z = op(x, imm)` of the topmost value.
    pub(super) fn with_immediate(&mut self, op: Op, imm: u64) -> Result<(), CompileError> {
        let x = self.pop()?;
        let x = self.left(x);
        let d = self.push_slot();
        self.asm().op(op, x, Operand::Imm(imm), d);
        Ok(())
    }
}
