//! The operand stack at compile time: where each value is.

use alloc::{vec, vec::Vec};

/// Where a value on the operand stack is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// In the slot of its height.
    Slot,
    /// In a local.
    Local(u32),
    /// Nowhere yet: a constant.
    Const(u64),
}

/// A value taken from the stack.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value {
    pub(crate) entry: Entry,
    /// Height it had: its own slot is that of this height.
    pub(crate) height: usize,
}

/// The operand stack. Each operation takes constant time, averaged over a function.
pub(crate) struct Stack {
    entries: Vec<Entry>,
    /// For each local, the heights of entries that refer to it, ascending.
    references: Vec<Vec<usize>>,
    /// No entry below this height refers to a local.
    settled: usize,
}

impl Stack {
    /// Returns an empty stack for a function with `locals` locals.
    pub(crate) fn new(locals: usize) -> Self {
        Self {
            entries: Vec::new(),
            references: vec![Vec::new(); locals],
            settled: 0,
        }
    }

    /// Returns the number of entries.
    pub(crate) fn height(&self) -> usize {
        self.entries.len()
    }

    /// Pushes an entry.
    pub(crate) fn push(&mut self, entry: Entry) {
        if let Entry::Local(local) = entry {
            self.references[local as usize].push(self.entries.len());
        }
        self.entries.push(entry);
    }

    /// Pops an entry.
    pub(crate) fn pop(&mut self) -> Option<Value> {
        let entry = self.entries.pop()?;
        if let Entry::Local(local) = entry {
            self.references[local as usize].pop();
        }
        self.settled = self.settled.min(self.entries.len());
        Some(Value {
            entry,
            height: self.entries.len(),
        })
    }

    /// Drops the entries above `height`.
    pub(crate) fn truncate(&mut self, height: usize) {
        while self.entries.len() > height {
            self.pop();
        }
    }

    /// Returns whether each of the `count` topmost entries is in its slot.
    pub(crate) fn is_settled(&self, count: usize) -> bool {
        let first = self.entries.len().saturating_sub(count);
        self.entries[first..].iter().all(|entry| *entry == Entry::Slot)
    }

    /// Declares that the entry at `height`, the highest that refers to its local, is now in its
    /// slot.
    pub(crate) fn settle(&mut self, height: usize) {
        if let Entry::Local(local) = self.entries[height] {
            self.references[local as usize].pop();
        }
        self.entries[height] = Entry::Slot;
    }

    /// Returns the highest entry that refers to `local`.
    pub(crate) fn reference(&self, local: u32) -> Option<usize> {
        self.references[local as usize].last().copied()
    }

    /// Settles every entry that refers to a local and returns the heights and locals.
    pub(crate) fn settle_all(&mut self) -> Vec<(usize, u32)> {
        let mut settled = Vec::new();
        for height in (self.settled..self.entries.len()).rev() {
            if let Entry::Local(local) = self.entries[height] {
                self.settle(height);
                settled.push((height, local));
            }
        }
        self.settled = self.entries.len();
        settled
    }
}
