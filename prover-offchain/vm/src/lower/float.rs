//! Floats. An `f32` is kept as its bits, zero-extended, and what concerns no more than bits is done
//! in line; the rest is calls of the library.

use wasmparser::Operator;

use super::{assembler::Op, function::Function, stack::Entry};
use crate::{
    compile::operators,
    isa::{Group, Sub},
    CompileError,
};

impl Function<'_, '_, '_> {
    /// Lowers an instruction that concerns floats.
    pub(super) fn float_operator(&mut self, operator: &Operator<'_>) -> Result<(), CompileError> {
        use Operator::*;
        match operator {
            F32Const { value } => {
                self.stack.push(Entry::Const(u64::from(value.bits())));
                Ok(())
            }
            F64Const { value } => {
                self.stack.push(Entry::Const(value.bits()));
                Ok(())
            }
            F32Load { memarg } => self.load(memarg, 4),
            F64Load { memarg } => self.load(memarg, 8),
            F32Store { memarg } => self.store(memarg, 4, true),
            F64Store { memarg } => self.store(memarg, 8, false),
            // Numbers of equal widths are kept alike.
            I32ReinterpretF32 | I64ReinterpretF64 | F32ReinterpretI32 | F64ReinterpretI64 => Ok(()),
            F32Abs => self.absolute_float(true),
            F64Abs => self.absolute_float(false),
            F32Neg => self.negate_float(true),
            F64Neg => self.negate_float(false),
            F32Copysign => self.copy_sign(true),
            F64Copysign => self.copy_sign(false),
            F32Sub => {
                self.negate_float(true)?;
                self.call_library("f32.add")
            }
            F64Sub => {
                self.negate_float(false)?;
                self.call_library("f64.add")
            }
            F32Ne => {
                self.call_library("f32.eq")?;
                self.equal_zero(true)
            }
            F64Ne => {
                self.call_library("f64.eq")?;
                self.equal_zero(true)
            }
            _ => self.call_library(&operators::name(operator)),
        }
    }

    /// Clears the sign.
    fn absolute_float(&mut self, w32: bool) -> Result<(), CompileError> {
        self.with_immediate(Op::new(Group::Bits, Sub::S0, w32), sign(w32) - 1)
    }

    /// Flips the sign.
    fn negate_float(&mut self, w32: bool) -> Result<(), CompileError> {
        self.with_immediate(Op::new(Group::Bits, Sub::S2, w32), sign(w32))
    }

    /// Gives the first number the second's sign.
    fn copy_sign(&mut self, w32: bool) -> Result<(), CompileError> {
        let and = Op::new(Group::Bits, Sub::S0, w32);
        self.with_immediate(and, sign(w32))?;
        let (signed, number) = (self.pop()?, self.pop()?);
        self.stack.push(number.entry);
        self.absolute_float(w32)?;
        self.stack.push(signed.entry);
        self.binary(Op::new(Group::Bits, Sub::S1, w32), true)
    }
}

/// Returns the sign bit.
const fn sign(w32: bool) -> u64 {
    if w32 {
        1 << 31
    } else {
        1 << 63
    }
}
