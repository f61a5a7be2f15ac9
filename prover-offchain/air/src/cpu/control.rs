//! Memory accesses, jumps, host calls, and how messages end.

use zkfusion_vm::isa::{Group, Sub, MAX_FP, PAGE_BYTES};
use zkfusion_vm::status;

use super::{executes, Cpu, Flags, Word};
use crate::bus::{Bus, Call, CALL_BITS, CALL_END, CALL_HOST, CALL_MEMORY};
use crate::expr::{not, Expr};
use crate::table::Builder;
use crate::Fr;

pub(super) fn memory(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let group = flags.group(Group::Memory);
    let bytes = flags.sub(Sub::S0) * &cpu.b + flags.sub(Sub::S1) * &cpu.d;
    let address = &cpu.x + &cpu.imm;
    let size = &cpu.pages * Fr::from(PAGE_BYTES);
    let happens = group * not(&cpu.end);
    t.when("bytes of the access", happens.clone(), &cpu.w - &bytes);
    t.when(
        "the access is inside the memory",
        happens * not(flags.system()),
        &size - &address - &cpu.w - &word.whole,
    );
    let traps = group * &cpu.end;
    t.when(
        "only an access outside the memory traps",
        traps.clone(),
        &address + bytes - 1 - size - &word.whole,
    );
    t.when(
        "no trap in the system area",
        traps.clone(),
        flags.system().clone(),
    );
    t.when("a trapping access has no result", traps, cpu.z.clone());
}

pub(super) fn jump(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let call = flags.op(Group::Jump, Sub::S2);
    t.when("return word", call.clone(), &cpu.z - &cpu.imm);
    let depth = &cpu.fp + &cpu.a;
    t.when(
        "the stack has room",
        &call * not(&cpu.end),
        Expr::from(MAX_FP) - &depth - &word.whole,
    );
    t.when(
        "only an exhausted stack traps",
        call * &cpu.end,
        depth - (MAX_FP + 1) - &word.whole,
    );
    t.when(
        "parts of the return word",
        flags.op(Group::Jump, Sub::S3),
        &cpu.x - &word.whole,
    );
}

pub(super) fn system(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    t.when(
        "memory size",
        flags.op(Group::System, Sub::S0),
        &cpu.z - &cpu.pages,
    );
    t.when(
        "a host's result is a word",
        flags.op(Group::System, Sub::S2),
        &cpu.z - &word.whole,
    );
}

pub(super) fn ends(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
    let never: Expr = [Group::Add, Group::Mul, Group::Bits, Group::Compare, Group::Move]
        .into_iter()
        .map(|group| flags.group(group).clone())
        .sum();
    t.when("these never end a message", never, cpu.end.clone());
    t.when(
        "of the jumps only a call may trap",
        flags.group(Group::Jump) * not(flags.sub(Sub::S2)),
        cpu.end.clone(),
    );
    t.when(
        "of the system's only an end is one",
        flags.group(Group::System),
        &cpu.end - flags.sub(Sub::S3),
    );
    let no_fuel = not(&executes(cpu));
    t.when("without fuel the message ends", no_fuel.clone(), not(&cpu.end));
    let status = flags.group(Group::System) * &cpu.imm
        + flags.group(Group::Div) * Fr::from(u64::from(status::DIVISION_BY_ZERO))
        + flags.group(Group::Memory) * Fr::from(u64::from(status::OUT_OF_BOUNDS))
        + flags.group(Group::Jump) * Fr::from(u64::from(status::STACK_EXHAUSTED))
        + no_fuel * Fr::from(u64::from(status::FUEL));
    t.when("status", cpu.end.clone(), &cpu.w - status);
}

/// What other tables do for this one.
pub(super) fn calls(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
    let callee = flags.group(Group::Bits) * Fr::from(CALL_BITS)
        + flags.group(Group::Memory) * Fr::from(CALL_MEMORY)
        + flags.group(Group::System) * Fr::from(CALL_HOST)
        + &cpu.end * Fr::from(CALL_END);
    t.send(
        Bus::Call,
        // An access that traps is only the message's end.
        flags.group(Group::Bits)
            + flags.op(Group::System, Sub::S2)
            + &cpu.end
            + flags.group(Group::Memory) * not(&cpu.end),
        Call {
            callee,
            clk: cpu.clk.clone(),
            message: cpu.message.clone(),
            fuel: cpu.fuel.clone(),
            x: cpu.x.clone(),
            y: cpu.y.clone(),
            z: cpu.z.clone(),
            w: cpu.w.clone(),
            imm: cpu.imm.clone(),
            second: flags.sub(Sub::S1).clone(),
            w32: flags.w32().clone(),
            lowest_limit: cpu.v.clone(),
        }
        .tuple(),
    );
    let signed = flags.op(Group::Compare, Sub::S1);
    let divides = flags.group(Group::Div) * not(&cpu.end);
    let wide = flags.group(Group::Mul) * not(flags.w32());
    t.send(
        Bus::Word,
        &signed + &divides + wide,
        vec![0.into(), cpu.w.clone(), 0.into(), 0.into()],
    );
    let shifts = flags.group(Group::Mul) * not(flags.sub(Sub::S0));
    t.send(
        Bus::Word,
        signed + divides + shifts,
        vec![
            flags.group(Group::Mul).clone(),
            cpu.v.clone(),
            cpu.y.clone(),
            flags.sub(Sub::S2) + flags.w32() * Fr::from(2),
        ],
    );
}
