//! Counts the values that instructions take and give, before anything handles them one by one.
//!
//! A call, a block or a branch has a type of its own, with up to 1,000 parameters and results: a
//! few bytes of wasm could ask validator and compiler for thousands of steps each. A `br_table` has
//! the type of each of its targets. All other instructions take and give a few. Locals count too: a
//! few bytes declare thousands.

use alloc::vec::Vec;

use wasmparser::{BlockType, BrTable, Operator};

use crate::{limits::VALUES_PER_BYTE, CompileError};

/// Numbers of a type's parameters and results.
#[derive(Clone, Copy, Default)]
struct Arity {
    params: u64,
    results: u64,
}

impl Arity {
    fn both(self) -> u64 {
        self.params + self.results
    }
}

/// An open block.
struct Block {
    arity: Arity,
    is_loop: bool,
}

impl Block {
    /// Returns the number of values that a branch to the block carries.
    fn branch(&self) -> u64 {
        if self.is_loop {
            self.arity.params
        } else {
            self.arity.results
        }
    }
}

/// The values of a module so far.
pub(super) struct Values {
    types: Vec<Arity>,
    /// Type index of each function, imported ones first.
    functions: Vec<u32>,
    blocks: Vec<Block>,
    count: u64,
    /// How many there may be.
    pub(super) allowed: u64,
}

impl Values {
    /// Returns the values of no instruction yet, in a module of `bytes` bytes.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            types: Vec::new(),
            functions: Vec::new(),
            blocks: Vec::new(),
            count: 0,
            allowed: VALUES_PER_BYTE * bytes as u64,
        }
    }

    /// Declares the next type.
    pub(super) fn ty(&mut self, params: usize, results: usize) {
        self.types.push(Arity {
            params: params as u64,
            results: results as u64,
        });
    }

    /// Declares the next function.
    pub(super) fn function(&mut self, ty: u32) {
        self.functions.push(ty);
    }

    /// Opens the body of a function and returns the number of its parameters, the first of its
    /// locals.
    pub(super) fn open(&mut self, function: u32) -> u64 {
        let arity = self.arity_of_function(function);
        self.blocks.clear();
        self.blocks.push(Block {
            arity,
            is_loop: false,
        });
        arity.params
    }

    /// Counts the locals of the open body, of which the caller has checked the limit. Returns
    /// whether as many values are allowed.
    pub(super) fn locals(&mut self, count: u64) -> bool {
        self.count += count;
        self.count <= self.allowed
    }

    /// Counts what an instruction of the open body takes and gives. Returns whether as many values
    /// are allowed.
    ///
    /// # Errors
    /// [`CompileError::Invalid`] for a malformed `br_table`.
    pub(super) fn follow(&mut self, operator: &Operator<'_>) -> Result<bool, CompileError> {
        self.count += match operator {
            Operator::Block { blockty } | Operator::If { blockty } => self.enter(*blockty, false),
            Operator::Loop { blockty } => self.enter(*blockty, true),
            Operator::Else => self.blocks.last().map_or(0, |block| block.arity.both()),
            Operator::End => self.blocks.pop().map_or(0, |block| block.arity.results),
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.branch(*relative_depth)
            }
            Operator::BrTable { targets } => self.branches(targets)?,
            Operator::Return => self.blocks.first().map_or(0, Block::branch),
            Operator::Call { function_index } | Operator::ReturnCall { function_index } => {
                self.arity_of_function(*function_index).both()
            }
            Operator::CallIndirect { type_index, .. } | Operator::ReturnCallIndirect { type_index, .. } => {
                self.arity_of_type(*type_index).both()
            }
            _ => 0,
        };
        Ok(self.count <= self.allowed)
    }

    fn enter(&mut self, ty: BlockType, is_loop: bool) -> u64 {
        let arity = match ty {
            BlockType::Empty => Arity::default(),
            BlockType::Type(_) => Arity {
                params: 0,
                results: 1,
            },
            BlockType::FuncType(index) => self.arity_of_type(index),
        };
        self.blocks.push(Block { arity, is_loop });
        arity.both()
    }

    fn branches(&self, targets: &BrTable<'_>) -> Result<u64, CompileError> {
        let mut count = self.branch(targets.default());
        for depth in targets.targets() {
            count += self.branch(depth?);
        }
        Ok(count)
    }

    fn branch(&self, depth: u32) -> u64 {
        let block = self.blocks.iter().rev().nth(depth as usize);
        block.map_or(0, Block::branch)
    }

    /// What does not exist has no values; the validator refuses it.
    fn arity_of_type(&self, index: u32) -> Arity {
        self.types.get(index as usize).copied().unwrap_or_default()
    }

    fn arity_of_function(&self, index: u32) -> Arity {
        let ty = self.functions.get(index as usize).copied();
        ty.map_or_else(Arity::default, |ty| self.arity_of_type(ty))
    }
}
