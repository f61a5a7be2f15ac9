//! What the next row begins with.

use zkfusion_vm::isa::{Group, Sub};

use super::{executes, Cpu, Flags, Word};
use crate::expr::{not, Expr};
use crate::table::Builder;
use crate::Fr;

pub(super) fn transition(t: &mut Builder, cpu: &Cpu<Expr>, next: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let has_next = Expr::has_next();
    for (name, first, value) in [
        ("clk", &cpu.clk, 1),
        ("pc", &cpu.pc, 1),
        ("fp", &cpu.fp, 0),
        ("message", &cpu.message, 0),
        ("pages", &cpu.pages, 0),
        ("fuel", &cpu.fuel, 0),
    ] {
        t.when(format!("first {name}"), Expr::is_first(), first - value);
    }
    let goes_on = not(&cpu.end);
    t.when(
        "only a message's end has no next step",
        goes_on.clone(),
        not(&has_next),
    );
    t.when("clk counts", has_next.clone(), &next.clk - &cpu.clk - 1);

    let branches = flags.branch() * &cpu.z * (&cpu.d - &cpu.pc - 1);
    let target = flags.sub(Sub::S0) * &cpu.d
        + flags.sub(Sub::S1) * (&cpu.d + &cpu.x)
        + flags.sub(Sub::S2) * &cpu.b
        + flags.sub(Sub::S3) * &word.low;
    let jumps = flags.group(Group::Jump) * (target - &cpu.pc - 1);
    t.when(
        "next pc",
        goes_on.clone(),
        &next.pc - &cpu.pc - 1 - branches - jumps,
    );
    let shift = flags.sub(Sub::S2) * &cpu.a - flags.sub(Sub::S3) * &word.high;
    t.when(
        "next fp",
        goes_on.clone(),
        &next.fp - &cpu.fp - flags.group(Group::Jump) * shift,
    );
    t.when(
        "next pages",
        goes_on.clone(),
        &next.pages - &cpu.pages - flags.op(Group::System, Sub::S1) * (&cpu.y - &cpu.pages),
    );
    t.when("same message", goes_on.clone(), &next.message - &cpu.message);
    t.when("fuel", goes_on.clone(), &next.fuel - &cpu.fuel - fuel(cpu, flags));
    t.when(
        "lowest limit that allowed the step before the last",
        goes_on * &next.end,
        &next.v - &cpu.fuel - 1,
    );

    let starts = &has_next * &cpu.end;
    t.when("next message", starts.clone(), &next.message - &cpu.message - 1);
    t.when("a message begins at 1", starts.clone(), &next.pc - 1);
    t.when(
        "a message begins at the stack's bottom",
        starts.clone(),
        next.fp.clone(),
    );
    t.when(
        "a message begins without pages",
        starts.clone(),
        next.pages.clone(),
    );
    t.when(
        "a message begins with no fuel used",
        starts.clone(),
        next.fuel.clone(),
    );
    t.when("any limit allows no step", starts * &next.end, next.v.clone());
    t.when(
        "any limit allows no step of the first message",
        Expr::is_first() * &cpu.end,
        cpu.v.clone(),
    );
}

/// [`Instruction::fuel`] of the row's instruction.
fn fuel(cpu: &Cpu<Expr>, flags: &Flags<'_>) -> Expr {
    executes(cpu)
        + flags.group(Group::Mul) * not(flags.w32())
        + flags.group(Group::Div) * Fr::from(2)
        + flags.op(Group::Compare, Sub::S1) * Fr::from(2)
        + flags.group(Group::Bits) * (Expr::from(2) - flags.w32())
        + flags.op(Group::Memory, Sub::S0) * Fr::from(3)
        + flags.op(Group::Memory, Sub::S1) * Fr::from(5)
        + flags.op(Group::System, Sub::S2) * &cpu.w
}
