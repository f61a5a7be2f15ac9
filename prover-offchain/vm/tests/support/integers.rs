//! Turns a module with floats into one without, so that tests whose point is not floats can be used: `f32` becomes
//! `i32`, `f64` becomes `i64`, and each float instruction some integer instruction of the same shape.

use wasm_encoder::{
    reencode::{Error, Reencode},
    Instruction, Module, ValType,
};
use wasmparser::Operator;

struct Integers;

/// Returns the module without floats.
pub(crate) fn without_floats(wasm: &[u8]) -> Vec<u8> {
    let mut module = Module::new();
    let parser = wasmparser::Parser::new(0);
    Integers
        .parse_core_module(&mut module, parser, wasm)
        .expect("a valid module");
    module.finish()
}

impl Reencode for Integers {
    type Error = core::convert::Infallible;

    fn val_type(&mut self, ty: wasmparser::ValType) -> Result<ValType, Error<Self::Error>> {
        Ok(match ty {
            wasmparser::ValType::F32 => ValType::I32,
            wasmparser::ValType::F64 => ValType::I64,
            other => wasm_encoder::reencode::utils::val_type(self, other)?,
        })
    }

    fn instruction<'a>(&mut self, operator: Operator<'a>) -> Result<Instruction<'a>, Error<Self::Error>> {
        use Instruction as To;
        use Operator::*;
        Ok(match operator {
            F32Const { value } => To::I32Const(value.bits() as i32),
            F64Const { value } => To::I64Const(value.bits() as i64),
            F32Load { memarg } => To::I32Load(self.mem_arg(memarg)?),
            F64Load { memarg } => To::I64Load(self.mem_arg(memarg)?),
            F32Store { memarg } => To::I32Store(self.mem_arg(memarg)?),
            F64Store { memarg } => To::I64Store(self.mem_arg(memarg)?),
            F32Eq => To::I32Eq,
            F32Ne => To::I32Ne,
            F32Lt => To::I32LtS,
            F32Gt => To::I32GtS,
            F32Le => To::I32LeU,
            F32Ge => To::I32GeU,
            F64Eq => To::I64Eq,
            F64Ne => To::I64Ne,
            F64Lt => To::I64LtS,
            F64Gt => To::I64GtS,
            F64Le => To::I64LeU,
            F64Ge => To::I64GeU,
            F32Abs | F32Ceil => To::I32Clz,
            F32Neg | F32Floor => To::I32Ctz,
            F32Trunc | F32Nearest | F32Sqrt => To::I32Popcnt,
            F64Abs | F64Ceil => To::I64Clz,
            F64Neg | F64Floor => To::I64Ctz,
            F64Trunc | F64Nearest | F64Sqrt => To::I64Popcnt,
            F32Add => To::I32Add,
            F32Sub => To::I32Sub,
            F32Mul => To::I32Mul,
            F32Div => To::I32DivS,
            F32Min => To::I32Rotl,
            F32Max => To::I32Rotr,
            F32Copysign => To::I32ShrS,
            F64Add => To::I64Add,
            F64Sub => To::I64Sub,
            F64Mul => To::I64Mul,
            F64Div => To::I64DivS,
            F64Min => To::I64Rotl,
            F64Max => To::I64Rotr,
            F64Copysign => To::I64ShrS,
            I32TruncF32S | I32TruncF32U | F32ConvertI32S | F32ConvertI32U | I32ReinterpretF32
            | F32ReinterpretI32 | I64TruncF64S | I64TruncF64U | F64ConvertI64S | F64ConvertI64U
            | I64ReinterpretF64 | F64ReinterpretI64 => To::Nop,
            I32TruncF64S | I32TruncF64U | F32ConvertI64S | F32ConvertI64U | F32DemoteF64 => To::I32WrapI64,
            I64TruncF32S | F64ConvertI32S => To::I64ExtendI32S,
            I64TruncF32U | F64ConvertI32U | F64PromoteF32 => To::I64ExtendI32U,
            other => wasm_encoder::reencode::utils::instruction(self, other)?,
        })
    }
}
