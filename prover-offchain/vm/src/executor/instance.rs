//! A program's memory, and the interpreter that works on it.

use alloc::{vec, vec::Vec};

use super::decode::{Kind, Op};
use crate::{
    alu,
    environment::{Host, MAX_LOG_BYTES},
    host::HostFn,
    isa::{Sub, LINEAR, MAX_FP, MAX_FRAME, PAGE_BYTES, SYSTEM_BASE},
    status,
    tracer::Ending,
    Program,
};

/// Slots of a frame that an instruction can name.
type Frame = [u64; MAX_FRAME as usize];

/// The memory of a program.
#[derive(Clone, Debug)]
pub struct Instance {
    pub(super) frames: Vec<u64>,
    memory: Vec<u8>,
    /// The system area.
    system: Vec<u8>,
}

impl Instance {
    pub(super) fn new(program: &Program) -> Self {
        let mut instance = Self {
            frames: vec![0; MAX_FP as usize + MAX_FRAME as usize],
            memory: vec![0; (u64::from(program.initial_pages) * PAGE_BYTES) as usize],
            system: vec![0; 8 * program.system_words as usize],
        };
        for (address, word) in &program.image {
            let byte = (address - LINEAR) * 8;
            let (bytes, byte) = match byte.checked_sub(SYSTEM_BASE) {
                Some(byte) => (&mut instance.system, byte as usize),
                None => (&mut instance.memory, byte as usize),
            };
            bytes[byte..byte + 8].copy_from_slice(&word.to_le_bytes());
        }
        instance
    }

    /// Returns the linear memory.
    pub fn memory(&self) -> &[u8] {
        &self.memory
    }

    /// Returns the linear memory for writing.
    pub fn memory_mut(&mut self) -> &mut [u8] {
        &mut self.memory
    }

    /// Returns the value of global `index`, `i32` zero-extended.
    pub fn global(&self, index: u32) -> Option<u64> {
        let byte = 8 * index as usize;
        let bytes = self.system.get(byte..byte + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    }

    /// Returns the number of pages.
    pub(crate) fn pages(&self) -> u32 {
        (self.memory.len() as u64 / PAGE_BYTES) as u32
    }

    /// Returns the words of linear memory and the system area that are not 0, by ascending local
    /// address.
    pub(crate) fn image(&self) -> Vec<(u64, u64)> {
        let linear = (LINEAR..).zip(self.memory.chunks_exact(8));
        let system = (LINEAR + SYSTEM_BASE / 8..).zip(self.system.chunks_exact(8));
        linear
            .chain(system)
            .map(|(address, bytes)| {
                (
                    address,
                    bytes
                        .iter()
                        .rev()
                        .fold(0, |word, byte| word << 8 | u64::from(*byte)),
                )
            })
            .filter(|(_, word)| *word != 0)
            .collect()
    }

    /// Interprets from `pc` on, in the first frame, until the message ends.
    pub(super) fn run(&mut self, ops: &[Op], pc: u32, fuel_limit: u64, host: &mut impl Host) -> Ending {
        let mut pc = pc as usize;
        let (mut fuel, mut steps) = (0u64, 0u64);
        let mut fp = 0usize;
        let mut frame = window(&mut self.frames, fp);
        macro_rules! ending {
            ($status:expr) => {{
                // The last step's own fuel does not count.
                let fuel = fuel - u64::from(ops[pc].fuel);
                return Ending {
                    status: $status,
                    fuel,
                    pc: pc as u32,
                    steps,
                };
            }};
        }
        macro_rules! branch_if {
            ($op:expr, $condition:expr) => {
                if $condition {
                    pc = $op.target as usize;
                    continue;
                }
            };
        }
        macro_rules! load {
            ($op:expr, $x:expr, $type:ty) => {{
                let address = ($x + $op.imm) as usize;
                let Some(bytes) = self.memory.get(address..address + size_of::<$type>()) else {
                    if $op.writes_z {
                        frame[$op.d as usize] = 0;
                    }
                    ending!(status::OUT_OF_BOUNDS)
                };
                let mut word = [0; size_of::<$type>()];
                word.copy_from_slice(bytes);
                frame[$op.d as usize] = <$type>::from_le_bytes(word) as u64;
            }};
        }
        macro_rules! store {
            ($op:expr, $x:expr, $y:expr, $type:ty) => {{
                let address = ($x + $op.imm) as usize;
                let Some(bytes) = self.memory.get_mut(address..address + size_of::<$type>()) else {
                    ending!(status::OUT_OF_BOUNDS)
                };
                bytes.copy_from_slice(&($y as $type).to_le_bytes());
            }};
        }
        macro_rules! load_system {
            ($op:expr, $x:expr, $type:ty) => {{
                let address = ($x + $op.imm) as usize;
                let mut word = [0; size_of::<$type>()];
                word.copy_from_slice(&self.system[address..address + size_of::<$type>()]);
                frame[$op.d as usize] = <$type>::from_le_bytes(word) as u64;
            }};
        }
        loop {
            let op = &ops[pc];
            steps += 1;
            if fuel >= fuel_limit {
                return Ending {
                    status: status::FUEL,
                    fuel,
                    pc: pc as u32,
                    steps,
                };
            }
            fuel += u64::from(op.fuel);
            let d = op.d as usize;
            let x = frame[op.a as usize] & u64::from(op.reads_x).wrapping_neg();
            let from_slot = u64::from(op.reads_y).wrapping_neg();
            let y = frame[op.b as usize] & from_slot | op.imm & !from_slot;
            match op.kind {
                Kind::Add32 => frame[d] = alu::add(Sub::S0, true, x, y),
                Kind::Add64 => frame[d] = alu::add(Sub::S0, false, x, y),
                Kind::Sub32 => frame[d] = alu::add(Sub::S1, true, x, y),
                Kind::Sub64 => frame[d] = alu::add(Sub::S1, false, x, y),
                Kind::Mul32 => frame[d] = alu::mul(Sub::S0, true, x, y),
                Kind::Mul64 => frame[d] = alu::mul(Sub::S0, false, x, y),
                Kind::Shl32 => frame[d] = alu::mul(Sub::S1, true, x, y),
                Kind::Shl64 => frame[d] = alu::mul(Sub::S1, false, x, y),
                Kind::Shr => frame[d] = alu::mul(Sub::S2, false, x, y),
                Kind::Rotl32 => frame[d] = alu::mul(Sub::S3, true, x, y),
                Kind::Rotl64 => frame[d] = alu::mul(Sub::S3, false, x, y),
                Kind::And => frame[d] = x & y,
                Kind::Or => frame[d] = x | y,
                Kind::Xor => frame[d] = x ^ y,
                Kind::Quotient | Kind::Remainder => {
                    let sub = if op.kind == Kind::Quotient {
                        Sub::S0
                    } else {
                        Sub::S1
                    };
                    let z = alu::div(sub, x, y);
                    frame[d] = z.unwrap_or_default();
                    if z.is_none() {
                        ending!(status::DIVISION_BY_ZERO)
                    }
                }
                Kind::SetLess => frame[d] = u64::from(x < y),
                Kind::SetLess32 => frame[d] = u64::from((x as i32) < y as i32),
                Kind::SetLess64 => frame[d] = u64::from((x as i64) < y as i64),
                Kind::SetEqual => frame[d] = u64::from(x == y),
                Kind::SetNotLess => frame[d] = u64::from(x >= y),
                Kind::SetNotLess32 => frame[d] = u64::from(x as i32 >= y as i32),
                Kind::SetNotLess64 => frame[d] = u64::from(x as i64 >= y as i64),
                Kind::SetNotEqual => frame[d] = u64::from(x != y),
                Kind::IfLess => branch_if!(op, x < y),
                Kind::IfLess32 => branch_if!(op, (x as i32) < y as i32),
                Kind::IfLess64 => branch_if!(op, (x as i64) < y as i64),
                Kind::IfEqual => branch_if!(op, x == y),
                Kind::IfNotLess => branch_if!(op, x >= y),
                Kind::IfNotLess32 => branch_if!(op, x as i32 >= y as i32),
                Kind::IfNotLess64 => branch_if!(op, x as i64 >= y as i64),
                Kind::IfNotEqual => branch_if!(op, x != y),
                Kind::Move => frame[d] = y,
                Kind::MoveIf => {
                    if x != 0 {
                        frame[d] = y;
                    }
                }
                Kind::Load8 => load!(op, x, u8),
                Kind::Load16 => load!(op, x, u16),
                Kind::Load32 => load!(op, x, u32),
                Kind::Load64 => load!(op, x, u64),
                Kind::Store8 => store!(op, x, y, u8),
                Kind::Store16 => store!(op, x, y, u16),
                Kind::Store32 => store!(op, x, y, u32),
                Kind::Store64 => store!(op, x, y, u64),
                Kind::LoadSystem8 => load_system!(op, x, u8),
                Kind::LoadSystem64 => load_system!(op, x, u64),
                Kind::StoreSystem64 => {
                    let address = (x + op.imm) as usize;
                    self.system[address..address + 8].copy_from_slice(&y.to_le_bytes());
                }
                Kind::Jump => {
                    pc = op.target as usize;
                    continue;
                }
                Kind::JumpBy => {
                    pc = op.target as usize + x as usize;
                    continue;
                }
                Kind::Call => {
                    frame[d] = op.imm;
                    if fp as u64 + u64::from(op.a) > MAX_FP {
                        ending!(status::STACK_EXHAUSTED)
                    }
                    fp += op.a as usize;
                    frame = window(&mut self.frames, fp);
                    pc = op.target as usize;
                    continue;
                }
                Kind::Return => {
                    fp -= (x >> 32) as usize;
                    frame = window(&mut self.frames, fp);
                    pc = x as u32 as usize;
                    continue;
                }
                Kind::Pages => frame[d] = self.memory.len() as u64 / PAGE_BYTES,
                Kind::SetPages => self.memory.resize((y * PAGE_BYTES) as usize, 0),
                Kind::HostCall => {
                    let z = host_call(host, &self.memory, op.imm, x, y);
                    if op.writes_z {
                        frame[d] = z;
                    }
                }
                Kind::End => ending!(op.imm as u8),
            }
            pc += 1;
        }
    }
}

/// Returns the frame that begins at `fp`, which is at most [`MAX_FP`].
fn window(frames: &mut [u64], fp: usize) -> &mut Frame {
    let (frames, _) = frames[fp..].split_at_mut(MAX_FRAME as usize);
    // The split has just given it this length.
    match frames.try_into() {
        Ok(frame) => frame,
        Err(_) => unreachable!(),
    }
}

fn host_call(host: &mut impl Host, memory: &[u8], code: u64, x: u64, y: u64) -> u64 {
    match HostFn::from_code(code) {
        Some(HostFn::Log) => {
            let start = memory.len().min(x as usize);
            let end = memory.len().min(start + y.min(MAX_LOG_BYTES) as usize);
            host.log(&memory[start..end]);
            0
        }
        Some(function) => host.call(function, x, y),
        None => 0,
    }
}
