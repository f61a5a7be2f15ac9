//! The constraints hold on the traces of random modules, from fixed seeds.

#[path = "../../../vm/tests/support/modules.rs"]
mod modules;

use modules::{functions, module, Random};
use rayon::prelude::*;
use zkfusion_air::{checker::check, tables};
use zkfusion_vm::{compile_with_entry, Program};

use crate::common::{message, run};

const MODULES: u64 = 1000;

/// Fuel of a call: those that take longer end for want of it, which is an execution like any other.
const FUEL: u64 = 3_000;

#[test]
fn traces_of_generated_modules_are_accepted() {
    let tables = tables();
    let steps: u64 = (0..MODULES)
        .into_par_iter()
        .filter_map(|seed| Some((seed, calling(seed)?)))
        .map(|(seed, program)| {
            let (batch, witness) = run(&program, &[message(0, &[], FUEL)]);
            let faults = check(&tables, &program, &witness);
            assert!(faults.is_empty(), "seed {seed}: {}", faults[0]);
            batch.outcomes[0].steps
        })
        .sum();
    println!("{steps} steps");
    assert!(steps > 20_000, "only {steps} steps");
}

/// Returns a program that calls a function of the module of a seed; `None` if it has none, or cannot be instantiated.
fn calling(seed: u64) -> Option<Program> {
    let mut random = Random::new(seed);
    let wasm = module(&mut random);
    let program = compile_with_entry(&wasm, None).ok()?;
    let functions = functions(&wasm);
    let chosen = random.next() as usize % functions.len().max(1);
    let (name, types) = functions.get(chosen)?;
    let function = program.exported_function(name)?;
    program.calling(function, &random.arguments(types))
}
