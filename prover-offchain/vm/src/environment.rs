//! The world as a message sees it: its tape, the app's state, the batch's randomness.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use crate::host::HostFn;

/// Four little-endian words: a leaf of the state tree, an outbox entry, or the seed.
pub type Leaf = [u64; 4];

/// Answers host calls.
pub trait Host {
    /// Performs a host call other than [`HostFn::Log`] and returns its result, 0 if it has none.
    fn call(&mut self, function: HostFn, x: u64, y: u64) -> u64;

    /// Shows text, of which at most [`MAX_LOG_BYTES`] are passed on.
    fn log(&mut self, text: &[u8]);
}

/// Bytes of one logged text at most.
pub const MAX_LOG_BYTES: u64 = 1024;

/// Texts kept of one message at most.
const MAX_LOGS: usize = 1000;

/// An app's state.
pub trait Kv {
    /// Returns the leaf at `index`, zero if it was never stored.
    fn load(&mut self, index: u32) -> Leaf;
    /// Replaces the leaf at `index`.
    fn store(&mut self, index: u32, leaf: Leaf);
}

impl Kv for BTreeMap<u32, Leaf> {
    fn load(&mut self, index: u32) -> Leaf {
        self.get(&index).copied().unwrap_or_default()
    }

    fn store(&mut self, index: u32, leaf: Leaf) {
        self.insert(index, leaf);
    }
}

/// The host of one message.
#[derive(Debug)]
pub struct Environment<'a, K> {
    tape: &'a [u64],
    cursor: usize,
    leaf: Leaf,
    seed: Leaf,
    kv: &'a mut K,
    undo: Vec<(u32, Leaf)>,
    /// Stores so far.
    pub(crate) writes: Vec<(u32, Leaf)>,
    /// Outbox entries so far.
    pub(crate) outbox: Vec<Leaf>,
    /// Texts logged so far.
    pub(crate) logs: Vec<String>,
}

impl<'a, K: Kv> Environment<'a, K> {
    /// Returns the environment at a message's start.
    pub fn new(tape: &'a [u64], seed: Leaf, kv: &'a mut K) -> Self {
        Self {
            tape,
            cursor: 0,
            leaf: Leaf::default(),
            seed,
            kv,
            undo: Vec::new(),
            writes: Vec::new(),
            outbox: Vec::new(),
            logs: Vec::new(),
        }
    }

    /// Undoes what the message did to the state.
    pub(crate) fn roll_back(&mut self) {
        while let Some((index, leaf)) = self.undo.pop() {
            self.kv.store(index, leaf);
        }
        self.writes.clear();
        self.outbox.clear();
    }
}

impl<K: Kv> Host for Environment<'_, K> {
    fn call(&mut self, function: HostFn, x: u64, y: u64) -> u64 {
        match function {
            HostFn::InboxNext => {
                let word = self.tape.get(self.cursor).copied().unwrap_or_default();
                self.cursor += 1;
                return word;
            }
            HostFn::KvLoad => self.leaf = self.kv.load(x as u32),
            HostFn::KvStore => {
                let index = x as u32;
                self.undo.push((index, self.kv.load(index)));
                self.kv.store(index, self.leaf);
                self.writes.push((index, self.leaf));
            }
            HostFn::LeafGet => return self.leaf[(x % 4) as usize],
            HostFn::LeafSet => self.leaf[(x % 4) as usize] = y,
            HostFn::OutboxPush => self.outbox.push(self.leaf),
            HostFn::VrfSeed => return self.seed[(x % 4) as usize],
            HostFn::Log => {}
        }
        0
    }

    fn log(&mut self, text: &[u8]) {
        if self.logs.len() < MAX_LOGS {
            self.logs.push(String::from_utf8_lossy(text).into_owned());
        }
    }
}
