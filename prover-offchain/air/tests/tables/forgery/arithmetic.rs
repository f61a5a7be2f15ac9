//! Lies about what instructions compute. The result is claimed in memory too; then the lie moves
//! from cell to cell.

use super::Forgery;
use zkfusion_air::expr::pow2;
use zkfusion_air::{Fr, TableId};
use zkfusion_vm::isa::{Group, Instruction, Sub};

/// Returns a batch that claims another result of the only step that `which` chooses, which no later
/// step reads.
fn claiming(body: &str, which: impl Fn(&Instruction) -> bool, z: impl Fn(u64) -> u64) -> (Forgery, usize) {
    let forgery = Forgery::of(body);
    let step = forgery.step(which);
    let forgery = forgery.claim(|claim| {
        let claimed = &mut claim.trace.steps[step].z;
        *claimed = z(*claimed);
        claim.rechain();
    });
    (forgery, step)
}

fn is(group: Group, sub: Sub) -> impl Fn(&Instruction) -> bool {
    move |instruction| instruction.group == group && instruction.sub == sub
}

fn set(forgery: &mut Forgery, step: usize, column: &str, change: impl FnOnce(Fr) -> Fr) {
    let value = forgery.get(TableId::Cpu, step, column);
    forgery.set(TableId::Cpu, step, column, change(value));
}

#[test]
fn a_wrong_sum_is_refused() {
    let body = "(local.set $x (i64.add (call $next) (i64.const 5)))";
    let (mut forgery, step) = claiming(body, is(Group::Add, Sub::S0), |z| z + 1);
    forgery
        .clone()
        .stopped_by(&["cpu: sum or difference at the width"]);

    set(&mut forgery, step, "byte[0]", |byte| byte + Fr::one());
    forgery.stopped_by(&["cpu: sum"]);
}

#[test]
fn a_sum_with_a_wrong_carry_is_refused() {
    let body = "(local.set $x (i64.add (call $next) (i64.const 5)))";
    let mut forgery = Forgery::of(body);
    let step = forgery.step(is(Group::Add, Sub::S0));
    forgery.set(TableId::Cpu, step, "carry", 1);
    forgery.clone().stopped_by(&["cpu: sum"]);

    // In the top byte, 2^64 is 256.
    set(&mut forgery, step, "byte[7]", |byte| byte - Fr::from(256));
    forgery
        .clone()
        .stopped_by(&["cpu: range of byte[7]", "cpu: sum or difference at the width"]);

    set(&mut forgery, step, "z", |z| z - pow2(64));
    forgery.stopped_by(&["bus Memory", "cpu: range of byte[7]"]);
}

#[test]
fn a_wrong_product_is_refused() {
    let body = "(local.set $x (i64.mul (call $next) (i64.const 5)))";
    let (mut forgery, step) = claiming(body, is(Group::Mul, Sub::S0), |z| z + 1);
    forgery.clone().stopped_by(&["cpu: low part of the product"]);

    set(&mut forgery, step, "byte[0]", |byte| byte + Fr::one());
    forgery.clone().stopped_by(&["cpu: product"]);

    // A high word that makes up for it is not a word.
    let inverse = Option::<Fr>::from(pow2(64).invert()).expect("a power of two is not 0");
    set(&mut forgery, step, "w", |w| w - inverse);
    forgery.stopped_by(&["bus Word"]);
}

#[test]
fn a_shift_by_another_amount_is_refused() {
    let body = "(local.set $x (i64.shl (call $next) (i64.const 5)))";
    let (mut forgery, step) = claiming(body, is(Group::Mul, Sub::S1), |z| z << 1);
    let honest = forgery.honest.trace.steps[step].z;
    forgery.set_word(TableId::Cpu, step, honest << 1);
    set(&mut forgery, step, "w", |w| w + w + Fr::from(honest >> 63));
    set(&mut forgery, step, "v", |v| v + v);
    forgery.stopped_by(&["bus Word"]);
}

#[test]
fn a_wrong_conjunction_is_refused() {
    let body = "(local.set $x (i64.and (call $next) (i64.const 5)))";
    let (mut forgery, step) = claiming(body, is(Group::Bits, Sub::S0), |z| z ^ 2);
    forgery
        .clone()
        .stopped_by(&["cpu: and, or, exclusive or from the conjunction"]);

    let z = forgery.get(TableId::Cpu, step, "z");
    forgery.set(TableId::Cpu, step, "w", z);
    forgery.clone().stopped_by(&["bus Call"]);

    forgery.set(TableId::Bits, 0, "and", z);
    forgery.clone().stopped_by(&["bits: chunks of the conjunction"]);

    let chunk = forgery.get(TableId::Bits, 0, "and_chunk[0]");
    let honest = Fr::from(forgery.honest.trace.steps[step].z);
    forgery.set(TableId::Bits, 0, "and_chunk[0]", chunk + z - honest);
    forgery.stopped_by(&["bus And"]);
}

#[test]
fn a_quotient_with_too_large_a_remainder_is_refused() {
    let body = "(local.set $x (i64.div_u (call $next) (i64.const 7)))";
    let (mut forgery, step) = claiming(body, is(Group::Div, Sub::S0), |z| z - 1);
    set(&mut forgery, step, "w", |w| w - Fr::one());
    set(&mut forgery, step, "v", |v| v + Fr::from(7));
    forgery
        .clone()
        .stopped_by(&["cpu: the remainder is below the divisor"]);

    set(&mut forgery, step, "byte[0]", |byte| byte - Fr::from(7));
    forgery.stopped_by(&["cpu: range of byte[0]"]);
}

#[test]
fn a_quotient_that_is_no_number_is_refused() {
    // x / 7 in the field leaves no remainder.
    let body = "(local.set $x (i64.rem_u (call $next) (i64.const 10)))";
    let (mut forgery, step) = claiming(body, is(Group::Div, Sub::S1), |_| 0);
    let tenth = Option::<Fr>::from(Fr::from(10).invert()).expect("10 is not 0");
    let x = forgery.get(TableId::Cpu, step, "x");
    assert_ne!(forgery.get(TableId::Cpu, step, "v"), Fr::zero());
    forgery.set(TableId::Cpu, step, "w", x * tenth);
    forgery.set(TableId::Cpu, step, "v", 0);
    forgery.set_word(TableId::Cpu, step, 9);
    forgery.stopped_by(&["bus Word"]);
}

#[test]
fn a_wrong_sign_is_refused() {
    let body = "(local.set $i (i64.lt_s (call $next) (i64.const 5)))";
    let (mut forgery, step) = claiming(body, is(Group::Compare, Sub::S1), |z| z ^ 1);
    set(&mut forgery, step, "carry", |carry| Fr::one() - carry);
    set(&mut forgery, step, "sign[0]", |sign| Fr::one() - sign);
    forgery.clone().stopped_by(&["cpu: sign of x"]);

    // The rest of x below a sign that it has not is negative.
    set(&mut forgery, step, "w", |w| w - pow2(64));
    forgery.stopped_by(&["bus Word"]);
}

#[test]
fn a_wrong_equality_is_refused() {
    let body = "(local.set $x (call $next)) (local.set $i (i64.eq (local.get $x) (local.get $x)))";
    let (mut forgery, step) = claiming(body, is(Group::Compare, Sub::S2), |z| z ^ 1);
    forgery.set(TableId::Cpu, step, "carry", 0);
    forgery.stopped_by(&["cpu: equality: a value without inverse is zero"]);

    let body = "(local.set $i (i64.eq (call $next) (i64.const 5)))";
    let (mut forgery, step) = claiming(body, is(Group::Compare, Sub::S2), |z| z ^ 1);
    forgery.set(TableId::Cpu, step, "carry", 1);
    forgery.set(TableId::Cpu, step, "v", 0);
    forgery.stopped_by(&["cpu: equality: zero when so marked"]);
}

#[test]
fn a_conditional_move_against_its_condition_is_refused() {
    let body = "(drop (select (i64.const 3) (i64.const 9) (i32.wrap_i64 (call $next))))";
    let (mut forgery, step) = claiming(body, is(Group::Move, Sub::S1), |z| z ^ 3 ^ 9);
    forgery.clone().stopped_by(&["cpu: conditional move"]);

    forgery.set(TableId::Cpu, step, "carry", 1);
    forgery.set(TableId::Cpu, step, "v", 0);
    forgery.stopped_by(&["cpu: condition: zero when so marked"]);
}
