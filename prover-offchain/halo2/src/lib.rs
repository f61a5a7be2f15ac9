//! The halo2-KZG backend of zkFusion.

pub mod circuit;
pub mod convert;
pub mod export;
pub mod proof;
pub mod prover;
pub mod srs;
pub mod transcript;
