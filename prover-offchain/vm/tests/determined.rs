//! Compiled code keeps to the forms of instructions that the circuit gives one result.

mod support;

use std::collections::BTreeSet;

use rand::{rngs::StdRng, SeedableRng};
use support::{determined::is_determined, modules::module, mutants::Originals};
use zkfusion_vm::{
    compile, compile_with_entry,
    isa::{Group, Instruction, Sub},
    Program,
};

#[test]
fn compiled_code_has_one_result() {
    let originals = Originals::new();
    let generated = (0..1_000).map(|seed| module(&mut StdRng::seed_from_u64(seed)));
    let modules = originals
        .programs
        .into_iter()
        .chain(originals.suite)
        .chain(generated);
    let mut forms = BTreeSet::new();
    let mut programs = 0;
    for program in modules.filter_map(|wasm| compile_with_entry(&wasm, None).ok()) {
        programs += 1;
        check(&program);
        forms.extend(program.code.iter().map(Instruction::flags));
    }
    println!("{programs} programs with {} forms of instructions", forms.len());
    assert!(programs > 1_500 && forms.len() > 100);
}

fn check(program: &Program) {
    for (address, instruction) in program.code.iter().enumerate() {
        assert!(is_determined(instruction), "at {address}: {instruction:?}");
    }
}

#[test]
fn forms_without_a_single_result_are_told_apart() {
    let wasm = wat::parse_str(include_str!("support/busy.wat")).unwrap();
    let program = compile(&wasm).unwrap();
    let of = |group: Group, sub: Sub| {
        let mut code = program.code.iter();
        *code
            .find(|instruction| (instruction.group, instruction.sub) == (group, sub))
            .unwrap()
    };
    let with_result = |mut instruction: Instruction| {
        instruction.modifiers.writes_z = true;
        instruction
    };
    for (group, sub) in [
        (Group::Jump, Sub::S0),
        (Group::Jump, Sub::S3),
        (Group::Memory, Sub::S1),
        (Group::System, Sub::S1),
        (Group::System, Sub::S3),
    ] {
        assert!(is_determined(&of(group, sub)));
        assert!(!is_determined(&with_result(of(group, sub))), "{group:?} {sub:?}");
    }
    for (group, sub) in [(Group::Compare, Sub::S0), (Group::Move, Sub::S0)] {
        let fourth = Instruction {
            sub: Sub::S3,
            ..of(group, sub)
        };
        assert!(!is_determined(&fourth), "{group:?}");
    }
}
