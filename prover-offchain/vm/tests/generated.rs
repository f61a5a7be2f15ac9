//! Random modules, from fixed seeds, in this VM and in wasmi.

mod support;

use arbitrary::Unstructured;
use support::oracle::{check_traced, Pair};
use wasm_smith::{Config, MemoryOffsetChoices, Module};
use wasmi::ValType;
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

/// What the VM accepts without imports, everything exported.
fn config() -> Config {
    Config {
        allow_floats: false,
        allow_start_export: true,
        bulk_memory_enabled: true,
        compact_imports_enabled: false,
        exceptions_enabled: false,
        export_everything: true,
        extended_const_enabled: true,
        gc_enabled: false,
        max_imports: 0,
        max_instructions: 300,
        max_memories: 1,
        max_memory32_bytes: 4 << 16,
        max_table_elements: 20,
        max_tables: 3,
        memory64_enabled: false,
        memory_max_size_required: true,
        memory_offset_choices: MemoryOffsetChoices(90, 9, 1),
        min_funcs: 3,
        min_memories: 1,
        min_tables: 1,
        multi_value_enabled: true,
        reference_types_enabled: true,
        relaxed_simd_enabled: false,
        saturating_float_to_int_enabled: false,
        simd_enabled: false,
        tail_call_enabled: true,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// Arguments that are likely to matter.
fn arguments(random: &mut Random, types: &[ValType]) -> Vec<u64> {
    const EDGES: [u64; 8] = [0, 1, 2, u64::MAX, 1 << 31, 1 << 63, (1 << 31) - 1, 65_536];
    let argument = |ty: &ValType| {
        let word = match random.next() % 3 {
            0 => EDGES[random.next() as usize % EDGES.len()],
            1 => random.next() % 100,
            _ => random.next(),
        };
        match ty {
            ValType::I32 => word & u64::from(u32::MAX),
            ValType::FuncRef => 0,
            _ => word,
        }
    };
    types.iter().map(argument).collect()
}

#[test]
fn generated_modules_behave_as_in_wasmi() {
    let (mut modules, mut unfinished, mut returned, mut trapped, mut traced) = (0, 0, 0, 0, 0);
    'modules: for seed in 0..MODULES {
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
        for (name, types) in exports(&wasm, &program) {
            for _ in 0..4 {
                let arguments = arguments(&mut random, &types);
                match pair.invoke(&name, &arguments) {
                    Ok(_) => returned += 1,
                    // Many large fills; what each has done by then differs.
                    Err(status::FUEL) => {
                        unfinished += 1;
                        continue 'modules;
                    }
                    Err(_) => trapped += 1,
                }
                traced += u32::from(check_traced(&program, &name, &arguments).is_some());
            }
            pair.check_state();
        }
    }
    println!("{modules} modules, of which {unfinished} took too long, {returned} calls returned, {trapped} trapped, {traced} were traced");
    assert!(modules > 500 && unfinished < 50 && returned > 1000 && trapped > 1000 && traced > 1000);
}

/// Returns the exported functions and the types of their parameters.
fn exports(wasm: &[u8], program: &Program) -> Vec<(String, Vec<ValType>)> {
    let module = wasmi::Module::new(&support::oracle::engine(), wasm).unwrap();
    let functions = module.exports().filter_map(|export| {
        let ty = export.ty().func()?.clone();
        Some((export.name().to_string(), ty.params().to_vec()))
    });
    functions
        .filter(|(name, _)| program.exported_function(name).is_some())
        .collect()
}
