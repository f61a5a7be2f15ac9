//! The state that the functions of a program share while they are lowered.

use super::{
    assembler::Assembler,
    function::lower_function,
    routines::{Routine, Routines},
};
use crate::{
    compile::{layout::Layout, module::Module},
    floats::Library,
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
        let body = body.ok_or_else(|| CompileError::unexpected("float function"))?;
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
