//! Copies and fills of a few bytes, whose number is known: loads and stores one after the other.
//! Compilers write them for assignments of structures.

use alloc::vec::Vec;

use super::{
    assembler::Operand,
    bulk::{Bulk, Space},
    function::Function,
    stack::{Entry, Value},
};
use crate::CompileError;

/// Bytes that are copied or filled in place at most.
const MAX_BYTES: u64 = 64;

/// Up to eight bytes of a copy.
#[derive(Clone, Copy)]
struct Chunk {
    /// Distance from the first byte.
    offset: u64,
    bytes: u32,
}

impl Function<'_, '_, '_> {
    /// `memory.copy`.
    pub(super) fn memory_copy(&mut self) -> Result<(), CompileError> {
        let count = self.pop()?;
        let Entry::Const(bytes @ 1..=MAX_BYTES) = count.entry else {
            self.stack.push(count.entry);
            return self.bulk(Bulk::Copy {
                to: Space::Memory,
                from: Space::Memory,
            });
        };
        let (from, to) = (self.pop()?, self.pop()?);
        let ((from, first_read), (to, first_written)) = (self.start(from), self.start(to));
        let chunks: Vec<(u32, Chunk)> = (2..)
            .zip(chunks(bytes))
            .map(|(above, chunk)| (self.temp(above), chunk))
            .collect();
        // All is read before anything is written: the two may overlap.
        for (slot, chunk) in &chunks {
            self.asm()
                .load(from, first_read + chunk.offset, chunk.bytes, false, *slot);
        }
        // If anything is outside the memory, the last byte is.
        for (slot, chunk) in chunks.iter().rev() {
            let (at, value) = (first_written + chunk.offset, Operand::Slot(*slot));
            self.asm().store(to, at, chunk.bytes, false, value);
        }
        Ok(())
    }

    /// `memory.fill`.
    pub(super) fn memory_fill(&mut self) -> Result<(), CompileError> {
        let (count, value) = (self.pop()?, self.pop()?);
        let (Entry::Const(bytes @ 1..=MAX_BYTES), Entry::Const(byte)) = (count.entry, value.entry) else {
            self.stack.push(value.entry);
            self.stack.push(count.entry);
            return self.bulk(Bulk::Fill(Space::Memory));
        };
        let to = self.pop()?;
        let (to, first) = self.start(to);
        let slot = self.temp(1);
        let mut width = 0;
        for chunk in chunks(bytes).into_iter().rev() {
            if chunk.bytes != width {
                width = chunk.bytes;
                let eight = u64::MAX / 0xff * (byte & 0xff);
                let word = eight >> (64 - 8 * width);
                self.asm().mov(slot, Operand::Imm(word));
            }
            self.asm()
                .store(to, first + chunk.offset, width, false, Operand::Slot(slot));
        }
        Ok(())
    }

    /// Splits the address of a first byte into a left operand and an immediate, to which
    /// [`MAX_BYTES`] can be added.
    fn start(&mut self, address: Value) -> (Operand, u64) {
        let (x, end) = self.address(address, MAX_BYTES);
        (x, end - MAX_BYTES)
    }
}

/// Splits bytes into words and smaller pieces.
fn chunks(bytes: u64) -> Vec<Chunk> {
    let mut chunks = Vec::new();
    let mut offset = 0;
    for size in [8, 4, 2, 1] {
        while bytes - offset >= size {
            chunks.push(Chunk {
                offset,
                bytes: size as u32,
            });
            offset += size;
        }
    }
    chunks
}
