//! The same module in wasmi and in this VM, side by side.

use std::collections::BTreeMap;

use wasmi::{Engine, ExternRef, Module, Nullable, Store, TrapCode, Val, F32, F64};
use zkfusion_vm::{
    compile_with_entry,
    environment::{Environment, Leaf},
    execute_batch, status, trace_batch, CompileError, Executor, Instance, Message, Program, ENTRY,
};

use super::{
    host::{linker, Host},
    invariants,
};

/// Fuel after which both give up, in their own units, unless a test says otherwise.
const FUEL: u64 = 20_000_000;

/// The batch's randomness.
const SEED: Leaf = [11, 22, 33, 44];

/// Results or how a call ended without them.
pub(crate) type Returned = Result<Vec<u64>, u8>;

/// A module in both machines.
pub(crate) struct Pair<'p> {
    program: &'p Program,
    executor: &'p Executor<'p>,
    ours: Instance,
    /// The app's state here.
    state: BTreeMap<u32, Leaf>,
    store: Store<Host>,
    theirs: wasmi::Instance,
    /// Fuel of a call, for each machine in its own unit.
    pub(crate) fuel: u64,
}

/// Makes wasmi's engine: what is accepted here, fuel, and as deep a stack as ours.
fn engine() -> Engine {
    let mut config = wasmi::Config::default();
    config
        .consume_fuel(true)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .set_max_recursion_depth(100_000)
        .set_max_stack_height(64 << 20);
    Engine::new(&config)
}

/// Makes a module ready to run in wasmi, up to its start function.
fn instantiate(module: &Module, host: Host) -> (Store<Host>, Result<wasmi::Instance, wasmi::Error>) {
    let mut store = Store::new(module.engine(), host);
    store.limiter(|host| &mut host.limits);
    store.set_fuel(FUEL).unwrap();
    let linker = linker(module.engine()).expect("the host functions have different names");
    let instance = linker.instantiate_and_start(&mut store, module);
    (store, instance)
}

/// Compiles a module, and checks that wasmi accepts what is accepted here and refuses what is
/// refused. `None` if it is refused.
///
/// What exceeds a limit of ours is left to us. Imports and active segments are checked here when
/// the module is compiled, and by wasmi when it is instantiated.
pub(crate) fn load(wasm: &[u8]) -> Option<Program> {
    let theirs = Module::new(&engine(), wasm);
    let error = match (compile_with_entry(wasm, None), &theirs) {
        (Ok(program), Ok(_)) => return Some(program),
        (Ok(_), Err(error)) => panic!("accepted, but wasmi: {error}"),
        (Err(error), _) => error,
    };
    let theirs_accepts = match (&error, theirs) {
        (CompileError::TooLarge { .. } | CompileError::TooManyValues { .. }, _) | (_, Err(_)) => false,
        (
            CompileError::SegmentOutOfBounds { .. }
            | CompileError::UnknownImport { .. }
            | CompileError::ImportKind { .. }
            | CompileError::ImportType { .. },
            Ok(module),
        ) => instantiate(&module, Host::new(&[], SEED)).1.is_ok(),
        (_, Ok(_)) => true,
    };
    assert!(!theirs_accepts, "refused, but not by wasmi: {error}");
    None
}

/// Whether a call ended because it took too long or went too deep, which each machine counts in its
/// own way; what it had done by then differs, too.
pub(crate) fn is_unfinished<T>(returned: &Result<T, u8>) -> bool {
    matches!(returned, Err(status::FUEL | status::STACK_EXHAUSTED))
}

impl<'p> Pair<'p> {
    /// Instantiates the module in both and runs its start function.
    pub(crate) fn new(executor: &'p Executor<'p>, program: &'p Program, wasm: &[u8]) -> Result<Self, u8> {
        let module = Module::new(&engine(), wasm).expect("wasmi accepts what we accept");
        let (store, theirs) = instantiate(&module, Host::new(&[], SEED));
        let mut ours = executor.instantiate();
        let mut state = BTreeMap::new();
        let started = program
            .setup_functions()
            .try_for_each(|start| invoke(executor, &mut ours, start, &[], FUEL, &mut state).map(drop));
        let theirs = theirs.map_err(|error| trap(&error));
        for unfinished in [started, theirs.map(drop)] {
            if is_unfinished(&unfinished) {
                unfinished?;
            }
        }
        assert_eq!(started, theirs.map(drop), "the start function");
        Ok(Self {
            program,
            executor,
            ours,
            state,
            store,
            theirs: theirs?,
            fuel: FUEL,
        })
    }

    /// Calls an export in both, checks that they agree, and returns what they returned.
    pub(crate) fn invoke(&mut self, name: &str, arguments: &[u64]) -> Returned {
        let ours = self.invoke_ours(name, arguments);
        let theirs = self.invoke_theirs(name, arguments);
        if is_unfinished(&ours) {
            return ours;
        }
        if is_unfinished(&theirs) {
            return theirs.map(|_| vec![]);
        }
        let agree = match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => {
                let same = |(ours, theirs): (&u64, &Word)| theirs.is(*ours);
                ours.len() == theirs.len() && ours.iter().zip(theirs).all(same)
            }
            (Err(ours), Err(theirs)) => ours == theirs,
            _ => false,
        };
        assert!(agree, "{name}{arguments:?}: {ours:?}, but wasmi: {theirs:?}");
        ours
    }

    /// Calls an export in this VM only.
    pub(crate) fn invoke_ours(&mut self, name: &str, arguments: &[u64]) -> Returned {
        let function = self.program.exported_function(name).expect("an export");
        invoke(
            self.executor,
            &mut self.ours,
            function,
            arguments,
            self.fuel,
            &mut self.state,
        )
    }

    fn invoke_theirs(&mut self, name: &str, arguments: &[u64]) -> Result<Vec<Word>, u8> {
        let function = self.theirs.get_func(&self.store, name).expect("an export");
        let ty = function.ty(&self.store);
        let arguments: Vec<Val> = ty
            .params()
            .iter()
            .zip(arguments)
            .map(|(ty, word)| match ty {
                wasmi::ValType::I32 => Val::I32(*word as i32),
                wasmi::ValType::I64 => Val::I64(*word as i64),
                wasmi::ValType::F32 => Val::F32(F32::from_bits(*word as u32)),
                wasmi::ValType::F64 => Val::F64(F64::from_bits(*word)),
                wasmi::ValType::FuncRef => Val::FuncRef(Nullable::Null),
                _ if *word == 0 => Val::ExternRef(Nullable::Null),
                _ => Val::ExternRef(ExternRef::new(&mut self.store, *word).into()),
            })
            .collect();
        let mut results = vec![Val::I32(0); ty.results().len()];
        self.store.set_fuel(self.fuel).unwrap();
        self.store.data_mut().restart();
        match function.call(&mut self.store, &arguments, &mut results) {
            Ok(()) => Ok(results.iter().map(|value| word(&self.store, value)).collect()),
            Err(error) => Err(trap(&error)),
        }
    }

    /// Checks that the exported memory and globals and the app's state agree.
    pub(crate) fn check_state(&self) {
        assert_eq!(self.state, self.store.data().state);
        for export in self.theirs.exports(&self.store) {
            let name = export.name().to_string();
            if let Some(memory) = export.clone().into_memory() {
                assert!(memory.data(&self.store) == self.ours.memory(), "memory {name}");
            }
            if let Some(global) = export.into_global() {
                let index = self.program.exported_global(&name).expect("an export");
                let theirs = word(&self.store, &global.get(&self.store));
                let ours = self.ours.global(index).expect("a global");
                assert!(theirs.is(ours), "global {name}: {ours}, but wasmi: {theirs:?}");
            }
        }
    }
}

/// Calls a function of ours.
fn invoke(
    executor: &Executor<'_>,
    instance: &mut Instance,
    function: &zkfusion_vm::program::Function,
    arguments: &[u64],
    fuel: u64,
    state: &mut BTreeMap<u32, Leaf>,
) -> Returned {
    let mut host = Environment::new(&[], SEED, state);
    executor
        .invoke(instance, function, arguments, fuel, &mut host)
        .map_err(|trap| trap.status)
}

/// Runs a call as a message of its own, traced and not, and checks the trace; `None` when it takes
/// too long.
pub(crate) fn check_traced(program: &Program, name: &str, arguments: &[u64]) -> Option<Returned> {
    const LIMIT: u64 = 30_000;
    let function = program.exported_function(name)?;
    let results = function.results;
    let program = program.calling(function, arguments)?;
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
            let slot = |slot: u64| {
                let touched = &traced.trace.touched;
                let found = touched.binary_search_by_key(&slot, |touched| touched.address);
                found.map_or(0, |index| touched[index].last)
            };
            Some(Ok((0..results.into()).map(slot).collect()))
        }
        status::FUEL => None,
        status => Some(Err(status)),
    }
}

/// Runs a message in both, checks its ending, its writes and its outbox entries, and returns how it
/// ended.
pub(crate) fn check_message(program: &Program, wasm: &[u8], message: Message) -> Result<(), u8> {
    let module = Module::new(&engine(), wasm).expect("wasmi accepts what we accept");
    let (mut store, started) = instantiate(&module, Host::new(&message.tape, SEED));
    let theirs = started.and_then(|instance| {
        let entry = instance.get_func(&store, ENTRY).expect("an export");
        store.set_fuel(FUEL).unwrap();
        entry.call(&mut store, &[], &mut [])
    });
    let theirs = theirs.map_err(|error| trap(&error));
    let outcome = execute_batch(program, &[message], SEED, &mut BTreeMap::new()).remove(0);
    let ours = match outcome.status {
        status::OK => Ok(()),
        status => Err(status),
    };
    for ending in [ours, theirs] {
        if is_unfinished(&ending) {
            return ending;
        }
    }
    assert_eq!(ours, theirs);
    if theirs.is_ok() {
        let host = store.data();
        assert_eq!((&outcome.writes, &outcome.outbox), (&host.writes, &host.outbox));
    }
    theirs
}

/// A value of wasmi's.
#[derive(Debug, PartialEq)]
enum Word {
    /// A number, an `i32` or the bits of an `f32` zero-extended, or what an external reference
    /// refers to, or 0 for a null reference.
    Exactly(u64),
    /// A NaN of 32 bits, whichever.
    SingleNan,
    /// A NaN of 64 bits, whichever.
    DoubleNan,
    /// A reference to some function.
    Function,
}

impl Word {
    /// Whether it is what our word stands for.
    fn is(&self, ours: u64) -> bool {
        match self {
            Self::Exactly(word) => *word == ours,
            Self::SingleNan => ours >> 32 == 0 && f32::from_bits(ours as u32).is_nan(),
            Self::DoubleNan => f64::from_bits(ours).is_nan(),
            Self::Function => ours != 0,
        }
    }
}

fn word(store: &Store<Host>, value: &Val) -> Word {
    match value {
        Val::I32(value) => Word::Exactly(u64::from(*value as u32)),
        Val::I64(value) => Word::Exactly(*value as u64),
        Val::F32(value) if value.to_float().is_nan() => Word::SingleNan,
        Val::F64(value) if value.to_float().is_nan() => Word::DoubleNan,
        Val::F32(value) => Word::Exactly(u64::from(value.to_bits())),
        Val::F64(value) => Word::Exactly(value.to_bits()),
        Val::FuncRef(Nullable::Null) | Val::ExternRef(Nullable::Null) => Word::Exactly(0),
        Val::FuncRef(Nullable::Val(_)) => Word::Function,
        Val::ExternRef(Nullable::Val(reference)) => {
            let word: &u64 = reference.data(store).downcast_ref().expect("a word");
            Word::Exactly(*word)
        }
        other => panic!("{other:?} is neither a number nor a reference"),
    }
}

/// Our status for a trap of wasmi's or of a host function.
fn trap(error: &wasmi::Error) -> u8 {
    if let Some(status) = error.i32_exit_status() {
        return status as u8;
    }
    match error
        .as_trap_code()
        .unwrap_or_else(|| panic!("not a trap: {error}"))
    {
        TrapCode::UnreachableCodeReached => status::UNREACHABLE,
        TrapCode::MemoryOutOfBounds => status::OUT_OF_BOUNDS,
        TrapCode::IntegerDivisionByZero => status::DIVISION_BY_ZERO,
        TrapCode::IntegerOverflow => status::OVERFLOW,
        TrapCode::BadConversionToInteger => status::INVALID_CONVERSION,
        TrapCode::TableOutOfBounds => status::TABLE_OUT_OF_BOUNDS,
        TrapCode::IndirectCallToNull => status::NULL_REFERENCE,
        TrapCode::BadSignature => status::BAD_INDIRECT_CALL,
        TrapCode::StackOverflow => status::STACK_EXHAUSTED,
        TrapCode::OutOfFuel => status::FUEL,
        other => panic!("unexpected trap {other:?}"),
    }
}
