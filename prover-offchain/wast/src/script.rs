//! The directives of a script.

use std::collections::BTreeMap;

use wast::{
    lexer::Lexer,
    parser::{parse, ParseBuffer},
    token::{Id as Name, Span},
    QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, WastRet,
};
use zkfusion_vm::{status, Program};

use crate::{
    spectest,
    store::{Id, Refusal, Returned, Store},
    value::{argument, is_allowed},
    Failure, Report,
};

/// A call that a script makes.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The line of the directive, from 1.
    pub line: usize,
    /// A program whose message makes this call, in the memory that the script has left.
    pub program: &'a Program,
    /// What it returns, which that message has in its slots from 0 on at its end, or the status
    /// with which it ends.
    pub returned: &'a Result<Vec<u64>, u8>,
}

/// Runs a script. What `check` says against a call counts as the failure of the directive that
/// makes it.
///
/// A text that is not a script is one failure.
pub fn run(text: &str, check: impl FnMut(Call<'_>) -> Result<(), String>) -> Report {
    let mut report = Report::default();
    let mut lexer = Lexer::new(text);
    // Scripts test such names.
    lexer.allow_confusing_unicode(true);
    let parsed = ParseBuffer::new_with_lexer(lexer);
    let parsed = parsed.as_ref().map_err(ToString::to_string);
    let wast = parsed.and_then(|buffer| parse::<Wast<'_>>(buffer).map_err(|error| error.to_string()));
    let wast = match wast {
        Ok(wast) => wast,
        Err(message) => {
            report.failed.push(Failure { line: 1, message });
            return report;
        }
    };
    let mut script = Script {
        text,
        check,
        store: Store::default(),
        last: Err("no module".into()),
        named: BTreeMap::new(),
        registered: BTreeMap::new(),
        shared: BTreeMap::new(),
    };
    for directive in wast.directives {
        let line = script.line(directive.span());
        match script.directive(line, directive) {
            Ok(()) => report.passed += 1,
            Err(Miss::Failed(message)) => report.failed.push(Failure { line, message }),
            Err(Miss::Skipped(reason)) => *report.skipped.entry(reason).or_default() += 1,
        }
    }
    report
}

/// Why a directive did not pass.
enum Miss {
    Failed(String),
    Skipped(String),
}

impl From<String> for Miss {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

/// An instance, or why directives about it are skipped.
type Handle = Result<Id, String>;

/// A script being run.
struct Script<'t, C> {
    text: &'t str,
    check: C,
    store: Store,
    /// The latest module.
    last: Handle,
    /// Modules by their names in the script.
    named: BTreeMap<String, Handle>,
    /// Modules by their names in imports.
    registered: BTreeMap<String, Handle>,
    /// Parts of `spectest` that are shared, by their index.
    shared: BTreeMap<usize, Id>,
}

impl<C: FnMut(Call<'_>) -> Result<(), String>> Script<'_, C> {
    fn line(&self, span: Span) -> usize {
        span.linecol_in(self.text).0 + 1
    }

    fn directive(&mut self, line: usize, directive: WastDirective<'_>) -> Result<(), Miss> {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::Register { name, module, .. } => {
                let handle = self.handle(module);
                self.registered.insert(name.into(), handle.clone());
                handle.map(drop).map_err(Miss::Skipped)
            }
            WastDirective::Invoke(call) => match self.invoke(line, &call)? {
                Ok(_) => Ok(()),
                Err(status) => Err(Miss::Failed(ended(status))),
            },
            WastDirective::AssertReturn { exec, results, .. } => {
                let returned = match exec {
                    WastExecute::Invoke(call) => self.invoke(line, &call)?,
                    WastExecute::Get { module, global, .. } => Ok(vec![self.global(module, global)?]),
                    WastExecute::Wat(_) => return Err(Miss::Skipped("results of a module".into())),
                };
                expect_results(&returned, &results)
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let status = match exec {
                    WastExecute::Invoke(call) => self.invoke(line, &call)?.err(),
                    WastExecute::Wat(module) => match self.instantiate(QuoteWat::Wat(module)) {
                        Ok(_) => None,
                        Err(Refusal::Trapped(status)) => Some(status),
                        Err(refusal) => return Err(miss(refusal)),
                    },
                    WastExecute::Get { .. } => None,
                };
                expect_trap(status, message)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                let status = self.invoke(line, &call)?.err();
                expect_trap(status, message)
            }
            WastDirective::AssertInvalid { module, .. } | WastDirective::AssertMalformed { module, .. } => {
                match self.instantiate(module) {
                    Err(Refusal::Invalid(_)) => Ok(()),
                    Err(Refusal::Unsupported(reason)) => Err(Miss::Skipped(reason)),
                    _ => Err(Miss::Failed("accepted as valid".into())),
                }
            }
            WastDirective::AssertUnlinkable { module, .. } => match self.instantiate(QuoteWat::Wat(module)) {
                Err(Refusal::Unlinkable(_)) => Ok(()),
                Err(Refusal::Unsupported(reason)) => Err(Miss::Skipped(reason)),
                _ => Err(Miss::Failed("linked".into())),
            },
            _ => Err(Miss::Skipped("directives of later versions".into())),
        }
    }

    /// Instantiates a module, which becomes the one that directives without a name are about.
    fn module(&mut self, module: QuoteWat<'_>) -> Result<(), Miss> {
        let name = module.name().map(|name| name.name().to_string());
        let (handle, outcome) = match self.instantiate(module) {
            Ok(id) => (Ok(id), Ok(())),
            Err(refusal) => {
                let miss = miss(refusal);
                let reason = match &miss {
                    Miss::Skipped(reason) => reason.clone(),
                    Miss::Failed(_) => "a module that failed".into(),
                };
                (Err(reason), Err(miss))
            }
        };
        if let Some(name) = name {
            self.named.insert(name, handle.clone());
        }
        self.last = handle;
        outcome
    }

    /// Instantiates a module.
    fn instantiate(&mut self, mut module: QuoteWat<'_>) -> Result<Id, Refusal> {
        let wasm = module
            .encode()
            .map_err(|error| Refusal::Invalid(error.to_string()))?;
        let (registered, shared) = (&self.registered, &mut self.shared);
        let mut copies = BTreeMap::new();
        self.store
            .instantiate(wasm, |store, module, name| match registered.get(module) {
                Some(Ok(id)) => Ok(*id),
                Some(Err(reason)) => Err(Refusal::Unsupported(reason.clone())),
                None if module == "spectest" => spectest_part(store, shared, &mut copies, name),
                None => Err(Refusal::Unlinkable(format!("unknown import: {module}.{name}"))),
            })
    }

    /// Returns the module with a name, or the latest.
    fn handle(&self, name: Option<Name<'_>>) -> Handle {
        match name {
            Some(name) => self
                .named
                .get(name.name())
                .cloned()
                .unwrap_or_else(|| Err("no module".into())),
            None => self.last.clone(),
        }
    }

    /// Makes a call and has it checked.
    fn invoke(&mut self, line: usize, call: &WastInvoke<'_>) -> Result<Returned, Miss> {
        let id = self.handle(call.module).map_err(Miss::Skipped)?;
        let arguments: Option<Vec<u64>> = call.args.iter().map(argument).collect();
        let arguments = arguments.ok_or_else(|| Miss::Skipped("values of later versions".into()))?;
        let made = self.store.call(id, call.name, &arguments);
        let made = made.ok_or_else(|| format!("no function {} with these parameters", call.name))?;
        (self.check)(Call {
            line,
            program: &made.program,
            returned: &made.returned,
        })?;
        Ok(made.returned)
    }

    fn global(&self, module: Option<Name<'_>>, name: &str) -> Result<u64, Miss> {
        let id = self.handle(module).map_err(Miss::Skipped)?;
        let value = self.store.global(id, name);
        value.ok_or_else(|| Miss::Failed(format!("no global {name}")))
    }
}

/// Returns an instance of the part of `spectest` that exports `name`.
fn spectest_part(
    store: &mut Store,
    shared: &mut BTreeMap<usize, Id>,
    copies: &mut BTreeMap<usize, Id>,
    name: &str,
) -> Result<Id, Refusal> {
    let part = spectest::PARTS
        .iter()
        .position(|part| part.exports.contains(&name));
    let part = part.ok_or_else(|| Refusal::Unlinkable(format!("unknown import: spectest.{name}")))?;
    let instances = if spectest::PARTS[part].shared {
        shared
    } else {
        copies
    };
    if let Some(id) = instances.get(&part) {
        return Ok(*id);
    }
    let wasm =
        wat::parse_str(spectest::PARTS[part].text).map_err(|error| Refusal::Invalid(error.to_string()))?;
    let id = store.instantiate(wasm, |_, _, name| Err(Refusal::Unlinkable(name.into())))?;
    instances.insert(part, id);
    Ok(id)
}

/// What a refusal of a module that should be instantiated means.
fn miss(refusal: Refusal) -> Miss {
    match refusal {
        Refusal::Unsupported(reason) => Miss::Skipped(reason),
        Refusal::Invalid(message) | Refusal::Unlinkable(message) => Miss::Failed(message),
        Refusal::Trapped(status) => Miss::Failed(ended(status)),
    }
}

fn ended(status: u8) -> String {
    format!("ended: {}", status::name(status))
}

fn expect_results(returned: &Returned, expected: &[WastRet<'_>]) -> Result<(), Miss> {
    let returned = returned.as_ref().map_err(|status| ended(*status))?;
    let mut allowed = returned.len() == expected.len();
    for (word, expected) in returned.iter().zip(expected) {
        let is_allowed = is_allowed(*word, expected);
        allowed &= is_allowed.ok_or_else(|| Miss::Skipped("values of later versions".into()))?;
    }
    if allowed {
        Ok(())
    } else {
        Err(Miss::Failed(format!(
            "returned {returned:x?} instead of {expected:x?}"
        )))
    }
}

/// Checks that a call ended with the status that the script's message stands for.
fn expect_trap(status: Option<u8>, message: &str) -> Result<(), Miss> {
    const MESSAGES: [(&str, u8); 12] = [
        ("unreachable", status::UNREACHABLE),
        ("out of bounds memory access", status::OUT_OF_BOUNDS),
        ("integer divide by zero", status::DIVISION_BY_ZERO),
        ("integer overflow", status::OVERFLOW),
        ("indirect call type mismatch", status::BAD_INDIRECT_CALL),
        ("call stack exhausted", status::STACK_EXHAUSTED),
        ("undefined element", status::TABLE_OUT_OF_BOUNDS),
        ("undefined", status::TABLE_OUT_OF_BOUNDS),
        ("out of bounds table access", status::TABLE_OUT_OF_BOUNDS),
        ("uninitialized element", status::NULL_REFERENCE),
        ("uninitialized", status::NULL_REFERENCE),
        ("invalid conversion to integer", status::INVALID_CONVERSION),
    ];
    let Some(status) = status else {
        return Err(Miss::Failed(format!("returned instead of: {message}")));
    };
    // A script may give the beginning of a message, and an engine's details after it.
    let stands_for_it = |(known, of): &(&str, u8)| {
        *of == status && (message.starts_with(known) || known.starts_with(message))
    };
    if MESSAGES.iter().any(stands_for_it) {
        Ok(())
    } else {
        Err(Miss::Failed(format!("{} instead of: {message}", ended(status))))
    }
}
