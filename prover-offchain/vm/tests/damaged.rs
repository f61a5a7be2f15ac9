//! WebAssembly that was damaged: it is compiled or refused, and what is compiled runs to an end.
//! The compiler is part of the runtime: it must not panic.

use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::OnceLock;
use zkfusion_vm::{compile, compile_with_entry, trace_batch, CompileError, Message};

/// A module with something in every section, which calls every host function.
const BUSY: &str = include_str!("support/busy.wat");

fn module() -> &'static [u8] {
    static MODULE: OnceLock<Vec<u8>> = OnceLock::new();
    MODULE.get_or_init(|| wat::parse_str(BUSY).expect("the module is WebAssembly"))
}

/// Fuel of a run: enough for the whole module, not for every loop that damage makes.
const FUEL: u64 = 20_000;

/// Compiles, and runs what is compiled.
fn compile_and_run(wasm: &[u8]) {
    let _: Result<_, CompileError> = compile_with_entry(wasm, None);
    match compile(wasm) {
        Ok(program) => {
            let message = Message {
                tape: vec![1, 2, 3],
                fuel_limit: FUEL,
            };
            let batch = trace_batch(&program, &[message], [1, 2, 3, 4], &mut BTreeMap::new());
            assert_eq!(batch.outcomes.len(), 1);
        }
        // Every error can be shown.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Bytes that are put in place of others.
fn patches() -> impl Strategy<Value = Vec<(usize, Vec<u8>, usize)>> {
    let bytes = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..4),
        // Large numbers, and instructions with large operands.
        Just(vec![0xff, 0xff, 0xff, 0xff, 0x0f]),
        Just(vec![0x41, 0xff, 0xff, 0xff, 0xff, 0x07]),
        Just(vec![0x80, 0x80, 0x80, 0x80, 0x08]),
    ];
    prop::collection::vec((0..4096usize, bytes, 0..3usize), 1..4)
}

#[test]
fn the_undamaged_module_compiles() {
    assert!(compile(module()).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6_000))]

    #[test]
    fn patched_modules_are_compiled_or_refused(patches in patches()) {
        let mut wasm = module().to_vec();
        for (place, bytes, removed) in patches {
            let start = place % wasm.len();
            let end = (start + removed).min(wasm.len());
            wasm.splice(start..end, bytes);
        }
        compile_and_run(&wasm);
    }

    #[test]
    fn modules_with_one_other_byte_are_compiled_or_refused(place in 0..4096usize, byte: u8) {
        let mut wasm = module().to_vec();
        let place = place % wasm.len();
        wasm[place] = byte;
        compile_and_run(&wasm);
    }

    #[test]
    fn truncated_modules_are_compiled_or_refused(length in 0..4096usize) {
        compile_and_run(&module()[..length % module().len()]);
    }

    #[test]
    fn noise_is_compiled_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend(bytes);
        compile_and_run(&wasm);
    }
}
