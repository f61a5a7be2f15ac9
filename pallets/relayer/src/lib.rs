//! Settlement on Ethereum: the relayer role of a node.
//!
//! The pallet has no state and no calls. Its offchain worker reads from the `Settlement` contract
//! where each app stands, has the prover service make a settlement proof of the next verified
//! batches, and sends the proof to the contract in an EIP-1559 transaction, with the evidence that
//! the batches are final. For that it keeps `BeefyOrder`, the appchain's light client on Ethereum,
//! up to date with what validators sign. Everybody may do the same: proofs decide, and the contract
//! takes each range of batches once.
//!
//! [`offchain`] says how a run goes, `docs/relayer.md` what an operator needs to know.
#![cfg_attr(not(feature = "std"), no_std)]

extern crate alloc;

pub mod abi;
pub mod fees;
pub mod offchain;
pub mod order;
pub mod plan;
pub mod transaction;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

pub use pallet::*;

use sp_core::crypto::KeyTypeId;

/// Under this target the pallet logs.
pub(crate) const LOG_TARGET: &str = "runtime::relayer";

/// Type of the ECDSA keys with which the worker signs Ethereum transactions.
pub const KEY_TYPE: KeyTypeId = KeyTypeId(*b"zkrl");

#[frame_support::pallet]
pub mod pallet {
    use super::*;
    use frame_support::pallet_prelude::*;
    use frame_system::pallet_prelude::*;

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    #[pallet::config]
    pub trait Config: frame_system::Config + pallet_sequencer::Config + pallet_verifier::Config {
        /// The most consecutive batches that one settlement proof covers.
        #[pallet::constant]
        type MaxBatches: Get<u32>;

        /// The appchain's Merkle mountain range.
        type MountainRange: order::MountainRange<BlockNumberFor<Self>>;
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn offchain_worker(now: BlockNumberFor<T>) {
            offchain::run::<T>(now);
        }

        fn integrity_test() {
            assert!(T::MaxBatches::get() > 0, "a settlement must hold a batch");
        }
    }
}
