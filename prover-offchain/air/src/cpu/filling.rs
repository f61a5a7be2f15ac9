//! The row of an executed step.

use halo2curves::ff::Field;
use zkfusion_vm::isa::{Group, Instruction, Sub, GROUPS, MAX_FP, MODIFIERS, PAGE_BYTES, SUBS};
use zkfusion_vm::status;
use zkfusion_vm::trace::Step;

use super::Cpu;
use crate::cells::{age, bytes, wide};
use crate::requests::Requests;
use crate::table::Rows;
use crate::Fr;

/// Appends the row of `step`, the `clk`-th, which executes `instruction`. `lowest_limit` is the
/// lowest fuel limit that allowed the message's step before.
pub(crate) fn fill(
    rows: &mut Rows,
    requests: &mut Requests,
    clk: u64,
    step: &Step,
    instruction: &Instruction,
    lowest_limit: u64,
) {
    let mut cpu = Cpu::<Fr> {
        clk: clk.into(),
        pc: u64::from(step.pc).into(),
        fp: u64::from(step.fp).into(),
        message: u64::from(step.message).into(),
        pages: u64::from(step.pages).into(),
        fuel: step.fuel.into(),
        x: step.x.into(),
        y: step.y.into(),
        z: step.z.into(),
        z_old: step.z_old.into(),
        end: u64::from(step.end.is_some()).into(),
        ..Cpu::default()
    };
    if step.end == Some(status::FUEL) {
        cpu.w = u64::from(status::FUEL).into();
        cpu.v = lowest_limit.into();
        rows.push(cpu);
        return;
    }
    let flags = instruction.flags();
    let flag = |bit: usize| Fr::from(u64::from(flags >> bit & 1));
    cpu.group = core::array::from_fn(flag);
    cpu.sub = core::array::from_fn(|i| flag(GROUPS + i));
    cpu.modifier = core::array::from_fn::<_, MODIFIERS, _>(|i| flag(GROUPS + SUBS + i));
    cpu.a = u64::from(instruction.a).into();
    cpu.b = u64::from(instruction.b).into();
    cpu.d = u64::from(instruction.d).into();
    cpu.imm = instruction.imm.into();
    let m = instruction.modifiers;
    if m.reads_x {
        cpu.age_x = age(4 * clk, step.x_last);
    }
    if m.reads_y {
        cpu.age_y = age(4 * clk + 1, step.y_last);
    }
    if m.writes_z {
        cpu.age_z = age(4 * clk + 3, step.z_last);
    }
    let mut word = 0;
    compute(&mut cpu, &mut word, requests, step, instruction);
    if let Some(status) = step.end {
        cpu.w = u64::from(status).into();
        cpu.v = lowest_limit.into();
    }
    cpu.byte = bytes(word);
    rows.push(cpu);
}

/// Fills the cells that depend on what the instruction does.
fn compute(
    cpu: &mut Cpu<Fr>,
    word: &mut u64,
    requests: &mut Requests,
    step: &Step,
    instruction: &Instruction,
) {
    let m = instruction.modifiers;
    let (x, y) = (step.x, step.y);
    match (instruction.group, instruction.sub) {
        (Group::Add, Sub::S0) => {
            let (sum, overflow) = x.overflowing_add(y);
            *word = sum;
            cpu.carry = u64::from(overflow).into();
        }
        (Group::Add, _) => {
            let (difference, borrow) = x.wrapping_add(u64::from(m.w32) << 32).overflowing_sub(y);
            *word = difference;
            cpu.carry = u64::from(borrow).into();
        }
        (Group::Mul, sub) => {
            let width = if m.w32 { 32 } else { 64 };
            let multiplier: u128 = match sub {
                Sub::S0 => y.into(),
                Sub::S2 => 1 << (width - y),
                _ => 1 << y,
            };
            let product = u128::from(x).wrapping_mul(multiplier);
            *word = product as u64;
            cpu.v = wide(multiplier);
            if sub != Sub::S0 {
                requests.power(y, u64::from(sub == Sub::S2) + u64::from(m.w32) * 2);
            }
            cpu.w = ((product >> 64) as u64).into();
            if !m.w32 {
                requests.word((product >> 64) as u64);
            }
        }
        (Group::Bits, _) => cpu.w = (x & y).into(),
        (Group::Div, _) => {
            if let (Some(quotient), Some(remainder)) = (x.checked_div(y), x.checked_rem(y)) {
                cpu.w = quotient.into();
                cpu.v = remainder.into();
                *word = y - 1 - remainder;
                requests.word(quotient);
                requests.noted_word(remainder, y, u64::from(m.w32) * 2);
            }
        }
        (Group::Compare, Sub::S0) => {
            let (difference, borrow) = x.overflowing_sub(y);
            *word = difference;
            cpu.carry = u64::from(borrow).into();
        }
        (Group::Compare, Sub::S1) => {
            let top = if m.w32 { 31 } else { 63 };
            let sign = |value: u64| value >> top & 1;
            let rest = |value: u64| (value & !(1 << top)) << (64 - top);
            let signed = |value: u64| i128::from(value) - (i128::from(sign(value)) << (top + 1));
            let difference = signed(x) - signed(y);
            *word = difference as u64;
            cpu.carry = u64::from(difference < 0).into();
            cpu.sign = [sign(x).into(), sign(y).into()];
            cpu.w = rest(x).into();
            cpu.v = rest(y).into();
            requests.word(rest(x));
            requests.noted_word(rest(y), y, u64::from(m.w32) * 2);
        }
        (Group::Compare, _) => is_zero(cpu, Fr::from(x) - Fr::from(y)),
        (Group::Move, Sub::S1) => is_zero(cpu, x.into()),
        (Group::Memory, sub) => {
            let bytes = u64::from(if sub == Sub::S0 {
                instruction.b
            } else {
                instruction.d
            });
            let end = x + instruction.imm + bytes;
            let size = u64::from(step.pages) * PAGE_BYTES;
            cpu.w = bytes.into();
            if step.end.is_some() {
                *word = end - 1 - size;
            } else if !m.system {
                *word = size - end;
            }
        }
        (Group::Jump, Sub::S2) => {
            let depth = u64::from(step.fp) + u64::from(instruction.a);
            *word = MAX_FP.checked_sub(depth).unwrap_or_else(|| depth - MAX_FP - 1);
        }
        (Group::Jump, Sub::S3) => *word = x,
        (Group::System, Sub::S2) => {
            cpu.w = crate::host::fuel(instruction.imm).into();
            *word = step.z;
        }
        _ => {}
    }
}

fn is_zero(cpu: &mut Cpu<Fr>, value: Fr) {
    cpu.v = Option::from(value.invert()).unwrap_or(Fr::ZERO);
    cpu.carry = u64::from(bool::from(value.is_zero())).into();
}
