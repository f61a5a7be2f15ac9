//! Every float instruction, as it is compiled, on special and on generated numbers, with wasmi as
//! the oracle.

mod support;

#[path = "../../floats/tests/support/numbers.rs"]
mod numbers;

use std::collections::BTreeMap;

use numbers::Random;
use support::oracle::{check_traced, Pair};
use zkfusion_floats::{Double, Single};
use zkfusion_vm::{
    compile, compile_with_entry, environment::Leaf, status, trace_batch, Executor, Message, Outcome, Program,
};

/// Numbers generated for each operand of each instruction.
const GENERATED: u64 = 400;

/// Of the pairs of special numbers, every so many is tried: the library's own tests try all.
const STRIDE: usize = 17;

/// Ordinary operands over which steps are averaged.
const SAMPLES: u64 = 1_000;

const UNARY: [&str; 7] = ["abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt"];
const BINARY: [&str; 7] = ["add", "sub", "mul", "div", "min", "max", "copysign"];
const COMPARE: [&str; 6] = ["eq", "ne", "lt", "gt", "le", "ge"];
const BITS: [&str; 3] = ["abs", "neg", "copysign"];
const OTHERS: [&str; 30] = [
    "f32.demote_f64",
    "f64.promote_f32",
    "f32.convert_i32_s",
    "f32.convert_i32_u",
    "f32.convert_i64_s",
    "f32.convert_i64_u",
    "f64.convert_i32_s",
    "f64.convert_i32_u",
    "f64.convert_i64_s",
    "f64.convert_i64_u",
    "i32.trunc_f32_s",
    "i32.trunc_f32_u",
    "i32.trunc_f64_s",
    "i32.trunc_f64_u",
    "i64.trunc_f32_s",
    "i64.trunc_f32_u",
    "i64.trunc_f64_s",
    "i64.trunc_f64_u",
    "i32.trunc_sat_f32_s",
    "i32.trunc_sat_f32_u",
    "i32.trunc_sat_f64_s",
    "i32.trunc_sat_f64_u",
    "i64.trunc_sat_f32_s",
    "i64.trunc_sat_f32_u",
    "i64.trunc_sat_f64_s",
    "i64.trunc_sat_f64_u",
    "i32.reinterpret_f32",
    "i64.reinterpret_f64",
    "f32.reinterpret_i32",
    "f64.reinterpret_i64",
];

/// An instruction and its types.
struct Instruction {
    name: String,
    operand: String,
    operands: usize,
    result: String,
}

impl Instruction {
    fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for ty in ["f32", "f64"] {
            let mut add = |operations: &[&str], operands, result: &str| {
                all.extend(operations.iter().map(|operation| Self {
                    name: format!("{ty}.{operation}"),
                    operand: ty.into(),
                    operands,
                    result: result.into(),
                }));
            };
            add(&UNARY, 1, ty);
            add(&BINARY, 2, ty);
            add(&COMPARE, 2, "i32");
        }
        all.extend(OTHERS.iter().map(|name| {
            Self {
                name: name.to_string(),
                operand: name
                    .split(['.', '_'])
                    .find(|part| *part != &name[..3] && is_type(part))
                    .unwrap()
                    .into(),
                operands: 1,
                result: name[..3].into(),
            }
        }));
        all
    }

    /// A function that does nothing else, its operands in locals.
    fn function(&self) -> String {
        let params = vec![self.operand.as_str(); self.operands].join(" ");
        let operands: String = (0..self.operands)
            .map(|local| format!("(local.get {local})"))
            .collect();
        format!(
            "(func (export \"{0}\") (param {params}) (result {1}) ({0} {operands}))",
            self.name, self.result
        )
    }

    /// Whether NaNs must be canonical in the result.
    fn computes_a_float(&self) -> bool {
        let (_, operation) = self.name.split_once('.').unwrap();
        self.result.starts_with('f') && !BITS.contains(&operation) && !operation.starts_with("reinterpret")
    }

    /// Special operands, alone or with one another, and generated ones.
    fn operands(&self, random: &mut Random) -> Vec<Vec<u64>> {
        let special = match self.operand.as_str() {
            "f32" => numbers::special::<Single>(),
            "f64" => numbers::special::<Double>(),
            _ => (0..64)
                .flat_map(|bit| [1 << bit, (1u64 << bit) - 1, (1u64 << bit).wrapping_neg()])
                .collect(),
        };
        let mut operands: Vec<Vec<u64>> = match self.operands {
            1 => special.iter().map(|a| vec![*a]).collect(),
            _ => special
                .iter()
                .flat_map(|a| special.iter().map(move |b| vec![*a, *b]))
                .step_by(STRIDE)
                .collect(),
        };
        operands.extend((0..GENERATED).map(|_| {
            let (a, b) = match self.operand.as_str() {
                "f32" => numbers::pair::<Single>(random),
                "f64" => numbers::pair::<Double>(random),
                _ => (numbers::word(random), 0),
            };
            vec![a, b]
        }));
        let mask = if self.operand.ends_with("32") {
            u64::from(u32::MAX)
        } else {
            u64::MAX
        };
        for operands in &mut operands {
            operands.truncate(self.operands);
            operands.iter_mut().for_each(|operand| *operand &= mask);
        }
        operands
    }
}

fn is_type(part: &str) -> bool {
    ["i32", "i64", "f32", "f64"].contains(&part)
}

/// A module with a function for each instruction, and the program.
fn compiled(instructions: &[Instruction]) -> (Vec<u8>, Program) {
    let functions: String = instructions.iter().map(Instruction::function).collect();
    let wasm = wat::parse_str(format!("(module {functions})")).unwrap();
    let program = compile_with_entry(&wasm, None).unwrap();
    (wasm, program)
}

#[test]
fn instructions_agree_with_wasmi_and_make_canonical_nans() {
    let instructions = Instruction::all();
    let (wasm, program) = compiled(&instructions);
    let executor = Executor::new(&program);
    let mut pair = Pair::new(&executor, &program, &wasm).unwrap();
    let mut random = Random::new(11);
    for instruction in &instructions {
        let mut traps = 0;
        for (index, operands) in instruction.operands(&mut random).into_iter().enumerate() {
            let returned = pair.invoke(&instruction.name, &operands);
            traps += u32::from(returned.is_err());
            if let (Ok(results), true) = (&returned, instruction.computes_a_float()) {
                let canonical = match instruction.result.as_str() {
                    "f32" => !f32::from_bits(results[0] as u32).is_nan() || results[0] == 0x7fc0_0000,
                    _ => !f64::from_bits(results[0]).is_nan() || results[0] == 0x7ff8_0000_0000_0000,
                };
                assert!(canonical, "{}{operands:x?}: {:#x}", instruction.name, results[0]);
            }
            // Tracing is slower.
            if index % 16 == 0 {
                let traced = check_traced(&program, &instruction.name, &operands);
                assert_eq!(traced, Some(returned), "{}{operands:x?}", instruction.name);
            }
        }
        assert_eq!(
            traps > 0,
            instruction.name.contains("trunc_f"),
            "{}",
            instruction.name
        );
    }
}

#[test]
fn conversions_that_trap_say_why() {
    let (wasm, program) = compiled(&Instruction::all());
    let executor = Executor::new(&program);
    let mut pair = Pair::new(&executor, &program, &wasm).unwrap();
    for (name, operand, trap) in [
        (
            "i32.trunc_f32_s",
            u64::from(f32::NAN.to_bits()),
            status::INVALID_CONVERSION,
        ),
        (
            "i32.trunc_f32_s",
            u64::from(f32::INFINITY.to_bits()),
            status::OVERFLOW,
        ),
        ("i32.trunc_f32_u", u64::from((-1f32).to_bits()), status::OVERFLOW),
        (
            "i64.trunc_f64_u",
            (-f64::NAN).to_bits(),
            status::INVALID_CONVERSION,
        ),
        ("i64.trunc_f64_s", 2f64.powi(63).to_bits(), status::OVERFLOW),
    ] {
        assert_eq!(pair.invoke(name, &[operand]), Err(trap), "{name}");
        assert_eq!(
            check_traced(&program, name, &[operand]),
            Some(Err(trap)),
            "{name}"
        );
    }
}

#[test]
fn only_what_is_used_is_linked() {
    let size = |body: &str| {
        let wasm = wat::parse_str(format!("(module (func (param f64 f64) (result f64) {body}))")).unwrap();
        compile_with_entry(&wasm, None).unwrap().code.len()
    };
    let nothing = size("(local.get 0)");
    assert!(size("(f64.neg (local.get 0))") <= nothing + 2);
    let max = size("(f64.max (local.get 0) (local.get 1))");
    assert!((nothing + 10..nothing + 40).contains(&max), "{max} instructions");
    let add = size("(f64.add (local.get 0) (local.get 1))");
    assert!(
        (nothing + 100..nothing + 500).contains(&add),
        "{add} instructions"
    );
    let both = size("(f64.sub (f64.add (local.get 0) (local.get 1)) (local.get 1))");
    assert!(both < add + 10, "{both} instructions");
}

/// Steps of a message that takes operands from its tape into locals and does something with them,
/// for each of some operands; `None` if it traps.
fn steps(instruction: &Instruction, body: &str, operands: &[Vec<u64>]) -> Vec<Option<u64>> {
    let take = match instruction.operand.as_str() {
        "i32" => "(i32.wrap_i64 (call $next))",
        "i64" => "(call $next)",
        "f32" => "(f32.reinterpret_i32 (i32.wrap_i64 (call $next)))",
        _ => "(f64.reinterpret_i64 (call $next))",
    };
    let wasm = wat::parse_str(format!(
        r#"(module (import "env" "inbox_next" (func $next (result i64)))
             (func (export "zkmain") (local {operand} {operand} {result})
               (local.set 0 {take}) (local.set 1 {take}) {body}))"#,
        operand = instruction.operand,
        result = instruction.result
    ));
    let program = compile(&wasm.unwrap()).unwrap();
    let messages: Vec<Message> = operands
        .iter()
        .map(|operands| Message {
            tape: operands.clone(),
            fuel_limit: u64::MAX,
        })
        .collect();
    let outcomes = trace_batch(&program, &messages, Leaf::default(), &mut BTreeMap::new()).outcomes;
    let steps = |outcome: &Outcome| (outcome.status == status::OK).then_some(outcome.steps);
    outcomes.iter().map(steps).collect()
}

/// Operands as programs have them: numbers between 2^-8 and 2^8 of either sign (but for roots),
/// integers below 2^16.
fn ordinary(instruction: &Instruction, random: &mut Random) -> Vec<u64> {
    let operand = |random: &mut Random| {
        let (sign, exponent, fraction) = (random.below(2), random.below(16), random.next());
        let sign = if instruction.name.ends_with("sqrt") {
            0
        } else {
            sign
        };
        match instruction.operand.as_str() {
            "f32" => sign << 31 | (127 - 8 + exponent) << 23 | fraction >> 41,
            "f64" => sign << 63 | (1023 - 8 + exponent) << 52 | fraction >> 12,
            "i32" => fraction >> (48 + exponent),
            _ => fraction >> (48 + exponent),
        }
    };
    (0..instruction.operands).map(|_| operand(random)).collect()
}

/// The table in `docs/vm.md`: what each instruction takes with operands in locals and the result
/// set to a local, for ordinary operands in the mean and for any at most.
#[test]
fn steps_are_as_documented() {
    let documentation = include_str!("../../../docs/vm.md");
    let mut rows: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut random = Random::new(12);
    for instruction in Instruction::all() {
        if instruction.name.contains("reinterpret") {
            continue;
        }
        let empty = steps(&instruction, "", &[vec![]])[0].unwrap();
        let locals = ["(local.get 0)", "(local.get 1)"][..instruction.operands].concat();
        let body = format!("(local.set 2 ({} {locals}))", instruction.name);
        let measured = |operands: &[Vec<u64>]| -> Vec<u64> {
            let steps = steps(&instruction, &body, operands);
            steps.into_iter().flatten().map(|steps| steps - empty).collect()
        };
        let samples: Vec<_> = (0..SAMPLES)
            .map(|_| ordinary(&instruction, &mut random))
            .collect();
        let samples = measured(&samples);
        let mean = samples.iter().sum::<u64>() as f64 / samples.len() as f64;
        let most = measured(&instruction.operands(&mut random))
            .into_iter()
            .max()
            .unwrap();
        let (operation, column) = row_and_column(&instruction);
        let row = rows.entry(operation).or_default();
        row.insert(column, format!("{mean:.0}, {most}"));
    }
    let missing: Vec<String> = rows
        .iter()
        .map(|(operation, cells)| {
            let cell = |column| cells.get(column).map_or("", String::as_str);
            format!("| `{operation}` | {} | {} |", cell("f32"), cell("f64"))
        })
        .filter(|row| !documentation.contains(row.as_str()))
        .collect();
    assert!(missing.is_empty(), "docs/vm.md lacks\n{}", missing.join("\n"));
}

/// The documented name of an instruction, and the float type under which it is listed.
fn row_and_column(instruction: &Instruction) -> (String, String) {
    let name = &instruction.name;
    let (ty, operation) = name.split_once('.').unwrap();
    if ty.starts_with('f') {
        return (operation.into(), ty.into());
    }
    let row = name.replace(&instruction.operand, "f");
    (row, instruction.operand.clone())
}
