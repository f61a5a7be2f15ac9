use super::*;
use alloc::{
    collections::BTreeSet,
    format,
    string::{String, ToString},
    vec,
    vec::Vec,
};
use alloy_sol_types::{SolError, SolStruct};
use zkfusion_primitives::field::{to_bytes, Fr};

const CONTRACT: &str = include_str!("../../../../contracts/src/Settlement.sol");
const STATEMENT: &str = include_str!("../../../../contracts/src/SettlementStatement.sol");

fn element(n: u64) -> [u8; 32] {
    to_bytes(&Fr::from(n))
}

fn statement(batch: u64) -> Statement {
    let at = |n: u64| element(1000 * batch + n);
    Statement {
        genesis_hash: element(1),
        app_id: 2,
        program_id: element(3),
        batch_index: batch,
        pre_root: at(4),
        post_root: at(5),
        inbox_hash_pre: at(6),
        inbox_hash_post: at(7),
        writes_hash: at(8),
        outbox_root: at(9),
        vrf_seed: at(10),
        ..Statement::default()
    }
}

fn words(batch: u64) -> Words {
    Words::of(&statement(batch)).expect("the fields are field elements")
}

/// Returns the calldata that settles the batches from `first` to `last`.
fn calldata(first: u64, last: u64) -> Vec<u8> {
    let mut words: Vec<U256> = words(first).0.to_vec();
    for field in [5, 7, 12] {
        words[field] = self::words(last).get(field);
    }
    words.push(U256::from(last - first + 1));
    // The bytes of the proof: their place, their length, and themselves.
    words.extend([U256::from(15 * 32), U256::from(2), U256::from(0xab) << 248]);
    let mut calldata = Settlement::settleCall::SELECTOR.to_vec();
    calldata.extend(words.iter().flat_map(|word| word.to_be_bytes::<32>()));
    calldata
}

/// Returns the source without comments, in one line.
fn code(source: &str) -> String {
    let lines = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns the declarations of a kind in canonical form: `name(type,type)`.
fn declarations(source: &str, kind: &str) -> BTreeSet<String> {
    let tuple = format!("({})", vec!["uint256"; SETTLEMENT_WORDS].join(","));
    code(source)
        .split(&format!(" {kind} "))
        .skip(1)
        .map(|rest| {
            let (name, rest) = rest.split_once('(').expect("a declaration has parameters");
            let (parameters, _) = rest.split_once(')').expect("parameters end");
            let types = parameters
                .split(',')
                .filter_map(|parameter| parameter.split_whitespace().next());
            let types: Vec<_> = types
                .map(|name| name.replace("SettlementStatement", &tuple))
                .collect();
            format!("{name}({})", types.join(","))
        })
        .collect()
}

#[test]
fn functions_should_be_those_of_the_contract() {
    let declared = declarations(CONTRACT, "function");
    for signature in [
        Settlement::registerCall::SIGNATURE,
        Settlement::settleCall::SIGNATURE,
        Settlement::appStateCall::SIGNATURE,
    ] {
        assert!(declared.contains(signature), "{signature} is not in {declared:?}");
    }
}

#[test]
fn errors_should_be_those_of_the_contract() {
    let mut declared = declarations(CONTRACT, "error");
    // Only the constructor has this one.
    assert!(declared.remove("NoVerifierCode(address)"));
    let known = [
        Settlement::NonCanonicalField::SIGNATURE,
        Settlement::UnknownApp::SIGNATURE,
        Settlement::AlreadySettled::SIGNATURE,
        Settlement::BatchOutOfOrder::SIGNATURE,
        Settlement::BadBatchCount::SIGNATURE,
        Settlement::RootMismatch::SIGNATURE,
        Settlement::InboxMismatch::SIGNATURE,
        Settlement::UnexpectedDeposits::SIGNATURE,
        Settlement::InvalidProof::SIGNATURE,
    ];
    assert_eq!(declared, known.into_iter().map(String::from).collect());
}

#[test]
fn structs_should_be_those_of_the_contract() {
    let fields = |source: &str, name: &str| {
        let code = code(source);
        let (_, rest) = code
            .split_once(&format!("struct {name} {{"))
            .expect("the struct is there");
        let (fields, _) = rest.split_once('}').expect("a struct ends");
        let fields: Vec<_> = fields
            .split(';')
            .map(str::trim)
            .filter(|field| !field.is_empty())
            .collect();
        format!("{name}({})", fields.join(","))
    };
    assert_eq!(
        Settlement::SettlementStatement::eip712_root_type(),
        fields(STATEMENT, "SettlementStatement")
    );
    // Fields that the contract adds behind these are of no concern to the worker.
    let ours = Settlement::App::eip712_root_type().replace(')', "");
    assert!(fields(CONTRACT, "App").starts_with(&ours));
}

#[test]
fn selectors_should_be_those_of_the_compiler() {
    // As `forge inspect Settlement methodIdentifiers` prints them.
    assert_eq!(Settlement::registerCall::SELECTOR, [0xfa, 0xa5, 0xc5, 0x64]);
    assert_eq!(Settlement::settleCall::SELECTOR, [0x6c, 0xe0, 0x16, 0x81]);
    assert_eq!(Settlement::appStateCall::SELECTOR, [0x90, 0x7f, 0x6f, 0x56]);
}

#[test]
fn key_should_be_the_hash_of_the_three_words() {
    let name = AppName::new([0xff; 32], 2, element(3)).expect("the program id is a field element");
    let reduced = Words::of(&Statement {
        genesis_hash: [0xff; 32],
        ..Statement::default()
    })
    .expect("the genesis hash is reduced")
    .get(0);
    let mut encoded = reduced.to_be_bytes::<32>().to_vec();
    encoded.extend(U256::from(2).to_be_bytes::<32>());
    encoded.extend(U256::from(3).to_be_bytes::<32>());
    assert_eq!(name.key(), keccak256(&encoded));
    assert_eq!(name.register()[4..], encoded);
    assert_eq!(name.state()[4..], name.key()[..]);
    assert!(AppName::new([0; 32], 0, [0xff; 32]).is_err());
}

#[test]
fn initial_root_should_be_that_of_the_contract() {
    let root = AppState::initial(false).root;
    assert!(CONTRACT.contains(&format!("EMPTY_ROOT = 0x{root:x};")));
    assert_eq!(zkfusion_primitives::message::EMPTY_INBOX_HASH, [0; 32]);
}

#[test]
fn state_should_be_read_from_the_contracts_answer() {
    let answer = |registered: u64| -> Vec<u8> {
        [registered, 7, 8, 9]
            .into_iter()
            .flat_map(|word| U256::from(word).to_be_bytes::<32>())
            .collect()
    };
    let state = AppState {
        registered: true,
        next_batch: 7,
        root: U256::from(8),
        inbox_hash: U256::from(9),
    };
    assert_eq!(AppState::decode(&answer(1)), Some(state));
    let mut longer = answer(1);
    longer.extend([0; 32]);
    assert_eq!(AppState::decode(&longer), Some(state));
    assert_eq!(AppState::decode(&answer(0)), Some(AppState::initial(false)));
    assert_eq!(AppState::decode(&[]), None);
    assert_eq!(AppState::decode(&answer(1)[..96]), None);
}

#[test]
fn calldata_should_settle_only_its_own_range() {
    assert!(settles(&calldata(3, 3), &words(3), &words(3), 1));
    assert!(settles(&calldata(3, 5), &words(3), &words(5), 3));
    assert!(!settles(&calldata(3, 5), &words(3), &words(5), 2));
    assert!(!settles(&calldata(3, 5), &words(3), &words(4), 3));
    assert!(!settles(&calldata(3, 5), &words(4), &words(5), 3));
    let mut other = calldata(3, 5);
    other[0] ^= 1;
    assert!(!settles(&other, &words(3), &words(5), 3));
    assert!(!settles(&calldata(3, 5)[..100], &words(3), &words(5), 3));
    assert!(!settles(&[], &words(3), &words(5), 3));
}

#[test]
fn decoded_calldata_should_have_the_same_statement() {
    let call = Settlement::settleCall::abi_decode(&calldata(3, 5)).expect("the calldata is well-formed");
    assert_eq!(call.statement.batchIndex, U256::from(3));
    assert_eq!(call.statement.batchCount, U256::from(3));
    assert_eq!(call.statement.postRoot, words(5).get(5));
    assert_eq!(call.proof.to_vec(), [0xab, 0]);
}

#[test]
fn refusals_should_be_told_apart() {
    let settled = Settlement::AlreadySettled {
        key: B256::repeat_byte(1),
        nextBatch: 4,
    };
    assert_eq!(
        refusal(&settled.abi_encode()),
        Some(Refusal::AlreadySettled(settled))
    );
    let invalid = Settlement::InvalidProof {};
    assert_eq!(
        refusal(&invalid.abi_encode()),
        Some(Refusal::InvalidProof(invalid))
    );
    assert_eq!(refusal(&[]), None);
    assert_eq!(refusal("Error".to_string().as_bytes()), None);
}
