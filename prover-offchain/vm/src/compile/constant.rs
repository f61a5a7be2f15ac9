//! Initialisers.

use alloc::vec::Vec;

use wasmparser::{ConstExpr, Operator};

use crate::CompileError;

/// The value of an initialiser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constant {
    /// A number, an `i32` or the bits of an `f32` zero-extended; 0 for a null reference.
    Word(u64),
    /// A reference to a function.
    Function(u32),
}

impl Constant {
    /// A null reference.
    pub(crate) const NULL: Self = Self::Word(0);

    /// Evaluates an initialiser. Imported globals, which it could name, are refused before.
    ///
    /// # Errors
    /// [`CompileError::Invalid`] for what validation excludes.
    pub(crate) fn evaluate(expr: &ConstExpr<'_>) -> Result<Self, CompileError> {
        let mut stack: Vec<Self> = Vec::new();
        let mut operators = expr.get_operators_reader();
        while !operators.eof() {
            let value = match operators.read()? {
                Operator::I32Const { value } => Self::Word(u64::from(value as u32)),
                Operator::I64Const { value } => Self::Word(value as u64),
                Operator::F32Const { value } => Self::Word(u64::from(value.bits())),
                Operator::F64Const { value } => Self::Word(value.bits()),
                Operator::RefNull { .. } => Self::NULL,
                Operator::RefFunc { function_index } => Self::Function(function_index),
                Operator::I32Add => binary(&mut stack, |x, y| u64::from((x as u32).wrapping_add(y as u32)))?,
                Operator::I32Sub => binary(&mut stack, |x, y| u64::from((x as u32).wrapping_sub(y as u32)))?,
                Operator::I32Mul => binary(&mut stack, |x, y| u64::from((x as u32).wrapping_mul(y as u32)))?,
                Operator::I64Add => binary(&mut stack, u64::wrapping_add)?,
                Operator::I64Sub => binary(&mut stack, u64::wrapping_sub)?,
                Operator::I64Mul => binary(&mut stack, u64::wrapping_mul)?,
                Operator::End => break,
                _ => return Err(CompileError::unexpected("initialiser")),
            };
            stack.push(value);
        }
        stack.pop().ok_or_else(|| CompileError::unexpected("initialiser"))
    }

    /// Evaluates an initialiser that is a number.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub(crate) fn number(expr: &ConstExpr<'_>) -> Result<u64, CompileError> {
        Self::evaluate(expr)?.word()
    }

    /// Returns the function that the value refers to.
    pub(crate) fn function(self) -> Option<u32> {
        match self {
            Self::Word(_) => None,
            Self::Function(function) => Some(function),
        }
    }

    /// Returns the word of a number.
    fn word(self) -> Result<u64, CompileError> {
        match self {
            Self::Word(word) => Ok(word),
            Self::Function(_) => Err(CompileError::unexpected("reference")),
        }
    }
}

/// Takes the two topmost numbers and computes their successor.
fn binary(stack: &mut Vec<Constant>, compute: impl Fn(u64, u64) -> u64) -> Result<Constant, CompileError> {
    let (Some(y), Some(x)) = (stack.pop(), stack.pop()) else {
        return Err(CompileError::unexpected("initialiser"));
    };
    Ok(Constant::Word(compute(x.word()?, y.word()?)))
}
