//! What the node tells the worker through its offchain database.

use alloc::string::String;
use sp_core::offchain::StorageKind;

/// Key of the switch of the prover role: the value `[1]` is on.
pub const KEY_PROVER: &[u8] = b"zkfusion::prover";

/// Key of the prover service's address, as UTF-8: `http://127.0.0.1:9955`.
pub const KEY_PROVER_URL: &[u8] = b"zkfusion::prover_url";

/// Settings of the prover role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Address of the prover service, without a trailing slash.
    pub url: String,
}

impl Settings {
    /// Returns the settings if the node has the prover role.
    pub fn load() -> Option<Self> {
        let read = |key| sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, key);
        if read(KEY_PROVER)? != [1] {
            return None;
        }
        let url = String::from_utf8(read(KEY_PROVER_URL)?).ok()?;
        Some(Self {
            url: url.trim_end_matches('/').into(),
        })
    }
}
