//! The places of globals, tables and passive segments in the system area, which guest pointers
//! cannot reach.

use alloc::vec::Vec;

use super::{module::Module, usage::Usage};
use crate::{isa::SYSTEM_BASE, limits::MAX_TABLE};

/// Number of elements of a table or an element segment, or of bytes of a data segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// The same always.
    Fixed(u64),
    /// In the word at a byte address.
    Stored(u64),
}

/// A table or a passive segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    /// Byte address of its first byte.
    pub(crate) base: u64,
    /// Its present length.
    pub(crate) length: Length,
    /// Its length at a message's start.
    pub(crate) initial: u64,
    /// The length that it can grow to.
    pub(crate) capacity: u64,
}

/// The system area.
pub(crate) struct Layout {
    /// Tables by index.
    pub(crate) tables: Vec<Region>,
    /// Data segments by index. Those that are not passive are dropped before a message starts.
    pub(crate) data: Vec<Region>,
    /// Element segments by index, as [`Self::data`].
    pub(crate) elements: Vec<Region>,
    /// Words of the area.
    pub(crate) words: u64,
}

impl Layout {
    /// Lays out a module's globals, tables and passive segments, in this order.
    pub(crate) fn new(module: &Module<'_>, usage: &Usage) -> Self {
        let mut layout = Self {
            tables: Vec::new(),
            data: Vec::new(),
            elements: Vec::new(),
            words: module.globals.len() as u64,
        };
        for (index, table) in (0u32..).zip(&module.tables) {
            let initial = table.elements.len() as u64;
            let grows = usage.grown_tables.contains(&index);
            let capacity = if grows {
                table.maximum.min(MAX_TABLE)
            } else {
                initial
            };
            let region = layout.region(initial, grows, capacity, capacity);
            layout.tables.push(region);
        }
        for (index, bytes) in (0u32..).zip(&module.passive_data) {
            let copied = usage.copied_data.contains(&index);
            let length = if copied { bytes.len() as u64 } else { 0 };
            let dropped = usage.dropped_data.contains(&index);
            let region = layout.region(length, dropped, length, length.div_ceil(8));
            layout.data.push(region);
        }
        for (index, items) in (0u32..).zip(&module.passive_elements) {
            let copied = usage.copied_elements.contains(&index);
            let length = if copied { items.len() as u64 } else { 0 };
            let dropped = usage.dropped_elements.contains(&index);
            let region = layout.region(length, dropped, length, length);
            layout.elements.push(region);
        }
        layout
    }

    /// Takes the next words for a region, and one for its length if that changes.
    fn region(&mut self, initial: u64, changes: bool, capacity: u64, words: u64) -> Region {
        let length = if changes && capacity > 0 {
            Length::Stored(self.take(1))
        } else {
            Length::Fixed(initial)
        };
        Region {
            base: self.take(words),
            length,
            initial,
            capacity,
        }
    }

    /// Takes words from the end of the area and returns the byte address of the first.
    fn take(&mut self, words: u64) -> u64 {
        let base = SYSTEM_BASE + 8 * self.words;
        self.words += words;
        base
    }
}

/// Returns the byte address of a global.
pub(crate) const fn global_address(index: u32) -> u64 {
    SYSTEM_BASE + 8 * index as u64
}
