//! The forms of instructions that the circuit gives one result are told from the others.

use zkfusion_vm::{
    compile,
    isa::{Group, Instruction, Sub},
};

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
        assert!(of(group, sub).is_determined());
        assert!(!with_result(of(group, sub)).is_determined(), "{group:?} {sub:?}");
    }
    for (group, sub) in [(Group::Compare, Sub::S0), (Group::Move, Sub::S0)] {
        let fourth = Instruction {
            sub: Sub::S3,
            ..of(group, sub)
        };
        assert!(!fourth.is_determined(), "{group:?}");
    }
}
