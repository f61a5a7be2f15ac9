//! Which instructions the circuit gives one result.

use zkfusion_vm::isa::{
    Group::{Add, Bits, Compare, Div, Jump, Memory, Move, Mul, System},
    Instruction,
    Sub::{S0, S1, S2, S3},
};

/// Whether the instruction has one of the forms that the circuit determines. The others are listed in `docs/circuit.md` under
/// "Each step does what its instruction says": nothing but the compiler keeps them out of programs.
pub(crate) fn is_determined(instruction: &Instruction) -> bool {
    let m = instruction.modifiers;
    let (group, sub) = (instruction.group, instruction.sub);
    let form = match (group, sub) {
        (Add | Div | Move, S0 | S1) | (Mul, _) | (Bits, S0 | S1 | S2) => true,
        (Compare, S0 | S1 | S2) => m.writes_z != m.branch,
        // A load, a call, the memory's size and a host call have results, the others have none.
        (Memory, S0) | (Jump, S2) | (System, S0 | S2) => true,
        (Memory, S1) | (Jump, S0 | S1 | S3) | (System, S1 | S3) => !m.writes_z,
        _ => false,
    };
    form && (group == Compare || !(m.branch || m.neg)) && (group == Memory || !m.system)
}
