//! Weights that `make weights` measures and writes: those of our own pallets, and of what every
//! signed transaction passes. Others are the SDK's, measured by Parity on its reference machine.

pub(crate) mod frame_system_extensions;
pub(crate) mod pallet_governance;
pub(crate) mod pallet_sequencer;
pub(crate) mod pallet_transaction_payment;
pub(crate) mod pallet_verifier;
pub(crate) mod pallet_vrf;
