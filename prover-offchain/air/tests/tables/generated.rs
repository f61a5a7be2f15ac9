//! The constraints hold on the traces of random modules, from fixed seeds.

use rand::{rngs::StdRng, Rng, SeedableRng};
use rayon::prelude::*;
use zkfusion_air::{
    checker::{check, Fault},
    table::Table,
    tables,
};
use zkfusion_vm::{compile, compile_with_entry, Program};

use crate::{
    common::{message, run},
    support::{
        compare,
        modules::{arguments, functions, module},
        mutants::Originals,
    },
};

const MODULES: u64 = 1000;
const MUTANTS: u64 = 150;

/// Fuel of a call: those that take longer end for want of it, which is an execution like any other.
const FUEL: u64 = 3_000;

/// Fuel of a message, which may store leaves.
const MESSAGE_FUEL: u64 = 10_000;

#[test]
fn traces_of_generated_modules_are_accepted() {
    let steps = check_all(MODULES, module);
    assert!(steps > 20_000, "only {steps} steps");
}

#[test]
fn traces_of_mutants_are_accepted() {
    let originals = Originals::new();
    let steps = check_all(MUTANTS, |random| originals.mutant(random));
    assert!(steps > 10_000, "only {steps} steps");
}

/// Checks an execution of each of the modules of seeds from 0 on, and returns how many steps they
/// took.
fn check_all(count: u64, module: impl Fn(&mut StdRng) -> Vec<u8> + Sync) -> u64 {
    let tables = tables();
    let steps = (0..count)
        .into_par_iter()
        .filter_map(|seed| {
            let mut random = StdRng::seed_from_u64(seed);
            let wasm = module(&mut random);
            let checked = check_one(&tables, &wasm, &mut random)?;
            assert!(checked.faults.is_empty(), "seed {seed}: {}", checked.faults[0]);
            Some(checked.steps)
        })
        .sum();
    println!("{steps} steps");
    steps
}

/// What the checker says of an execution.
pub(crate) struct Checked {
    pub(crate) steps: u64,
    pub(crate) faults: Vec<Fault>,
}

/// Checks an execution of a module: of a message if it takes messages, of a call of one of its
/// functions otherwise. `None` if it has no function, or cannot be instantiated.
pub(crate) fn check_one(tables: &[Table], wasm: &[u8], random: &mut StdRng) -> Option<Checked> {
    let (program, message) = match compile(wasm) {
        Ok(program) => (program, compare::message(random, MESSAGE_FUEL)),
        Err(_) => (calling(wasm, random)?, message(0, &[], FUEL)),
    };
    let (batch, witness) = run(&program, &[message]);
    Some(Checked {
        steps: batch.outcomes[0].steps,
        faults: check(tables, &program, &witness),
    })
}

/// Returns a program that calls a function of a module.
fn calling(wasm: &[u8], random: &mut StdRng) -> Option<Program> {
    let program = compile_with_entry(wasm, None).ok()?;
    let functions = functions(wasm);
    let (name, types) = functions.get(random.gen_range(0..functions.len().max(1)))?;
    let function = program.exported_function(name)?;
    program.calling(function, &arguments(random, types))
}
