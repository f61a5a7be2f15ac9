//! Filling the tables, step by step.

mod ending;
mod host;

use halo2curves::ff::Field as _;
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_vm::isa::{Group, Sub};
use zkfusion_vm::status;
use zkfusion_vm::trace::Step;

use super::{Execution, Witness, WitnessError};
use crate::bus::{CALL_HOST, CALL_MEMORY};
use crate::cost::Cost;
use crate::field::from_bytes;
use crate::fixed::{intervals, Field, Interval, Lookup};
use crate::host::State;
use crate::merkle::empty_root;
use crate::poseidon::Hasher;
use crate::requests::Requests;
use crate::table::Rows;
use crate::{access, batch, bits, boundary, cpu, leaf, tape, word, Fr, TableId};

/// Fills the tables, step by step.
pub(super) struct WitnessBuilder<'a> {
    execution: &'a Execution<'a>,
    tables: Vec<Rows>,
    requests: Requests,
    hasher: Hasher,
    program: Vec<u64>,
    intervals: Vec<Interval>,
    /// Accesses and host calls seen so far.
    accesses: usize,
    host_calls: usize,
    /// The app's state and the outbox, and how to undo the running message's changes to them.
    tree: SparseTree,
    outbox: SparseTree,
    undo: Vec<(u32, [u8; 32])>,
    pushed: u64,
    state: State<Fr>,
    saved: State<Fr>,
    first: State<Fr>,
    last_clk: u64,
    read: Vec<u64>,
    seed_reads: [u64; 4],
}

impl<'a> WitnessBuilder<'a> {
    pub(super) fn new(execution: &'a Execution<'a>) -> Result<Self, WitnessError> {
        let words = execution.tapes.first().ok_or(WitnessError::Empty)?.len() as u64;
        let root =
            from_bytes(&execution.state.root()).ok_or(WitnessError::NotAFieldElement("the state root"))?;
        let state = State {
            root,
            outbox: empty_root(),
            words: words.into(),
            ..State::default()
        };
        Ok(Self {
            execution,
            tables: crate::no_rows(),
            requests: Requests::default(),
            hasher: Hasher::default(),
            program: vec![0; execution.program.code.len()],
            intervals: intervals(&execution.program.image),
            accesses: 0,
            host_calls: 0,
            tree: execution.state.clone(),
            outbox: SparseTree::new(),
            undo: Vec::new(),
            pushed: 0,
            first: state.clone(),
            saved: state.clone(),
            state,
            last_clk: 0,
            read: vec![0; execution.tapes.len()],
            seed_reads: [0; 4],
        })
    }

    /// Returns the rows made so far, and those asked for.
    pub(super) fn cost(&self) -> Cost {
        Cost::new(|table| match table {
            TableId::Word => self.requests.words.len(),
            TableId::Poseidon => self.hasher.rows.len(),
            _ => self.tables[table as usize].len(),
        })
    }

    fn rows(&mut self, table: TableId) -> &mut Rows {
        &mut self.tables[table as usize]
    }

    pub(super) fn step(&mut self, clk: u64, step: &Step) -> Result<(), WitnessError> {
        let program = self.execution.program;
        let instruction = program
            .code
            .get(step.pc as usize)
            .ok_or(WitnessError::Trace("a step outside the program"))?;
        let lowest_limit = self.lowest_limit(clk, step);
        let table = &mut self.tables[TableId::Cpu as usize];
        cpu::fill(table, &mut self.requests, clk, step, instruction, lowest_limit);
        if step.end != Some(status::FUEL) {
            self.program[step.pc as usize] += 1;
        }
        let m = instruction.modifiers;
        let second = instruction.sub == Sub::S1;
        match (instruction.group, instruction.sub) {
            _ if step.end.is_some() => {}
            (Group::Bits, _) => {
                let operation = bits::Operation {
                    clk,
                    message: step.message.into(),
                    fuel: step.fuel,
                    x: step.x,
                    y: step.y,
                    z: step.z,
                    imm: instruction.imm,
                    second,
                    w32: m.w32,
                };
                let table = &mut self.tables[TableId::Bits as usize];
                bits::fill(table, &mut self.requests, &operation);
            }
            (Group::Memory, sub) => {
                let called = access::Called {
                    fuel: step.fuel,
                    x: step.x,
                    y: step.y,
                    z: step.z,
                    imm: instruction.imm,
                    w32: m.w32,
                    bytes: u64::from(if sub == Sub::S0 {
                        instruction.b
                    } else {
                        instruction.d
                    }),
                };
                let rest = self
                    .execution
                    .trace
                    .accesses
                    .get(self.accesses..)
                    .unwrap_or_default();
                let made = rest.iter().take_while(|access| access.clk == clk).count();
                let table = &mut self.tables[TableId::Access as usize];
                access::fill(table, &mut self.requests, &called, &rest[..made]);
                self.accesses += made;
            }
            (Group::System, Sub::S2) => self.host_call(clk, step)?,
            _ => {}
        }
        match step.end {
            Some(status) => {
                let callee = match instruction.group {
                    _ if status == status::FUEL => 0,
                    Group::Memory => CALL_MEMORY,
                    Group::System => CALL_HOST,
                    _ => 0,
                };
                let (imm, flags) = match status {
                    status::FUEL => (0, (false, false)),
                    _ => (instruction.imm, (second, m.w32)),
                };
                self.end(clk, step, status, callee, imm, flags)
            }
            None => Ok(()),
        }
    }

    /// Returns the lowest fuel limit that allowed the step before `step`, the `clk`-th, in its
    /// message.
    fn lowest_limit(&self, clk: u64, step: &Step) -> u64 {
        let steps = &self.execution.trace.steps;
        let before = (clk as usize).checked_sub(2).and_then(|index| steps.get(index));
        before
            .filter(|before| before.message == step.message)
            .map_or(0, |before| before.fuel + 1)
    }

    pub(super) fn finish(mut self) -> Result<Witness, WitnessError> {
        let execution = self.execution;
        let messages = execution.tapes.len();
        let table = &mut self.tables[TableId::Boundary as usize];
        let used = boundary::fill(table, &execution.trace.touched, &self.intervals);
        self.program.extend(used);
        let pre =
            from_bytes(&execution.inbox_hash).ok_or(WitnessError::NotAFieldElement("the inbox hash"))?;
        let mut inbox_hash = pre;
        for (index, words) in execution.tapes.iter().enumerate() {
            inbox_hash = tape::fill(
                &mut self.tables[TableId::Tape as usize],
                &mut self.requests,
                &mut self.hasher,
                (index, messages),
                (words, self.read[index]),
                inbox_hash,
            );
        }
        let table = &mut self.tables[TableId::Leaf as usize];
        leaf::fill_seed(table, &mut self.requests, execution.seed, self.seed_reads);
        let (clk, first, last) = (self.last_clk, self.first.clone(), self.state.clone());
        batch::fill(self.rows(TableId::Batch), clk, messages as u64, &first, &last);
        for (value, note) in std::mem::take(&mut self.requests.words) {
            word::fill(self.rows(TableId::Word), value, note);
        }
        self.tables[TableId::Poseidon as usize] = self.hasher.rows;
        let mut lookups = vec![0; Lookup::ROWS];
        for (lookup, count) in self.requests.lookups {
            lookups[lookup.position()] = count;
        }
        let mut statement = [Fr::ZERO; 13];
        let seed = execution.seed.iter().rev().fold(Fr::ZERO, |sum, word| {
            sum * crate::expr::pow2(64) + Fr::from(*word)
        });
        for (field, value) in [
            (Field::PreRoot, first.root),
            (Field::PostRoot, last.root),
            (Field::InboxHashPre, pre),
            (Field::InboxHashPost, inbox_hash),
            (Field::WritesHash, last.writes),
            (Field::OutboxRoot, last.outbox),
            (Field::VrfSeed, seed),
        ] {
            statement[field as usize] = value;
        }
        Ok(Witness {
            tables: self.tables,
            lookups,
            program: self.program,
            statement,
        })
    }
}
