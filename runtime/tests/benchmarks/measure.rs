//! Measures benchmarks in the runtime's wasm.
//!
//! Time is the time of the thread on the processor, so that others on the machine disturb little.
//! Components are varied one at a time, the others being as large as can be.

use crate::{state::State, write, Components, Entry};
use codec::{Decode, Encode};
use frame_benchmarking::{Analysis, BenchmarkBatch, BenchmarkParameter, BenchmarkResult, BenchmarkSelector};
use sc_executor::{sp_wasm_interface::ExtendedHostFunctions, WasmExecutor};
use sp_core::traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode};
use sp_runtime_interface::{pass_by::AllocateAndReturnPointer, runtime_interface};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};
use zkfusion_runtime::WASM_BINARY;

/// The pallets whose weights are measured.
const PALLETS: [&str; 6] = [
    "frame_system_extensions",
    "pallet_governance",
    "pallet_sequencer",
    "pallet_transaction_payment",
    "pallet_verifier",
    "pallet_vrf",
];

/// Replaces the clock of benchmarks.
#[allow(dead_code, unexpected_cfgs, unreachable_pub)]
mod clock {
    use super::*;

    #[runtime_interface]
    pub trait Benchmarking {
        fn current_time() -> AllocateAndReturnPointer<[u8; 16], 16> {
            processor_time().as_nanos().to_le_bytes()
        }
    }
}

type HostFunctions = ExtendedHostFunctions<
    (
        sp_io::SubstrateHostFunctions,
        frame_benchmarking::benchmarking::HostFunctions,
        zkfusion_primitives::poseidon::host::poseidon::HostFunctions,
    ),
    clock::benchmarking::HostFunctions,
>;

/// Returns the time that this thread has had on a processor.
fn processor_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is valid for writes for as long as the call takes.
    let status = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(status, 0, "the system has a clock for threads");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// The weight of something: a base, and a slope for each component.
pub(crate) struct Line {
    pub(crate) base: u128,
    pub(crate) slopes: Vec<(String, u128)>,
}

impl Line {
    fn fit(results: &Vec<BenchmarkResult>, selector: BenchmarkSelector) -> Self {
        let analysis = Analysis::min_squares_iqr(results, selector).expect("there are enough results");
        Self {
            base: analysis.base,
            slopes: analysis.names.into_iter().zip(analysis.slopes).collect(),
        }
    }
}

/// What a benchmark measured.
pub(crate) struct Measured {
    pub(crate) name: String,
    /// Components with their least and their most.
    pub(crate) ranges: Vec<(String, u32, u32)>,
    /// In picoseconds.
    pub(crate) time: Line,
    pub(crate) reads: Line,
    pub(crate) writes: Line,
}

/// The runtime's wasm on two states.
struct Wasm {
    executor: WasmExecutor<HostFunctions>,
    code: Vec<u8>,
    counting: State,
    plain: State,
    steps: u32,
    repeats: u32,
}

impl Wasm {
    fn dispatch(&mut self, count: bool, call: Vec<u8>) -> Vec<BenchmarkResult> {
        let fetcher = WrappedRuntimeCode(self.code.as_slice().into());
        let code = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: sp_io::hashing::blake2_256(&self.code).to_vec(),
        };
        let executor = &self.executor;
        let state = match count {
            true => &mut self.counting,
            false => &mut self.plain,
        };
        let (answer, _) = state.with(|ext| {
            let method = "Benchmark_dispatch_benchmark";
            executor.call(ext, &code, method, &call, CallContext::Offchain)
        });
        let answer = answer.expect("the runtime answers");
        let batches = <Result<Vec<BenchmarkBatch>, String>>::decode(&mut &answer[..]);
        let batches = batches.expect("the answer decodes").expect("the benchmark runs");
        batches.into_iter().flat_map(|batch| batch.results).collect()
    }

    fn measure(&mut self, entry: &Entry) -> Measured {
        let (mut times, mut counts) = (Vec::new(), Vec::new());
        for components in steps(&entry.benchmark.components, self.steps) {
            counts.extend(self.dispatch(true, entry.config(&components, true, 1).encode()));
            times.extend(self.dispatch(false, entry.config(&components, false, self.repeats).encode()));
        }
        let ranges = entry.benchmark.components.iter();
        let measured = Measured {
            name: entry.name(),
            ranges: ranges
                .map(|(name, least, most)| (format!("{name:?}"), *least, *most))
                .collect(),
            time: Line::fit(&times, BenchmarkSelector::ExtrinsicTime),
            reads: Line::fit(&counts, BenchmarkSelector::Reads),
            writes: Line::fit(&counts, BenchmarkSelector::Writes),
        };
        println!(
            "{}::{}: {} us, {:?}; {} reads, {} writes",
            entry.pallet(),
            measured.name,
            measured.time.base / 1_000_000,
            measured.time.slopes,
            measured.reads.base,
            measured.writes.base
        );
        measured
    }
}

/// Returns the values of components at which a benchmark is measured.
fn steps(ranges: &[(BenchmarkParameter, u32, u32)], steps: u32) -> Vec<Components> {
    if ranges.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for (varied, least, most) in ranges {
        let span = most - least;
        for step in 0..steps {
            let value = least + (u64::from(span) * u64::from(step) / u64::from(steps.max(2) - 1)) as u32;
            let components = ranges.iter().map(|(name, _, most)| match name == varied {
                true => (*name, value),
                false => (*name, *most),
            });
            all.push(components.collect());
        }
    }
    all
}

/// Returns the runtime's wasm: that of the file that `RUNTIME_WASM` names, or the one that was
/// built with this test.
fn runtime_code() -> Vec<u8> {
    match std::env::var("RUNTIME_WASM") {
        Ok(file) => fs::read(&file).unwrap_or_else(|error| panic!("{file}: {error}")),
        Err(_) => WASM_BINARY.expect("the runtime is built with its wasm").to_vec(),
    }
}

fn setting(name: &str, default: u32) -> u32 {
    std::env::var(name).ok().map_or(default, |value| {
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name}={value} is not a number"))
    })
}

#[test]
#[ignore = "takes minutes, and writes source files: `make weights`"]
fn weights_are_measured_and_written() {
    let mut wasm = Wasm {
        executor: WasmExecutor::builder().build(),
        code: runtime_code(),
        counting: State::new(true),
        plain: State::new(false),
        steps: setting("STEPS", 5),
        repeats: setting("REPEAT", 10),
    };
    let mut pallets: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
    for entry in Entry::all() {
        if PALLETS.contains(&entry.pallet().as_str()) {
            let measured = wasm.measure(&entry);
            pallets.entry(entry.pallet()).or_default().push(measured);
        }
    }
    assert_eq!(pallets.len(), PALLETS.len());
    for (pallet, measured) in pallets {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/weights/{pallet}.rs"));
        let text = write::source(&pallet, &measured, wasm.steps, wasm.repeats);
        fs::write(path, text).expect("the file can be written");
    }
}
