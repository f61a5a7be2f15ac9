use super::*;
use crate::mock::{ORDER, SETTLEMENT, VERIFIER};
use alloc::{collections::BTreeSet, format, string::ToString, vec::Vec};
use alloy_sol_types::SolError;
use zkfusion_primitives::{
    field::{to_bytes, Fr},
    order::OrderHead,
};

const SETTLEMENT_CONTRACT: &str = include_str!("../../../../contracts/src/Settlement.sol");
const ORDER_CONTRACT: &str = include_str!("../../../../contracts/src/BeefyOrder.sol");

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

fn contracts() -> Contracts {
    Contracts {
        upgrader: Address::repeat_byte(7),
        ..crate::mock::contracts()
    }
}

fn name() -> AppName {
    AppName::new(element(1), 2, element(3), &contracts()).expect("the program id is a field element")
}

#[test]
fn errors_should_have_one_reading() {
    let settlement = BTreeSet::from_iter(ISettlementErrors::SELECTORS);
    let order = BTreeSet::from_iter(IBeefyOrderErrors::SELECTORS);
    assert!(settlement.is_disjoint(&order));
    // The contracts declare none beyond those of their interfaces.
    for contract in [SETTLEMENT_CONTRACT, ORDER_CONTRACT] {
        assert!(!contract
            .lines()
            .any(|line| line.trim_start().starts_with("error ")));
    }
}

#[test]
fn heads_should_be_those_of_the_contracts() {
    let head = OrderHead {
        genesis_hash: element(1),
        app: 2,
        batch: 3,
        inbox_hash: element(4),
        seeds_hash: element(5),
        program_id: element(6),
    };
    let of_contract = zkfusion_contracts::OrderHead {
        genesisHash: U256::from(1),
        appId: U256::from(2),
        batchIndex: U256::from(3),
        inboxHash: U256::from(4),
        seedsHash: U256::from(5),
        programId: U256::from(6),
    };
    let encoded = head.abi_encode().expect("it is canonical");
    assert_eq!(encoded[..], of_contract.abi_encode());
}

#[test]
fn selectors_should_be_those_of_the_compiler() {
    // As `forge inspect Settlement methodIdentifiers` prints them, and of `BeefyOrder`.
    assert_eq!(ISettlement::registerCall::SELECTOR, [0x63, 0x62, 0xcc, 0x1b]);
    assert_eq!(ISettlement::settleCall::SELECTOR, [0xf4, 0x0f, 0x52, 0xd9]);
    assert_eq!(ISettlement::skipVoidedCall::SELECTOR, [0x10, 0x1c, 0xd7, 0xef]);
    assert_eq!(ISettlement::appStateCall::SELECTOR, [0x90, 0x7f, 0x6f, 0x56]);
    assert_eq!(IBeefyOrder::submitCall::SELECTOR, [0xd9, 0x22, 0xb8, 0xba]);
    assert_eq!(
        IBeefyOrder::submitHandoverCall::SELECTOR,
        [0x7e, 0xd1, 0xad, 0x78]
    );
    assert_eq!(IBeefyOrder::stateCall::SELECTOR, [0xc1, 0x9d, 0x93, 0xfb]);
}

#[test]
fn key_should_be_the_hash_of_the_configuration() {
    let name = AppName::new([0xff; 32], 2, element(3), &contracts()).expect("the program id is good");
    let reduced = Words::of(&Statement {
        genesis_hash: [0xff; 32],
        ..Statement::default()
    })
    .expect("the genesis hash is reduced")
    .get(StatementField::GenesisHash);
    let mut encoded = reduced.to_be_bytes::<32>().to_vec();
    encoded.extend(U256::from(2).to_be_bytes::<32>());
    encoded.extend(U256::from(3).to_be_bytes::<32>());
    for address in [ORDER, VERIFIER, [7; 20]] {
        encoded.extend(Address::from(address).into_word());
    }
    assert_eq!(name.key(), keccak256(&encoded));
    assert_eq!(name.register()[4..], encoded);
    assert_eq!(name.state()[4..], name.key()[..]);
    assert!(AppName::new([0; 32], 0, [0xff; 32], &contracts()).is_err());
}

#[test]
fn key_should_not_depend_on_where_the_settlement_contract_is() {
    let elsewhere = Contracts {
        settlement: Address::ZERO,
        ..contracts()
    };
    assert_ne!(elsewhere.settlement, Address::from(SETTLEMENT));
    let other = AppName::new(element(1), 2, element(3), &elsewhere).expect("the program id is good");
    assert_eq!(other, name());
}

#[test]
fn initial_root_should_be_that_of_the_contract() {
    let root = AppState::initial(false).root;
    assert!(SETTLEMENT_CONTRACT.contains(&format!("EMPTY_ROOT = 0x{root:x};")));
    assert_eq!(zkfusion_primitives::message::EMPTY_INBOX_HASH, [0; 32]);
    assert_eq!(zkfusion_primitives::order::EMPTY_SEEDS_HASH, [0; 32]);
}

#[test]
fn state_should_be_read_from_the_contracts_answer() {
    let answer = |registered: u64| -> Vec<u8> {
        [registered, 7, 8, 9, 10, 11, 12]
            .into_iter()
            .flat_map(|word| U256::from(word).to_be_bytes::<32>())
            .collect()
    };
    let state = AppState {
        registered: true,
        next_batch: 7,
        root: U256::from(8),
        inbox_hash: U256::from(9),
        seeds_hash: U256::from(10),
    };
    assert_eq!(AppState::decode(&answer(1)), Some(state));
    let mut longer = answer(1);
    longer.extend([0; 32]);
    assert_eq!(AppState::decode(&longer), Some(state));
    assert_eq!(AppState::decode(&answer(0)), Some(AppState::initial(false)));
    assert_eq!(AppState::decode(&[]), None);
    assert_eq!(AppState::decode(&answer(1)[..192]), None);
}

#[test]
fn order_state_should_be_read_from_the_contracts_answer() {
    let answer = [7, 8, 9, 10].map(U256::from).abi_encode();
    let state = OrderState {
        block: 7,
        current_set: 8,
        next_set: 9,
        root_slot: U256::from(10),
    };
    assert_eq!(OrderState::decode(&answer), Some(state));
    assert_eq!(OrderState::decode(&[]), None);
    assert_eq!(OrderState::decode(&answer[..96]), None);
    assert_eq!(OrderState::call(), [0xc1, 0x9d, 0x93, 0xfb]);
}

/// Returns the statement of a proof over the batches from `first` to `last`.
fn over(first: u64, last: u64) -> Words {
    use StatementField::*;
    let mut proved = words(first);
    for field in [PostRoot, InboxHashPost, DepositHashPost] {
        proved.0[field.index()] = words(last).get(field);
    }
    for field in [WritesHash, OutboxRoot, VrfSeed] {
        proved.0[field.index()] = U256::from(99);
    }
    proved
}

#[test]
fn proof_should_be_taken_only_for_its_own_range() {
    assert!(proves(&words(3), &words(3), &words(3)));
    assert!(proves(&over(3, 5), &words(3), &words(5)));
    assert!(!proves(&over(3, 5), &words(3), &words(4)));
    assert!(!proves(&over(3, 5), &words(4), &words(5)));
    // Of one batch, everything has to be its own.
    assert!(!proves(&over(3, 3), &words(3), &words(3)));
    for field in 0..STATEMENT_FIELDS {
        let mut other = words(3);
        other.0[field] += U256::from(1);
        assert!(!proves(&other, &words(3), &words(3)), "field {field}");
    }
}

#[test]
fn settlement_should_be_encoded_as_the_contract_reads_it() {
    let range = [statement(3), statement(4), statement(5)];
    let mut proved = statement(3);
    proved.post_root = statement(5).post_root;
    let calldata = name().settle(&range, &proved, b"proof".to_vec(), b"evidence".to_vec());
    let calldata = calldata.expect("the fields are field elements");
    let call = ISettlement::settleCall::abi_decode(&calldata).expect("the calldata is well-formed");
    assert_eq!(keccak256(call.config.abi_encode()), name().key());
    let encoded = Words::of(&proved).expect("the fields are field elements").0;
    let mut words = encoded.to_vec();
    words.push(U256::from(3));
    let words: Vec<_> = words.iter().flat_map(|word| word.to_be_bytes::<32>()).collect();
    assert_eq!(call.statement.abi_encode(), words);
    assert_eq!(call.seeds, [3010, 4010, 5010].map(U256::from));
    assert_eq!(call.proof.to_vec(), b"proof");
    assert_eq!(call.evidence.to_vec(), b"evidence");

    let mut broken = statement(3);
    broken.vrf_seed = [0xff; 32];
    let seeds = name().settle(&[broken.clone()], &proved, Vec::new(), Vec::new());
    assert!(seeds.is_err());
    assert!(name().settle(&range, &broken, Vec::new(), Vec::new()).is_err());
}

#[test]
fn skipping_should_be_encoded_as_the_contract_reads_it() {
    let calldata = name().skip_voided(U256::from(4), U256::from(5), b"evidence".to_vec());
    let call = ISettlement::skipVoidedCall::abi_decode(&calldata).expect("the calldata is well-formed");
    assert_eq!(keccak256(call.config.abi_encode()), name().key());
    assert_eq!((call.inboxHashPost, call.seed), (U256::from(4), U256::from(5)));
    assert_eq!(call.evidence.to_vec(), b"evidence");
}

#[test]
fn refusals_should_be_told_apart() {
    let settled = ISettlement::AlreadySettled {
        key: B256::repeat_byte(1),
        nextBatch: 4,
    };
    let refused = refusal(&settled.abi_encode()).expect("it is an error of the contract");
    assert_eq!(
        refused,
        Refusal::Settlement(ISettlementErrors::AlreadySettled(settled))
    );
    assert!(refused.came_second() && !refused.is_invalid_proof());
    let invalid =
        refusal(&ISettlement::InvalidProof {}.abi_encode()).expect("it is an error of the contract");
    assert!(invalid.is_invalid_proof() && !invalid.came_second());
    assert_eq!(refusal(&[]), None);
    assert_eq!(refusal("Error".to_string().as_bytes()), None);
}

#[test]
fn refusals_should_be_no_failure_when_somebody_else_committed() {
    let stale = IBeefyOrder::StaleBlock { newest: 3, got: 2 };
    let old = IBeefyOrder::OldSet { current: 3, got: 2 };
    let handed_over = IBeefyOrder::NoHandover { current: 3 };
    for data in [stale.abi_encode(), old.abi_encode(), handed_over.abi_encode()] {
        assert!(refusal(&data).is_some_and(|refusal| refusal.came_second()));
    }
    let needed = IBeefyOrder::HandoverNeeded { next: 3 }.abi_encode();
    assert!(refusal(&needed).is_some_and(|refusal| !refusal.came_second()));
    // Both contracts have an error of this name.
    let of_root = IBeefyOrder::RootMismatch {
        expected: B256::ZERO,
        got: B256::ZERO,
    };
    assert!(matches!(refusal(&of_root.abi_encode()), Some(Refusal::Order(_))));
    let of_app = ISettlement::RootMismatch {
        expected: U256::ZERO,
        got: U256::ZERO,
    };
    assert!(matches!(
        refusal(&of_app.abi_encode()),
        Some(Refusal::Settlement(_))
    ));
}
