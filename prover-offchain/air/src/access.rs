//! The access table: loads and stores of 1 to 8 bytes at any byte address.
//!
//! An access inside one 8-byte word is one row, which says the word's bytes after it and masks
//! those that are accessed; a store of less than a word has a second row, right after it, with the
//! word's bytes before it. An access that crosses a word boundary is a split row, which halves it,
//! and the rows of the halves.

use halo2curves::ff::Field;
use zkfusion_vm::isa::LINEAR;
use zkfusion_vm::trace::Access as Traced;

use crate::bus::{Bus, Call, CALL_MEMORY};
use crate::cells::{age, bytes, wide};
use crate::columns::{columns, LIMB_BITS};
use crate::expr::{compose, not, pow2, Expr};
use crate::requests::Requests;
use crate::table::{Builder, Rows, Table};
use crate::Fr;

columns! {
    /// Columns of the access table.
    pub struct Access {
        /// The row is a whole access.
        whole: Bit,
        /// The row halves an access.
        split: Bit,
        /// The row is one half of an access.
        half: Bit,
        /// The row has the word before the store of the row before it.
        before: Bit,
        /// The access is a store.
        store: Bit,
        /// All eight bytes are stored.
        full: Bit,
        /// The caller's step.
        clk: Any,
        /// The message.
        message: Any,
        /// The caller's fuel.
        fuel: Any,
        /// The caller's first operand: the base address.
        x: Any,
        /// The caller's second operand: what a store writes.
        y: Any,
        /// The caller's result: what a load reads.
        z: Any,
        /// The caller's offset.
        imm: Any,
        /// The caller's width flag.
        w32: Any,
        /// First byte's address.
        address: Any,
        /// Number of bytes.
        bytes: Any,
        /// The bytes, as a number.
        value: Any,
        /// Index of the word.
        index: Any,
        /// 256 to the offset in the word; for a split, 256 to the first half's bytes.
        power: Any,
        /// The word's bytes that are not accessed, as a number.
        rest: Any,
        /// The mask, as a number.
        code: Any,
        /// The word before the access.
        old: Any,
        /// Which of the word's bytes are accessed.
        mask: Bit [8],
        /// Bytes of the first half.
        first_bytes: Any,
        /// The halves' values.
        half_value: Any [2],
        /// Time since the word was accessed, less one.
        age: Limb [2],
        /// The word's bytes.
        byte: Byte [8],
    }
}

/// Returns the rules of the access table.
pub fn table() -> Table {
    let (mut t, access, next) = Builder::new::<Access<Expr>>("access");
    t.equal(
        "one kind of row",
        &access.whole + &access.split + &access.half + &access.before,
        1,
    );
    t.receive(
        Bus::Call,
        &access.whole + &access.split,
        Call {
            callee: CALL_MEMORY.into(),
            clk: access.clk.clone(),
            message: access.message.clone(),
            fuel: access.fuel.clone(),
            x: access.x.clone(),
            y: access.y.clone(),
            z: access.z.clone(),
            w: access.bytes.clone(),
            imm: access.imm.clone(),
            second: access.store.clone(),
            w32: access.w32.clone(),
            lowest_limit: 0.into(),
        }
        .tuple(),
    );
    let called = &access.whole + &access.split;
    t.when(
        "address",
        called.clone(),
        &access.address - &access.x - &access.imm,
    );
    t.when(
        "a load's value is its result, a store's its operand",
        called,
        &access.value - &access.z - &access.store * (&access.y - &access.z),
    );
    split(&mut t, &access);
    word(&mut t, &access, &next);
    t.finish()
}

fn part(access: &Access<Expr>, address: Expr, bytes: Expr, value: Expr) -> Vec<Expr> {
    vec![
        access.clk.clone(),
        access.message.clone(),
        address,
        bytes,
        value,
        access.store.clone(),
    ]
}

fn split(t: &mut Builder, access: &Access<Expr>) {
    let [low, high] = access.half_value.clone();
    t.when(
        "the value from its halves",
        access.split.clone(),
        &access.value - &low - &access.power * &high,
    );
    t.send(
        Bus::Word,
        access.split.clone(),
        vec![
            1.into(),
            access.power.clone(),
            &access.first_bytes * Fr::from(8),
            0.into(),
        ],
    );
    let first = &access.first_bytes;
    t.send(
        Bus::Part,
        access.split.clone(),
        part(access, access.address.clone(), first.clone(), low),
    );
    t.send(
        Bus::Part,
        access.split.clone(),
        part(access, &access.address + first, &access.bytes - first, high),
    );
    t.receive(
        Bus::Part,
        access.half.clone(),
        part(
            access,
            access.address.clone(),
            access.bytes.clone(),
            access.value.clone(),
        ),
    );
}

fn word(t: &mut Builder, access: &Access<Expr>, next: &Access<Expr>) {
    let mask = &access.mask;
    // 1 where the run of masked bytes begins.
    let start = |i: usize| match i {
        0 => mask[0].clone(),
        _ => &mask[i] * not(&mask[i - 1]),
    };
    let main = &access.whole + &access.half;
    let word = compose(&access.byte, 8);
    let starts: Expr = (0..8).map(start).sum();
    t.when("the masked bytes are one run", main.clone(), starts - 1);
    t.when(
        "number of bytes",
        main.clone(),
        &access.bytes - mask.iter().cloned().sum::<Expr>(),
    );
    let offset: Expr = (1..8).map(|i| start(i) * Fr::from(i as u64)).sum();
    t.when(
        "word and offset of the address",
        main.clone(),
        &access.address - &access.index * Fr::from(8) - offset,
    );
    let power: Expr = (0..8).map(|i| start(i) * pow2(8 * i as u32)).sum();
    t.when("power of the offset", main.clone(), &access.power - power);
    let masked: Expr = (0..8)
        .map(|i| &mask[i] * &access.byte[i] * pow2(8 * i as u32))
        .sum();
    t.when(
        "the value is the masked bytes",
        main.clone(),
        &access.value * &access.power - &masked,
    );
    t.equal("the other bytes", &access.rest, &word - masked);
    t.equal("code of the mask", &access.code, compose(mask, 1));

    t.when("a load leaves the word", not(&access.store), &access.old - &word);
    t.when("only a store is full", access.full.clone(), not(&access.store));
    t.when(
        "all bytes of a full store",
        access.full.clone(),
        &access.code - 255,
    );
    let partial = &main * (&access.store - &access.full);
    t.when(
        "a partial store is followed by the word before it",
        partial.clone(),
        Expr::from(1) - Expr::has_next() * &next.before,
    );
    t.when(
        "a store leaves the other bytes",
        partial.clone(),
        &next.rest - &access.rest,
    );
    t.when(
        "both words have the same mask",
        partial.clone(),
        &next.code - &access.code,
    );
    t.when("the word before", partial, &access.old - &next.old);
    t.when(
        "a row with the word before is like a load",
        access.before.clone(),
        access.store.clone(),
    );

    let location = &access.message * pow2(32) + LINEAR + &access.index;
    let now = &access.clk * Fr::from(4) + 2;
    let last = &now - 1 - compose(&access.age, LIMB_BITS);
    t.receive(
        Bus::Memory,
        main.clone(),
        vec![location.clone(), access.old.clone(), last],
    );
    t.send(Bus::Memory, main, vec![location, word, now]);
}

/// What the CPU says of an access.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Called {
    pub(crate) fuel: u64,
    pub(crate) x: u64,
    pub(crate) y: u64,
    pub(crate) z: u64,
    pub(crate) imm: u64,
    pub(crate) w32: bool,
    pub(crate) bytes: u64,
}

/// Appends the rows of the access that `called` says and `words` made: one word, or two when it
/// crosses.
pub(crate) fn fill(rows: &mut Rows, requests: &mut Requests, called: &Called, words: &[Traced]) {
    let Some(first) = words.first() else { return };
    let value = if first.store { called.y } else { called.z };
    let caller = Access::<Fr> {
        clk: first.clk.into(),
        message: u64::from(first.message).into(),
        fuel: called.fuel.into(),
        x: called.x.into(),
        y: called.y.into(),
        z: called.z.into(),
        imm: called.imm.into(),
        w32: u64::from(called.w32).into(),
        address: (called.x + called.imm).into(),
        bytes: called.bytes.into(),
        value: value.into(),
        store: u64::from(first.store).into(),
        ..Access::default()
    };
    if let [word] = words {
        let caller = Access {
            whole: Fr::ONE,
            ..caller
        };
        return fill_word(rows, caller, word);
    }
    let shift = 8 * u32::from(first.bytes);
    let halves = [value & ((1 << shift) - 1), value >> shift];
    requests.power(shift.into(), 0);
    rows.push(Access {
        split: Fr::ONE,
        power: wide(1 << shift),
        first_bytes: u64::from(first.bytes).into(),
        half_value: halves.map(Fr::from),
        ..caller.clone()
    });
    for (word, value) in words.iter().zip(halves) {
        let half = Access {
            half: Fr::ONE,
            clk: caller.clk,
            message: caller.message,
            store: caller.store,
            address: word.address.into(),
            bytes: u64::from(word.bytes).into(),
            value: value.into(),
            ..Access::default()
        };
        fill_word(rows, half, word);
    }
}

/// Appends the row of one word, and the row with the word before a partial store.
fn fill_word(rows: &mut Rows, row: Access<Fr>, word: &Traced) {
    let offset = word.address % 8;
    let mask: u64 = ((1 << word.bytes) - 1) << offset;
    let masked_bits: u64 = (0..8)
        .filter(|i| mask >> i & 1 == 1)
        .map(|i| 0xff << (8 * i))
        .sum();
    let full = word.store && mask == 0xff;
    let bits = core::array::from_fn(|i| Fr::from(mask >> i & 1));
    rows.push(Access {
        full: u64::from(full).into(),
        index: (word.address / 8).into(),
        power: wide(1 << (8 * offset)),
        rest: (word.new & !masked_bits).into(),
        code: mask.into(),
        old: word.old.into(),
        mask: bits,
        age: age(4 * word.clk + 2, word.last),
        byte: bytes(word.new),
        ..row
    });
    if word.store && !full {
        rows.push(Access::<Fr> {
            before: Fr::ONE,
            rest: (word.old & !masked_bits).into(),
            code: mask.into(),
            old: word.old.into(),
            mask: bits,
            byte: bytes(word.old),
            ..Access::default()
        });
    }
}
