//! State of the apps.
//!
//! An app's state is a binary Poseidon tree of depth 32 over 32-byte leaves
//! ([`zkfusion_primitives::merkle`]). The chain keeps the leaves that are not empty and the root.
//! It has no calls: state changes through [`KvState`], which the verifier pallet calls with a root
//! and writes that a proof vouches for, so that nothing is hashed here.
//!
//! Inner nodes are not stored. An inclusion proof is computed from the leaves where it is asked
//! for: in a runtime API call or in the node's RPC, never in a block.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;
mod traits;

pub use pallet::*;
pub use traits::KvState;

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use alloc::vec::Vec;
    use frame_support::pallet_prelude::*;
    use zkfusion_primitives::{
        ids::{AppId, Hash},
        merkle::{empty_root, Leaf, MerklePath, SparseTree, EMPTY_LEAF},
    };

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config {}

    /// Root of the state of each app that has been written to. Without an entry the state is empty.
    #[pallet::storage]
    pub type Roots<T: Config> = StorageMap<_, Twox64Concat, AppId, Hash>;

    /// The leaves that are not empty. Guests choose the index, hence the collision-resistant
    /// hasher.
    #[pallet::storage]
    pub type Leaves<T: Config> = StorageDoubleMap<_, Twox64Concat, AppId, Blake2_128Concat, u32, Leaf>;

    #[pallet::hooks]
    impl<T: Config> Hooks<frame_system::pallet_prelude::BlockNumberFor<T>> for Pallet<T> {
        #[cfg(feature = "try-runtime")]
        fn try_state(
            _now: frame_system::pallet_prelude::BlockNumberFor<T>,
        ) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::check_state()
        }
    }

    impl<T: Config> Pallet<T> {
        /// Returns a leaf of an app's state; empty if it was never written.
        pub fn leaf(app: AppId, index: u32) -> Leaf {
            Leaves::<T>::get(app, index).unwrap_or(EMPTY_LEAF)
        }

        /// Returns all leaves of an app that are not empty, in no particular order.
        pub fn leaves(app: AppId) -> Vec<(u32, Leaf)> {
            Leaves::<T>::iter_prefix(app).collect()
        }

        /// Returns up to `limit` leaves that follow `after` in storage order, or the first ones.
        pub fn leaves_page(app: AppId, after: Option<u32>, limit: u32) -> Vec<(u32, Leaf)> {
            let limit = limit as usize;
            match after {
                Some(index) => {
                    let key = Leaves::<T>::hashed_key_for(app, index);
                    Leaves::<T>::iter_prefix_from(app, key).take(limit).collect()
                }
                None => Leaves::<T>::iter_prefix(app).take(limit).collect(),
            }
        }

        /// Returns a leaf with the proof that it belongs to the app's root.
        ///
        /// Hashes the whole state of the app: for callers outside of blocks.
        pub fn prove(app: AppId, index: u32) -> MerklePath {
            SparseTree::from_leaves(Leaves::<T>::iter_prefix(app)).prove(index)
        }

        /// Checks that every root is that of the leaves, and that no empty leaf is stored.
        ///
        /// # Errors
        ///
        /// What is wrong, if anything is.
        pub fn check_state() -> Result<(), sp_runtime::TryRuntimeError> {
            for (app, root) in Roots::<T>::iter() {
                let tree = SparseTree::from_leaves(Leaves::<T>::iter_prefix(app));
                ensure!(tree.root() == root, "an app's root is not that of its leaves");
            }
            for (app, _, leaf) in Leaves::<T>::iter() {
                ensure!(Roots::<T>::contains_key(app), "an app has leaves and no root");
                ensure!(leaf != EMPTY_LEAF, "an empty leaf is stored");
            }
            Ok(())
        }
    }

    impl<T: Config> KvState for Pallet<T> {
        fn root(app: AppId) -> Hash {
            Roots::<T>::get(app).unwrap_or_else(empty_root)
        }

        fn leaves(app: AppId) -> Vec<(u32, Leaf)> {
            Self::leaves(app)
        }

        fn apply<'a>(app: AppId, writes: impl Iterator<Item = &'a (u32, Leaf)>, root: Hash) {
            for (index, leaf) in writes {
                match *leaf {
                    EMPTY_LEAF => Leaves::<T>::remove(app, index),
                    leaf => Leaves::<T>::insert(app, index, leaf),
                }
            }
            Roots::<T>::insert(app, root);
        }
    }
}
