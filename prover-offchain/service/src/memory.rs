//! Whether a proof fits into memory, asked before it is begun: a process that runs out of memory is
//! killed and says nothing.

use sysinfo::System;
use zkfusion_primitives::job::FailureKind;

use crate::Failure;

/// Bytes that a batch proof takes at most whatever its size, and for each row of its circuit.
/// `fusion-prover bench` measures 365 MB with k = 15 and 2,600 MB with k = 18.
const BATCH: u64 = 200_000_000;
const BATCH_ROW: u64 = 10_500;

/// Bytes that a settlement proof takes at most, as `make demo` measures them.
const SETTLEMENT: u64 = 4_500_000_000;

/// Memory that proofs may take.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Memory {
    /// Bytes; what the machine has free when there is no limit.
    pub(crate) limit: Option<u64>,
}

impl Memory {
    /// Checks that a batch proof in a circuit of 2^k rows fits.
    ///
    /// # Errors
    /// [`FailureKind::OutOfMemory`] when it does not.
    pub(crate) fn hold_batch(self, k: u32) -> Result<(), Failure> {
        self.hold(&format!("a batch proof with k = {k}"), BATCH + (BATCH_ROW << k))
    }

    /// Checks that a settlement proof fits.
    ///
    /// # Errors
    /// [`FailureKind::OutOfMemory`] when it does not.
    pub(crate) fn hold_settlement(self) -> Result<(), Failure> {
        self.hold("a settlement proof", SETTLEMENT)
    }

    fn hold(self, what: &str, needed: u64) -> Result<(), Failure> {
        let free = free();
        let free = self.limit.map_or(free, |limit| limit.min(free));
        if needed <= free {
            return Ok(());
        }
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        let (needed, free) = (megabytes(needed), megabytes(free));
        Err(Failure::transient(
            FailureKind::OutOfMemory,
            format!("{what} takes up to {needed} MB of memory, and {free} MB are free"),
        ))
    }
}

/// Returns the bytes that this process can still allocate: what the machine has, or what the
/// process leaves of its control group's limit. (What the group says is free leaves out the page
/// cache, which gives way.)
fn free() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let machine = system.available_memory();
    system.cgroup_limits().map_or(machine, |group| {
        let left = group.total_memory.saturating_sub(status("VmRSS:"));
        left.min(machine)
    })
}

/// Returns the most memory that this process has had resident, in MB (10^6 bytes); 0 where the
/// system does not say.
pub fn peak_mb() -> u32 {
    (status("VmHWM:") / 1_000_000) as u32
}

/// Returns a size from the process's status, in bytes; 0 where the system does not say.
fn status(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_that_does_not_fit_is_refused_with_the_numbers() {
        let memory = Memory {
            limit: Some(100_000_000),
        };
        let failure = memory.hold_batch(14).unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable),
            (FailureKind::OutOfMemory, true)
        );
        assert_eq!(
            failure.message,
            "a batch proof with k = 14 takes up to 373 MB of memory, and 100 MB are free"
        );
        assert_eq!(
            memory.hold_settlement().unwrap_err().kind,
            FailureKind::OutOfMemory
        );
    }

    #[test]
    fn small_proofs_fit_into_any_machine_that_compiled_this() {
        assert_eq!(Memory::default().hold_batch(14), Ok(()));
        assert!(free() > 0);
    }
}
