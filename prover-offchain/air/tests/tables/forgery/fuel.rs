//! Lies about fuel.

use super::{Claim, Forgery};
use crate::common::message;
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::Group;
use zkfusion_vm::Message;

const ENDLESS: &str = "(loop $l (br $l))";

/// Executes with another limit than the message's tape says.
fn limited(claim: &mut Claim, fuel_limit: u64) {
    let messages: Vec<Message> = claim
        .messages
        .iter()
        .map(|message| Message {
            fuel_limit,
            ..message.clone()
        })
        .collect();
    *claim = Claim::of(&claim.program, &messages, claim.seed);
}

/// An endless message with a limit of 1,000, which the prover stops at 1,500 and charges that.
fn stopped_late() -> Forgery {
    Forgery::of_messages(ENDLESS, &[message(0, &[], 1_000)]).claim(|claim| limited(claim, 1_500))
}

#[test]
fn running_on_beyond_the_fuel_limit_is_refused() {
    stopped_late().stopped_by(&["end: range of slack"]);
}

#[test]
fn hiding_that_the_step_before_was_beyond_the_limit_is_refused() {
    let mut forgery = stopped_late();
    forgery.set(TableId::End, 0, "lowest_limit", 1_000);
    forgery.set(TableId::End, 0, "slack", 0);
    forgery.clone().stopped_by(&["bus Call"]);

    let last = forgery.witness.rows(TableId::Cpu).len() - 1;
    forgery.set(TableId::Cpu, last, "v", 1_000);
    forgery.stopped_by(&["cpu: lowest limit that allowed the step before the last"]);
}

#[test]
fn ending_well_beyond_the_fuel_limit_is_refused() {
    let body = "(loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 99))))";
    let forgery = Forgery::of_messages(body, &[message(0, &[], 100)]).claim(|claim| limited(claim, 1_000));
    forgery.stopped_by(&["end: exactly a message at its limit is exhausted"]);
}

#[test]
fn exhaustion_before_the_fuel_limit_is_refused() {
    let forgery = Forgery::of_messages(ENDLESS, &[message(0, &[], 1_000)]);
    forgery
        .claim(|claim| limited(claim, 50))
        .stopped_by(&["end: exactly a message at its limit is exhausted"]);
}

#[test]
fn exhaustion_at_a_first_step_with_fuel_is_refused() {
    let forgery = Forgery::of_messages(ENDLESS, &[message(0, &[], 1_000)]);
    forgery
        .claim(|claim| limited(claim, 0))
        .stopped_by(&["end: exactly a message at its limit is exhausted"]);
}

#[test]
fn another_fuel_limit_is_refused() {
    // As above, and the header says what the prover wants.
    let forgery = Forgery::of_messages(ENDLESS, &[message(0, &[], 1_000)]);
    let honest = forgery.witness.clone();
    let mut forgery = forgery.claim(|claim| {
        claim.messages[0] = message(0, &[], 50);
        limited(claim, 50);
    });
    // The inbox hash is another.
    forgery.clone().stopped_by(&["bus Statement"]);

    forgery.witness.tables[TableId::Tape as usize] = honest.rows(TableId::Tape).clone();
    forgery.stopped_by(&["bus Header"]);
}

#[test]
fn an_instruction_below_its_price_is_refused() {
    let body = "(global.set $g (i64.mul (global.get $g) (i64.const 3)))";
    let forgery = Forgery::of(body);
    let product = forgery.step(|i| i.group == Group::Mul);
    let forgery = forgery.claim(|claim| {
        for step in &mut claim.trace.steps[product + 1..] {
            step.fuel -= 1;
        }
    });
    forgery.stopped_by(&["cpu: fuel"]);
}

#[test]
fn a_host_call_below_its_price_is_refused() {
    let forgery = Forgery::of("(call $load (i32.const 5))");
    let call = forgery.step(|i| i.group == Group::System && i.modifiers.reads_x);
    let price = forgery.honest.program.code[forgery.honest.trace.steps[call].pc as usize].fuel();
    let mut forgery = forgery.claim(|claim| {
        for step in &mut claim.trace.steps[call + 1..] {
            step.fuel -= price - 1;
        }
    });
    forgery.set(TableId::Cpu, call, "w", 0);
    forgery.stopped_by(&["bus Call"]);
}

#[test]
fn charging_less_than_was_used_is_refused() {
    let mut forgery = Forgery::of("");
    let used = forgery.get(TableId::End, 0, "fuel");
    let distance = 100_000 - 1 - forgery.honest.trace.steps.last().expect("there are steps").fuel;
    forgery.set(TableId::End, 0, "fuel", used - Fr::one());
    forgery.set_word(TableId::End, 0, distance + 1);
    forgery.rehash_outcome();
    forgery.stopped_by(&["bus Call"]);
}
