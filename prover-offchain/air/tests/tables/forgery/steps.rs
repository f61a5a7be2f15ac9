//! Lies about which instructions are executed, in which order.

use super::{Claim, Forgery};
use crate::common::message;
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::{Group, Instruction, Sub, LINEAR};

const BRANCHING: &str = "(local.set $x (call $next))
    (if (i64.lt_u (local.get $x) (i64.const 5)) (then (local.set $i (i32.const 4))))";

fn branches(instruction: &Instruction) -> bool {
    instruction.group == Group::Compare && instruction.modifiers.branch
}

#[test]
fn a_skipped_instruction_is_refused() {
    // Times and fuel are those of an execution that never had it.
    let forgery = Forgery::of("(local.set $i (i32.add (local.get $i) (i32.const 5)))");
    let sum = forgery.step(|i| i.group == Group::Add && i.modifiers.w32);
    forgery
        .claim(|claim| claim.skip(sum))
        .stopped_by(&["cpu: next pc"]);
}

#[test]
fn an_instruction_executed_twice_is_refused() {
    let forgery = Forgery::of("(local.set $i (i32.const 5))");
    let moved = forgery.step(|i| i.group == Group::Move && i.imm == 5);
    let forgery = forgery.claim(|claim| {
        let again = claim.trace.steps[moved];
        claim.trace.steps.insert(moved, again);
        for step in &mut claim.trace.steps[moved + 1..] {
            step.fuel += 1;
        }
        claim.trace.steps[moved + 1].z_old = again.z;
        claim.rechain();
    });
    forgery.stopped_by(&["cpu: next pc"]);
}

#[test]
fn an_instruction_that_the_program_has_not_is_refused() {
    let forgery = Forgery::of("(local.set $i (i32.add (local.get $i) (i32.const 5)))");
    let forgery = forgery.with_code(|i| {
        if i.group == Group::Add && i.imm == 5 {
            i.imm = 6;
        }
    });
    forgery.stopped_by(&["bus Program"]);
}

#[test]
fn a_wrong_branch_is_refused() {
    // The branch is taken as if its condition were negated; then the lie moves from cell to cell.
    let forgery = Forgery::of(BRANCHING);
    let branch = forgery.step(branches);
    let negated = forgery.honest.trace.steps[branch];
    let honest = forgery.honest.program.code[negated.pc as usize];
    let mut forgery = forgery.with_code(|i| i.modifiers.neg ^= branches(i));
    forgery.clone().stopped_by(&["bus Program"]);

    let neg = Fr::from(u64::from(honest.modifiers.neg));
    forgery.set(TableId::Cpu, branch, "modifier[4]", neg);
    forgery.clone().stopped_by(&["cpu: outcome"]);

    let carry = forgery.get(TableId::Cpu, branch, "carry");
    forgery.set(TableId::Cpu, branch, "carry", Fr::one() - carry);
    forgery.clone().stopped_by(&["cpu: unsigned difference"]);

    // The difference with the other carry is not a word.
    let byte = forgery.get(TableId::Cpu, branch, "byte[0]");
    let shift = (Fr::one() - carry - carry) * zkfusion_air::expr::pow2(64);
    forgery.set(TableId::Cpu, branch, "byte[0]", byte + shift);
    forgery.stopped_by(&["cpu: range of byte[0]"]);
}

#[test]
fn a_jump_to_elsewhere_is_refused() {
    let mut forgery = Forgery::of(BRANCHING);
    let branch = forgery.step(branches);
    let target = forgery.get(TableId::Cpu, branch, "d");
    forgery.set(TableId::Cpu, branch, "d", target + Fr::one());
    // Only where it is not taken does it not matter where it goes.
    let taken = forgery.get(TableId::Cpu, branch, "z") == Fr::one();
    let expected: &[&str] = match taken {
        true => &["bus Program", "cpu: next pc"],
        false => &["bus Program"],
    };
    forgery.stopped_by(expected);
}

#[test]
fn a_batch_that_begins_in_the_middle_is_refused() {
    // Without the step that gives the message its memory, as if it had it from the start.
    let forgery = Forgery::of("");
    let grows = forgery.step(|i| i.group == Group::System && i.sub == Sub::S1);
    assert_eq!(grows, 0);
    forgery
        .claim(|claim| claim.skip(0))
        .stopped_by(&["cpu: first pages", "cpu: first pc"]);
}

#[test]
fn a_batch_that_begins_with_another_message_is_refused() {
    let mut forgery = Forgery::of("");
    for row in 0..forgery.witness.rows(TableId::Cpu).len() {
        forgery.set(TableId::Cpu, row, "message", 1);
    }
    let broken = forgery.broken();
    assert!(broken.contains(&"cpu: first message".to_owned()), "{broken:?}");
}

#[test]
fn a_message_that_begins_in_another_frame_is_refused() {
    // Frames are zero wherever they are, so that everything else fits.
    let messages = [message(0, &[], 1_000), message(1, &[], 1_000)];
    let forgery = Forgery::of_messages("(local.set $i (i32.const 5))", &messages).claim(|claim| {
        let steps = claim.trace.steps.iter_mut();
        steps
            .filter(|step| step.message == 1)
            .for_each(|step| step.fp += 10);
        claim.rechain();
    });
    forgery.stopped_by(&["cpu: a message begins at the stack's bottom"]);
}

#[test]
fn a_message_that_begins_elsewhere_is_refused() {
    let messages = [message(0, &[], 1_000), message(1, &[], 1_000)];
    let forgery = Forgery::of_messages("", &messages).claim(|claim| {
        let begin = claim.trace.steps.iter().position(|step| step.message == 1);
        claim.skip(begin.expect("there are two messages"));
    });
    forgery.stopped_by(&[
        "cpu: a message begins at 1",
        "cpu: a message begins without pages",
    ]);
}

#[test]
fn a_batch_that_just_stops_is_refused() {
    let mut forgery = Forgery::of("");
    let last = forgery.witness.rows(TableId::Cpu).len() - 1;
    forgery.remove(TableId::Cpu, last..last + 1);
    let broken = forgery.broken();
    let expected = "cpu: only a message's end has no next step";
    assert!(broken.contains(&expected.to_owned()), "{broken:?}");
}

#[test]
fn steps_at_the_same_time_are_refused() {
    // The message's last step, which accesses no memory, has the time of the one before.
    let mut forgery = Forgery::of("");
    let last = forgery.witness.rows(TableId::Cpu).len() as u64;
    forgery.set(TableId::Cpu, last as usize - 1, "clk", last - 1);
    for (table, row) in [(TableId::End, 0), (TableId::Batch, 0)] {
        forgery.set(table, row, "clk", last - 1);
    }
    forgery.set(TableId::End, 0, "gap[0]", last - 2);
    forgery.stopped_by(&["cpu: clk counts"]);
}

#[test]
fn another_initial_memory_is_refused() {
    let body = "(global.set $g (i64.load (i32.const 8)))";
    let forgery = Forgery::of(body).claim(|claim| {
        let linear = claim.program.image.iter_mut();
        linear
            .filter(|(address, _)| *address == LINEAR + 1)
            .for_each(|(_, word)| *word ^= 1);
        *claim = Claim::of(&claim.program, &claim.messages, claim.seed);
    });
    forgery.stopped_by(&["bus Image"]);
}
