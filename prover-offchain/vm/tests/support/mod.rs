//! What the conformance tests share: wasmi as the oracle, and checks of traces.
#![allow(dead_code)]

pub(crate) mod invariants;
pub(crate) mod modules;
pub(crate) mod oracle;
