//! Instances of a script's modules.
//!
//! Instances that share anything are in one group, which is one program of the VM. When a module
//! imports from instances, their groups become one, with the module: it is compiled anew, and
//! everything that was done with its parts is done again, in the same order. The VM is
//! deterministic, so that leads to the state in which the parts were.

use std::collections::BTreeMap;

use wasmparser::{ExternalKind, TypeRef};
use zkfusion_vm::{
    compile_with_entry,
    environment::{Environment, Leaf},
    limits::Limit,
    program::Function,
    status, CompileError, Executor, Instance, Program,
};

use crate::{
    interface::Interface,
    merge::{export, initializer, merge, MergeError, Part},
};

/// Fuel of a call.
const FUEL: u64 = 1 << 32;

/// An instance's number. Instances are numbered in the order in which they are made.
pub(crate) type Id = usize;

/// Results of a call, or the status with which it ended.
pub(crate) type Returned = Result<Vec<u64>, u8>;

/// Why there is no instance.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// The module is beyond what the VM or these scripts' linker do.
    Unsupported(String),
    /// The module is not valid.
    Invalid(String),
    /// An import cannot be resolved.
    Unlinkable(String),
    /// Instantiation ended with a status.
    Trapped(u8),
}

/// Something that was done.
#[derive(Clone, Debug)]
enum Action {
    Instantiate(Id),
    Call {
        instance: Id,
        export: String,
        arguments: Vec<u64>,
    },
}

/// Instances that share something.
#[derive(Debug)]
struct Group {
    program: Program,
    memory: Instance,
    /// A single module without imports is the program itself; its names have no prefix.
    is_plain: bool,
    parts: BTreeMap<Id, Part>,
    /// What was done, by time.
    actions: BTreeMap<u64, Action>,
}

/// All instances.
#[derive(Debug, Default)]
pub(crate) struct Store {
    groups: BTreeMap<usize, Group>,
    /// The group of each instance.
    members: BTreeMap<Id, usize>,
    time: u64,
}

/// A call that was made.
pub(crate) struct Made {
    /// The program that makes it in the state before it.
    pub(crate) program: Program,
    /// How it ended.
    pub(crate) returned: Returned,
}

impl Store {
    /// Instantiates a module whose imports `resolve` finds.
    pub(crate) fn instantiate(
        &mut self,
        wasm: Vec<u8>,
        mut resolve: impl FnMut(&mut Self, &str, &str) -> Result<Id, Refusal>,
    ) -> Result<Id, Refusal> {
        let plain = match compile_with_entry(&wasm, None) {
            Ok(program) => Some(program),
            Err(
                CompileError::UnknownImport { .. }
                | CompileError::ImportKind { .. }
                | CompileError::ImportType { .. },
            ) => None,
            Err(error) => return Err(refusal(error)),
        };
        let interface = Interface::read(&wasm).map_err(|error| Refusal::Invalid(error.to_string()))?;
        let mut resolved = Vec::new();
        for import in &interface.imports {
            let id = resolve(self, &import.module, &import.name)?;
            let index = self.link(&interface, import.ty, id, &import.name)?;
            resolved.push((id, index));
        }
        let exports_table = interface
            .exports
            .values()
            .any(|(kind, _)| *kind == ExternalKind::Table);
        let is_plain = interface.imports.is_empty() && !exports_table;
        self.time += 1;
        let id = self.time as Id;
        let mut parts = BTreeMap::new();
        let mut actions = BTreeMap::from([(self.time, Action::Instantiate(id))]);
        let mut joined: Vec<usize> = resolved.iter().map(|(id, _)| self.members[id]).collect();
        joined.sort_unstable();
        joined.dedup();
        for group in &joined {
            parts.extend(self.groups[group].parts.clone());
            actions.extend(self.groups[group].actions.clone());
        }
        let part = Part {
            wasm,
            interface,
            resolved,
        };
        parts.insert(id, part);
        let program = match plain.filter(|_| is_plain) {
            Some(program) => program,
            None => {
                let merged = merge(&parts).map_err(unmergeable)?;
                compile_with_entry(&merged, None).map_err(refusal)?
            }
        };
        let memory = Executor::new(&program).instantiate();
        let mut group = Group {
            program,
            memory,
            is_plain,
            parts,
            actions,
        };
        let returned = group.replay();
        for joined in joined {
            self.groups.remove(&joined);
        }
        self.members.extend(group.parts.keys().map(|part| (*part, id)));
        self.groups.insert(id, group);
        match returned {
            Ok(_) => Ok(id),
            Err(status) => Err(Refusal::Trapped(status)),
        }
    }

    /// Calls an export; `None` if there is no such function.
    pub(crate) fn call(&mut self, id: Id, name: &str, arguments: &[u64]) -> Option<Made> {
        let group = self.groups.get_mut(self.members.get(&id)?)?;
        let function = group.program.exported_function(&group.name(id, name))?;
        let function = function.clone();
        if function.params as usize != arguments.len() {
            return None;
        }
        let program = group.program.resuming(&group.memory, &function, arguments)?;
        let returned = group.invoke(&function, arguments);
        self.time += 1;
        let action = Action::Call {
            instance: id,
            export: name.into(),
            arguments: arguments.to_vec(),
        };
        group.actions.insert(self.time, action);
        Some(Made { program, returned })
    }

    /// Reads an exported global; `None` if there is none.
    pub(crate) fn global(&self, id: Id, name: &str) -> Option<u64> {
        let group = self.groups.get(self.members.get(&id)?)?;
        group
            .memory
            .global(group.program.exported_global(&group.name(id, name))?)
    }

    /// Checks that an instance's export is what an import asks for and returns its index in the
    /// instance.
    fn link(&mut self, importer: &Interface, ty: TypeRef, id: Id, name: &str) -> Result<u32, Refusal> {
        let unlinkable = |what: &str| Err(Refusal::Unlinkable(format!("{what}: {name}")));
        let group = self.members.get(&id).and_then(|group| self.groups.get_mut(group));
        let Some(group) = group else {
            return unlinkable("unknown import");
        };
        let Some(&(kind, index)) = group.parts[&id].interface.exports.get(name) else {
            return unlinkable("unknown import");
        };
        let at = index as usize;
        let fits = match (ty, kind) {
            (TypeRef::Func(ty) | TypeRef::FuncExact(ty), ExternalKind::Func) => {
                importer.types.get(ty as usize) == group.parts[&id].interface.function(index)
            }
            (TypeRef::Global(ty), ExternalKind::Global) => ty == group.parts[&id].interface.globals[at],
            (TypeRef::Table(wanted), ExternalKind::Table) => {
                let size = group.table_size(id, name);
                let ty = group.parts[&id].interface.tables[at];
                ty.element_type == wanted.element_type
                    && fits(wanted.initial, wanted.maximum, size, ty.maximum)
            }
            (TypeRef::Memory(wanted), ExternalKind::Memory) => {
                let pages = group.memory.memory().len() as u64 >> 16;
                let ty = group.parts[&id].interface.memories[at];
                fits(wanted.initial, wanted.maximum, pages, ty.maximum)
            }
            _ => false,
        };
        if fits {
            Ok(index)
        } else {
            unlinkable("incompatible import type")
        }
    }
}

/// Whether something of a size and with a maximum is what an import with these limits asks for.
fn fits(initial: u64, wanted_maximum: Option<u64>, size: u64, maximum: Option<u64>) -> bool {
    let below = wanted_maximum.is_none_or(|wanted| maximum.is_some_and(|maximum| maximum <= wanted));
    size >= initial && below
}

impl Group {
    /// Returns the program's name of what an instance exports.
    fn name(&self, id: Id, name: &str) -> String {
        if self.is_plain {
            name.into()
        } else {
            export(id, name)
        }
    }

    /// Does everything again and returns how the last action ended, which is the newest part's
    /// instantiation.
    fn replay(&mut self) -> Returned {
        let mut returned = Ok(Vec::new());
        for action in self.actions.clone().into_values() {
            let (name, arguments) = match &action {
                Action::Instantiate(_) if self.is_plain => {
                    returned = self.start();
                    continue;
                }
                Action::Instantiate(id) => (initializer(*id), &[][..]),
                Action::Call {
                    instance,
                    export,
                    arguments,
                } => (self.name(*instance, export), &arguments[..]),
            };
            let function = self.program.exported_function(&name).cloned();
            if let Some(function) = function {
                returned = self.invoke(&function, arguments);
            }
        }
        returned
    }

    /// Calls the program's start function, if there is one.
    fn start(&mut self) -> Returned {
        let functions: Vec<Function> = self.program.setup_functions().cloned().collect();
        functions
            .iter()
            .try_fold(Vec::new(), |_, function| self.invoke(function, &[]))
    }

    fn invoke(&mut self, function: &Function, arguments: &[u64]) -> Returned {
        let mut kv = BTreeMap::<u32, Leaf>::new();
        let mut host = Environment::new(&[], Leaf::default(), &mut kv);
        Executor::new(&self.program)
            .invoke(&mut self.memory, function, arguments, FUEL, &mut host)
            .map_err(|trap| trap.status)
    }

    fn table_size(&mut self, id: Id, name: &str) -> u64 {
        let name = self.name(id, name);
        let function = self.program.exported_function(&name).cloned();
        let size = function.and_then(|function| self.invoke(&function, &[]).ok());
        size.and_then(|size| size.first().copied()).unwrap_or_default()
    }
}

fn refusal(error: CompileError) -> Refusal {
    match error {
        CompileError::NotWasm { .. } | CompileError::Invalid { .. } => Refusal::Invalid(error.to_string()),
        // More than the specification allows, and not only more than our limit.
        CompileError::TooLarge {
            limit: Limit::Locals,
            size: 0x1_0000_0000..,
            ..
        } => Refusal::Invalid(error.to_string()),
        CompileError::SegmentOutOfBounds { kind: "data", .. } => Refusal::Trapped(status::OUT_OF_BOUNDS),
        CompileError::SegmentOutOfBounds { .. } => Refusal::Trapped(status::TABLE_OUT_OF_BOUNDS),
        CompileError::TooLarge { limit, .. } => {
            Refusal::Unsupported(format!("more {} than the limit", limit.name()))
        }
        CompileError::UnsupportedInstruction { instruction, .. } => Refusal::Unsupported(instruction),
        CompileError::UnsupportedType { ty, .. } => Refusal::Unsupported(ty),
        other => Refusal::Unsupported(other.to_string()),
    }
}

fn unmergeable(error: MergeError) -> Refusal {
    Refusal::Unsupported(match error {
        MergeError::Memories => "linked modules with a memory each".into(),
        MergeError::PassiveGlobal => "passive segments that name globals".into(),
        MergeError::Encoding(error) => format!("merging: {error}"),
    })
}
