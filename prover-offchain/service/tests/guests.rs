//! The example programs, built from source and executed.

#[path = "support/guest.rs"]
mod guest;

use std::collections::BTreeMap;
use zkfusion_primitives::{merkle::Leaf, status::MessageStatus};
use zkfusion_prover::{
    execution::{execute, Execution, Script, ScriptMessage},
    payload::parse_account,
};

const MINT: &str = "u64:1";
const TRANSFER: &str = "u64:2";
const OPEN: &str = "u64:1";
const ENTER: &str = "u64:2";
const DRAW: &str = "u64:3";

fn message(sender: &str, payload: &[&str]) -> ScriptMessage {
    ScriptMessage {
        sender: sender.into(),
        payload: payload.iter().map(|item| item.to_string()).collect(),
        fuel_limit: 20_000,
        at_block: 1,
    }
}

fn run_from(
    wasm: &[u8],
    seed: [u8; 32],
    leaves: Vec<(u32, Leaf)>,
    messages: Vec<ScriptMessage>,
) -> Execution {
    let messages = Script {
        messages,
        ..Script::default()
    }
    .messages()
    .unwrap();
    execute(wasm, &messages, &seed, leaves).unwrap()
}

fn run(wasm: &[u8], messages: Vec<ScriptMessage>) -> Execution {
    run_from(wasm, [0; 32], vec![], messages)
}

fn statuses(execution: &Execution) -> Vec<MessageStatus> {
    execution
        .effects
        .outcomes
        .iter()
        .map(|outcome| outcome.status)
        .collect()
}

fn word(leaf: &Leaf, i: usize) -> u64 {
    u64::from_le_bytes(leaf[8 * i..8 * i + 8].try_into().unwrap())
}

/// Returns the balances by account name.
fn balances(execution: &Execution) -> BTreeMap<&'static str, u64> {
    let name = |leaf: &Leaf| {
        ["Alice", "Bob", "Charlie", "Dave"]
            .into_iter()
            .find(|name| parse_account(name).unwrap()[..24] == leaf[8..])
            .expect("a leaf belongs to an account")
    };
    let holders = execution.state.leaves().filter(|(index, _)| *index != 0);
    holders.map(|(_, leaf)| (name(leaf), word(leaf, 0))).collect()
}

#[test]
fn tokens_are_minted_and_transferred() {
    let execution = run(
        &guest::wasm("token"),
        vec![
            message("Alice", &[MINT, "account:Alice", "u64:1000"]),
            message("Alice", &[TRANSFER, "account:Bob", "u64:300"]),
            message("Bob", &[TRANSFER, "account:Charlie", "u64:100"]),
            message("Bob", &[TRANSFER, "account:Bob", "u64:200"]),
        ],
    );
    assert_eq!(statuses(&execution), [MessageStatus::Ok; 4]);
    assert_eq!(
        balances(&execution),
        BTreeMap::from([("Alice", 700), ("Bob", 200), ("Charlie", 100)])
    );
    assert_eq!(word(&execution.state.get(0), 0), 1000);
}

#[test]
fn a_transfer_takes_few_steps_and_no_linear_memory() {
    let execution = run(
        &guest::wasm("token"),
        vec![
            message("Alice", &[MINT, "account:Alice", "u64:1000"]),
            message("Alice", &[TRANSFER, "account:Bob", "u64:300"]),
        ],
    );
    let detail = &execution.details[1];
    println!(
        "transfer: {} steps, {} fuel",
        detail.steps, execution.effects.outcomes[1].fuel_used
    );
    assert!(detail.steps < 400, "{} steps", detail.steps);
}

#[test]
fn what_the_ledger_does_not_allow_fails_and_leaves_no_trace() {
    let wasm = guest::wasm("token");
    let start = run(
        &wasm,
        vec![message("Alice", &[MINT, "account:Alice", "u64:1000"])],
    );
    let leaves: Vec<_> = start.state.leaves().map(|(index, leaf)| (index, *leaf)).collect();
    let cases: [(&str, &[&str], &str); 5] = [
        (
            "Alice",
            &[TRANSFER, "account:Bob", "u64:1001"],
            "the balance is too low",
        ),
        (
            "Bob",
            &[TRANSFER, "account:Alice", "u64:1"],
            "the balance is too low",
        ),
        ("Bob", &[MINT, "account:Bob", "u64:1"], "only the admin mints"),
        ("Alice", &["u64:3", "account:Bob", "u64:1"], "unknown operation"),
        (
            "Alice",
            &[TRANSFER, "account:Bob"],
            "the payload has the wrong length",
        ),
    ];
    for (sender, payload, reason) in cases {
        let execution = run_from(&wasm, [0; 32], leaves.clone(), vec![message(sender, payload)]);
        assert_eq!(statuses(&execution), [MessageStatus::RequireFailed], "{reason}");
        assert_eq!(execution.details[0].logs, [reason]);
        assert_eq!(execution.state.root(), start.state.root(), "{reason}");
    }
}

#[test]
fn a_supply_that_overflows_traps_and_leaves_no_trace() {
    let mint = |amount| message("Alice", &[MINT, "account:Alice", amount]);
    let execution = run(
        &guest::wasm("token"),
        vec![mint("u64:1"), mint("u64:18446744073709551615")],
    );
    assert_eq!(
        statuses(&execution),
        [MessageStatus::Ok, MessageStatus::Unreachable]
    );
    let once = run(&guest::wasm("token"), vec![mint("u64:1")]);
    assert_eq!(execution.state.root(), once.state.root());
}

#[test]
fn accounts_that_share_an_index_have_leaves_of_their_own() {
    let wasm = guest::wasm("token");
    // The index is a hash of four words; words that differ by what their rotations cancel share it.
    let mut twin = parse_account("Bob").unwrap();
    let flip = 1u64 << 20;
    for (place, flip) in [(0, flip.rotate_left(17)), (8, flip)] {
        for (byte, flip) in twin[place..place + 8].iter_mut().zip(flip.to_le_bytes()) {
            *byte ^= flip;
        }
    }
    let twin = format!("0x{}", hex::encode(twin));
    let execution = run(
        &wasm,
        vec![
            message("Alice", &[MINT, "account:Bob", "u64:5"]),
            message("Alice", &[MINT, &format!("account:{twin}"), "u64:7"]),
            message(&twin, &[TRANSFER, "account:Bob", "u64:2"]),
        ],
    );
    assert_eq!(statuses(&execution), [MessageStatus::Ok; 3]);
    let leaves: Vec<_> = execution
        .state
        .leaves()
        .filter(|(index, _)| *index != 0)
        .collect();
    assert_eq!(leaves.len(), 2);
    assert_eq!(leaves[1].0, leaves[0].0 + 1, "the twins are neighbours");
    assert_eq!((word(leaves[0].1, 0), word(leaves[1].1, 0)), (7, 5));
}

#[test]
fn the_raffle_is_won_by_the_ticket_that_the_seed_names() {
    let wasm = guest::wasm("raffle");
    let messages = || {
        vec![
            message("Alice", &[OPEN]),
            message("Bob", &[ENTER]),
            message("Charlie", &[ENTER]),
            message("Dave", &[ENTER]),
            message("Alice", &[DRAW]),
        ]
    };
    for (seed, winner) in [(0, "Bob"), (1, "Charlie"), (2, "Dave"), (3, "Bob")] {
        let mut bytes = [0; 32];
        bytes[0] = seed;
        let execution = run_from(&wasm, bytes, vec![], messages());
        assert_eq!(statuses(&execution), [MessageStatus::Ok; 5]);
        assert_eq!(execution.effects.outbox, [parse_account(winner).unwrap()]);
        assert_eq!(execution.state.get(2), parse_account(winner).unwrap());
        assert_eq!([0, 1, 2].map(|i| word(&execution.state.get(0), i)), [1, 0, 0]);
    }
}

#[test]
fn the_raffle_refuses_what_is_out_of_order() {
    let execution = run(
        &guest::wasm("raffle"),
        vec![
            message("Bob", &[ENTER]),
            message("Alice", &[OPEN]),
            message("Alice", &[DRAW]),
            message("Bob", &[ENTER]),
            message("Bob", &[DRAW]),
            message("Bob", &[OPEN]),
        ],
    );
    let (ok, failed) = (MessageStatus::Ok, MessageStatus::RequireFailed);
    assert_eq!(statuses(&execution), [failed, ok, failed, ok, failed, failed]);
    let reasons: Vec<_> = execution.details.iter().flat_map(|detail| &detail.logs).collect();
    let expected = [
        "no round is open",
        "nobody has entered",
        "only the organiser draws",
        "a round is open already",
    ];
    assert_eq!(reasons, expected);
    assert!(execution.effects.outbox.is_empty());
}

#[test]
fn a_program_in_c_counts() {
    let execution = run(
        &guest::wasm("c-counter"),
        vec![
            message("Alice", &["u64:5"]),
            message("Bob", &["u64:1001"]),
            message("Bob", &["u64:7"]),
        ],
    );
    let (ok, failed) = (MessageStatus::Ok, MessageStatus::RequireFailed);
    assert_eq!(statuses(&execution), [ok, failed, ok]);
    assert_eq!(execution.details[1].logs, ["a step is at most 1000"]);
    let counter = execution.state.get(0);
    assert_eq!((word(&counter, 0), word(&counter, 1)), (12, 2));
}

#[test]
fn running_out_of_fuel_is_a_failed_message() {
    let mut starved = message("Alice", &["u64:5"]);
    starved.fuel_limit = 20;
    let execution = run(&guest::wasm("c-counter"), vec![starved]);
    assert_eq!(statuses(&execution), [MessageStatus::FuelExhausted]);
    assert_eq!(execution.effects.outcomes[0].fuel_used, 20);
}
