//! Lies about calls, returns and frames.

use super::Forgery;
use zkfusion_air::TableId;
use zkfusion_vm::isa::{Group, Instruction, Sub};

/// Its result is a word that the caller can take for its own return word: end of the message.
const CALLING: &str = "(local.set $x (call $twice (local.get $x)))";

fn calls_twice(instruction: &Instruction) -> bool {
    calls(instruction) && instruction.a > 1
}

fn calls(instruction: &Instruction) -> bool {
    instruction.group == Group::Jump && instruction.sub == Sub::S2
}

/// The callee returns without leaving its frame: from there on the caller reads the callee's slots
/// for its own.
fn stays_in_the_frame(instruction: &mut Instruction) {
    if calls_twice(instruction) {
        instruction.imm &= u64::from(u32::MAX);
    }
}

#[test]
fn a_callees_frame_read_by_its_caller_is_refused() {
    let forgery = Forgery::of(CALLING);
    let call = forgery.step(calls_twice);
    let honest = forgery.honest.trace.steps[call];
    let returns = forgery
        .honest
        .steps(|i| i.group == Group::Jump && i.sub == Sub::S3)[0];
    let mut forgery = forgery.with_code(stays_in_the_frame);
    forgery.clone().stopped_by(&["bus Program"]);

    forgery.set(TableId::Cpu, call, "imm", honest.z);
    forgery.set(TableId::Cpu, call, "y", honest.z);
    forgery.clone().stopped_by(&["cpu: return word"]);

    forgery.set(TableId::Cpu, call, "z", honest.z);
    forgery.clone().stopped_by(&["bus Memory"]);

    let slot = forgery.honest.trace.steps[returns];
    let slot = u64::from(slot.fp + forgery.honest.program.code[slot.pc as usize].a);
    let boundary = forgery.find(TableId::Boundary, "address", slot)[0];
    forgery.set(TableId::Boundary, boundary, "last", honest.z);
    forgery.set(TableId::Cpu, returns, "x", honest.z);
    forgery.clone().stopped_by(&["cpu: parts of the return word"]);

    forgery.set_word(TableId::Cpu, returns, honest.z);
    forgery.stopped_by(&["cpu: next fp"]);
}

#[test]
fn a_return_to_elsewhere_is_refused() {
    let forgery = Forgery::of(CALLING);
    let returns = forgery
        .honest
        .steps(|i| i.group == Group::Jump && i.sub == Sub::S3)[0];
    let word = forgery.honest.trace.steps[returns].x;
    let mut forgery = forgery;
    forgery.set_word(TableId::Cpu, returns, word + 1);
    forgery.stopped_by(&["cpu: next pc", "cpu: parts of the return word"]);
}

#[test]
fn a_return_word_in_other_parts_is_refused() {
    // The same number with a larger low half and a smaller high one.
    let forgery = Forgery::of(CALLING);
    let returns = forgery
        .honest
        .steps(|i| i.group == Group::Jump && i.sub == Sub::S3)[0];
    let mut forgery = forgery;
    let low = forgery.get(TableId::Cpu, returns, "byte[3]");
    let high = forgery.get(TableId::Cpu, returns, "byte[4]");
    forgery.set(
        TableId::Cpu,
        returns,
        "byte[3]",
        low + zkfusion_air::Fr::from(256),
    );
    forgery.set(TableId::Cpu, returns, "byte[4]", high - zkfusion_air::Fr::one());
    let broken = forgery.broken();
    assert!(broken.contains(&"cpu: range of byte[3]".to_owned()), "{broken:?}");
}

#[test]
fn a_call_of_another_function_is_refused() {
    let forgery = Forgery::of(CALLING);
    let call = forgery.step(calls_twice);
    let mut forgery = forgery;
    let entry = forgery.get(TableId::Cpu, call, "b");
    forgery.set(TableId::Cpu, call, "b", entry + zkfusion_air::Fr::one());
    forgery.stopped_by(&["bus Program", "cpu: next pc"]);
}
