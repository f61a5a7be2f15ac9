//! Code that the conformance tests share: wasmi as the oracle, modules to try, and checks of code
//! and traces.
#![allow(dead_code)]

pub(crate) mod compare;
pub(crate) mod host;
pub(crate) mod invariants;
pub(crate) mod modules;
pub(crate) mod mutants;
pub(crate) mod oracle;
pub(crate) mod rewrite;
