//! Panics of a backend, as failures.

use crate::Failure;
use std::panic::{catch_unwind, AssertUnwindSafe};
use zkfusion_primitives::job::FailureKind;

/// Returns what `prove` returns; a panic is a failure that another attempt may not meet.
pub(crate) fn caught<T>(prove: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(prove)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or(panic.downcast_ref::<&str>().copied())
            .unwrap_or("no message");
        Err(Failure::transient(
            FailureKind::Prover,
            format!("the prover panicked: {text}"),
        ))
    })
}
