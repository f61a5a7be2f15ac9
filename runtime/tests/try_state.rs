//! What the pallets promise of their storage, checked on the states that networks left in the tests
//! before: `zkfusion_tests::state` writes them.
//!
//! A version of the runtime checks the states of its own: another one may keep its storage
//! elsewhere.

use codec::Compact;
use frame_support::traits::{TryState, TryStateSelect};
use serde_json::Value;
use sp_core::{
    storage::{well_known_keys, Storage},
    H256,
};
use sp_runtime::StateVersion;
use std::{collections::BTreeSet, fs, path::Path};
use zkfusion_runtime::{AllPalletsWithSystem, BlockNumber, Runtime, VERSION};

/// Names the tests that must have left a state, with spaces between.
const TESTS: &str = "ZKFUSION_STATES";

fn bytes(text: &Value) -> Vec<u8> {
    let digits = text.as_str().and_then(|text| text.strip_prefix("0x"));
    hex::decode(digits.expect("bytes are text with 0x")).expect("bytes are hexadecimal")
}

/// Checks a state, and returns how many of its values there are. One of another version of the
/// runtime is not checked.
fn check(path: &Path) -> Option<usize> {
    let name = path.display();
    let text = fs::read(path).unwrap_or_else(|error| panic!("{name}: {error}"));
    let document: Value = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let pairs = document["pairs"].as_object().expect("a state has pairs");
    let top = pairs
        .iter()
        .map(|(key, value)| (bytes(&Value::from(key.as_str())), bytes(value)));
    let storage = Storage {
        top: top.collect(),
        children_default: Default::default(),
    };
    let number = document["number"].as_str().expect("a header has a number");
    let number = BlockNumber::from_str_radix(number.trim_start_matches("0x"), 16).expect("it is one");
    // Made of the storage alone, the state would have no code.
    let code = storage
        .top
        .get(well_known_keys::CODE)
        .cloned()
        .unwrap_or_default();
    sp_io::TestExternalities::new_with_code(&code, storage).execute_with(|| {
        let last = frame_system::LastRuntimeUpgrade::<Runtime>::get().expect("a version made the state");
        if last.spec_version != Compact(VERSION.spec_version) {
            return None;
        }
        let root = H256::from_slice(&sp_io::storage::root(StateVersion::V1));
        let expected = H256::from_slice(&bytes(&document["stateRoot"]));
        assert_eq!(root, expected, "{name} is not all of the state");
        let checked = AllPalletsWithSystem::try_state(number, TryStateSelect::All);
        checked.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        Some(pairs.len())
    })
}

#[test]
fn states_of_networks_should_be_as_the_pallets_promise() {
    let us = std::env::current_exe().expect("a test is a file");
    let folder = us
        .ancestors()
        .nth(2)
        .expect("tests run in a folder of the target")
        .join("states");
    let files = fs::read_dir(&folder).unwrap_or_else(|error| {
        panic!(
            "{}: {error}; the tests of networks write states there",
            folder.display()
        )
    });
    let mut tests = BTreeSet::new();
    for file in files {
        let path = file.expect("the folder can be read").path();
        let name = path.display();
        let Some(values) = check(&path) else {
            println!("{name}: of another version of the runtime");
            continue;
        };
        println!("{name}: {values} values");
        tests.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
    }
    let expected = std::env::var(TESTS).unwrap_or_else(|error| panic!("{TESTS}: {error}"));
    for test in expected.split_whitespace() {
        assert!(
            tests.contains(test),
            "the test {test} left no state of this version"
        );
    }
}
