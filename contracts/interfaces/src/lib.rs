//! The interfaces of the Ethereum contracts: calls, events, errors and structs, made from the
//! Solidity sources in `contracts/src` when this crate is built. What they mean is documented
//! there.

#![no_std]

extern crate alloc;

#[allow(missing_docs, unreachable_pub, clippy::all)]
mod interfaces {
    include!(concat!(env!("OUT_DIR"), "/interfaces.rs"));
}

pub use interfaces::{
    Commitment, IBeefyOrder, ISettlement, MerklePath, MmrLeaf, OrderEvidence, OrderHead, SettlementStatement,
    Signature,
};
