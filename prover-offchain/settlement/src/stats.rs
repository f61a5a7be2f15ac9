//! The cost of a proof.

use std::fs;

/// Time and memory of one settlement proof.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct ProofStats {
    /// Seconds to check the batch proof and to build the witness.
    pub witness_s: f64,
    /// Seconds to make the proof.
    pub prove_s: f64,
    /// Seconds to verify it.
    pub verify_s: f64,
    /// The most memory that the process has had resident, in MB (10^6 bytes).
    pub peak_mb: f64,
    /// Bytes of the proof, the accumulator's limbs included.
    pub proof_bytes: usize,
}

/// Returns the most memory that this process has had resident, in MB (10^6 bytes); 0 where `/proc`
/// does not tell.
pub fn peak_memory_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok());
    kibibytes.unwrap_or(0.0) * 1024.0 / 1e6
}
