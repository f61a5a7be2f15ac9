//! Operations, and what they do.

use alloc::vec::Vec;

/// An operation. Places are indices of operations.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Number(i64),
    Add,
    Subtract,
    Multiply,
    Remainder,
    Equal,
    Less,
    /// a -- a a
    Duplicate,
    /// a --
    Drop,
    /// a b -- b a
    Swap,
    /// a b -- a b a
    Over,
    /// a b c -- b c a
    Rotate,
    Jump(usize),
    /// Jumps if the number on top, which it takes, is 0.
    JumpIfZero(usize),
    Call(usize),
    Return,
}

/// A script that was compiled.
pub(crate) struct Program {
    pub(crate) operations: Vec<Operation>,
    /// Where it begins.
    pub(crate) start: usize,
}

const EMPTY: &str = "the stack is empty";

/// Runs a program until the first return without a call, and returns the number of operations.
///
/// # Errors
/// When an operation finds too few numbers, or cannot be done with those that it finds.
pub(crate) fn run(program: &Program, stack: &mut Vec<i64>) -> Result<u64, &'static str> {
    let mut returns = Vec::new();
    let mut place = program.start;
    let mut count = 0;
    loop {
        let operation = *program
            .operations
            .get(place)
            .ok_or("the script runs over its end")?;
        place += 1;
        count += 1;
        match operation {
            Operation::Number(number) => stack.push(number),
            Operation::Add => combine(stack, i64::checked_add)?,
            Operation::Subtract => combine(stack, i64::checked_sub)?,
            Operation::Multiply => combine(stack, i64::checked_mul)?,
            Operation::Remainder => combine(stack, i64::checked_rem)?,
            Operation::Equal => combine(stack, |left, right| Some((left == right).into()))?,
            Operation::Less => combine(stack, |left, right| Some((left < right).into()))?,
            Operation::Duplicate => {
                let top = *stack.last().ok_or(EMPTY)?;
                stack.push(top);
            }
            Operation::Drop => {
                stack.pop().ok_or(EMPTY)?;
            }
            Operation::Swap => {
                let [left, right] = top(stack)?;
                core::mem::swap(left, right);
            }
            Operation::Over => {
                let [left, _] = *top(stack)?;
                stack.push(left);
            }
            Operation::Rotate => {
                let [a, b, c] = top(stack)?;
                (*a, *b, *c) = (*b, *c, *a);
            }
            Operation::Jump(target) => place = target,
            Operation::JumpIfZero(target) => {
                if stack.pop().ok_or(EMPTY)? == 0 {
                    place = target;
                }
            }
            Operation::Call(target) => {
                returns.push(place);
                place = target;
            }
            Operation::Return => match returns.pop() {
                Some(caller) => place = caller,
                None => return Ok(count),
            },
        }
    }
}

/// Replaces the two numbers on top by what `operation` makes of them.
fn combine(
    stack: &mut Vec<i64>,
    operation: impl FnOnce(i64, i64) -> Option<i64>,
) -> Result<(), &'static str> {
    let right = stack.pop().ok_or(EMPTY)?;
    let left = stack.last_mut().ok_or(EMPTY)?;
    *left = operation(*left, right).ok_or("a number is out of range")?;
    Ok(())
}

/// Returns the numbers on top.
fn top<const N: usize>(stack: &mut [i64]) -> Result<&mut [i64; N], &'static str> {
    stack.last_chunk_mut().ok_or(EMPTY)
}
