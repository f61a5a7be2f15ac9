//! How proved batches reach the state.

use alloc::vec::Vec;
use zkfusion_primitives::{
    ids::{AppId, Hash},
    merkle::Leaf,
};

/// The apps' state as the verifier pallet sees it.
pub trait KvState {
    /// Returns the root of an app's state.
    fn root(app: AppId) -> Hash;

    /// Returns all leaves of an app that are not empty, in no particular order.
    fn leaves(app: AppId) -> Vec<(u32, Leaf)>;

    /// Makes the writes in order and replaces the root.
    ///
    /// The caller vouches that `root` is the root after these writes: nothing is hashed here.
    fn apply<'a>(app: AppId, writes: impl Iterator<Item = &'a (u32, Leaf)>, root: Hash);
}
