//! Fetching the instruction, and reading and writing slots.

use zkfusion_vm::isa::{GROUPS, SUBS};

use super::{executes, Cpu, Flags};
use crate::bus::Bus;
use crate::columns::LIMB_BITS;
use crate::expr::{compose, not, pow2, Expr};
use crate::table::Builder;
use crate::Fr;

pub(super) fn fetch(t: &mut Builder, cpu: &Cpu<Expr>, _: &Flags<'_>) {
    let executes = executes(cpu);
    t.zero("at most one group", &executes * (&executes - 1));
    let subs: Expr = cpu.sub.iter().cloned().sum();
    t.equal("one sub where there is a group", subs, &executes);
    let flags = compose(&cpu.group, 1)
        + compose(&cpu.sub, 1) * pow2(GROUPS as u32)
        + compose(&cpu.modifier, 1) * pow2((GROUPS + SUBS) as u32);
    t.send(
        Bus::Program,
        executes.clone(),
        vec![
            cpu.pc.clone(),
            flags,
            cpu.a.clone(),
            cpu.b.clone(),
            cpu.d.clone(),
            cpu.imm.clone(),
        ],
    );
    let modifiers: Expr = cpu.modifier.iter().cloned().sum();
    t.when("no modifiers without an instruction", not(&executes), modifiers);
    t.when(
        "no immediate without an instruction",
        not(&executes),
        cpu.imm.clone(),
    );
}

/// Reads and writes of slots.
pub(super) fn ports(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
    let frame = &cpu.message * pow2(32) + &cpu.fp;
    let mut access = |enabled: &Expr, slot: &Expr, before: &Expr, after: &Expr, age: &[Expr], time: u64| {
        let address = &frame + slot;
        let now = &cpu.clk * Fr::from(4) + time;
        let last = &now - 1 - compose(age, LIMB_BITS);
        t.receive(
            Bus::Memory,
            enabled.clone(),
            vec![address.clone(), before.clone(), last],
        );
        t.send(Bus::Memory, enabled.clone(), vec![address, after.clone(), now]);
    };
    access(flags.reads_x(), &cpu.a, &cpu.x, &cpu.x, &cpu.age_x, 0);
    access(flags.reads_y(), &cpu.b, &cpu.y, &cpu.y, &cpu.age_y, 1);
    access(flags.writes_z(), &cpu.d, &cpu.z_old, &cpu.z, &cpu.age_z, 3);
    t.when("x is 0 when it is not read", not(flags.reads_x()), cpu.x.clone());
    t.when(
        "y is the immediate when it is not read",
        not(flags.reads_y()),
        &cpu.y - &cpu.imm,
    );
}
