//! Random modules of everything that the VM accepts, and arguments for their functions.

use arbitrary::Unstructured;
use wasm_smith::{Config, MemoryOffsetChoices, Module};
use wasmparser::{ExternalKind, Parser, Payload, ValType, Validator};

/// The generator SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    /// Returns the generator with this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next word.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ word >> 31
    }

    /// Returns arguments that are likely to matter.
    pub(crate) fn arguments(&mut self, types: &[ValType]) -> Vec<u64> {
        const EDGES: [u64; 8] = [0, 1, 2, u64::MAX, 1 << 31, 1 << 63, (1 << 31) - 1, 65_536];
        let argument = |ty: &ValType| {
            let word = match self.next() % 3 {
                0 => EDGES[self.next() as usize % EDGES.len()],
                1 => self.next() % 100,
                _ => self.next(),
            };
            match *ty {
                ValType::I32 | ValType::F32 => word & u64::from(u32::MAX),
                ValType::FUNCREF => 0,
                _ => word,
            }
        };
        types.iter().map(argument).collect()
    }
}

/// What the VM accepts without imports, everything exported. NaNs that differ between machines are made canonical.
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
pub(crate) fn module(random: &mut Random) -> Vec<u8> {
    let config = config(random.next() & 1 == 0);
    let bytes: Vec<u8> = (0..2_500).flat_map(|_| random.next().to_le_bytes()).collect();
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
