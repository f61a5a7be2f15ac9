//! One WebAssembly instruction at a time.

use wasmparser::Operator;

use super::{
    bulk::{Bulk, Space},
    compare::Order::{Greater, GreaterOrEqual, Less, LessOrEqual},
    function::Function,
    routines::Count,
    shift::Shift,
    stack::Entry,
};
use crate::{isa::Sub, status, CompileError};

impl Function<'_, '_, '_> {
    /// Lowers an instruction; in code that cannot be reached only the nesting of blocks is
    /// followed.
    pub(super) fn operator(&mut self, operator: Operator<'_>) -> Result<(), CompileError> {
        if self.dead {
            match operator {
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => self.dead_depth += 1,
                Operator::End if self.dead_depth > 0 => self.dead_depth -= 1,
                Operator::End => self.end()?,
                Operator::Else if self.dead_depth == 0 => self.otherwise()?,
                _ => {}
            }
            return Ok(());
        }
        match operator {
            Operator::Nop => Ok(()),
            Operator::Unreachable => {
                self.asm().end(status::UNREACHABLE);
                self.dead = true;
                Ok(())
            }
            Operator::Block { blockty } => self.block(blockty),
            Operator::Loop { blockty } => self.enter_loop(blockty),
            Operator::If { blockty } => self.enter_if(blockty),
            Operator::Else => self.otherwise(),
            Operator::End => self.end(),
            Operator::Br { relative_depth } => self.br(relative_depth),
            Operator::BrIf { relative_depth } => self.br_if(relative_depth),
            Operator::BrTable { targets } => self.br_table(&targets),
            Operator::Return => {
                self.leave()?;
                self.dead = true;
                Ok(())
            }
            Operator::Call { function_index } => self.call(function_index),
            Operator::CallIndirect {
                type_index,
                table_index,
            } => self.call_indirect(table_index, type_index),
            Operator::ReturnCall { function_index } => self.return_call(function_index),
            Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => self.return_call_indirect(table_index, type_index),
            Operator::Drop => self.pop().map(drop),
            Operator::Select | Operator::TypedSelect { .. } => self.select(),
            Operator::LocalGet { local_index } => {
                self.local_get(local_index);
                Ok(())
            }
            Operator::LocalSet { local_index } => self.local_set(local_index),
            Operator::LocalTee { local_index } => {
                self.local_set(local_index)?;
                self.local_get(local_index);
                Ok(())
            }
            Operator::GlobalGet { global_index } => self.global_get(global_index),
            Operator::GlobalSet { global_index } => self.global_set(global_index),
            Operator::I32Const { value } => {
                self.stack.push(Entry::Const(u64::from(value as u32)));
                Ok(())
            }
            Operator::I64Const { value } => {
                self.stack.push(Entry::Const(value as u64));
                Ok(())
            }
            Operator::RefNull { .. } => {
                self.stack.push(Entry::Const(0));
                Ok(())
            }
            Operator::RefIsNull => self.equal_zero(false),
            Operator::RefFunc { function_index } => {
                let d = self.push_slot();
                self.asm().reference(function_index, d);
                Ok(())
            }
            other => self.table_operator(&other),
        }
    }

    fn table_operator(&mut self, operator: &Operator<'_>) -> Result<(), CompileError> {
        use Operator::*;
        match *operator {
            TableGet { table } => self.table_get(table),
            TableSet { table } => self.table_set(table),
            TableSize { table } => self.table_size(table),
            TableGrow { table } => self.table_grow(table),
            TableFill { table } => self.bulk(Bulk::Fill(Space::Table(table))),
            TableCopy {
                dst_table, src_table, ..
            } => self.bulk(Bulk::Copy {
                to: Space::Table(dst_table),
                from: Space::Table(src_table),
            }),
            TableInit { elem_index, table } => self.bulk(Bulk::Copy {
                to: Space::Table(table),
                from: Space::Elements(elem_index),
            }),
            ElemDrop { elem_index } => self.drop_segment(Space::Elements(elem_index)),
            MemoryFill { .. } => self.memory_fill(),
            MemoryCopy { .. } => self.memory_copy(),
            MemoryInit { data_index, .. } => self.bulk(Bulk::Copy {
                to: Space::Memory,
                from: Space::Data(data_index),
            }),
            DataDrop { data_index } => self.drop_segment(Space::Data(data_index)),
            _ => self.memory_operator(operator),
        }
    }

    fn memory_operator(&mut self, operator: &Operator<'_>) -> Result<(), CompileError> {
        use Operator::*;
        match operator {
            I32Load8U { memarg } | I64Load8U { memarg } => self.load(memarg, 1),
            I32Load16U { memarg } | I64Load16U { memarg } => self.load(memarg, 2),
            I32Load { memarg } | I64Load32U { memarg } => self.load(memarg, 4),
            I64Load { memarg } => self.load(memarg, 8),
            I32Load8S { memarg } => self.load(memarg, 1).and_then(|()| self.sign_extend(8, true)),
            I32Load16S { memarg } => self.load(memarg, 2).and_then(|()| self.sign_extend(16, true)),
            I64Load8S { memarg } => self.load(memarg, 1).and_then(|()| self.sign_extend(8, false)),
            I64Load16S { memarg } => self.load(memarg, 2).and_then(|()| self.sign_extend(16, false)),
            I64Load32S { memarg } => self.load(memarg, 4).and_then(|()| self.sign_extend(32, false)),
            I32Store8 { memarg } => self.store(memarg, 1, true),
            I32Store16 { memarg } => self.store(memarg, 2, true),
            I32Store { memarg } => self.store(memarg, 4, true),
            I64Store8 { memarg } => self.store(memarg, 1, false),
            I64Store16 { memarg } => self.store(memarg, 2, false),
            I64Store32 { memarg } => self.store(memarg, 4, false),
            I64Store { memarg } => self.store(memarg, 8, false),
            MemorySize { .. } => {
                self.memory_size();
                Ok(())
            }
            MemoryGrow { .. } => self.memory_grow(),
            _ => self.comparison_operator(operator),
        }
    }

    fn comparison_operator(&mut self, operator: &Operator<'_>) -> Result<(), CompileError> {
        use Operator::*;
        match operator {
            I32Eqz => self.equal_zero(true),
            I64Eqz => self.equal_zero(false),
            I32Eq => self.equal(false, true),
            I32Ne => self.equal(true, true),
            I64Eq => self.equal(false, false),
            I64Ne => self.equal(true, false),
            I32LtS => self.ordered(Less, true, true),
            I32LtU => self.ordered(Less, false, true),
            I32GtS => self.ordered(Greater, true, true),
            I32GtU => self.ordered(Greater, false, true),
            I32LeS => self.ordered(LessOrEqual, true, true),
            I32LeU => self.ordered(LessOrEqual, false, true),
            I32GeS => self.ordered(GreaterOrEqual, true, true),
            I32GeU => self.ordered(GreaterOrEqual, false, true),
            I64LtS => self.ordered(Less, true, false),
            I64LtU => self.ordered(Less, false, false),
            I64GtS => self.ordered(Greater, true, false),
            I64GtU => self.ordered(Greater, false, false),
            I64LeS => self.ordered(LessOrEqual, true, false),
            I64LeU => self.ordered(LessOrEqual, false, false),
            I64GeS => self.ordered(GreaterOrEqual, true, false),
            I64GeU => self.ordered(GreaterOrEqual, false, false),
            _ => self.numeric_operator(operator),
        }
    }

    fn numeric_operator(&mut self, operator: &Operator<'_>) -> Result<(), CompileError> {
        use Operator::*;
        match operator {
            I32Clz => self.count(Count::LeadingZeros, true),
            I32Ctz => self.count(Count::TrailingZeros, true),
            I32Popcnt => self.count(Count::Ones, true),
            I64Clz => self.count(Count::LeadingZeros, false),
            I64Ctz => self.count(Count::TrailingZeros, false),
            I64Popcnt => self.count(Count::Ones, false),
            I32Add => self.add(true),
            I64Add => self.add(false),
            I32Sub => self.sub(true),
            I64Sub => self.sub(false),
            I32Mul => self.mul(true),
            I64Mul => self.mul(false),
            I32DivS => self.divide_signed(false, true),
            I32DivU => self.divide_unsigned(false, true),
            I32RemS => self.divide_signed(true, true),
            I32RemU => self.divide_unsigned(true, true),
            I64DivS => self.divide_signed(false, false),
            I64DivU => self.divide_unsigned(false, false),
            I64RemS => self.divide_signed(true, false),
            I64RemU => self.divide_unsigned(true, false),
            I32And => self.bits(Sub::S0, true),
            I64And => self.bits(Sub::S0, false),
            I32Or => self.bits(Sub::S1, true),
            I64Or => self.bits(Sub::S1, false),
            I32Xor => self.bits(Sub::S2, true),
            I64Xor => self.bits(Sub::S2, false),
            I32Shl => self.shift(Shift::Left, true),
            I64Shl => self.shift(Shift::Left, false),
            I32ShrU => self.shift(Shift::RightUnsigned, true),
            I64ShrU => self.shift(Shift::RightUnsigned, false),
            I32ShrS => self.shift(Shift::RightSigned, true),
            I64ShrS => self.shift(Shift::RightSigned, false),
            I32Rotl => self.shift(Shift::RotateLeft, true),
            I64Rotl => self.shift(Shift::RotateLeft, false),
            I32Rotr => self.shift(Shift::RotateRight, true),
            I64Rotr => self.shift(Shift::RotateRight, false),
            I32WrapI64 => self.wrap(),
            // An i32 is kept zero-extended.
            I64ExtendI32U => Ok(()),
            I64ExtendI32S => self.extend_i32_s(),
            I32Extend8S => self.sign_extend(8, true),
            I32Extend16S => self.sign_extend(16, true),
            I64Extend8S => self.sign_extend(8, false),
            I64Extend16S => self.sign_extend(16, false),
            I64Extend32S => self.sign_extend(32, false),
            _ => self.float_operator(operator),
        }
    }
}
