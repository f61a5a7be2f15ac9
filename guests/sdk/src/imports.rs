//! The host functions, as the VM names them.

#[link(wasm_import_module = "env")]
extern "C" {
    /// The message's next tape word; 0 past its end.
    pub(crate) fn inbox_next() -> i64;
    /// The leaf register takes the app's leaf `index`.
    pub(crate) fn kv_load(index: i32);
    /// The app's leaf `index` takes the leaf register.
    pub(crate) fn kv_store(index: i32);
    /// Word `i mod 4` of the leaf register.
    pub(crate) fn leaf_get(i: i32) -> i64;
    /// Sets word `i mod 4` of the leaf register.
    pub(crate) fn leaf_set(i: i32, word: i64);
    /// Appends the leaf register to the outbox.
    pub(crate) fn outbox_push();
    /// Word `i mod 4` of the batch's randomness.
    pub(crate) fn vrf_seed(i: i32) -> i64;
    /// Shows text to whoever executes.
    pub(crate) fn log(ptr: i32, len: i32);
    /// Ends the message with status 7 when `condition` is 0.
    pub(crate) fn require(condition: i32);
}

/// Fills the leaf register.
#[inline(always)]
pub(crate) fn fill_leaf(words: [u64; 4]) {
    for (i, word) in words.into_iter().enumerate() {
        // SAFETY: the import takes numbers and touches no memory.
        unsafe { leaf_set(i as i32, word as i64) }
    }
}

/// Splits 32 bytes into little-endian words.
#[inline(always)]
pub(crate) fn to_words(bytes: &[u8; 32]) -> [u64; 4] {
    core::array::from_fn(|i| {
        let mut word = [0; 8];
        word.copy_from_slice(&bytes[8 * i..8 * i + 8]);
        u64::from_le_bytes(word)
    })
}

/// Joins little-endian words into 32 bytes.
#[inline(always)]
pub(crate) fn to_bytes(words: [u64; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (i, word) in words.into_iter().enumerate() {
        bytes[8 * i..8 * i + 8].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}
