//! Where a batch's rows go: by table, and by function of the program.

use std::collections::BTreeMap;
use zkfusion_air::{
    cost::Cost,
    witness::{words, Execution, Witness, WitnessError},
};
use zkfusion_halo2::circuit::size;
use zkfusion_primitives::{
    ids::Hash, merkle::Leaf, merkle::SparseTree, message::Message, program::SMALLEST_K,
};
use zkfusion_vm::{program::Export, trace::Step, trace_batch, Program};

use crate::execution::to_vm;

/// What a batch costs.
#[derive(Clone, Debug)]
pub struct BatchCost {
    /// Rows of each table, exactly as a proof has them.
    pub tables: Cost,
    /// Size of the smallest circuit that holds them: it has 2^k rows.
    pub k: u32,
    /// Functions that ran, the most expensive first.
    pub functions: Vec<FunctionCost>,
}

/// What a function costs. Rows for messages, touched addresses and randomness are no function's.
#[derive(Clone, Debug)]
pub struct FunctionCost {
    /// Its name; for what belongs to no function, what it is.
    pub name: String,
    /// Whether the program exports it.
    pub exported: bool,
    /// How often it was called; 0 for what begins and ends messages.
    pub calls: u64,
    /// Rows of its own steps.
    pub own: Cost,
    /// The same and rows of the functions that it calls.
    pub with_callees: Cost,
}

/// Executes messages as a batch and counts the rows of each table.
///
/// # Errors
/// [`WitnessError`] when there are no messages, or the seed or a leaf is not one of a chain.
pub fn measure(
    program: &Program,
    messages: &[Message],
    seed: &Hash,
    leaves: &[(u32, Leaf)],
) -> Result<BatchCost, WitnessError> {
    let messages: Vec<_> = messages.iter().map(to_vm).collect();
    let mut kv: BTreeMap<u32, [u64; 4]> = leaves.iter().map(|(index, leaf)| (*index, words(leaf))).collect();
    let batch = trace_batch(program, &messages, words(seed), &mut kv);
    let tapes: Vec<_> = messages.into_iter().map(|message| message.tape).collect();
    let execution = Execution {
        program,
        trace: &batch.trace,
        tapes: &tapes,
        state: SparseTree::from_leaves(leaves.iter().copied()),
        inbox_hash: Hash::default(),
        seed: words(seed),
    };
    let mut profile = Profile::new(program);
    let witness = Witness::build_metered(&execution, |step, cost| profile.add(step, cost))?;
    Ok(BatchCost {
        tables: witness.cost(),
        k: size(program, witness.height(), SMALLEST_K.into()),
        functions: profile.finish(),
    })
}

/// What runs at an address: a function, by its index, or something that belongs to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Code {
    /// Begins and ends messages.
    Stub,
    Function(usize),
    /// What functions share: long instructions, floats, indirect calls.
    Routine,
}

/// A call that has not returned.
#[derive(Debug)]
struct Frame {
    fp: u32,
    code: Code,
}

/// What is known of some code.
#[derive(Debug, Default)]
struct Account {
    calls: u64,
    own: Cost,
    with_callees: Cost,
    /// Calls that have not returned.
    active: u64,
    /// Rows of all steps when the first of them began.
    since: Cost,
}

/// Follows calls and returns.
#[derive(Debug)]
struct Profile<'a> {
    program: &'a Program,
    /// Where each piece of code begins, ascending.
    begins: Vec<(u32, Code)>,
    accounts: BTreeMap<Code, Account>,
    frames: Vec<Frame>,
    message: u32,
    total: Cost,
}

impl<'a> Profile<'a> {
    fn new(program: &'a Program) -> Self {
        let functions = program.functions.iter().enumerate();
        let mut begins: Vec<_> = functions
            .filter_map(|(index, function)| Some((function.entry?, Code::Function(index))))
            .chain([(0, Code::Stub), (program.routines, Code::Routine)])
            .collect();
        begins.sort_unstable();
        Self {
            program,
            begins,
            accounts: BTreeMap::new(),
            frames: Vec::new(),
            message: 0,
            total: Cost::default(),
        }
    }

    fn code(&self, pc: u32) -> Code {
        let after = self.begins.partition_point(|(begin, _)| *begin <= pc);
        self.begins[..after].last().map_or(Code::Stub, |(_, code)| *code)
    }

    fn add(&mut self, step: &Step, cost: Cost) {
        if step.message != self.message {
            self.message = step.message;
            self.leave_above(None);
        }
        let code = self.code(step.pc);
        // A callee's frame is above its caller's; a tail call's takes its place.
        self.leave_above(Some(step.fp));
        match self.frames.last() {
            Some(frame) if frame.fp == step.fp && frame.code == code => {}
            Some(frame) if frame.fp == step.fp => {
                self.leave();
                self.enter(step.fp, code);
            }
            _ => self.enter(step.fp, code),
        }
        self.total = self.total + cost;
        let account = self.accounts.entry(code).or_default();
        account.own = account.own + cost;
    }

    fn enter(&mut self, fp: u32, code: Code) {
        let account = self.accounts.entry(code).or_default();
        account.calls += u64::from(code != Code::Stub);
        if account.active == 0 {
            account.since = self.total;
        }
        account.active += 1;
        self.frames.push(Frame { fp, code });
    }

    fn leave(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        let account = self.accounts.entry(frame.code).or_default();
        account.active -= 1;
        if account.active == 0 {
            account.with_callees = account.with_callees + (self.total - account.since);
        }
    }

    /// Leaves all frames above `fp`, or all there are.
    fn leave_above(&mut self, fp: Option<u32>) {
        while self
            .frames
            .last()
            .is_some_and(|frame| fp.is_none_or(|fp| frame.fp > fp))
        {
            self.leave();
        }
    }

    fn finish(mut self) -> Vec<FunctionCost> {
        self.leave_above(None);
        let accounts = std::mem::take(&mut self.accounts);
        let mut functions: Vec<_> = accounts
            .into_iter()
            .map(|(code, account)| FunctionCost {
                name: self.name(code),
                exported: self.exported(code),
                calls: account.calls,
                own: account.own,
                with_callees: account.with_callees,
            })
            .collect();
        functions.sort_by_key(|function| std::cmp::Reverse(function.with_callees.rows()));
        functions
    }

    fn name(&self, code: Code) -> String {
        match code {
            Code::Stub => "(begin and end)".into(),
            Code::Routine => "(shared routines)".into(),
            Code::Function(index) => self.program.functions[index]
                .name
                .clone()
                .unwrap_or_else(|| format!("function {index}")),
        }
    }

    fn exported(&self, code: Code) -> bool {
        let exports = &mut self.program.exports.iter();
        exports.any(|(_, export)| matches!(export, Export::Function(index) if code == Code::Function(*index as usize)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkfusion_air::TableId;
    use zkfusion_primitives::message::Payload;

    /// `zkmain` calls `twice` two times, which calls `leaf` two times, and calls itself through
    /// `again` once.
    const PROGRAM: &str = r#"(module
        (memory 1)
        (func $leaf (i64.store (i32.const 8) (i64.mul (i64.load (i32.const 0)) (i64.const 3))))
        (func $twice (export "twice") (call $leaf) (call $leaf))
        (func $again (param i32) (if (local.get 0) (then (call $again (i32.sub (local.get 0) (i32.const 1))) (call $leaf))))
        (func (export "zkmain") (call $twice) (call $twice) (call $again (i32.const 3)))
    )"#;

    fn cost(messages: u64) -> BatchCost {
        let program = zkfusion_vm::compile(&wat::parse_str(PROGRAM).unwrap()).unwrap();
        let messages: Vec<_> = (0..messages)
            .map(|index| Message {
                index,
                sender: [1; 32],
                at_block: 1,
                fuel_limit: 1_000,
                payload: Payload::default(),
            })
            .collect();
        measure(&program, &messages, &[0; 32], &[]).unwrap()
    }

    #[test]
    fn rows_are_counted_by_function_with_and_without_callees() {
        let cost = cost(1);
        let of = |name: &str| {
            cost.functions
                .iter()
                .find(|function| function.name == name)
                .unwrap()
        };
        let leaf = of("leaf");
        assert_eq!(leaf.calls, 7);
        assert_eq!(leaf.own, leaf.with_callees);
        // A load and a full store, each in one word.
        assert_eq!(leaf.own.of(TableId::Access), 14);
        let twice = of("twice");
        assert!(twice.exported && !leaf.exported);
        assert_eq!(twice.calls, 2);
        assert_eq!(twice.with_callees.of(TableId::Access), 8);
        // Recursion counts once.
        let again = of("again");
        assert_eq!(again.calls, 4);
        assert_eq!(again.with_callees.of(TableId::Access), 6);
        let own: u64 = cost.functions.iter().map(|function| function.own.rows()).sum();
        let main = of("zkmain").with_callees.rows();
        assert_eq!(own, main + of("(begin and end)").own.rows());
    }

    #[test]
    fn every_message_calls_anew() {
        let (one, three) = (cost(1), cost(3));
        for (one, three) in one.functions.iter().zip(&three.functions) {
            assert_eq!((3 * one.calls, &one.name), (three.calls, &three.name));
            assert_eq!(3 * one.own.of(TableId::Cpu), three.own.of(TableId::Cpu));
        }
        assert_eq!(three.tables.of(TableId::End), 3);
        assert_eq!(three.k, u32::from(SMALLEST_K));
    }
}
