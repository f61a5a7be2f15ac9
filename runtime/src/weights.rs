//! Weights of our own pallets, which `make weights` measures and writes. Those of the SDK's pallets
//! are the SDK's, measured by Parity on its reference machine.

pub(crate) mod pallet_governance;
pub(crate) mod pallet_sequencer;
pub(crate) mod pallet_verifier;
pub(crate) mod pallet_vrf;
