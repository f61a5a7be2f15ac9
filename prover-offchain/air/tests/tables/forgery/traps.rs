//! Traps claimed where none was, and traps hidden.

use super::Forgery;
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::{Group, Instruction, Sub, PAGE_BYTES};
use zkfusion_vm::status;

const LOAD: &str = "(drop (i32.load offset=100 (local.get $i)))";
const LOAD_OUTSIDE: &str = "(drop (i32.load offset=65533 (local.get $i)))";
const DIVISION: &str = "(drop (i32.div_u (local.get $i) (i32.const 7)))";
const DIVISION_BY_ZERO: &str = "(drop (i32.div_u (local.get $i) (i32.const 0)))";
const CALL: &str = "(drop (call $twice (local.get $x)))";

fn loads(instruction: &Instruction) -> bool {
    instruction.group == Group::Memory
}

fn divides(instruction: &Instruction) -> bool {
    instruction.group == Group::Div
}

fn calls(instruction: &Instruction) -> bool {
    instruction.group == Group::Jump && instruction.sub == Sub::S2 && instruction.a > 1
}

/// Gives a step that ends a message the immediate that it really has.
fn set_immediate(forgery: &mut Forgery, step: usize, imm: u64) {
    forgery.set(TableId::Cpu, step, "imm", imm);
    forgery.set(TableId::End, 0, "imm", imm);
}

#[test]
fn a_load_inside_the_memory_claimed_outside_is_refused() {
    let forgery = Forgery::of(LOAD);
    let load = forgery.step(loads);
    let mut forgery = forgery.with_code(|instruction| {
        if loads(instruction) {
            instruction.imm = PAGE_BYTES;
        }
    });
    set_immediate(&mut forgery, load, 100);
    for (table, row) in [(TableId::Cpu, load), (TableId::End, 0)] {
        forgery.set(table, row, "y", 100);
    }
    forgery
        .clone()
        .stopped_by(&["cpu: only an access outside the memory traps"]);

    let distance = Fr::from(103) - Fr::from(PAGE_BYTES);
    forgery.set_word(TableId::Cpu, load, 0);
    forgery.set(TableId::Cpu, load, "byte[0]", distance);
    forgery.stopped_by(&["cpu: range of byte[0]"]);
}

#[test]
fn a_load_outside_the_memory_claimed_inside_is_refused() {
    // As if the memory had two pages.
    let forgery = Forgery::of(LOAD_OUTSIDE);
    let load = forgery.step(loads);
    let mut forgery = forgery.with_code(|instruction| {
        if instruction.group == Group::System && instruction.sub == Sub::S1 {
            instruction.imm = 2;
        }
    });
    forgery.clone().stopped_by(&["bus Program"]);

    forgery.set(TableId::Cpu, 0, "imm", 1);
    forgery.set(TableId::Cpu, 0, "y", 1);
    forgery.clone().stopped_by(&["cpu: next pages"]);

    for row in 1..forgery.witness.rows(TableId::Cpu).len() {
        forgery.set(TableId::Cpu, row, "pages", 1);
    }
    forgery
        .clone()
        .stopped_by(&["cpu: the access is inside the memory"]);

    let room = Fr::from(PAGE_BYTES) - Fr::from(65_533 + 4);
    forgery.set_word(TableId::Cpu, load, 0);
    forgery.set(TableId::Cpu, load, "byte[0]", room);
    forgery.stopped_by(&["cpu: range of byte[0]"]);
}

#[test]
fn a_division_claimed_to_be_by_zero_is_refused() {
    let forgery = Forgery::of(DIVISION);
    let division = forgery.step(divides);
    let mut forgery = forgery.with_code(|instruction| {
        if divides(instruction) {
            instruction.imm = 0;
        }
    });
    set_immediate(&mut forgery, division, 7);
    for (table, row) in [(TableId::Cpu, division), (TableId::End, 0)] {
        forgery.set(table, row, "y", 7);
    }
    forgery.stopped_by(&["cpu: only a division by zero traps"]);
}

#[test]
fn a_division_by_zero_with_a_result_is_refused() {
    let forgery = Forgery::of(DIVISION_BY_ZERO);
    let division = forgery.step(divides);
    let mut forgery = forgery.with_code(|instruction| {
        if divides(instruction) {
            instruction.imm = 7;
        }
    });
    forgery.set(TableId::Cpu, division, "imm", 0);
    forgery.set(TableId::Cpu, division, "y", 0);
    forgery
        .clone()
        .stopped_by(&["cpu: the remainder is below the divisor"]);

    forgery.set_word(TableId::Cpu, division, 0);
    forgery.set(TableId::Cpu, division, "byte[0]", super::minus(1));
    forgery.stopped_by(&["cpu: range of byte[0]"]);
}

#[test]
fn an_unreachable_that_is_passed_is_refused() {
    // As if it were the instruction for the memory's size, which does nothing when it writes
    // nothing.
    let forgery = Forgery::of("unreachable");
    let unreachable = |instruction: &Instruction| {
        instruction.group == Group::System
            && instruction.sub == Sub::S3
            && instruction.imm == u64::from(status::UNREACHABLE)
    };
    let step = forgery.step(unreachable);
    let mut forgery = forgery.with_code(|instruction| {
        if unreachable(instruction) {
            // Behind it nothing is left that returns.
            (instruction.group, instruction.sub) = (Group::Jump, Sub::S0);
        }
    });
    forgery.clone().stopped_by(&["bus Program"]);

    forgery.set(TableId::Cpu, step, "group[7]", 0);
    forgery.set(TableId::Cpu, step, "group[8]", 1);
    forgery.set(TableId::Cpu, step, "sub[0]", 0);
    forgery.set(TableId::Cpu, step, "sub[3]", 1);
    forgery.stopped_by(&["cpu: next pc", "cpu: of the system's only an end is one"]);
}

#[test]
fn a_stack_claimed_to_be_exhausted_is_refused() {
    let forgery = Forgery::of(CALL);
    let call = forgery.step(calls);
    let shift = forgery.get(TableId::Cpu, call, "a");
    let mut forgery = forgery.with_code(|instruction| {
        if calls(instruction) {
            instruction.a = 1 << 21;
        }
    });
    forgery.set(TableId::Cpu, call, "a", shift);
    forgery.stopped_by(&["cpu: only an exhausted stack traps"]);
}

#[test]
fn an_exhausted_stack_that_is_passed_is_refused() {
    let mut forgery = Forgery::of(CALL);
    let call = forgery.step(calls);
    forgery.set(TableId::Cpu, call, "a", 1 << 21);
    // Where the callee's frame is, is a third thing that does not fit.
    forgery.stopped_by(&["bus Program", "cpu: next fp", "cpu: the stack has room"]);
}

#[test]
fn an_instruction_that_cannot_trap_claimed_to_is_refused() {
    let forgery = Forgery::of("(local.set $i (i32.add (local.get $i) (i32.const 5)))");
    let sum = forgery.step(|i| i.group == Group::Add);
    let mut forgery = forgery.claim(|claim| {
        claim.trace.steps.truncate(sum + 1);
        claim.trace.steps[sum].end = Some(status::UNREACHABLE);
        claim.rechain();
    });
    forgery
        .clone()
        .stopped_by(&["cpu: status", "cpu: these never end a message"]);

    forgery.set(TableId::Cpu, sum, "w", 0);
    forgery.set(TableId::End, 0, "status", 0);
    forgery.set(TableId::End, 0, "inverse", 0);
    forgery.set(TableId::End, 0, "ok", 1);
    let eighth = Option::<Fr>::from((-Fr::from(8)).invert()).expect("8 is not 0");
    forgery.set(TableId::End, 0, "exhausted_inverse", eighth);
    forgery.rehash_outcome();
    forgery.stopped_by(&["cpu: these never end a message"]);
}

#[test]
fn another_status_is_refused() {
    let mut forgery = Forgery::of("unreachable");
    let last = forgery.witness.rows(TableId::Cpu).len() - 1;
    let claimed = Fr::from(u64::from(status::REQUIRE));
    forgery.set(TableId::End, 0, "status", claimed);
    forgery.set(TableId::End, 0, "inverse", claimed.invert().unwrap());
    let distance = claimed - Fr::from(u64::from(status::FUEL));
    forgery.set(TableId::End, 0, "exhausted_inverse", distance.invert().unwrap());
    forgery.rehash_outcome();
    forgery.clone().stopped_by(&["bus Call"]);

    forgery.set(TableId::Cpu, last, "w", claimed);
    forgery.stopped_by(&["cpu: status"]);
}
