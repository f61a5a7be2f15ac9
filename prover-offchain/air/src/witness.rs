//! The tables' rows, from an execution's trace.

use std::collections::HashMap;

use halo2curves::ff::Field as _;
use thiserror::Error;
use zkfusion_primitives::merkle::SparseTree;
use zkfusion_vm::host::HostFn;
use zkfusion_vm::isa::{Group, Sub};
use zkfusion_vm::program::Program;
use zkfusion_vm::status;
use zkfusion_vm::trace::{Step, Trace};

use crate::bus::{CALL_HOST, CALL_MEMORY};
use crate::cells::wide;
use crate::cost::Cost;
use crate::field::{from_bytes, from_primitive, to_bytes};
use crate::fixed::{intervals, Field, Interval, Lookup, Shift};
use crate::host::{Made, State};
use crate::merkle::{empty_root, Path};
use crate::poseidon::Hasher;
use crate::table::Rows;
use crate::{access, batch, bits, boundary, cpu, end, host, leaf, merkle, tape, word, Fr, TableId};

/// A batch that was executed.
#[derive(Clone, Debug)]
pub struct Execution<'a> {
    /// The program.
    pub program: &'a Program,
    /// What it did.
    pub trace: &'a Trace,
    /// Each message's tape, in whole rows of three words.
    pub tapes: &'a [Vec<u64>],
    /// The app's state before the batch.
    pub state: SparseTree,
    /// The inbox hash before the batch.
    pub inbox_hash: [u8; 32],
    /// Words of the batch's randomness.
    pub seed: [u64; 4],
}

/// Why there is no witness.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WitnessError {
    /// The batch has no messages.
    #[error("the batch has no messages")]
    Empty,
    /// A hash is not a field element.
    #[error("{0} is not below the field's modulus")]
    NotAFieldElement(&'static str),
    /// The trace is not that of the tapes, program or state.
    #[error("the trace does not fit the batch: {0}")]
    Trace(&'static str),
}

/// What the tables ask of each other while they are filled.
#[derive(Debug, Default)]
pub struct Requests {
    words: Vec<(u64, [u64; 2])>,
    lookups: HashMap<Lookup, u64>,
}

impl Requests {
    /// Asks for a number's range.
    pub(crate) fn word(&mut self, value: u64) {
        self.words.push((value, [0; 2]));
    }

    /// Asks for a number's range and says something beside it.
    pub(crate) fn noted_word(&mut self, value: u64, first: u64, second: u64) {
        self.words.push((value, [first, second]));
    }

    /// Asks for a power of two.
    pub(crate) fn power(&mut self, amount: u64, kind: u64) {
        self.lookup(Lookup::Shift(Shift {
            amount,
            right: kind & 1 == 1,
            w32: kind & 2 == 2,
        }));
    }

    /// Asks for a row of the lookup table.
    pub(crate) fn lookup(&mut self, lookup: Lookup) {
        *self.lookups.entry(lookup).or_default() += 1;
    }
}

/// A batch's rows and what they look up.
#[derive(Clone, Debug)]
pub struct Witness {
    /// Rows of each table, in the order of [`crate::tables`].
    pub tables: Vec<Rows>,
    /// How often each row of the lookup table is used by conjunctions and shifts. Ranges of bytes and limbs are
    /// counted by whoever lays out the columns.
    pub lookups: Vec<u64>,
    /// How often each instruction is executed, then how often each interval of the image is used.
    pub program: Vec<u64>,
    /// The statement's fields that the witness determines, by place among the public inputs; the others are zero.
    pub statement: [Fr; 13],
}

impl Witness {
    /// Builds the witness of an execution.
    ///
    /// # Errors
    ///
    /// [`WitnessError`] when the execution's parts do not fit each other.
    pub fn build(execution: &Execution<'_>) -> Result<Self, WitnessError> {
        Self::build_metered(execution, |_, _| ())
    }

    /// Builds the witness of an execution; `meter` gets each step with the rows that it took. The rest of the witness's rows is the
    /// batch's: messages, touched addresses, randomness.
    ///
    /// # Errors
    ///
    /// [`WitnessError`] when the execution's parts do not fit each other.
    pub fn build_metered(
        execution: &Execution<'_>,
        mut meter: impl FnMut(&Step, Cost),
    ) -> Result<Self, WitnessError> {
        let mut builder = WitnessBuilder::new(execution)?;
        let mut before = Cost::default();
        for (index, step) in execution.trace.steps.iter().enumerate() {
            builder.step(index as u64 + 1, step)?;
            let after = builder.cost();
            meter(step, after - before);
            before = after;
        }
        builder.finish()
    }

    /// Returns the rows of each table.
    pub fn cost(&self) -> Cost {
        Cost::new(|table| self.rows(table).len())
    }

    /// Returns the rows of a table.
    pub fn rows(&self, table: TableId) -> &Rows {
        &self.tables[table as usize]
    }

    /// Returns the rows of all tables together.
    pub fn height(&self) -> usize {
        self.tables.iter().map(Rows::len).sum()
    }
}

struct WitnessBuilder<'a> {
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
    fn new(execution: &'a Execution<'a>) -> Result<Self, WitnessError> {
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
    fn cost(&self) -> Cost {
        Cost::new(|table| match table {
            TableId::Word => self.requests.words.len(),
            TableId::Poseidon => self.hasher.rows.len(),
            _ => self.tables[table as usize].len(),
        })
    }

    fn rows(&mut self, table: TableId) -> &mut Rows {
        &mut self.tables[table as usize]
    }

    fn step(&mut self, clk: u64, step: &Step) -> Result<(), WitnessError> {
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

    /// Returns the lowest fuel limit that allowed the step before `step`, the `clk`-th, in its message.
    fn lowest_limit(&self, clk: u64, step: &Step) -> u64 {
        let steps = &self.execution.trace.steps;
        let before = (clk as usize).checked_sub(2).and_then(|index| steps.get(index));
        before
            .filter(|before| before.message == step.message)
            .map_or(0, |before| before.fuel + 1)
    }

    fn host_call(&mut self, clk: u64, step: &Step) -> Result<(), WitnessError> {
        let call = *self
            .execution
            .trace
            .host_calls
            .get(self.host_calls)
            .filter(|call| call.clk == clk)
            .ok_or(WitnessError::Trace("a host call is missing"))?;
        self.host_calls += 1;
        let before = self.state.clone();
        let (mut hash, mut middle) = (Fr::ZERO, Fr::ZERO);
        match call.function {
            HostFn::InboxNext => {
                if before.cursor != before.words {
                    self.state.cursor += Fr::ONE;
                    let read = self.read.get_mut(step.message as usize);
                    *read.ok_or(WitnessError::Trace("more messages than tapes"))? += 1;
                }
            }
            HostFn::KvLoad => {
                let leaf = self.tree.get(call.x as u32);
                self.state.leaf = words(&leaf).map(Fr::from);
                hash = self.leaf(leaf);
                let path = path(&self.tree, call.x as u32, hash, None);
                self.merkle(&path);
            }
            HostFn::KvStore => {
                let index = call.x as u32;
                let leaf = self.register();
                hash = self.leaf(leaf);
                let old = self.tree.node(0, index);
                let path = path(&self.tree, index, from_primitive(old), Some(hash));
                self.merkle(&path);
                self.undo.push((index, self.tree.get(index)));
                self.tree.set(index, leaf);
                self.state.root = root(&self.tree)?;
                let [low, high] = halves(&leaf);
                let chunk = low + Fr::from(call.x) * crate::expr::pow2(128);
                middle = self.hasher.hash(before.writes, chunk);
                self.state.writes = self.hasher.hash(middle, high);
            }
            HostFn::OutboxPush => {
                let index = self.pushed as u32;
                let leaf = self.register();
                hash = self.leaf(leaf);
                let old = self.outbox.node(0, index);
                let path = path(&self.outbox, index, from_primitive(old), Some(hash));
                self.merkle(&path);
                self.outbox.set(index, leaf);
                self.pushed += 1;
                self.state.outbox = root(&self.outbox)?;
                self.state.count += Fr::ONE;
            }
            HostFn::LeafSet => {
                let word = self.state.leaf.get_mut(call.x as usize);
                *word.ok_or(WitnessError::Trace("a leaf has four words"))? = call.y.into();
            }
            HostFn::VrfSeed => {
                let reads = self.seed_reads.get_mut(call.x as usize);
                *reads.ok_or(WitnessError::Trace("the randomness has four words"))? += 1;
            }
            HostFn::LeafGet | HostFn::Log => {}
        }
        let made = Made {
            clk,
            message: step.message.into(),
            fuel: step.fuel,
            function: call.function,
            x: step.x,
            y: step.y,
            z: step.z,
            last_clk: self.last_clk,
            before,
            after: self.state.clone(),
            hash,
            middle,
        };
        host::fill(self.rows(TableId::Host), &made);
        self.last_clk = clk;
        Ok(())
    }

    /// Returns the leaf register's bytes.
    fn register(&self) -> [u8; 32] {
        let mut leaf = [0; 32];
        for (bytes, word) in leaf.chunks_exact_mut(8).zip(&self.state.leaf) {
            bytes.copy_from_slice(&to_bytes(word)[..8]);
        }
        leaf
    }

    fn leaf(&mut self, leaf: [u8; 32]) -> Fr {
        let table = &mut self.tables[TableId::Leaf as usize];
        leaf::fill(table, &mut self.requests, &mut self.hasher, words(&leaf))
    }

    fn merkle(&mut self, path: &Path) {
        merkle::fill(&mut self.tables[TableId::Merkle as usize], &mut self.hasher, path);
    }

    fn end(
        &mut self,
        clk: u64,
        step: &Step,
        status: u8,
        callee: u64,
        imm: u64,
        (second, w32): (bool, bool),
    ) -> Result<(), WitnessError> {
        let message = step.message as usize;
        let tape = self.execution.tapes.get(message);
        let fuel_limit = *tape
            .and_then(|tape| tape.get(6))
            .ok_or(WitnessError::Trace("a message without tape"))?;
        let before = self.state.clone();
        let kept = if status == status::OK {
            before.clone()
        } else {
            self.saved.clone()
        };
        if status != status::OK {
            for (index, leaf) in self.undo.drain(..).rev() {
                self.tree.set(index, leaf);
            }
            let kept = u64::from_le_bytes(to_bytes(&kept.count)[..8].try_into().unwrap_or_default());
            for index in kept..self.pushed {
                self.outbox.set(index as u32, [0; 32]);
            }
            self.pushed = kept;
        }
        self.undo.clear();
        let base = kept.writes;
        let next = self.execution.tapes.get(message + 1);
        self.state = State {
            writes: self.hasher.hash(base, end::outcome_element(status, step.fuel)),
            cursor: Fr::ZERO,
            words: next.map_or(0, |tape| tape.len() as u64).into(),
            leaf: [Fr::ZERO; 4],
            ..kept
        };
        let ended = end::Ended {
            clk,
            message: message as u64,
            fuel: step.fuel,
            fuel_limit,
            lowest_limit: self.lowest_limit(clk, step),
            operands: [step.x, step.y, step.z],
            status,
            imm,
            second,
            w32,
            callee,
            last_clk: self.last_clk,
            before,
            saved: self.saved.clone(),
            base,
            after: self.state.clone(),
        };
        end::fill(self.rows(TableId::End), &ended);
        self.saved = self.state.clone();
        self.last_clk = clk;
        Ok(())
    }

    fn finish(mut self) -> Result<Witness, WitnessError> {
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

fn path(tree: &SparseTree, index: u32, old_leaf: Fr, new_leaf: Option<Fr>) -> Path {
    Path {
        index,
        siblings: tree.siblings(index).map(from_primitive).to_vec(),
        old_leaf,
        new_leaf,
    }
}

fn root(tree: &SparseTree) -> Result<Fr, WitnessError> {
    from_bytes(&tree.root()).ok_or(WitnessError::NotAFieldElement("a root"))
}

/// Returns a leaf's words.
pub fn words(leaf: &[u8; 32]) -> [u64; 4] {
    core::array::from_fn(|i| {
        let mut word = [0; 8];
        word.copy_from_slice(&leaf[8 * i..8 * i + 8]);
        u64::from_le_bytes(word)
    })
}

/// Returns a leaf's halves as field elements.
fn halves(leaf: &[u8; 32]) -> [Fr; 2] {
    let [l0, l1, l2, l3] = words(leaf);
    [(l0, l1), (l2, l3)].map(|(low, high)| wide(u128::from(low) | u128::from(high) << 64))
}
