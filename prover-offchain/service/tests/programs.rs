//! The benchmark programs, built from source: each does what it does in wasmi, and is proved.

#[path = "support/guest.rs"]
mod guest;

use std::slice::from_ref;
use wasmi::{Caller, Engine, Linker, Module, Store};
use zkfusion_halo2::{
    prover::BatchProver,
    srs::{cache_folder, SrsKind},
};
use zkfusion_primitives::message::Message;
use zkfusion_prover::{
    benchmark::{measure, sized_message, Measurement},
    execution::execute,
};

/// The host of a program in wasmi.
#[derive(Default)]
struct World {
    tape: std::vec::IntoIter<u64>,
    leaf: [u64; 4],
    outbox: Vec<[u64; 4]>,
}

/// Returns the outbox after a message in wasmi.
fn outbox_in_wasmi(wasm: &[u8], message: &Message) -> Vec<[u64; 4]> {
    let engine = Engine::default();
    let mut store = Store::new(
        &engine,
        World {
            tape: message.tape().into_iter(),
            ..World::default()
        },
    );
    let mut linker = Linker::new(&engine);
    linker
        .func_wrap("env", "inbox_next", |mut caller: Caller<'_, World>| {
            caller.data_mut().tape.next().unwrap_or_default()
        })
        .unwrap()
        .func_wrap(
            "env",
            "leaf_set",
            |mut caller: Caller<'_, World>, i: u32, word: u64| caller.data_mut().leaf[i as usize % 4] = word,
        )
        .unwrap()
        .func_wrap("env", "outbox_push", |mut caller: Caller<'_, World>| {
            let world = caller.data_mut();
            world.outbox.push(world.leaf);
        })
        .unwrap()
        .func_wrap("env", "log", |_: u32, _: u32| ())
        .unwrap()
        .func_wrap(
            "env",
            "abort",
            |_: u32, _: u32, _: u32, _: u32| -> Result<(), wasmi::Error> {
                Err(wasmi::Error::new("aborted"))
            },
        )
        .unwrap()
        .func_wrap("env", "require", |condition: u32| match condition {
            0 => Err(wasmi::Error::new("require failed")),
            _ => Ok(()),
        })
        .unwrap();
    let module = Module::new(&engine, wasm).unwrap();
    let instance = linker.instantiate_and_start(&mut store, &module).unwrap();
    let entry = instance.get_typed_func::<(), ()>(&store, "zkmain").unwrap();
    entry.call(&mut store, ()).unwrap();
    store.into_data().outbox
}

/// Executes a program here and in wasmi, which must agree, and proves it.
fn check(name: &str, size: u64) -> Measurement {
    let (wasm, message) = (guest::wasm(&format!("programs/{name}")), sized_message(size));
    let execution = execute(&wasm, from_ref(&message), &[0; 32], []).unwrap();
    let outbox = execution.effects.outbox.iter().map(|entry| {
        let word = |i: usize| u64::from_le_bytes(entry[8 * i..8 * i + 8].try_into().unwrap());
        [0, 1, 2, 3].map(word)
    });
    let outbox: Vec<_> = outbox.collect();
    assert_eq!(outbox.len(), 1);
    assert_eq!(outbox, outbox_in_wasmi(&wasm, &message));
    let prover = BatchProver::new(&cache_folder(), SrsKind::InsecureDevelopment);
    let measurement = measure(&prover, &wasm, &message).unwrap();
    println!("{name} {size}: {measurement:?}");
    measurement
}

/// Checks a program without floats: an instruction takes 0.6 steps at most.
fn check_integers(name: &str, size: u64) {
    let measurement = check(name, size);
    assert!(measurement.steps_per_instruction() <= 0.6, "{measurement:?}");
}

#[test]
fn sha256_is_proved() {
    check_integers("sha256", 100);
}

#[test]
fn quicksort_is_proved() {
    check_integers("quicksort", 120);
}

#[test]
fn fibonacci_is_proved() {
    check_integers("fibonacci", 5_000);
}

#[test]
fn kernels_in_c_are_proved() {
    check_integers("kernels", 1);
}

#[test]
fn long_numbers_are_multiplied_and_proved() {
    check_integers("bignum", 24);
}

#[test]
fn json_is_parsed_and_proved() {
    check_integers("json", 1);
}

#[test]
fn a_regular_expression_is_proved() {
    check_integers("regex-search", 1);
}

#[test]
fn an_interpreter_is_proved() {
    check_integers("interpreter", 6);
}

#[test]
fn an_order_book_in_assemblyscript_is_proved() {
    check("orders", 8);
}

#[test]
fn matrices_of_floats_are_proved() {
    check("matrix", 2);
}

#[test]
fn bodies_in_orbit_are_proved() {
    check("nbody", 1);
}

#[test]
fn a_size_that_is_too_large_fails_with_a_reason() {
    let execution = execute(
        &guest::wasm("programs/json"),
        &[sized_message(1 << 40)],
        &[0; 32],
        [],
    )
    .unwrap();
    assert!(!execution.effects.outcomes[0].status.is_ok());
    assert_eq!(execution.details[0].logs, ["at most 2^12 records"]);
}
