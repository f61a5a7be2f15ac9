//! What changes in the storage of a chain that is upgraded to this version of the runtime.
//!
//! No version has needed a change yet. The feature `next-version` makes a runtime of the next
//! version, which needs one: it exists for the test that upgrades a running network
//! (`zombienet/tests/upgrade.rs`), and is in no release. There the pallet `Vrf` has another name,
//! under which it would find nothing of what it has recorded.

/// The migrations, in their order.
#[cfg(not(feature = "next-version"))]
pub type Migrations = ();
/// The migrations, in their order.
#[cfg(feature = "next-version")]
pub type Migrations = next_version::RenameVrf;

#[cfg(feature = "next-version")]
mod next_version {
    use crate::{constants::VRF_HISTORY, Randomness, Runtime};
    use frame_support::{
        storage::migration::move_pallet,
        traits::{OnRuntimeUpgrade, PalletInfoAccess},
        weights::Weight,
    };

    /// The name that the pallet had.
    const OLD: &[u8] = b"Vrf";
    /// The most entries that it has: an output a block, and the version of the storage.
    const ENTRIES: u64 = VRF_HISTORY as u64 + 1;

    /// Moves what `Vrf` has stored to `Randomness`. A second time there is nothing to move.
    pub struct RenameVrf;

    impl OnRuntimeUpgrade for RenameVrf {
        fn on_runtime_upgrade() -> Weight {
            move_pallet(OLD, Randomness::name().as_bytes());
            // Each key is found and its value read, then one is removed and the other written.
            <Runtime as frame_system::Config>::DbWeight::get().reads_writes(2 * ENTRIES, 2 * ENTRIES)
        }

        #[cfg(feature = "try-runtime")]
        fn pre_upgrade() -> Result<alloc::vec::Vec<u8>, sp_runtime::TryRuntimeError> {
            Ok(codec::Encode::encode(&checks::entries(OLD)))
        }

        #[cfg(feature = "try-runtime")]
        fn post_upgrade(before: alloc::vec::Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
            let now = codec::Encode::encode(&checks::entries(Randomness::name().as_bytes()));
            frame_support::ensure!(now == before, "what Randomness has is not what Vrf had");
            frame_support::ensure!(checks::entries(OLD).is_empty(), "Vrf still has something");
            Ok(())
        }
    }

    #[cfg(feature = "try-runtime")]
    mod checks {
        use alloc::vec::Vec;
        use frame_support::{storage::PrefixIterator, StorageHasher, Twox128};

        /// Returns what a pallet has stored: keys after its prefix, and values.
        pub(super) fn entries(pallet: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
            let prefix = Twox128::hash(pallet).to_vec();
            let entry = |key: &[u8], value: &[u8]| Ok((key.to_vec(), value.to_vec()));
            PrefixIterator::<_>::new(prefix.clone(), prefix, entry).collect()
        }
    }
}
