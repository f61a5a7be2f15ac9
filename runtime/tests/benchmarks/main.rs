//! All benchmarks, on the development genesis: natively, to see that they run, and in wasm, to
//! measure the weights of our own pallets (`make weights`).

#[allow(dead_code)]
#[path = "../blocks/chain.rs"]
mod chain;
mod measure;
mod state;
mod write;

use frame_benchmarking::{
    runtime_decl_for_benchmark::Benchmark, BenchmarkConfig, BenchmarkMetadata, BenchmarkParameter,
    BenchmarkResult,
};
use state::State;
use std::panic::{catch_unwind, AssertUnwindSafe};
use zkfusion_runtime::{Block, Runtime};

/// Values of the components of a benchmark.
type Components = Vec<(BenchmarkParameter, u32)>;

/// The SDK's benchmarks that cannot run in this runtime. Those of staking put voters into bags,
/// which this chain does not have, or ask for more validators than there may be.
const IMPOSSIBLE: [(&str, &str); 10] = [
    ("pallet_staking", "bond_extra"),
    ("pallet_staking", "chill"),
    ("pallet_staking", "chill_other"),
    ("pallet_staking", "force_unstake"),
    ("pallet_staking", "nominate"),
    ("pallet_staking", "reap_stash"),
    ("pallet_staking", "rebond"),
    ("pallet_staking", "set_validator_count"),
    ("pallet_staking", "unbond"),
    ("pallet_staking", "withdraw_unbonded_kill"),
];

/// A benchmark of a pallet.
#[derive(Clone, Debug)]
struct Entry {
    pallet: Vec<u8>,
    instance: Vec<u8>,
    benchmark: BenchmarkMetadata,
}

impl Entry {
    /// Returns all benchmarks by which weights are measured.
    fn all() -> Vec<Self> {
        let (list, _) = <Runtime as Benchmark<Block>>::benchmark_metadata(false);
        let entries = list.into_iter().flat_map(|pallet| {
            pallet.benchmarks.into_iter().map(move |benchmark| Self {
                pallet: pallet.pallet.clone(),
                instance: pallet.instance.clone(),
                benchmark,
            })
        });
        entries.collect()
    }

    /// Returns the name of the pallet's crate.
    fn pallet(&self) -> String {
        String::from_utf8_lossy(&self.pallet).into_owned()
    }

    /// Returns the name of the benchmark.
    fn name(&self) -> String {
        String::from_utf8_lossy(&self.benchmark.name).into_owned()
    }

    /// Returns what the runtime is asked for.
    fn config(&self, components: &Components, verify: bool, repeats: u32) -> BenchmarkConfig {
        BenchmarkConfig {
            pallet: self.pallet.clone(),
            instance: self.instance.clone(),
            benchmark: self.benchmark.name.clone(),
            selected_components: components.clone(),
            verify,
            internal_repeats: repeats,
        }
    }

    /// Runs the benchmark natively, with the least of each component and then with the most.
    fn run(&self) -> Result<(), String> {
        let components = &self.benchmark.components;
        let least: Components = components
            .iter()
            .map(|(name, least, _)| (*name, *least))
            .collect();
        let most: Components = components.iter().map(|(name, _, most)| (*name, *most)).collect();
        for components in [least, most] {
            let config = self.config(&components, true, 1);
            let run = || <Runtime as Benchmark<Block>>::dispatch_benchmark(config);
            let batches = catch_unwind(AssertUnwindSafe(run)).map_err(|_| "it panics".to_string())??;
            let results: Vec<BenchmarkResult> = batches.into_iter().flat_map(|batch| batch.results).collect();
            if results.is_empty() {
                return Err("there is no result".into());
            }
        }
        Ok(())
    }
}

#[test]
fn all_benchmarks_should_run_when_components_are_least_and_most() {
    let mut entries = Entry::all();
    entries.retain(|entry| !IMPOSSIBLE.contains(&(entry.pallet().as_str(), entry.name().as_str())));
    assert!(!entries.is_empty());
    let mut state = State::new(false);
    let failures = state.execute(|| {
        let mut failures = Vec::new();
        for entry in entries {
            let begun = std::time::Instant::now();
            let result = entry.run();
            let name = format!("{}::{}", entry.pallet(), entry.name());
            println!("{name}: {result:?} in {} ms", begun.elapsed().as_millis());
            failures.extend(result.err().map(|reason| format!("{name}: {reason}")));
        }
        failures
    });
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
