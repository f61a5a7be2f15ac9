//! Functions that a guest imports from module `env`.
//!
//! | import | meaning |
//! |---|---|
//! | `inbox_next() -> i64` | the message's next tape word; 0 past its end |
//! | `kv_load(index: i32)` | the leaf register takes the app's leaf `index` |
//! | `kv_store(index: i32)` | the app's leaf `index` takes the leaf register |
//! | `leaf_get(i: i32) -> i64` | word `i mod 4` of the leaf register |
//! | `leaf_set(i: i32, word: i64)` | sets word `i mod 4` of the leaf register |
//! | `outbox_push()` | appends the leaf register to the outbox |
//! | `vrf_seed(i: i32) -> i64` | word `i mod 4` of the batch's randomness |
//! | `log(ptr: i32, len: i32)` | shows text to whoever executes; nothing is proved of it |
//! | `require(cond: i32)` | ends the message with status 7 when `cond = 0` (compiled, not a host call) |
//! | `wasm_input(public: i32) -> i64` | as `inbox_next`, for existing zkWasm guests |
//! | `kv_get(index: i32, leaf: i32)`, `kv_set(index: i32, leaf: i32)` | the app's leaf to, from memory, through the leaf register (compiled to the calls above) |
//! | `kv_getroot(root: i32)` | writes 32 zero bytes, which stand for the app's current state (compiled, not a host call) |
//! | `kv_setroot(root: i32)` | ends the message with status 7 unless it is given those (compiled, not a host call) |
//! | `abort(i32, i32, i32, i32)` | ends the message with status 1, for AssemblyScript (compiled, not a host call) |
//!
//! So is `fd_write(i32, i32, i32, i32) -> i32` of module `wasi_snapshot_preview1`: it writes
//! nothing and returns 8, since no file is open. TinyGo's programs print with it what they panic
//! about.
//!
//! The leaf register is four words, zero at a message's start. The compiler reduces `i` with an
//! `and 3` before the call.

/// A host function: the code in a host-call instruction's immediate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum HostFn {
    /// `z =` next tape word, 0 past the end.
    InboxNext = 0,
    /// Loads leaf `x` into the leaf register.
    KvLoad = 1,
    /// Stores the leaf register at leaf `x`.
    KvStore = 2,
    /// `z =` word `x` of the leaf register, `x < 4`.
    LeafGet = 3,
    /// Word `x < 4` of the leaf register becomes `y`.
    LeafSet = 4,
    /// Appends the leaf register to the outbox.
    OutboxPush = 5,
    /// `z =` word `x < 4` of the seed.
    VrfSeed = 6,
    /// Shows `y` bytes at `x`; proves nothing.
    Log = 7,
}

const _: () = {
    let mut code = 0;
    while code < HostFn::ALL.len() {
        assert!(
            HostFn::ALL[code] as usize == code,
            "functions are in the order of their codes"
        );
        code += 1;
    }
};

/// Rows of one Poseidon permutation in the trace.
pub const POSEIDON_ROWS: u64 = 6;

/// Rows of a leaf: itself, the ranges of three of its words, and its hash.
const LEAF_ROWS: u64 = 4 + POSEIDON_ROWS;

/// Rows of the levels of a Merkle path.
const LEVEL_ROWS: u64 = 32;

impl HostFn {
    /// Every function, by code.
    pub const ALL: [Self; 8] = [
        Self::InboxNext,
        Self::KvLoad,
        Self::KvStore,
        Self::LeafGet,
        Self::LeafSet,
        Self::OutboxPush,
        Self::VrfSeed,
        Self::Log,
    ];

    /// Returns the function that `code` stands for.
    pub const fn from_code(code: u64) -> Option<Self> {
        if code < Self::ALL.len() as u64 {
            Some(Self::ALL[code as usize])
        } else {
            None
        }
    }

    /// Returns the fuel of a call in addition to the one unit of its step: the most rows that it
    /// takes in the host, Merkle and Poseidon tables.
    pub const fn fuel(self) -> u64 {
        match self {
            Self::InboxNext | Self::LeafGet | Self::LeafSet | Self::VrfSeed | Self::Log => 1,
            Self::KvLoad => 1 + LEAF_ROWS + LEVEL_ROWS * (1 + POSEIDON_ROWS),
            // The old path, the new path, and two permutations that extend the writes hash.
            Self::KvStore => 1 + LEAF_ROWS + LEVEL_ROWS * (1 + 2 * POSEIDON_ROWS) + 2 * POSEIDON_ROWS,
            Self::OutboxPush => 1 + LEAF_ROWS + LEVEL_ROWS * (1 + 2 * POSEIDON_ROWS),
        }
    }
}
