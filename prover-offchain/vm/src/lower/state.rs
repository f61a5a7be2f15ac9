//! Imports that pass leaves and roots by pointers, as zkWasm's C guests call them, made of the
//! leaf register's.

use super::{
    assembler::{Op, Operand},
    function::Function,
    stack::{Entry, Value},
};
use crate::{
    host::HostFn,
    isa::{Group, Sub},
    status, CompileError,
};

/// Words of a leaf or a root.
const WORDS: u64 = 4;
const EQUAL: Op = Op::new(Group::Compare, Sub::S2, false);

impl Function<'_, '_, '_> {
    /// `kv_get(index, leaf)`: writes a leaf to memory.
    pub(super) fn kv_get(&mut self) -> Result<(), CompileError> {
        let [index, leaf] = self.peek_two()?;
        let x = self.left(index);
        self.host(HostFn::KvLoad, x, None, false);
        for word in 0..WORDS {
            self.stack.push(Entry::Const(word));
            let place = self.pop()?;
            let x = self.left(place);
            self.host(HostFn::LeafGet, x, None, true);
            self.store_word(leaf, word)?;
        }
        self.take(2).map(drop)
    }

    /// `kv_set(index, leaf)`: a leaf becomes what is in memory.
    pub(super) fn kv_set(&mut self) -> Result<(), CompileError> {
        let [index, leaf] = self.peek_two()?;
        for word in 0..WORDS {
            self.load_word(leaf, word);
            self.stack.push(Entry::Const(word));
            let (place, value) = (self.pop()?, self.pop()?);
            let y = self.in_slot(value);
            let x = self.left(place);
            self.host(HostFn::LeafSet, x, Some(y), false);
        }
        let x = self.left(index);
        self.host(HostFn::KvStore, x, None, false);
        self.take(2).map(drop)
    }

    /// `kv_getroot(root)`: writes zeros, which stand for the app's state as it is now.
    pub(super) fn kv_getroot(&mut self) -> Result<(), CompileError> {
        let root = self.peek()?;
        for word in 0..WORDS {
            self.stack.push(Entry::Const(0));
            self.store_word(root, word)?;
        }
        self.pop().map(drop)
    }

    /// `kv_setroot(root)`: ends the message unless the root is what `kv_getroot` writes.
    pub(super) fn kv_setroot(&mut self) -> Result<(), CompileError> {
        let root = self.peek()?;
        for word in 0..WORDS {
            self.load_word(root, word);
            let value = self.pop()?;
            let x = self.left(value);
            let is_zero = self.asm().label();
            self.asm()
                .compare_and_branch(EQUAL, x, Operand::Imm(0), false, is_zero);
            self.asm().end(status::REQUIRE);
            self.asm().bind(is_zero);
        }
        self.pop().map(drop)
    }

    /// Pushes a word of memory.
    fn load_word(&mut self, pointer: Value, word: u64) {
        let (x, offset) = self.address(pointer, 8 * word);
        let d = self.push_slot();
        self.asm().load(x, offset, 8, false, d);
    }

    /// Pops a word and stores it in memory.
    fn store_word(&mut self, pointer: Value, word: u64) -> Result<(), CompileError> {
        let value = self.pop()?;
        let y = self.in_slot(value);
        let (x, offset) = self.address(pointer, 8 * word);
        self.asm().store(x, offset, 8, false, y);
        Ok(())
    }

    /// Returns the topmost value, which stays where it is.
    fn peek(&mut self) -> Result<Value, CompileError> {
        let value = self.pop()?;
        self.stack.push(value.entry);
        Ok(value)
    }

    /// Returns the two topmost values, the upper one last, which stay where they are.
    fn peek_two(&mut self) -> Result<[Value; 2], CompileError> {
        let upper = self.pop()?;
        let lower = self.peek()?;
        self.stack.push(upper.entry);
        Ok([lower, upper])
    }
}
