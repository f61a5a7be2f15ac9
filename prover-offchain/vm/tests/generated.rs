//! Random modules, from fixed seeds, in this VM and in wasmi.

mod support;

use arbitrary::Unstructured;
use support::oracle::{check_traced, Pair};
use wasm_smith::{Config, MemoryOffsetChoices, Module};
use zkfusion_vm::{compile_with_entry, status, CompileError, Executor, Program};

const MODULES: u64 = 1000;

/// The generator SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }
}

/// The integer MVP without imports, everything exported.
fn config() -> Config {
    Config {
        allow_floats: false,
        allow_start_export: true,
        bulk_memory_enabled: false,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: false,
        gc_enabled: false,
        max_imports: 0,
        max_instructions: 300,
        max_memories: 1,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 20,
        max_tables: 1,
        memory64_enabled: false,
        memory_max_size_required: true,
        memory_offset_choices: MemoryOffsetChoices(90, 9, 1),
        min_funcs: 3,
        min_memories: 1,
        min_tables: 1,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// Arguments that are likely to matter.
fn arguments(random: &mut Random, count: u32, is_i32: impl Fn(usize) -> bool) -> Vec<u64> {
    const EDGES: [u64; 8] = [0, 1, 2, u64::MAX, 1 << 31, 1 << 63, (1 << 31) - 1, 65_536];
    (0..count as usize)
        .map(|index| {
            let word = match random.next() % 3 {
                0 => EDGES[random.next() as usize % EDGES.len()],
                1 => random.next() % 100,
                _ => random.next(),
            };
            if is_i32(index) {
                word & u64::from(u32::MAX)
            } else {
                word
            }
        })
        .collect()
}

#[test]
fn generated_modules_behave_as_in_wasmi() {
    let (mut modules, mut returned, mut trapped, mut traced) = (0, 0, 0, 0);
    for seed in 0..MODULES {
        let mut random = Random(seed);
        let bytes: Vec<u8> = (0..2_500).flat_map(|_| random.next().to_le_bytes()).collect();
        let mut module = Module::new(config(), &mut Unstructured::new(&bytes)).expect("enough bytes");
        module.ensure_termination(300).expect("no function is left out");
        let wasm = module.to_bytes();
        let program = match compile_with_entry(&wasm, None) {
            Ok(program) => program,
            // Later versions of WebAssembly find this when the module is started.
            Err(CompileError::SegmentOutOfBounds { .. }) => continue,
            Err(error) => panic!("seed {seed}: {error}"),
        };
        let executor = Executor::new(&program);
        let Ok(mut pair) = Pair::new(&executor, &program, &wasm) else {
            continue;
        };
        modules += 1;
        for (name, is_i32) in exports(&wasm, &program) {
            for _ in 0..4 {
                let arguments = arguments(&mut random, is_i32.len() as u32, |index| is_i32[index]);
                match pair.invoke(&name, &arguments) {
                    Ok(_) => returned += 1,
                    Err(status::FUEL) => panic!("seed {seed}: {name} does not end"),
                    Err(_) => trapped += 1,
                }
                traced += u32::from(check_traced(&program, &name, &arguments).is_some());
            }
            pair.check_state();
        }
    }
    println!("{modules} modules, {returned} calls returned, {trapped} trapped, {traced} were traced");
    assert!(modules > 500 && returned > 1000 && trapped > 1000 && traced > 1000);
}

/// Returns the exported functions and which of their parameters are `i32`.
fn exports(wasm: &[u8], program: &Program) -> Vec<(String, Vec<bool>)> {
    let module = wasmi::Module::new(&support::oracle::engine(), wasm).unwrap();
    let functions = module.exports().filter_map(|export| {
        let ty = export.ty().func()?.clone();
        let is_i32 = ty.params().iter().map(|ty| *ty == wasmi::ValType::I32).collect();
        Some((export.name().to_string(), is_i32))
    });
    functions
        .filter(|(name, _)| program.exported_function(name).is_some())
        .collect()
}
