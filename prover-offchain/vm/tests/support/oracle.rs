//! The same module in wasmi and in this VM, side by side.

use std::collections::BTreeMap;

use wasmi::{Engine, Linker, Module, Store, TrapCode, Val};
use zkfusion_vm::{
    environment::{Environment, Leaf},
    execute_batch, status, trace_batch, Executor, Instance, Message, Program,
};

use super::invariants;

/// Fuel after which both give up, in their own units.
pub(crate) const FUEL: u64 = 20_000_000;

/// A result or how a call ended without one.
pub(crate) type Returned = Result<Option<u64>, u8>;

/// A module in both machines.
pub(crate) struct Pair<'p> {
    program: &'p Program,
    ours: Instance<'p>,
    store: Store<()>,
    theirs: wasmi::Instance,
}

/// Makes wasmi's engine: fuel, and as deep a stack as ours.
pub(crate) fn engine() -> Engine {
    let mut config = wasmi::Config::default();
    config
        .consume_fuel(true)
        .set_max_recursion_depth(100_000)
        .set_max_stack_height(64 << 20);
    Engine::new(&config)
}

impl<'p> Pair<'p> {
    /// Instantiates the module in both and runs its start function.
    pub(crate) fn new(executor: &'p Executor<'p>, program: &'p Program, wasm: &[u8]) -> Result<Self, u8> {
        let engine = engine();
        let module = Module::new(&engine, wasm).expect("wasmi accepts what we accept");
        let mut store = Store::new(&engine, ());
        store.set_fuel(FUEL).unwrap();
        let theirs = Linker::new(&engine).instantiate_and_start(&mut store, &module);
        let mut ours = executor.instantiate();
        let started = match program.start {
            Some(start) => invoke(&mut ours, &program.functions[start as usize], &[]),
            None => Ok(None),
        };
        match theirs {
            Ok(theirs) => {
                assert_eq!(started, Ok(None), "the start function");
                Ok(Self {
                    program,
                    ours,
                    store,
                    theirs,
                })
            }
            Err(error) => {
                let trap = trap(&error);
                assert_eq!(started, Err(trap), "the start function");
                Err(trap)
            }
        }
    }

    /// Calls an export in both, checks that they agree, and returns what they returned.
    pub(crate) fn invoke(&mut self, name: &str, arguments: &[u64]) -> Returned {
        let function = self.program.exported_function(name).expect("an export");
        let ours = invoke(&mut self.ours, function, arguments);
        let theirs = self.invoke_theirs(name, arguments);
        if ours == Err(status::FUEL) || theirs == Err(status::FUEL) {
            return Err(status::FUEL);
        }
        assert_eq!(ours, theirs, "{name}{arguments:?}");
        ours
    }

    /// Calls an export in this VM only.
    pub(crate) fn invoke_ours(&mut self, name: &str, arguments: &[u64]) -> Returned {
        let function = self.program.exported_function(name).expect("an export");
        invoke(&mut self.ours, function, arguments)
    }

    fn invoke_theirs(&mut self, name: &str, arguments: &[u64]) -> Returned {
        let function = self.theirs.get_func(&self.store, name).expect("an export");
        let ty = function.ty(&self.store);
        let arguments: Vec<Val> = ty
            .params()
            .iter()
            .zip(arguments)
            .map(|(ty, word)| match ty {
                wasmi::ValType::I32 => Val::I32(*word as i32),
                _ => Val::I64(*word as i64),
            })
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        self.store.set_fuel(FUEL).unwrap();
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => Ok(results.first().map(word)),
            Err(error) => Err(trap(&error)),
        }
    }

    /// Checks that the exported memory and globals agree.
    pub(crate) fn check_state(&self) {
        for export in self.theirs.exports(&self.store) {
            let name = export.name().to_string();
            if let Some(memory) = export.clone().into_memory() {
                assert!(memory.data(&self.store) == self.ours.memory(), "memory {name}");
            }
            if let Some(global) = export.into_global() {
                let index = self.program.exported_global(&name).expect("an export");
                assert_eq!(
                    self.ours.global(index),
                    Some(word(&global.get(&self.store))),
                    "global {name}"
                );
            }
        }
    }
}

/// Calls a function of ours.
fn invoke(
    instance: &mut Instance<'_>,
    function: &zkfusion_vm::program::Function,
    arguments: &[u64],
) -> Returned {
    let mut kv = BTreeMap::<u32, Leaf>::new();
    let mut host = Environment::new(&[], Leaf::default(), &mut kv);
    instance
        .invoke(function, arguments, FUEL, &mut host)
        .map_err(|trap| trap.status)
}

/// Runs a call as a message of its own, traced and not, and checks the trace; `None` when it takes too long.
pub(crate) fn check_traced(program: &Program, name: &str, arguments: &[u64]) -> Option<Returned> {
    const LIMIT: u64 = 30_000;
    let program = program.calling(program.exported_function(name)?, arguments)?;
    let messages = [Message {
        tape: vec![],
        fuel_limit: LIMIT,
    }];
    let executed = execute_batch(&program, &messages, Leaf::default(), &mut BTreeMap::new());
    let traced = trace_batch(&program, &messages, Leaf::default(), &mut BTreeMap::new());
    assert_eq!(executed, traced.outcomes, "{name}{arguments:?}");
    invariants::check(&program, &traced.trace);
    match traced.outcomes[0].status {
        status::OK => {
            let slot_0 = traced
                .trace
                .touched
                .first()
                .filter(|touched| touched.address == 0);
            Some(Ok(slot_0.map(|touched| touched.last)))
        }
        status::FUEL => None,
        status => Some(Err(status)),
    }
}

/// A value as a word, `i32` zero-extended.
fn word(value: &Val) -> u64 {
    match value {
        Val::I32(value) => u64::from(*value as u32),
        Val::I64(value) => *value as u64,
        other => panic!("{other:?} is not an integer"),
    }
}

/// Our status for a trap of wasmi's.
fn trap(error: &wasmi::Error) -> u8 {
    match error
        .as_trap_code()
        .unwrap_or_else(|| panic!("not a trap: {error}"))
    {
        TrapCode::UnreachableCodeReached => status::UNREACHABLE,
        TrapCode::MemoryOutOfBounds => status::OUT_OF_BOUNDS,
        TrapCode::IntegerDivisionByZero => status::DIVISION_BY_ZERO,
        TrapCode::IntegerOverflow => status::OVERFLOW,
        TrapCode::TableOutOfBounds | TrapCode::IndirectCallToNull | TrapCode::BadSignature => {
            status::BAD_INDIRECT_CALL
        }
        TrapCode::StackOverflow => status::STACK_EXHAUSTED,
        TrapCode::OutOfFuel => status::FUEL,
        other => panic!("unexpected trap {other:?}"),
    }
}
