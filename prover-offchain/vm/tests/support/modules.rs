//! Random modules of everything that the VM accepts, and arguments for their functions.

use arbitrary::Unstructured;
use rand::{rngs::StdRng, Rng, RngCore};
use wasm_smith::{Config, MemoryOffsetChoices, Module};
use wasmparser::{ExternalKind, Parser, Payload, ValType, Validator};

/// Returns arguments that are likely to matter.
pub(crate) fn arguments(random: &mut StdRng, types: &[ValType]) -> Vec<u64> {
    const EDGES: [u64; 12] = [
        0,
        1,
        2,
        u64::MAX,
        1 << 31,
        1 << 63,
        (1 << 31) - 1,
        65_536,
        // 1, infinity and a NaN of 32 bits, 1 of 64 bits.
        0x3f80_0000,
        0x7f80_0000,
        0xffa0_0001,
        0x3ff0_0000_0000_0000,
    ];
    let argument = |ty: &ValType| {
        let word = match random.gen_range(0..3) {
            0 => EDGES[random.gen_range(0..EDGES.len())],
            1 => random.gen_range(0..100),
            _ => random.gen(),
        };
        match *ty {
            ValType::I32 | ValType::F32 => word & u64::from(u32::MAX),
            ValType::FUNCREF => 0,
            _ => word,
        }
    };
    types.iter().map(argument).collect()
}

/// What the VM accepts without imports, everything exported. NaNs that differ between machines are
/// made canonical.
fn config(floats: bool) -> Config {
    Config {
        allow_floats: floats,
        allow_start_export: true,
        bulk_memory_enabled: true,
        canonicalize_nans: true,
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
        saturating_float_to_int_enabled: floats,
        simd_enabled: false,
        tail_call_enabled: true,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    }
}

/// Returns a module whose functions end; half of all have floats.
pub(crate) fn module(random: &mut StdRng) -> Vec<u8> {
    let config = config(random.gen());
    let mut bytes = vec![0; 20_000];
    random.fill_bytes(&mut bytes);
    let mut module = Module::new(config, &mut Unstructured::new(&bytes)).expect("enough bytes");
    module.ensure_termination(300).expect("no function is left out");
    module.to_bytes()
}

/// Returns the names of the exported functions and the types of their parameters.
pub(crate) fn functions(wasm: &[u8]) -> Vec<(String, Vec<ValType>)> {
    let types = Validator::new().validate_all(wasm).expect("a valid module");
    let types = types.as_ref();
    let mut functions = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Payload::ExportSection(exports) = payload.expect("a valid module") else {
            continue;
        };
        for export in exports {
            let export = export.expect("a valid module");
            if export.kind == ExternalKind::Func {
                let ty = types[types.core_function_at(export.index)].unwrap_func();
                functions.push((export.name.to_string(), ty.params().to_vec()));
            }
        }
    }
    functions
}
