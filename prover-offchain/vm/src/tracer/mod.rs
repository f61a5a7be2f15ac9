//! The executor that writes down everything the circuit needs.

mod memory;

use alloc::vec::Vec;

use crate::{
    alu,
    environment::{Host, MAX_LOG_BYTES},
    host::HostFn,
    isa::{Group, Instruction, Sub, LINEAR, MAX_FP, PAGE_BYTES},
    status,
    trace::{Access, HostCall, Step, Trace},
    Program,
};
use memory::Memory;

/// How a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ending {
    /// Status, see [`status`].
    pub(crate) status: u8,
    /// Fuel used before the last step.
    pub(crate) fuel: u64,
    /// Address of the last step.
    pub(crate) pc: u32,
    /// Number of steps.
    pub(crate) steps: u64,
}

/// Executes one message and appends its steps to the trace.
pub(crate) fn trace_message(
    program: &Program,
    message: u32,
    fuel_limit: u64,
    host: &mut impl Host,
    trace: &mut Trace,
) -> Ending {
    let first = trace.steps.len() as u64;
    let memory = Memory::new(program, message);
    let state = Step {
        pc: 1,
        message,
        ..Step::default()
    };
    let mut tracer = Tracer {
        program,
        memory,
        host,
        trace,
        state,
    };
    let status = tracer.run(fuel_limit);
    let Tracer { memory, state, .. } = tracer;
    trace.touched.extend(memory.finish());
    Ending {
        status,
        fuel: state.fuel,
        pc: state.pc,
        steps: trace.steps.len() as u64 - first,
    }
}

struct Tracer<'a, H> {
    program: &'a Program,
    memory: Memory,
    host: &'a mut H,
    trace: &'a mut Trace,
    /// The machine's state before the next step; its operands are zero.
    state: Step,
}

/// The effect of a step, with the `z` that it computes.
struct Effect {
    z: u64,
    pc: u32,
    fp: u32,
    pages: u32,
    end: Option<u8>,
}

impl<H: Host> Tracer<'_, H> {
    /// Runs until the message ends.
    fn run(&mut self, fuel_limit: u64) -> u8 {
        loop {
            let mut step = self.state;
            if step.fuel >= fuel_limit {
                step.end = Some(status::FUEL);
                self.trace.steps.push(step);
                return status::FUEL;
            }
            let instruction = self.program.code[step.pc as usize];
            let clk = self.trace.steps.len() as u64 + 1;
            self.read_operands(&instruction, clk, &mut step);
            let effect = self.effect(&instruction, clk, &step);
            step.z = effect.z;
            step.end = effect.end;
            self.write_result(&instruction, clk, &mut step);
            self.trace.steps.push(step);
            if let Some(status) = effect.end {
                return status;
            }
            self.state.pc = effect.pc;
            self.state.fp = effect.fp;
            self.state.pages = effect.pages;
            self.state.fuel += instruction.fuel();
        }
    }

    fn read_operands(&mut self, instruction: &Instruction, clk: u64, step: &mut Step) {
        let fp = u64::from(step.fp);
        if instruction.modifiers.reads_x {
            let seen = self
                .memory
                .access(fp + u64::from(instruction.a), 4 * clk, |word| word);
            (step.x, step.x_last) = (seen.old, seen.last);
        }
        if instruction.modifiers.reads_y {
            let seen = self
                .memory
                .access(fp + u64::from(instruction.b), 4 * clk + 1, |word| word);
            (step.y, step.y_last) = (seen.old, seen.last);
        } else {
            step.y = instruction.imm;
        }
    }

    fn write_result(&mut self, instruction: &Instruction, clk: u64, step: &mut Step) {
        if !instruction.modifiers.writes_z {
            return;
        }
        let keeps = instruction.group == Group::Move && instruction.sub == Sub::S1 && step.x == 0;
        let z = step.z;
        let address = u64::from(step.fp) + u64::from(instruction.d);
        let seen = self
            .memory
            .access(address, 4 * clk + 3, |old| if keeps { old } else { z });
        (step.z_old, step.z_last) = (seen.old, seen.last);
        if keeps {
            step.z = seen.old;
        }
    }

    fn effect(&mut self, instruction: &Instruction, clk: u64, step: &Step) -> Effect {
        let Step { x, y, .. } = *step;
        let mut effect = Effect {
            z: 0,
            pc: step.pc + 1,
            fp: step.fp,
            pages: step.pages,
            end: None,
        };
        match instruction.group {
            Group::Add | Group::Mul | Group::Bits | Group::Div | Group::Compare => {
                match alu::compute(instruction, x, y) {
                    Some(z) => effect.z = z,
                    None => effect.end = Some(status::DIVISION_BY_ZERO),
                }
                if instruction.modifiers.branch && effect.z == 1 {
                    effect.pc = instruction.d;
                }
            }
            Group::Move => effect.z = y,
            Group::Memory => self.memory_access(instruction, clk, step, &mut effect),
            Group::Jump => match instruction.sub {
                Sub::S0 => effect.pc = instruction.d,
                Sub::S1 => effect.pc = instruction.d.wrapping_add(x as u32),
                Sub::S2 => {
                    effect.z = instruction.imm;
                    effect.pc = instruction.b;
                    effect.fp = step.fp + instruction.a;
                    if u64::from(effect.fp) > MAX_FP {
                        effect.end = Some(status::STACK_EXHAUSTED);
                    }
                }
                Sub::S3 => {
                    effect.pc = x as u32;
                    effect.fp = step.fp.wrapping_sub((x >> 32) as u32);
                }
            },
            Group::System => match instruction.sub {
                Sub::S0 => effect.z = u64::from(step.pages),
                Sub::S1 => {
                    effect.pages = y as u32;
                    self.memory.set_pages(y);
                }
                Sub::S2 => effect.z = self.host_call(instruction, clk, step),
                Sub::S3 => effect.end = Some(instruction.imm as u8),
            },
        }
        effect
    }

    fn memory_access(&mut self, instruction: &Instruction, clk: u64, step: &Step, effect: &mut Effect) {
        let store = instruction.sub == Sub::S1;
        let bytes = u64::from(if store { instruction.d } else { instruction.b });
        let address = step.x + instruction.imm;
        if !instruction.modifiers.system && address + bytes > u64::from(step.pages) * PAGE_BYTES {
            effect.end = Some(status::OUT_OF_BOUNDS);
            return;
        }
        let first = bytes.min(8 - address % 8);
        for (address, bytes, done) in [(address, first, 0), (address + first, bytes - first, first)] {
            if bytes == 0 {
                continue;
            }
            let shift = 8 * (address % 8);
            let mask = u64::MAX >> (64 - 8 * bytes);
            let part = step.y >> (8 * done) & mask;
            let mut new = 0;
            let seen = self.memory.access(LINEAR + address / 8, 4 * clk + 2, |old| {
                new = if store {
                    old & !(mask << shift) | part << shift
                } else {
                    old
                };
                new
            });
            if !store {
                effect.z |= (seen.old >> shift & mask) << (8 * done);
            }
            self.trace.accesses.push(Access {
                clk,
                message: step.message,
                address,
                bytes: bytes as u8,
                store,
                old: seen.old,
                new,
                last: seen.last,
            });
        }
    }

    fn host_call(&mut self, instruction: &Instruction, clk: u64, step: &Step) -> u64 {
        let Some(function) = HostFn::from_code(instruction.imm) else {
            return 0;
        };
        let Step { x, y, message, .. } = *step;
        let z = if function == HostFn::Log {
            let text: Vec<u8> = self.memory.bytes(x, y.min(MAX_LOG_BYTES));
            self.host.log(&text);
            0
        } else {
            self.host.call(function, x, y)
        };
        self.trace.host_calls.push(HostCall {
            clk,
            message,
            function,
            x,
            y,
            z,
        });
        z
    }
}
