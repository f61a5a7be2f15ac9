//! The CPU table: one row is one step.
//!
//! A row fetches its instruction from the program, reads up to two slots, computes, writes up to one slot,
//! and says what the next row begins with. What does not fit into the row is called: bitwise operations,
//! memory accesses and host calls on [`Bus::Call`], range checks and powers of two on [`Bus::Word`].

use halo2curves::ff::{Field, PrimeField};
use zkfusion_vm::isa::{Group, Instruction, Sub, GROUPS, MAX_FP, MODIFIERS, PAGE_BYTES, SUBS};
use zkfusion_vm::status;
use zkfusion_vm::trace::Step;

use crate::bus::{Bus, Call, CALL_BITS, CALL_END, CALL_HOST, CALL_MEMORY};
use crate::columns::{columns, LIMB_BITS};
use crate::expr::{compose, not, pow2, Expr};
use crate::table::{Builder, Rows, Table};
use crate::witness::Requests;
use crate::Fr;

columns! {
    /// Columns of the CPU table.
    pub struct Cpu {
        /// Step, from 1.
        clk: Any,
        /// Address of the instruction.
        pc: Any,
        /// Frame pointer.
        fp: Any,
        /// Index of the message in the batch.
        message: Any,
        /// Pages of linear memory.
        pages: Any,
        /// Fuel that the message has used before this step.
        fuel: Any,
        /// The message ends here.
        end: Bit,
        /// Slot of `x`.
        a: Any,
        /// Slot of `y`.
        b: Any,
        /// Slot of `z`, or a target.
        d: Any,
        /// Immediate.
        imm: Any,
        /// First operand.
        x: Any,
        /// Second operand.
        y: Any,
        /// Result.
        z: Any,
        /// What the slot of `z` held before.
        z_old: Any,
        /// High word of a product, quotient, first sign's rest, conjunction, bytes of an access, fuel of a host
        /// call, or status.
        w: Any,
        /// Multiplier, remainder, second sign's rest, or inverse that proves a value different from zero; where the message ends, the
        /// lowest fuel limit that allowed its step before, which is 0 on its first step.
        v: Any,
        /// What the instruction does; none where the fuel has run out.
        group: Bit [9],
        /// Which of the group.
        sub: Bit [4],
        /// In the order of [`zkfusion_vm::isa::Modifiers`].
        modifier: Bit [7],
        /// Carry, borrow, or outcome of a comparison.
        carry: Bit,
        /// Signs of `x` and `y` in a signed comparison.
        sign: Bit [2],
        /// Time since the slot of `x` was accessed, less one.
        age_x: Limb [2],
        /// Time since the slot of `y` was accessed, less one.
        age_y: Limb [2],
        /// Time since the slot of `z` was accessed, less one.
        age_z: Limb [2],
        /// A word that must be below 2^64.
        byte: Byte [8],
    }
}

/// Names of an instruction's flags.
struct Flags<'a> {
    cpu: &'a Cpu<Expr>,
}

impl Flags<'_> {
    fn group(&self, group: Group) -> &Expr {
        &self.cpu.group[group as usize]
    }

    fn op(&self, group: Group, sub: Sub) -> Expr {
        self.group(group) * &self.cpu.sub[sub as usize]
    }

    fn sub(&self, sub: Sub) -> &Expr {
        &self.cpu.sub[sub as usize]
    }

    fn reads_x(&self) -> &Expr {
        &self.cpu.modifier[0]
    }

    fn reads_y(&self) -> &Expr {
        &self.cpu.modifier[1]
    }

    fn writes_z(&self) -> &Expr {
        &self.cpu.modifier[2]
    }

    fn w32(&self) -> &Expr {
        &self.cpu.modifier[3]
    }

    fn neg(&self) -> &Expr {
        &self.cpu.modifier[4]
    }

    fn branch(&self) -> &Expr {
        &self.cpu.modifier[5]
    }

    fn system(&self) -> &Expr {
        &self.cpu.modifier[6]
    }
}

/// Parts of the byte columns' word.
struct Word {
    /// The whole.
    whole: Expr,
    /// Its low half.
    low: Expr,
    /// Its high half.
    high: Expr,
    /// The low half when the operation is 32 bits wide, the whole otherwise.
    result: Expr,
}

/// Returns the rules of the CPU table.
pub fn table() -> Table {
    let (mut t, cpu, next) = Builder::new::<Cpu<Expr>>("cpu");
    t.anchored();
    let flags = Flags { cpu: &cpu };
    let low = compose(&cpu.byte[..4], 8);
    let high = compose(&cpu.byte[4..], 8);
    let whole = &low + &high * pow2(32);
    let word = Word {
        result: &whole - flags.w32() * (&high * pow2(32)),
        whole,
        low,
        high,
    };
    fetch(&mut t, &cpu, &flags);
    ports(&mut t, &cpu, &flags);
    add(&mut t, &cpu, &flags, &word);
    multiply(&mut t, &cpu, &flags, &word);
    bits(&mut t, &cpu, &flags);
    divide(&mut t, &cpu, &flags, &word);
    compare(&mut t, &cpu, &flags, &word);
    moves(&mut t, &cpu, &flags);
    memory(&mut t, &cpu, &flags, &word);
    jump(&mut t, &cpu, &flags, &word);
    system(&mut t, &cpu, &flags, &word);
    ends(&mut t, &cpu, &flags);
    calls(&mut t, &cpu, &flags);
    transition(&mut t, &cpu, &next, &flags, &word);
    t.finish()
}

/// Whether an instruction is executed; not where the fuel has run out.
fn executes(cpu: &Cpu<Expr>) -> Expr {
    cpu.group.iter().cloned().sum()
}

fn fetch(t: &mut Builder, cpu: &Cpu<Expr>, _: &Flags<'_>) {
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
fn ports(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
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

fn add(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn multiply(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn bits(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
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

fn divide(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn compare(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn moves(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
    t.when("move", flags.op(Group::Move, Sub::S0), &cpu.z - &cpu.y);
    let conditional = flags.op(Group::Move, Sub::S1);
    t.is_zero("condition", &conditional, &cpu.x, &cpu.v, &cpu.carry);
    t.when(
        "conditional move",
        conditional,
        &cpu.z - &cpu.y - &cpu.carry * (&cpu.z_old - &cpu.y),
    );
}

fn memory(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn jump(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn system(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

fn ends(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
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
fn calls(t: &mut Builder, cpu: &Cpu<Expr>, flags: &Flags<'_>) {
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

fn transition(t: &mut Builder, cpu: &Cpu<Expr>, next: &Cpu<Expr>, flags: &Flags<'_>, word: &Word) {
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

/// Appends the row of `step`, the `clk`-th, which executes `instruction`. `lowest_limit` is the lowest fuel limit that allowed the
/// message's step before.
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

/// Returns the limbs of the time since `last`, less one.
pub(crate) fn age(now: u64, last: u64) -> [Fr; 2] {
    let age = now - last - 1;
    [(age & ((1 << LIMB_BITS) - 1)).into(), (age >> LIMB_BITS).into()]
}

/// Returns the bytes of a word, lowest first.
pub(crate) fn bytes(word: u64) -> [Fr; 8] {
    word.to_le_bytes().map(|byte| u64::from(byte).into())
}

/// Returns a number of up to 128 bits as a field element.
pub(crate) fn wide(value: u128) -> Fr {
    Fr::from_u128(value)
}
