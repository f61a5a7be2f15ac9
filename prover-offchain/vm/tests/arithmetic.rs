//! Every integer operation on every pair of operands that proptest thinks of, in each form in which
//! the compiler knows it: with operands in locals, with constants on either side, as a condition of
//! each kind.

mod support;

use proptest::prelude::*;
use support::oracle::{check_traced, Pair};
use zkfusion_vm::{compile_with_entry, Executor};

const BINARY: [&str; 15] = [
    "add", "sub", "mul", "div_s", "div_u", "rem_s", "rem_u", "and", "or", "xor", "shl", "shr_s", "shr_u",
    "rotl", "rotr",
];
const COMPARE: [&str; 10] = [
    "eq", "ne", "lt_s", "lt_u", "gt_s", "gt_u", "le_s", "le_u", "ge_s", "ge_u",
];
const UNARY: [&str; 5] = ["clz", "ctz", "popcnt", "extend8_s", "extend16_s"];

/// Writes modules with a function for each operation and form.
fn modules(x: u64, y: u64) -> Vec<String> {
    let functions = functions(x, y);
    functions
        .chunks(30)
        .map(|chunk| format!("(module (memory 1) {})", chunk.concat()))
        .collect()
}

/// Writes the functions, a few together where one is checked with another.
fn functions(x: u64, y: u64) -> Vec<String> {
    let mut text = Vec::new();
    for (ty, x, y) in [
        ("i32", i64::from(x as i32), i64::from(y as i32)),
        ("i64", x as i64, y as i64),
    ] {
        let (local, constant) = (
            ["(local.get 0)", "(local.get 1)"],
            [x, y].map(|c| format!("({ty}.const {c})")),
        );
        let params = format!("(param {ty} {ty})");
        for op in BINARY {
            for (form, a, b) in forms(&local, &constant) {
                text.push(format!(
                    "(func (export \"{ty}.{op}.{form}\") {params} (result {ty}) ({ty}.{op} {a} {b}))
                     (func (export \"{ty}.{op}.{form}.set\") {params} (result {ty}) (local.get 0)
                       (local.set 0 ({ty}.{op} {a} {b})) ({ty}.sub (local.get 0)))"
                ));
            }
        }
        for op in COMPARE {
            for (form, a, b) in forms(&local, &constant) {
                let name = format!("{ty}.{op}.{form}");
                let condition = format!("({ty}.{op} {a} {b})");
                text.push(conditions(&name, &params, &condition));
                let negated = format!("(i32.eqz {condition})");
                text.push(conditions(&format!("{name}.not"), &params, &negated));
            }
        }
        for (form, a) in [("local", local[0].to_string()), ("constant", constant[0].clone())] {
            for op in UNARY {
                text.push(format!(
                    "(func (export \"{ty}.{op}.{form}\") {params} (result {ty}) ({ty}.{op} {a}))"
                ));
            }
            let condition = format!("({ty}.eqz {a})");
            text.push(conditions(&format!("{ty}.eqz.{form}"), &params, &condition));
            for (bytes, sign) in [("8", "_s"), ("8", "_u"), ("16", "_s"), ("16", "_u")] {
                text.push(format!("(func (export \"{ty}.load{bytes}{sign}.{form}\") {params} (result {ty})
                       ({ty}.store{bytes} offset=5 (i32.const 1) {a}) ({ty}.load{bytes}{sign} (i32.const 6)))"));
            }
        }
    }
    for (form, a) in [
        ("local", "(local.get 0)".to_string()),
        ("constant", format!("(i64.const {})", x as i64)),
    ] {
        text.push(format!(
            "(func (export \"i64.wrap.{form}\") (param i64 i64) (result i32) (i32.wrap_i64 {a}))
             (func (export \"i64.extend32_s.{form}\") (param i64 i64) (result i64) (i64.extend32_s {a}))
             (func (export \"i64.load32.{form}\") (param i64 i64) (result i64)
               (i64.store32 offset=5 (i32.const 1) {a})
               (i64.xor (i64.load32_s (i32.const 6)) (i64.load32_u (i32.const 6))))"
        ));
    }
    for (form, a) in [
        ("local", "(local.get 0)".to_string()),
        ("constant", format!("(i32.const {})", x as i32)),
    ] {
        text.push(format!(
            "(func (export \"i32.extend_s.{form}\") (param i32 i32) (result i64) (i64.extend_i32_s {a}))
             (func (export \"i32.extend_u.{form}\") (param i32 i32) (result i64) (i64.extend_i32_u {a}))"
        ));
    }
    text
}

/// Operands in locals, and a constant on either side or on both.
fn forms<'a>(local: &[&'a str; 2], constant: &'a [String; 2]) -> [(&'static str, &'a str, &'a str); 4] {
    let [x, y] = constant;
    [
        ("ll", local[0], local[1]),
        ("lc", local[0], y),
        ("cl", x, local[1]),
        ("cc", x, y),
    ]
}

/// A condition as a value, as a condition of `br_if`, `if` and `select`, and of `br_if` with a
/// value.
fn conditions(name: &str, params: &str, condition: &str) -> String {
    format!(
        "(func (export \"{name}\") {params} (result i32) {condition})
         (func (export \"{name}.br_if\") {params} (result i32)
           (block (br_if 0 {condition}) (return (i32.const 5))) (i32.const 6))
         (func (export \"{name}.br_if.value\") {params} (result i32)
           (block (result i32) (i32.const 1) (br_if 0 (i32.const 7) {condition}) (i32.add)))
         (func (export \"{name}.if\") {params} (result i32)
           (if (result i32) {condition} (then (i32.const 5)) (else (i32.const 6))))
         (func (export \"{name}.select\") {params} (result i32)
           (select (i32.const 5) (i32.const 6) {condition}))
         (func (export \"{name}.select.slot\") {params} (result i32)
           (select (memory.size) (i32.const 6) {condition}))"
    )
}

/// Numbers near powers of two, small ones, and any.
fn operand() -> impl Strategy<Value = u64> {
    prop_oneof![
        (0u32..64, -2i64..=2).prop_map(|(bit, offset)| (1u64 << bit).wrapping_add(offset as u64)),
        (0u32..64, -2i64..=2)
            .prop_map(|(bit, offset)| (1u64 << bit).wrapping_add(offset as u64).wrapping_neg()),
        (-70i64..70).prop_map(|small| small as u64),
        any::<u64>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn operations_agree_with_wasmi(x in operand(), y in operand()) {
        for module in modules(x, y) {
            let wasm = wat::parse_str(module).unwrap();
            let program = compile_with_entry(&wasm, None).unwrap();
            let executor = Executor::new(&program);
            let mut pair = Pair::new(&executor, &program, &wasm).unwrap();
            for (name, _) in &program.exports {
                let mask = if name.starts_with("i32") { u64::from(u32::MAX) } else { u64::MAX };
                let arguments = [x & mask, y & mask];
                let returned = if let Some((condition, _)) = name.split_once(".select") {
                    // wasmi 2.0.0 takes the wrong operand of a select whose condition is i32.eqz,
                    // so here the oracle is the condition itself, which is compared with wasmi's as
                    // a function of its own.
                    let holds = pair.invoke(condition, &arguments) == Ok(vec![1]);
                    let chosen = if !holds { 6 } else if name.ends_with("slot") { 1 } else { 5 };
                    prop_assert_eq!(pair.invoke_ours(name, &arguments), Ok(vec![chosen]), "{}", name);
                    Ok(vec![chosen])
                } else {
                    pair.invoke(name, &arguments)
                };
                prop_assert_eq!(check_traced(&program, name, &arguments), Some(returned), "{}", name);
            }
        }
    }
}

/// Operations whose code depends on the constant on the right.
const WITH_CONSTANT: [&str; 9] = [
    "shl", "shr_s", "shr_u", "rotl", "rotr", "div_s", "div_u", "rem_s", "rem_u",
];

/// Numbers with different bits everywhere, and the ones at the ends of signed and unsigned ranges.
const NUMBERS: [u64; 8] = [
    0x0123_4567_89ab_cdef,
    0xfedc_ba98_7654_3210,
    0,
    1,
    1 << 31,
    1 << 63,
    (1 << 31) - 1,
    u64::MAX,
];

#[test]
fn every_small_constant_on_the_right_agrees_with_wasmi() {
    for constant in -65i64..=65 {
        let mut text = String::new();
        for (ty, op) in ["i32", "i64"]
            .iter()
            .flat_map(|ty| WITH_CONSTANT.map(|op| (ty, op)))
        {
            text += &format!(
                "(func (export \"{ty}.{op}\") (param {ty}) (result {ty}) ({ty}.{op} (local.get 0) ({ty}.const {constant})))
                 (func (export \"{ty}.{op}.local\") (param {ty} {ty}) (result {ty}) ({ty}.{op} (local.get 0) (local.get 1)))"
            );
        }
        let wasm = wat::parse_str(format!("(module {text})")).unwrap();
        let program = compile_with_entry(&wasm, None).unwrap();
        let executor = Executor::new(&program);
        let mut pair = Pair::new(&executor, &program, &wasm).unwrap();
        for ((name, _), number) in program
            .exports
            .iter()
            .flat_map(|export| NUMBERS.map(|x| (export, x)))
        {
            let mask = if name.starts_with("i32") {
                u64::from(u32::MAX)
            } else {
                u64::MAX
            };
            let arguments = [number & mask, constant as u64 & mask];
            let parameters = if name.ends_with("local") { 2 } else { 1 };
            let returned = pair.invoke(name, &arguments[..parameters]);
            let may_trap = name.contains("div") || name.contains("rem");
            assert!(may_trap || returned.is_ok(), "{name}{arguments:?}: {returned:?}");
        }
    }
}
