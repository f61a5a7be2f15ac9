//! Which locals need an explicit zero at a function's start: those that are read on some path on
//! which they are not written before.

use alloc::{vec, vec::Vec};

use wasmparser::{FunctionBody, Operator};

use crate::CompileError;

/// Locals that are followed along paths; those beyond are zeroed if they are read at all. With
/// blocks nested as deeply as wasm of the largest size allows, this keeps the analysis below some
/// 20 MB.
const FOLLOWED: u32 = 512;

/// A set of the locals that are followed.
#[derive(Clone)]
struct Locals(Vec<u64>);

impl Locals {
    fn all(locals: u32) -> Self {
        Self(vec![u64::MAX; locals.min(FOLLOWED).div_ceil(64) as usize])
    }

    /// The first `count` of so many.
    fn first(count: u32, locals: u32) -> Self {
        let mut set = Self::all(locals);
        set.0.fill(0);
        (0..count).for_each(|local| set.insert(local));
        set
    }

    fn contains(&self, local: u32) -> bool {
        let word = self.0.get(local as usize / 64);
        word.is_some_and(|word| word >> (local % 64) & 1 == 1)
    }

    fn insert(&mut self, local: u32) {
        if let Some(word) = self.0.get_mut(local as usize / 64) {
            *word |= 1 << (local % 64);
        }
    }

    fn keep(&mut self, others: &Self) {
        for (word, other) in self.0.iter_mut().zip(&others.0) {
            *word &= other;
        }
    }
}

/// An open block.
#[derive(Default)]
struct Block {
    /// A branch to it goes back.
    is_loop: bool,
    /// What is written where the `else` of an `if` begins, as long as that has not come.
    otherwise: Option<Locals>,
    /// What is written on all branches to the end.
    branches: Option<Locals>,
}

impl Block {
    /// Takes a branch to the end into account.
    fn join(&mut self, written: &Locals) {
        match &mut self.branches {
            Some(branches) => branches.keep(written),
            None => self.branches = Some(written.clone()),
        }
    }
}

/// What is known at an instruction. Where it cannot be reached, everything is written.
struct Paths {
    locals: u32,
    written: Locals,
    blocks: Vec<Block>,
}

impl Paths {
    fn branch(&mut self, depth: u32) {
        // The outermost label is the function's, whose end reads nothing.
        let index = self.blocks.len().checked_sub(depth as usize + 1);
        if let Some(block) = index.and_then(|index| self.blocks.get_mut(index)) {
            if !block.is_loop {
                block.join(&self.written);
            }
        }
    }

    fn leave(&mut self) {
        self.written = Locals::all(self.locals);
    }

    fn otherwise(&mut self) {
        if let Some(block) = self.blocks.last_mut() {
            block.join(&self.written);
            if let Some(otherwise) = block.otherwise.take() {
                self.written = otherwise;
            }
        }
    }

    fn end(&mut self) {
        if let Some(block) = self.blocks.pop() {
            for path in block.otherwise.iter().chain(&block.branches) {
                self.written.keep(path);
            }
        }
    }

    /// Follows an instruction.
    fn follow(&mut self, operator: &Operator<'_>) -> Result<(), CompileError> {
        match operator {
            Operator::Block { .. } => self.blocks.push(Block::default()),
            Operator::Loop { .. } => self.blocks.push(Block {
                is_loop: true,
                ..Block::default()
            }),
            Operator::If { .. } => self.blocks.push(Block {
                otherwise: Some(self.written.clone()),
                ..Block::default()
            }),
            Operator::Else => self.otherwise(),
            Operator::End => self.end(),
            Operator::BrIf { relative_depth } => self.branch(*relative_depth),
            Operator::Br { relative_depth } => {
                self.branch(*relative_depth);
                self.leave();
            }
            Operator::BrTable { targets } => {
                for depth in targets.targets() {
                    self.branch(depth?);
                }
                self.branch(targets.default());
                self.leave();
            }
            Operator::Return
            | Operator::Unreachable
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. } => self.leave(),
            Operator::LocalSet { local_index } | Operator::LocalTee { local_index } => {
                self.written.insert(*local_index)
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns the locals that may be read before they are written, ascending.
pub(super) fn locals_to_zero(
    params: u32,
    locals: u32,
    body: &FunctionBody<'_>,
) -> Result<Vec<u32>, CompileError> {
    let mut zeroed = vec![false; locals as usize];
    let mut paths = Paths {
        locals,
        written: Locals::first(params, locals),
        blocks: Vec::new(),
    };
    let mut operators = body.get_operators_reader()?;
    while !operators.eof() {
        let operator = operators.read()?;
        if let Operator::LocalGet { local_index } = operator {
            zeroed[local_index as usize] |= local_index >= params && !paths.written.contains(local_index);
        }
        paths.follow(&operator)?;
    }
    Ok((params..locals).filter(|local| zeroed[*local as usize]).collect())
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    /// Locals 0 and 1 are parameters, 2 and 3 are not.
    fn zeroed(body: &str) -> Vec<u32> {
        let text = std::format!("(module (func (param i32 i32) (local i32 i32) {body}))");
        let wasm = wat::parse_str(text).unwrap();
        let body = Parser::new(0)
            .parse_all(&wasm)
            .find_map(|payload| match payload.unwrap() {
                Payload::CodeSectionEntry(body) => Some(body),
                _ => None,
            });
        locals_to_zero(2, 4, &body.unwrap()).unwrap()
    }

    const READ: &str = "(drop (local.get 2))";
    const WRITE: &str = "(local.set 2 (i32.const 5))";

    #[test]
    fn a_local_that_is_read_first_is_zeroed_and_a_parameter_is_not() {
        assert_eq!(zeroed(&std::format!("{READ} {WRITE} (drop (local.get 0))")), [2]);
        assert_eq!(zeroed(&std::format!("{WRITE} {READ}")), []);
    }

    #[test]
    fn every_path_to_a_read_counts() {
        for (body, expected) in [
            ("(if (local.get 0) (then WRITE) (else WRITE)) READ", vec![]),
            ("(if (local.get 0) (then WRITE)) READ", vec![2]),
            ("(if (local.get 0) (then WRITE) (else unreachable)) READ", vec![]),
            ("(if (local.get 0) (then WRITE return) (else)) READ", vec![2]),
            ("(block (br_if 0 (local.get 0)) WRITE) READ", vec![2]),
            ("(block WRITE (br_if 0 (local.get 0)) WRITE) READ", vec![]),
            ("(block (block (br_if 1 (local.get 0)) WRITE br 0) READ) ", vec![]),
            ("(block (block (br_if 1 (local.get 0)) WRITE br 0)) READ", vec![2]),
            ("(block (block (br_table 0 1 (local.get 0))) WRITE) READ", vec![2]),
            (
                "(block WRITE (block (br_table 0 1 (local.get 0))) WRITE) READ",
                vec![],
            ),
            ("(loop WRITE (br_if 0 (local.get 0))) READ", vec![]),
            ("(loop READ WRITE (br_if 0 (local.get 0)))", vec![2]),
            ("(block (loop (br_if 1 (local.get 0)) WRITE br 0)) READ", vec![2]),
            ("return READ", vec![]),
        ] {
            let body_text = body.replace("READ", READ).replace("WRITE", WRITE);
            assert_eq!(zeroed(&body_text), expected, "{body}");
        }
    }
}
