//! Instructions that compute a word.

use zkfusion_vm::isa::{Group, Sub};

use super::{Cpu, Flags, Word};
use crate::expr::{not, pow2, Expr};
use crate::table::Builder;
use crate::Fr;

pub(super) fn add(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let overflow = &cpu.carry * pow2(64);
    t.when(
        "sum",
        flags.op(Group::Add, Sub::S0),
        &cpu.x + &cpu.y - &word.whole - &overflow,
    );
    // At 32 bits, 2^32 keeps the difference positive.
    t.when(
        "difference",
        flags.op(Group::Add, Sub::S1),
        &cpu.x - &cpu.y + flags.w32() * pow2(32) - &word.whole + &overflow,
    );
    t.when(
        "sum or difference at the width",
        flags.group(Group::Add),
        &cpu.z - &word.result,
    );
}

pub(super) fn multiply(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let group = flags.group(Group::Mul);
    t.when(
        "the multiplier is y",
        flags.op(Group::Mul, Sub::S0),
        &cpu.v - &cpu.y,
    );
    // x and the multiplier are at most 2^64, so nothing wraps.
    t.when(
        "product",
        group,
        &cpu.x * &cpu.v - &word.whole - &cpu.w * pow2(64),
    );
    t.when(
        "a 32-bit product has no high word",
        group * flags.w32(),
        cpu.w.clone(),
    );
    let high = &cpu.w + flags.w32() * &word.high;
    t.when(
        "low part of the product",
        group * (flags.sub(Sub::S0) + flags.sub(Sub::S1)),
        &cpu.z - &word.result,
    );
    t.when(
        "high part of the product",
        flags.op(Group::Mul, Sub::S2),
        &cpu.z - &high,
    );
    t.when(
        "both parts of the product",
        flags.op(Group::Mul, Sub::S3),
        &cpu.z - &word.result - &high,
    );
}

pub(super) fn bits(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
    let both = &cpu.x + &cpu.y;
    t.when(
        "and, or, exclusive or from the conjunction",
        flags.group(Group::Bits),
        &cpu.z
            - flags.sub(Sub::S0) * &cpu.w
            - flags.sub(Sub::S1) * (&both - &cpu.w)
            - flags.sub(Sub::S2) * (&both - &cpu.w - &cpu.w),
    );
}

pub(super) fn divide(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let group = flags.group(Group::Div);
    let divides = group * not(&cpu.end);
    t.when(
        "quotient and remainder",
        divides.clone(),
        &cpu.x - &cpu.y * &cpu.w - &cpu.v,
    );
    t.when(
        "the remainder is below the divisor",
        divides.clone(),
        &cpu.y - 1 - &cpu.v - &word.whole,
    );
    t.when(
        "the quotient or the remainder",
        divides,
        &cpu.z - flags.sub(Sub::S0) * &cpu.w - flags.sub(Sub::S1) * &cpu.v,
    );
    t.when("only a division by zero traps", group * &cpu.end, cpu.y.clone());
    t.when(
        "a division that traps has no result",
        group * &cpu.end,
        cpu.z.clone(),
    );
}

pub(super) fn compare(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
    let group = flags.group(Group::Compare);
    let signed = flags.op(Group::Compare, Sub::S1);
    // 2^32 or 2^64.
    let modulus = Expr::from(pow2(64)) - flags.w32() * (pow2(64) - pow2(32));
    t.when(
        "unsigned difference",
        flags.op(Group::Compare, Sub::S0),
        &cpu.x - &cpu.y - &word.whole + &cpu.carry * pow2(64),
    );
    t.when(
        "signed difference",
        signed.clone(),
        &cpu.x - &cpu.y - (&cpu.sign[0] - &cpu.sign[1]) * &modulus - &word.whole + &cpu.carry * pow2(64),
    );
    // Without its sign bit a number, shifted left to the top, is still a word.
    for (name, value, sign, rest) in [
        ("sign of x", &cpu.x, &cpu.sign[0], &cpu.w),
        ("sign of y", &cpu.y, &cpu.sign[1], &cpu.v),
    ] {
        let at_64 = (value - sign * pow2(63)) * pow2(1);
        let at_32 = (value - sign * pow2(31)) * pow2(33);
        t.when(
            name,
            signed.clone(),
            rest - &at_64 - flags.w32() * (at_32 - &at_64),
        );
    }
    let difference = &cpu.x - &cpu.y;
    t.is_zero(
        "equality",
        &flags.op(Group::Compare, Sub::S2),
        &difference,
        &cpu.v,
        &cpu.carry,
    );
    t.when(
        "outcome",
        group,
        &cpu.z - &cpu.carry - flags.neg() + flags.neg() * &cpu.carry * Fr::from(2),
    );
}

pub(super) fn moves(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
    t.when("move", flags.op(Group::Move, Sub::S0), &cpu.z - &cpu.y);
    let conditional = flags.op(Group::Move, Sub::S1);
    t.is_zero("condition", &conditional, &cpu.x, &cpu.v, &cpu.carry);
    t.when(
        "conditional move",
        conditional,
        &cpu.z - &cpu.y - &cpu.carry * (&cpu.z_old - &cpu.y),
    );
}
