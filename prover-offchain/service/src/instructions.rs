//! Counts the WebAssembly instructions that a message executes.
//!
//! The program is changed to count itself: wherever control may leave the straight line, the number
//! of instructions since the last such place is added to a global of its own. Then it is executed.
//!
//! What counts is what counts in wasmtime's fuel: each executed instruction is one, however much it
//! does (`memory.fill`, `call`), but `nop`, `drop`, `block`, `loop`, `else`, `end`, `return` and
//! `unreachable` are none.

use std::{collections::BTreeMap, convert::Infallible};

use wasm_encoder::{
    reencode::{utils, Error as ReencodeError, Reencode},
    CodeSection, ConstExpr, GlobalSection, GlobalType, Instruction, Module, SectionId, ValType,
};
use wasmparser::{FunctionBody, GlobalSectionReader, Operator, Parser};
use zkfusion_primitives::message::Message;
use zkfusion_vm::{
    compile,
    environment::{Environment, Leaf},
    CompileError, Executor, Trap, ENTRY,
};

/// Fuel that the changed program gets for each unit that the message allows: an instruction with
/// the four that count it takes at most 13 units where it took one.
const FUEL_FACTOR: u64 = 16;

/// Why instructions cannot be counted.
#[derive(Debug, thiserror::Error)]
pub enum CountError {
    /// The wasm is not encoded as it should be.
    #[error("the wasm is refused: {0}")]
    Encoding(#[from] ReencodeError),
    /// The wasm, or what was made of it, is not a program.
    #[error("the wasm, with instructions that count, is refused: {0}")]
    Compile(#[from] CompileError),
    /// The message fails, so that the instructions after the last count are unknown.
    #[error("the message fails: {0}")]
    Failed(Trap),
}

/// Returns the number of instructions that a program executes for a message, whose app has no
/// state; the batch's randomness is zero.
///
/// # Errors
/// [`CountError`].
pub fn count(wasm: &[u8], message: &Message) -> Result<u64, CountError> {
    let (counting, counter) = counting(wasm)?;
    let program = compile(&counting)?;
    let executor = Executor::new(&program);
    let mut instance = executor.instantiate();
    let (tape, mut state) = (message.tape(), BTreeMap::<u32, Leaf>::new());
    let mut host = Environment::new(&tape, Leaf::default(), &mut state);
    let fuel = message.fuel_limit.saturating_mul(FUEL_FACTOR);
    for function in program.setup_functions().chain(program.exported_function(ENTRY)) {
        executor
            .invoke(&mut instance, function, &[], fuel, &mut host)
            .map_err(CountError::Failed)?;
    }
    Ok(instance.global(counter).unwrap_or_default())
}

/// Returns a program that counts its instructions, and the index of the global in which it does.
fn counting(wasm: &[u8]) -> Result<(Vec<u8>, u32), ReencodeError> {
    let mut counter = Counter::default();
    for payload in Parser::new(0).parse_all(wasm) {
        if let wasmparser::Payload::GlobalSection(section) = payload? {
            counter.global = section.count();
        }
    }
    let mut module = Module::new();
    counter.parse_core_module(&mut module, Parser::new(0), wasm)?;
    Ok((module.finish(), counter.global))
}

/// Adds the global, and what counts, to a module. Programs import no globals, so that the new one's
/// index is the number of those defined.
#[derive(Default)]
struct Counter {
    global: u32,
    declared: bool,
}

impl Counter {
    fn declare(&mut self, globals: &mut GlobalSection) {
        let ty = GlobalType {
            val_type: ValType::I64,
            mutable: true,
            shared: false,
        };
        globals.global(ty, &ConstExpr::i64_const(0));
        self.declared = true;
    }
}

impl Reencode for Counter {
    type Error = Infallible;

    fn parse_global_section(
        &mut self,
        globals: &mut GlobalSection,
        section: GlobalSectionReader<'_>,
    ) -> Result<(), ReencodeError> {
        utils::parse_global_section(self, globals, section)?;
        self.declare(globals);
        Ok(())
    }

    /// Makes a section of globals where there is none.
    fn intersperse_section_hook(
        &mut self,
        module: &mut Module,
        _: Option<SectionId>,
        before: Option<SectionId>,
    ) -> Result<(), ReencodeError> {
        let is_early = matches!(
            before,
            Some(
                SectionId::Type
                    | SectionId::Import
                    | SectionId::Function
                    | SectionId::Table
                    | SectionId::Memory
                    | SectionId::Global
            )
        );
        if !self.declared && !is_early {
            let mut globals = GlobalSection::new();
            self.declare(&mut globals);
            module.section(&globals);
        }
        Ok(())
    }

    fn parse_function_body(
        &mut self,
        code: &mut CodeSection,
        body: FunctionBody<'_>,
    ) -> Result<(), ReencodeError> {
        let mut function = self.new_function_with_parsed_locals(&body)?;
        let mut uncounted = 0;
        for operator in body.get_operators_reader()? {
            let operator = operator?;
            uncounted += cost(&operator);
            if ends_straight_line(&operator) && uncounted > 0 {
                function
                    .instruction(&Instruction::GlobalGet(self.global))
                    .instruction(&Instruction::I64Const(uncounted))
                    .instruction(&Instruction::I64Add)
                    .instruction(&Instruction::GlobalSet(self.global));
                uncounted = 0;
            }
            function.instruction(&self.instruction(operator)?);
        }
        code.function(&function);
        Ok(())
    }
}

/// Returns what an instruction counts.
fn cost(operator: &Operator<'_>) -> i64 {
    match operator {
        Operator::Nop
        | Operator::Drop
        | Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::Else
        | Operator::End
        | Operator::Return
        | Operator::Unreachable => 0,
        _ => 1,
    }
}

/// Returns whether what follows an instruction may be executed when it is not, or not when it is.
/// Calls return, unless the message fails.
fn ends_straight_line(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::Unreachable
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count_wat(text: &str) -> Result<u64, CountError> {
        let message = Message {
            index: 0,
            sender: [0; 32],
            at_block: 0,
            fuel_limit: 100_000,
            payload: 5u64.to_le_bytes().to_vec().try_into().unwrap(),
        };
        count(&wat::parse_str(text).unwrap(), &message)
    }

    #[test]
    fn straight_code_counts_what_is_executed() {
        // Two constants, the addition, the local; not drop, nop, block, end.
        let count = count_wat(
            r#"(module (func (export "zkmain") (local i32)
                nop
                block
                  (drop (i32.add (i32.const 1) (i32.const 2)))
                  (local.set 0 (i32.const 3))
                end))"#,
        );
        assert_eq!(count.unwrap(), 5);
    }

    #[test]
    fn loops_calls_and_branches_count_as_often_as_they_run() {
        // Each of 10 rounds: a call (2 with its argument) of a function of 3 instructions and an
        // `if`, which takes the `else` of one instruction more than the other half of the time;
        // then 6 for the loop.
        let count = count_wat(
            r#"(module
              (global $even (mut i32) (i32.const 0))
              (func $step (param i32)
                (i32.and (local.get 0) (i32.const 1))
                if
                  return
                else
                  (global.set $even (i32.const 1))
                end)
              (func (export "zkmain") (local i32)
                loop $again
                  (call $step (local.get 0))
                  (local.tee 0 (i32.add (local.get 0) (i32.const 1)))
                  i32.const 10
                  i32.lt_u
                  br_if $again
                end))"#,
        );
        let (round, step, even) = (2 + 7, 4, 2);
        assert_eq!(count.unwrap(), 10 * (round + step) + 5 * even);
    }

    #[test]
    fn start_functions_and_tables_of_branches_count() {
        let count = count_wat(
            r#"(module
              (import "env" "inbox_next" (func $next (result i64)))
              (start $start)
              (func $start (drop (i32.const 1)))
              (func (export "zkmain") (local i32)
                loop $words
                  (drop (call $next))
                  (br_if $words (i32.lt_u (local.tee 0 (i32.add (local.get 0) (i32.const 1))) (i32.const 9)))
                end
                block $two block $one
                  (br_table $one $two (i32.wrap_i64 (call $next)))
                end
                  nop
                  i32.const 1
                  drop
                end))"#,
        );
        let (start, word, table) = (1, 1 + 6 + 1, 3);
        assert_eq!(count.unwrap(), start + 9 * word + table);
    }

    #[test]
    fn a_message_that_fails_is_not_counted() {
        let error = count_wat(r#"(module (func (export "zkmain") unreachable))"#).unwrap_err();
        assert!(matches!(error, CountError::Failed(_)), "{error}");
    }
}
