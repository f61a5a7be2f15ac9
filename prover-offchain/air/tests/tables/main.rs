//! The circuit's tables against executions: honest ones are accepted, changed ones are not.

mod common;
mod documentation;
mod forgery;
mod fuzz;
mod generated;
mod honest;
mod mutation;
mod spec;

#[path = "../../../vm/tests/support/mod.rs"]
mod support;
