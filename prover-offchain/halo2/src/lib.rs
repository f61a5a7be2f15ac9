//! The proof system of zkFusion: circuits as data, their proofs with KZG commitments, and the batch
//! circuit.

pub mod circuit;
pub mod convert;
pub mod gates;
pub mod proof;
pub mod prover;
pub mod srs;
