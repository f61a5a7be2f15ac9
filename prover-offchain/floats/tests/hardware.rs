//! Every operation against the host's, which is IEEE 754's, on special values and on millions of
//! generated ones.
//!
//! The host's NaNs are made canonical; its own sign and payload of a NaN mean nothing here.

mod support;

use support::{numbers, Hardware};
use zkfusion_floats::{
    add, ceil, demote, div, eq, floor, from_signed, from_unsigned, ge, gt, le, lt, max, min, mul, nearest,
    promote, sqrt, sub, to_integer, to_integer_saturating, trunc, Double, Format, Integer, Single,
};

/// Generated pairs of each format.
const PAIRS: u64 = 3_000_000;

fn check_pair<F: Hardware>(a: u64, b: u64) {
    let (x, y) = (F::number(a), F::number(b));
    let results = [
        ("add", add::<F>(a, b), F::bits(x + y)),
        ("sub", sub::<F>(a, b), F::bits(x - y)),
        ("mul", mul::<F>(a, b), F::bits(x * y)),
        ("div", div::<F>(a, b), F::bits(x / y)),
        ("min", min::<F>(a, b), F::minimum(a, b)),
        ("max", max::<F>(a, b), F::maximum(a, b)),
        ("eq", u64::from(eq::<F>(a, b)), u64::from(x == y)),
        ("lt", u64::from(lt::<F>(a, b)), u64::from(x < y)),
        ("le", u64::from(le::<F>(a, b)), u64::from(x <= y)),
        ("gt", u64::from(gt::<F>(a, b)), u64::from(x > y)),
        ("ge", u64::from(ge::<F>(a, b)), u64::from(x >= y)),
    ];
    for (name, ours, theirs) in results {
        assert!(
            ours == theirs,
            "{name}({a:#x}, {b:#x}) of {} bits: {ours:#x}, not {theirs:#x}",
            F::WIDTH
        );
    }
}

fn check_one<F: Hardware>(a: u64) {
    let results = [
        ("sqrt", sqrt::<F>(a), F::sqrt(a)),
        ("ceil", ceil::<F>(a), F::ceil(a)),
        ("floor", floor::<F>(a), F::floor(a)),
        ("trunc", trunc::<F>(a), F::trunc(a)),
        ("nearest", nearest::<F>(a), F::nearest(a)),
    ];
    for (name, ours, theirs) in results {
        assert!(
            ours == theirs,
            "{name}({a:#x}) of {} bits: {ours:#x}, not {theirs:#x}",
            F::WIDTH
        );
    }
    check_to_integer::<F, i32>(a, F::to_i32(a));
    check_to_integer::<F, u32>(a, F::to_u32(a));
    check_to_integer::<F, i64>(a, F::to_i64(a));
    check_to_integer::<F, u64>(a, F::to_u64(a));
}

/// Rust's `as` saturates. What it gives back unchanged did not have to.
fn check_to_integer<F: Hardware, I: Integer>(a: u64, saturated: u64) {
    assert_eq!(
        to_integer_saturating::<F, I>(a),
        saturated,
        "{a:#x} to {} bits",
        I::BITS
    );
    assert_eq!(
        to_integer::<F, I>(a),
        support::trapping::<F, I>(a, saturated),
        "{a:#x} to {} bits",
        I::BITS
    );
}

fn check_conversions(word: u64) {
    let (single, double) = (f32::from_bits(word as u32), f64::from_bits(word));
    assert_eq!(demote(word), Single::bits(double as f32), "demote({word:#x})");
    assert_eq!(
        promote(word & Single::MASK),
        Double::bits(f64::from(single)),
        "promote({:#x})",
        word as u32
    );
    let low = word & u64::from(u32::MAX);
    let results = [
        (from_unsigned::<Single, 32>(low), Single::bits(word as u32 as f32)),
        (from_unsigned::<Single, 64>(word), Single::bits(word as f32)),
        (
            from_unsigned::<Double, 32>(low),
            Double::bits(f64::from(word as u32)),
        ),
        (from_unsigned::<Double, 64>(word), Double::bits(word as f64)),
        (from_signed::<Single, 32>(low), Single::bits(word as i32 as f32)),
        (from_signed::<Single, 64>(word), Single::bits(word as i64 as f32)),
        (
            from_signed::<Double, 32>(low),
            Double::bits(f64::from(word as i32)),
        ),
        (from_signed::<Double, 64>(word), Double::bits(word as i64 as f64)),
    ];
    for (ours, theirs) in results {
        assert_eq!(ours, theirs, "integer {word:#x}");
    }
}

#[test]
fn singles_agree_on_special_values() {
    check_special::<Single>();
}

#[test]
fn doubles_agree_on_special_values() {
    check_special::<Double>();
}

fn check_special<F: Hardware>() {
    let special = numbers::special::<F>();
    for &a in &special {
        check_one::<F>(a);
        for &b in &special {
            check_pair::<F>(a, b);
        }
    }
}

#[test]
fn singles_agree_on_generated_values() {
    check_generated::<Single>(1);
}

#[test]
fn doubles_agree_on_generated_values() {
    check_generated::<Double>(2);
}

fn check_generated<F: Hardware>(seed: u64) {
    let mut random = numbers::Random::new(seed);
    for _ in 0..PAIRS {
        let (a, b) = numbers::pair::<F>(&mut random);
        check_pair::<F>(a, b);
        check_one::<F>(a);
    }
}

#[test]
fn conversions_agree_on_special_and_generated_values() {
    for word in numbers::special::<Double>()
        .into_iter()
        .chain(numbers::special::<Single>())
    {
        check_conversions(word);
    }
    for bit in 0..64 {
        for offset in -3i64..=3 {
            let word = (1u64 << bit).wrapping_add(offset as u64);
            check_conversions(word);
            check_conversions(word.wrapping_neg());
        }
    }
    let mut random = numbers::Random::new(3);
    for _ in 0..PAIRS {
        check_conversions(numbers::word(&mut random));
        check_conversions(numbers::pair::<Double>(&mut random).0);
    }
}

#[test]
fn every_single_has_the_right_root_and_integer_parts() {
    // A stride through all 2^32 numbers, and all of them in one binade.
    for a in (0..1u64 << 32).step_by(509).chain(0x3f80_0000..0x4000_0000) {
        assert_eq!(sqrt::<Single>(a), Single::sqrt(a), "{a:#x}");
        assert_eq!(nearest::<Single>(a), Single::nearest(a), "{a:#x}");
    }
}
