//! What a process takes of the machine, as Linux tells.

use serde::Serialize;
use std::collections::BTreeMap;

/// What a process has taken until now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    /// Computing time, in seconds.
    pub cpu_s: f64,
    /// Most memory that was resident, in MB.
    pub peak_mb: u64,
}

/// How a node made a block, as its log tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Time that it took, in milliseconds.
    pub ms: u64,
    /// Why no more extrinsics were added.
    pub end: String,
}

/// The machine of a measurement.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Machine {
    /// Processors that may be used.
    pub processors: usize,
    /// Their name.
    pub model: String,
    /// Memory, in MB.
    pub memory_mb: u64,
}

impl Usage {
    /// Returns what a process has taken, as far as the system says.
    pub fn of(pid: u32) -> Self {
        let read = |name: &str| std::fs::read_to_string(format!("/proc/{pid}/{name}")).unwrap_or_default();
        // SAFETY: asks for a constant of the system.
        let ticks = unsafe { libc::sysconf(libc::_SC_CLK_TCK) }.max(1);
        Self {
            cpu_s: cpu_ticks(&read("stat")) as f64 / ticks as f64,
            peak_mb: kilobytes(&read("status"), "VmHWM:") / 1_024,
        }
    }
}

impl Machine {
    /// Returns this machine.
    pub fn this() -> Self {
        let read = |path| std::fs::read_to_string(path).unwrap_or_default();
        let cpuinfo = read("/proc/cpuinfo");
        let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(": "));
        Self {
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            model: model.map(|(_, name)| name.to_owned()).unwrap_or_default(),
            memory_mb: kilobytes(&read("/proc/meminfo"), "MemTotal:") / 1_024,
        }
    }
}

/// Returns the blocks that a node made, by number, given its log.
pub fn proposals(log: &str) -> BTreeMap<u32, Proposal> {
    log.lines().filter_map(proposal).collect()
}

/// Returns what a line tells of a block: `.. Prepared block for proposing at 7 (40 ms) .. end:
/// NoMoreTransactions; ..`.
fn proposal(line: &str) -> Option<(u32, Proposal)> {
    let (_, rest) = line.split_once("Prepared block for proposing at ")?;
    let (number, rest) = rest.split_once(" (")?;
    let (ms, rest) = rest.split_once(" ms)")?;
    let (_, rest) = rest.split_once("end: ")?;
    let end = rest.split(';').next()?.to_owned();
    let ms = ms.parse().ok()?;
    Some((number.parse().ok()?, Proposal { ms, end }))
}

/// Returns the sum of user and system time, the 14th and the 15th field; the second is a name in
/// parentheses.
fn cpu_ticks(stat: &str) -> u64 {
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let numbers = fields.split_whitespace().skip(11).take(2);
    numbers.filter_map(|number| number.parse::<u64>().ok()).sum()
}

fn kilobytes(text: &str, label: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(label));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_any_name() {
        let stat = "7 (a ) b) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0";
        assert_eq!(cpu_ticks(stat), 42);
        assert_eq!(kilobytes("VmPeak:\t9 kB\nVmHWM:\t  4096 kB\n", "VmHWM:"), 4_096);
        assert_eq!(kilobytes("", "VmHWM:"), 0);
    }

    #[test]
    fn proposals_are_found_in_a_log() {
        let log = "12:00 Idle\n12:01 Prepared block for proposing at 7 (40 ms) hash: 0xab; parent_hash: 0xcd; end: \
                   HitBlockWeightLimit; extrinsics_count: 3\n";
        let expected = Proposal {
            ms: 40,
            end: "HitBlockWeightLimit".into(),
        };
        assert_eq!(proposals(log), BTreeMap::from([(7, expected)]));
    }

    #[test]
    fn this_process_has_taken_something() {
        assert!(Usage::of(std::process::id()).peak_mb > 0);
        assert!(Machine::this().memory_mb > 0);
    }
}
