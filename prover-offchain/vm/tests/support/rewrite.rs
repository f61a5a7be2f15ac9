//! Rewrites modules: exchanges instructions for others of their type, makes NaNs canonical, exports
//! everything.

use std::{convert::Infallible, mem::discriminant};

use rand::{rngs::StdRng, seq::SliceRandom, Rng};
use wasm_encoder::{
    reencode::{utils, Error, Reencode},
    CodeSection, ExportKind, ExportSection, Function, Ieee32, Ieee64,
    Instruction::{self, *},
    MemArg, Module, ValType,
};
use wasmparser::{CustomSectionReader, ExportSectionReader, FunctionBody, Parser, Payload, Validator};

/// Instructions of one type each, of which any can stand for any other.
const ALIKE: &[&[Instruction<'static>]] = &[
    &[
        I32Add, I32Sub, I32Mul, I32DivS, I32DivU, I32RemS, I32RemU, I32And, I32Or, I32Xor, I32Shl, I32ShrS,
        I32ShrU, I32Rotl, I32Rotr, I32Eq, I32Ne, I32LtS, I32LtU, I32GtS, I32GtU, I32LeS, I32LeU, I32GeS,
        I32GeU,
    ],
    &[
        I64Add, I64Sub, I64Mul, I64DivS, I64DivU, I64RemS, I64RemU, I64And, I64Or, I64Xor, I64Shl, I64ShrS,
        I64ShrU, I64Rotl, I64Rotr,
    ],
    &[
        I64Eq, I64Ne, I64LtS, I64LtU, I64GtS, I64GtU, I64LeS, I64LeU, I64GeS, I64GeU,
    ],
    &[I32Clz, I32Ctz, I32Popcnt, I32Eqz, I32Extend8S, I32Extend16S],
    &[I64Clz, I64Ctz, I64Popcnt, I64Extend8S, I64Extend16S, I64Extend32S],
    &[I64ExtendI32S, I64ExtendI32U],
    &[I32WrapI64, I64Eqz],
    &[F32Add, F32Sub, F32Mul, F32Div, F32Min, F32Max, F32Copysign],
    &[F64Add, F64Sub, F64Mul, F64Div, F64Min, F64Max, F64Copysign],
    &[F32Eq, F32Ne, F32Lt, F32Gt, F32Le, F32Ge],
    &[F64Eq, F64Ne, F64Lt, F64Gt, F64Le, F64Ge],
    &[F32Abs, F32Neg, F32Ceil, F32Floor, F32Trunc, F32Nearest, F32Sqrt],
    &[F64Abs, F64Neg, F64Ceil, F64Floor, F64Trunc, F64Nearest, F64Sqrt],
    &[
        I32TruncF32S,
        I32TruncF32U,
        I32TruncSatF32S,
        I32TruncSatF32U,
        I32ReinterpretF32,
    ],
    &[I32TruncF64S, I32TruncF64U, I32TruncSatF64S, I32TruncSatF64U],
    &[I64TruncF32S, I64TruncF32U, I64TruncSatF32S, I64TruncSatF32U],
    &[
        I64TruncF64S,
        I64TruncF64U,
        I64TruncSatF64S,
        I64TruncSatF64U,
        I64ReinterpretF64,
    ],
    &[F32ConvertI32S, F32ConvertI32U, F32ReinterpretI32],
    &[F64ConvertI64S, F64ConvertI64U, F64ReinterpretI64],
    &[F32ConvertI64S, F32ConvertI64U],
    &[F64ConvertI32S, F64ConvertI32U],
];

/// Loads and stores by the type of what is loaded or stored.
const LOADS_OF_I32: [fn(MemArg) -> Instruction<'static>; 5] =
    [I32Load, I32Load8S, I32Load8U, I32Load16S, I32Load16U];
const LOADS_OF_I64: [fn(MemArg) -> Instruction<'static>; 7] = [
    I64Load, I64Load8S, I64Load8U, I64Load16S, I64Load16U, I64Load32S, I64Load32U,
];
const STORES_OF_I32: [fn(MemArg) -> Instruction<'static>; 3] = [I32Store, I32Store8, I32Store16];
const STORES_OF_I64: [fn(MemArg) -> Instruction<'static>; 4] = [I64Store, I64Store8, I64Store16, I64Store32];

/// Instructions in place of which another one can stand, of which the one in [`ONE_IN`] does.
const ONE_IN: [u32; 4] = [4, 16, 64, u32::MAX];

/// Returns a module with some instructions exchanged for others, with canonical NaNs and with
/// everything exported; as it is if it is not valid.
pub(crate) fn rewrite(wasm: &[u8], random: &mut StdRng) -> Vec<u8> {
    let Ok(types) = Validator::new().validate_all(wasm) else {
        return wasm.to_vec();
    };
    let types = types.as_ref();
    let bodies = Parser::new(0)
        .parse_all(wasm)
        .filter(|payload| matches!(payload, Ok(Payload::CodeSectionEntry(_))))
        .count() as u32;
    let defined = types.function_count() - bodies..types.function_count();
    let parameters = defined.clone().map(|function| {
        types[types.core_function_at(function)]
            .unwrap_func()
            .params()
            .len() as u32
    });
    let mut rewriter = Rewriter {
        parameters: parameters.collect::<Vec<_>>().into_iter(),
        exports: (defined.map(|index| (ExportKind::Func, index)))
            .chain((0..types.global_count()).map(|index| (ExportKind::Global, index)))
            .chain((0..types.memory_count()).map(|index| (ExportKind::Memory, index)))
            .collect(),
        one_in: ONE_IN[random.gen_range(0..ONE_IN.len())],
        random,
    };
    let mut module = Module::new();
    match rewriter.parse_core_module(&mut module, Parser::new(0), wasm) {
        Ok(()) => module.finish(),
        Err(error) => panic!("a valid module is not encoded again: {error}"),
    }
}

struct Rewriter<'r> {
    /// Numbers of the functions' parameters, of those whose bodies are still to come.
    parameters: std::vec::IntoIter<u32>,
    /// What is to be exported.
    exports: Vec<(ExportKind, u32)>,
    one_in: u32,
    random: &'r mut StdRng,
}

impl Reencode for Rewriter<'_> {
    type Error = Infallible;

    /// Rewrites a function, which gets two locals for numbers that may be NaNs.
    fn parse_function_body(&mut self, code: &mut CodeSection, body: FunctionBody<'_>) -> Result<(), Error> {
        let mut single = self.parameters.next().expect("as many types as bodies");
        let mut locals = Vec::new();
        for group in body.get_locals_reader()? {
            let (count, ty) = group?;
            single += count;
            locals.push((count, self.val_type(ty)?));
        }
        locals.extend([(1, ValType::F32), (1, ValType::F64)]);
        let mut function = Function::new(locals);
        let mut operators = body.get_operators_reader()?;
        while !operators.eof() {
            let instruction = self.parse_instruction(&mut operators)?;
            let instruction = match self.random.gen_ratio(1, self.one_in) {
                true => self.other(instruction),
                false => instruction,
            };
            function.instruction(&instruction);
            for instruction in canonical_nan(&instruction, single) {
                function.instruction(&instruction);
            }
        }
        code.function(&function);
        Ok(())
    }

    /// Leaves out custom sections, which may hold anything.
    fn parse_custom_section(&mut self, _: &mut Module, _: CustomSectionReader<'_>) -> Result<(), Error> {
        Ok(())
    }

    /// Exports everything, under names that nothing else has.
    fn parse_export_section(
        &mut self,
        exports: &mut ExportSection,
        section: ExportSectionReader<'_>,
    ) -> Result<(), Error> {
        utils::parse_export_section(self, exports, section)?;
        for (kind, index) in &self.exports {
            exports.export(&format!("any {kind:?} {index}"), *kind, *index);
        }
        Ok(())
    }
}

impl Rewriter<'_> {
    /// Returns an instruction that can stand where this one does.
    fn other<'a>(&mut self, instruction: Instruction<'a>) -> Instruction<'a> {
        let (small, word) = (
            self.random.gen_range(-9..9),
            self.random.gen::<u64>() >> self.random.gen_range(0..64),
        );
        match instruction {
            I32Const(value) => I32Const(
                *[small, value.wrapping_add(small), word as i32]
                    .choose(self.random)
                    .unwrap(),
            ),
            I64Const(value) => {
                let small = i64::from(small);
                I64Const(
                    *[small, value.wrapping_add(small), word as i64]
                        .choose(self.random)
                        .unwrap(),
                )
            }
            F32Const(value) => F32Const(Ieee32::new(value.bits() ^ (word as u32).rotate_right(9))),
            F64Const(value) => F64Const(Ieee64::new(value.bits() ^ word.rotate_right(12))),
            I32Load(place) | I32Load8S(place) | I32Load8U(place) | I32Load16S(place) | I32Load16U(place) => {
                self.access(&LOADS_OF_I32, place)
            }
            I64Load(place) | I64Load8S(place) | I64Load8U(place) | I64Load16S(place) | I64Load16U(place)
            | I64Load32S(place) | I64Load32U(place) => self.access(&LOADS_OF_I64, place),
            I32Store(place) | I32Store8(place) | I32Store16(place) => self.access(&STORES_OF_I32, place),
            I64Store(place) | I64Store8(place) | I64Store16(place) | I64Store32(place) => {
                self.access(&STORES_OF_I64, place)
            }
            instruction => {
                let kind = discriminant(&instruction);
                let alike = ALIKE
                    .iter()
                    .find(|alike| alike.iter().any(|member| discriminant(member) == kind));
                match alike.and_then(|alike| alike.choose(self.random)) {
                    Some(other) => other.clone(),
                    None => instruction,
                }
            }
        }
    }

    /// Returns a load or store near the same place; any alignment is allowed for bytes.
    fn access(
        &mut self,
        alike: &[fn(MemArg) -> Instruction<'static>],
        place: MemArg,
    ) -> Instruction<'static> {
        let place = MemArg {
            offset: place.offset ^ self.random.gen_range(0..16),
            align: 0,
            ..place
        };
        alike.choose(self.random).unwrap()(place)
    }
}

/// Returns what makes the instruction's result canonical if it may be any NaN. The locals from
/// `single` on are an `f32` and an `f64`.
fn canonical_nan(instruction: &Instruction<'_>, single: u32) -> Vec<Instruction<'static>> {
    let double = single + 1;
    match instruction {
        F32Add | F32Sub | F32Mul | F32Div | F32Min | F32Max | F32Sqrt | F32Ceil | F32Floor | F32Trunc
        | F32Nearest | F32DemoteF64 => vec![
            LocalTee(single),
            F32Const(Ieee32::new(0x7fc0_0000)),
            LocalGet(single),
            LocalGet(single),
            F32Eq,
            Select,
        ],
        F64Add | F64Sub | F64Mul | F64Div | F64Min | F64Max | F64Sqrt | F64Ceil | F64Floor | F64Trunc
        | F64Nearest | F64PromoteF32 => vec![
            LocalTee(double),
            F64Const(Ieee64::new(0x7ff8_0000_0000_0000)),
            LocalGet(double),
            LocalGet(double),
            F64Eq,
            Select,
        ],
        _ => vec![],
    }
}
