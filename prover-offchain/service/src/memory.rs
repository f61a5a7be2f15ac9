//! Whether a proof fits into memory, asked before it is begun: a process that runs out of memory is
//! killed and says nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sysinfo::System;
use zkfusion_primitives::job::FailureKind;

use crate::{backend::ProofSize, control_group, Failure};

/// Bytes that a batch proof takes at most whatever its size, and for each row of its circuit.
/// `fusion-prover bench` measures 365 MB with k = 15 and 2,600 MB with k = 18.
const BATCH: u64 = 200_000_000;
const BATCH_ROW: u64 = 10_500;

/// Bytes that a settlement proof takes at most, as `make demo` measures them.
const SETTLEMENT: u64 = 4_500_000_000;

/// Memory that proofs may take. Those that run hold theirs until they end.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Bytes; what the machine has free when there is no limit.
    limit: Option<u64>,
    held: Mutex<Held>,
}

/// What running proofs hold.
#[derive(Debug, Default)]
struct Held {
    /// The most bytes that they may take, all of them.
    bytes: u64,
    /// What was free before the first of them began. What is free while they run says little: it is
    /// not known how much they will still take.
    free: u64,
}

/// The memory of a running proof.
#[derive(Debug)]
pub(crate) struct Hold<'a> {
    memory: &'a Memory,
    bytes: u64,
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        let mut held = self.memory.held();
        held.bytes = held.bytes.saturating_sub(self.bytes);
    }
}

impl Memory {
    /// Returns memory with a limit of its own, in bytes.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        Self {
            limit,
            held: Mutex::default(),
        }
    }

    /// Holds what a proof takes.
    ///
    /// # Errors
    /// [`FailureKind::OutOfMemory`] when it does not fit beside the proofs that run.
    pub(crate) fn hold(&self, proof: ProofSize) -> Result<Hold<'_>, Failure> {
        let needed = match proof {
            ProofSize::Batch { k } => BATCH.saturating_add(BATCH_ROW.saturating_mul(1 << k.min(63))),
            ProofSize::Settlement => SETTLEMENT,
        };
        let mut held = self.held();
        let now = free();
        if held.bytes == 0 {
            held.free = self.limit.map_or(now, |limit| limit.min(now));
        }
        let left = held.free.saturating_sub(held.bytes).min(now);
        if needed <= left {
            held.bytes += needed;
            return Ok(Hold {
                memory: self,
                bytes: needed,
            });
        }
        let megabytes = |bytes: u64| bytes.div_ceil(1_000_000);
        let others = match held.bytes {
            0 => String::new(),
            bytes => format!(" beside the {} MB of proofs that run", megabytes(bytes)),
        };
        let (needed, left) = (megabytes(needed), megabytes(left));
        Err(Failure::transient(
            FailureKind::OutOfMemory,
            format!("{proof} takes up to {needed} MB of memory, and {left} MB are free{others}"),
        ))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Two numbers, which no panic leaves half changed.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the bytes that this process and its children can still allocate: what the machine has,
/// or what is left of their control group's limit.
fn free() -> u64 {
    let mut system = System::new();
    system.refresh_memory();
    let machine = system.available_memory();
    control_group::memory_left().map_or(machine, |left| left.min(machine))
}

/// Returns the most memory that this process has had resident, in MB (10^6 bytes); 0 where the
/// system does not say.
pub fn peak_mb() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|number| number.parse::<u64>().ok());
    kilobytes.map_or(0, |kilobytes| (kilobytes * 1024 / 1_000_000) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: ProofSize = ProofSize::Batch { k: 14 };

    #[test]
    fn a_proof_that_does_not_fit_is_refused_with_the_numbers() {
        let memory = Memory::new(Some(100_000_000));
        let failure = memory.hold(SMALL).unwrap_err();
        assert_eq!(
            (failure.kind, failure.retryable),
            (FailureKind::OutOfMemory, true)
        );
        assert_eq!(
            failure.message,
            "a batch proof with k = 14 takes up to 373 MB of memory, and 100 MB are free"
        );
        assert_eq!(
            memory.hold(ProofSize::Settlement).unwrap_err().kind,
            FailureKind::OutOfMemory
        );
    }

    #[test]
    fn a_running_proof_holds_its_memory_until_it_ends() {
        // Enough for two with k = 14, of 373 MB each.
        let memory = Memory::new(Some(800_000_000));
        let first = memory.hold(SMALL).unwrap();
        let second = memory.hold(SMALL).unwrap();
        let failure = memory.hold(SMALL).unwrap_err();
        assert_eq!(
            failure.message,
            "a batch proof with k = 14 takes up to 373 MB of memory, and 56 MB are free beside the 745 MB of \
             proofs that run"
        );
        drop(first);
        let third = memory.hold(SMALL).unwrap();
        drop((second, third));
        assert_eq!(memory.held().bytes, 0);
    }

    #[test]
    fn small_proofs_fit_into_any_machine_that_compiled_this() {
        assert!(Memory::default().hold(SMALL).is_ok());
        assert!(free() > 0);
    }
}
