//! The commands.

pub(crate) mod app;
pub(crate) mod message;
pub(crate) mod register;
pub(crate) mod settlement;
