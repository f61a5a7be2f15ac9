//! Why the store cannot serve.

use std::sync::Arc;

use zkfusion_primitives::ids::Hash;

/// Why the store cannot serve.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    /// The store has no tree with this root.
    #[error("the store has no tree with root 0x{}", hex(_0))]
    UnknownRoot(Hash),
    /// Another process uses the store.
    #[error("{0} is in use by another process")]
    InUse(String),
    /// What was read is not what was written.
    #[error("the store of states is damaged: {0}")]
    Damaged(&'static str),
    /// The database says no.
    #[error("the store of states: {0}")]
    Database(Arc<redb::Error>),
}

impl<E: Into<redb::Error>> From<E> for StateError {
    fn from(error: E) -> Self {
        Self::Database(Arc::new(error.into()))
    }
}

fn hex(hash: &Hash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
