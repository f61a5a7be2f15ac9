//! A message's memory that remembers when each word was accessed.

use alloc::{vec, vec::Vec};

use crate::{
    isa::{LINEAR, PAGE_BYTES, SYSTEM_BASE},
    trace::Touched,
    Program,
};

/// Words of a page.
const PAGE_WORDS: u64 = PAGE_BYTES / 8;

/// Words with the timestamps of their last accesses.
#[derive(Debug, Default)]
struct Region {
    values: Vec<u64>,
    timestamps: Vec<u64>,
}

impl Region {
    fn grow(&mut self, words: u64) {
        let words = words as usize;
        if words > self.values.len() {
            self.values.resize(words, 0);
            self.timestamps.resize(words, 0);
        }
    }
}

/// Frames, linear memory and the system area of one message.
#[derive(Debug)]
pub(super) struct Memory {
    message: u64,
    frames: Region,
    linear: Region,
    system: Region,
    touched: Vec<Touched>,
}

/// What an access found and left behind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) old: u64,
    pub(super) last: u64,
}

impl Memory {
    /// Returns the memory at a message's start, which is the program's image.
    pub(super) fn new(program: &Program, message: u32) -> Self {
        let mut memory = Self {
            message: u64::from(message) << 32,
            frames: Region::default(),
            linear: Region::default(),
            system: Region::default(),
            touched: Vec::new(),
        };
        memory.linear = Region {
            values: vec![0; u64::from(program.initial_pages) as usize * PAGE_WORDS as usize],
            timestamps: vec![0; u64::from(program.initial_pages) as usize * PAGE_WORDS as usize],
        };
        memory.system.grow(u64::from(program.system_words));
        for (address, word) in &program.image {
            let (region, index) = memory.locate(*address);
            region.values[index] = *word;
        }
        memory
    }

    /// Finds a word by its local address.
    fn locate(&mut self, address: u64) -> (&mut Region, usize) {
        const SYSTEM: u64 = LINEAR + SYSTEM_BASE / 8;
        let (region, index) = match address {
            SYSTEM.. => (&mut self.system, address - SYSTEM),
            LINEAR.. => (&mut self.linear, address - LINEAR),
            _ => (&mut self.frames, address),
        };
        (region, index as usize)
    }

    /// Makes room for so many pages.
    pub(super) fn set_pages(&mut self, pages: u64) {
        self.linear.grow(pages * PAGE_WORDS);
    }

    /// Accesses the word at a local address: replaces it by what `change` makes of it.
    pub(super) fn access(&mut self, address: u64, timestamp: u64, change: impl FnOnce(u64) -> u64) -> Seen {
        if address < LINEAR {
            self.frames.grow(address + 1);
        }
        let (region, index) = self.locate(address);
        let old = region.values[index];
        let last = core::mem::replace(&mut region.timestamps[index], timestamp);
        region.values[index] = change(old);
        if last == 0 {
            let address = self.message | address;
            self.touched.push(Touched {
                address,
                initial: old,
                last: 0,
                timestamp: 0,
            });
        }
        Seen { old, last }
    }

    /// Returns up to `length` bytes of linear memory from `address` on, fewer at its end.
    pub(super) fn bytes(&self, address: u64, length: u64) -> Vec<u8> {
        let end = (self.linear.values.len() as u64 * 8).min(address.saturating_add(length));
        (address..end)
            .map(|byte| (self.linear.values[(byte / 8) as usize] >> (8 * (byte % 8))) as u8)
            .collect()
    }

    /// Returns what became of every touched address, ascending.
    pub(super) fn finish(mut self) -> Vec<Touched> {
        let mut touched = core::mem::take(&mut self.touched);
        touched.sort_unstable_by_key(|touched| touched.address);
        for touched in &mut touched {
            let (region, index) = self.locate(touched.address & u64::from(u32::MAX));
            touched.last = region.values[index];
            touched.timestamp = region.timestamps[index];
        }
        touched
    }
}
