//! A module's calls in this VM and in wasmi.

use std::{fmt, iter::Sum, ops::Add};

use rand::{rngs::StdRng, seq::SliceRandom, Rng};
use zkfusion_primitives::message::Payload;
use zkfusion_vm::{compile, Executor, Message};

use super::{
    modules::{arguments, functions},
    oracle::{check_message, check_traced, is_unfinished, load, Pair},
};

/// Functions that are called of a module.
const FUNCTIONS: usize = 12;

/// Calls of each of them.
const CALLS: usize = 4;

/// Fuel of a call.
const CALL_FUEL: u64 = 4_000_000;

/// Messages for each module that takes some.
const MESSAGES: usize = 8;

/// Fuel of a message.
const MESSAGE_FUEL: u64 = 1_000_000;

/// What became of modules and their calls.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// Modules that both machines refuse, or only this one for its size.
    pub(crate) refused: usize,
    /// Modules whose start function traps.
    pub(crate) not_started: usize,
    /// Modules whose functions were called.
    pub(crate) called: usize,
    /// Calls that took too long or went too deep.
    pub(crate) unfinished: usize,
    /// Calls that returned.
    pub(crate) returned: usize,
    /// Calls that trapped.
    pub(crate) trapped: usize,
    /// Calls that were also traced.
    pub(crate) traced: usize,
    /// Messages that ended, well or in a trap.
    pub(crate) messages: usize,
}

/// Calls some exported functions of a module a few times each in both machines; checks results,
/// traps, traces, exported memory and globals, and the app's state. If the module takes messages,
/// sends it some and checks what they do.
pub(crate) fn compare(wasm: &[u8], random: &mut StdRng) -> Tally {
    let Some(program) = load(wasm) else {
        return Tally {
            refused: 1,
            ..Tally::default()
        };
    };
    let executor = Executor::new(&program);
    let instantiate = || {
        let mut pair = Pair::new(&executor, &program, wasm).ok()?;
        pair.fuel = CALL_FUEL;
        Some(pair)
    };
    let Some(mut pair) = instantiate() else {
        return Tally {
            not_started: 1,
            ..Tally::default()
        };
    };
    let mut tally = Tally {
        called: 1,
        messages: messages(wasm, random),
        ..Tally::default()
    };
    let functions = functions(wasm);
    let chosen: Vec<_> = functions.choose_multiple(random, FUNCTIONS).collect();
    for (name, types) in chosen {
        for _ in 0..CALLS {
            let arguments = arguments(random, types);
            match pair.invoke(name, &arguments) {
                Ok(_) => tally.returned += 1,
                unfinished if is_unfinished(&unfinished) => {
                    tally.unfinished += 1;
                    pair = instantiate().expect("it has started before");
                    break;
                }
                Err(_) => tally.trapped += 1,
            }
            tally.traced += usize::from(check_traced(&program, name, &arguments).is_some());
        }
        pair.check_state();
    }
    tally
}

/// Sends messages to a module and returns how many ended.
fn messages(wasm: &[u8], random: &mut StdRng) -> usize {
    let Ok(program) = compile(wasm) else {
        return 0;
    };
    let ended = (0..MESSAGES)
        .filter(|_| !is_unfinished(&check_message(&program, wasm, message(random, MESSAGE_FUEL))));
    ended.count()
}

/// Returns a message of up to six words, the first of which is small, as numbers of operations are.
pub(crate) fn message(random: &mut StdRng, fuel_limit: u64) -> Message {
    let mut payload = random.gen_range(0..5u64).to_le_bytes().to_vec();
    payload.resize(random.gen_range(0..48), 0);
    for byte in payload.iter_mut().skip(8) {
        *byte = random.gen::<u8>() & random.gen::<u8>();
    }
    let message = zkfusion_primitives::message::Message {
        index: random.gen_range(0..1_000),
        sender: [7; 32],
        at_block: 10,
        fuel_limit,
        payload: Payload::truncate_from(payload),
    };
    let tape = message.tape();
    Message { tape, fuel_limit }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            refused: self.refused + other.refused,
            not_started: self.not_started + other.not_started,
            called: self.called + other.called,
            unfinished: self.unfinished + other.unfinished,
            returned: self.returned + other.returned,
            trapped: self.trapped + other.trapped,
            traced: self.traced + other.traced,
            messages: self.messages + other.messages,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} modules called, {} not started, {} refused; {} calls returned, {} trapped, {} took too long, {} were traced; {} messages",
            self.called,
            self.not_started,
            self.refused,
            self.returned,
            self.trapped,
            self.unfinished,
            self.traced,
            self.messages
        )
    }
}
