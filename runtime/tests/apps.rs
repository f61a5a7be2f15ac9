//! Apps in the whole runtime: programs that are refused, and the transactions that workers sign.

use codec::{Decode, Encode};
use frame_support::assert_ok;
use frame_system::offchain::{SendSignedTransaction, Signer};
use pallet_sequencer::{ProgramChecks, ProgramFault};
use pallet_verifier::{crypto::WorkerKey, KEY_TYPE};
use sp_core::offchain::{testing::TestTransactionPoolExt, TransactionPoolExt};
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{traits::Header as _, transaction_validity::TransactionSource, BuildStorage};
use zkfusion_primitives::effects::BatchEffects;
use zkfusion_runtime::{
    constants::UNIT, BalancesConfig, Executive, Header, Runtime, RuntimeGenesisConfig, UncheckedExtrinsic,
    VmPrograms,
};

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is well-formed")
}

fn fault(wasm: &[u8]) -> Option<ProgramFault> {
    let keys = [(14, vec![0])];
    genesis().execute_with(|| VmPrograms::check(wasm, &keys)).err()
}

fn genesis() -> sp_io::TestExternalities {
    let balances = vec![(Sr25519Keyring::Ferdie.to_account_id(), 1_000 * UNIT)];
    let balances = BalancesConfig {
        balances,
        ..Default::default()
    };
    let config = RuntimeGenesisConfig {
        balances,
        ..Default::default()
    };
    config.build_storage().expect("the genesis is well-formed").into()
}

#[test]
fn program_should_be_refused_with_its_fault_when_the_vm_cannot_run_it() {
    for (text, expected) in [
        ("(module)", ProgramFault::MissingEntryPoint),
        (
            r#"(module (import "env" "open" (func)))"#,
            ProgramFault::UnsupportedImport,
        ),
        (
            "(module (func (drop (v128.const i64x2 1 2))))",
            ProgramFault::UnsupportedInstruction,
        ),
    ] {
        assert_eq!(fault(&wasm(text)), Some(expected), "{text}");
    }
    assert_eq!(fault(b"no wasm"), Some(ProgramFault::InvalidWasm));
}

#[test]
fn refusal_should_name_instruction_and_function() {
    let text = "(module (func) (func (drop (i64x2.splat (i64.const 1)))))";
    let reason = VmPrograms::explain(&wasm(text)).expect("vectors are refused");
    assert!(
        reason.contains("i64x2.splat") && reason.contains("function 1") && reason.contains("byte"),
        "{reason}"
    );
}

#[test]
fn workers_transaction_should_be_valid_and_charged_when_the_proof_is_refused() {
    let (pool, state) = TestTransactionPoolExt::new();
    let keystore = MemoryKeystore::new();
    keystore
        .sr25519_generate_new(KEY_TYPE, Some("//Ferdie"))
        .expect("the path is valid");
    let mut ext = genesis();
    ext.register_extension(TransactionPoolExt::new(pool));
    ext.register_extension(KeystoreExt::new(keystore));
    ext.execute_with(|| {
        let header = Header::new(
            1,
            Default::default(),
            Default::default(),
            Default::default(),
            Default::default(),
        );
        Executive::initialize_block(&header);
        let submit = pallet_verifier::Call::<Runtime>::submit_proof {
            app: 0,
            batch: 0,
            k: 14,
            statement: Box::default(),
            effects: BatchEffects::default(),
            proof: vec![1, 2, 3],
        };
        let sent = Signer::<Runtime, WorkerKey>::any_account().send_signed_transaction(|_| submit.clone());
        assert!(sent.is_some_and(|(_, result)| result.is_ok()));
        // The worker's own view of its nonce is never persisted.
        let worker = Sr25519Keyring::Ferdie.to_account_id();
        frame_system::Account::<Runtime>::mutate(&worker, |account| account.nonce = 0);

        let bytes = state
            .write()
            .transactions
            .pop()
            .expect("a transaction is submitted");
        let transaction = UncheckedExtrinsic::decode(&mut &bytes[..]).expect("it decodes");
        assert_eq!(transaction.encode(), bytes);
        assert_ok!(Executive::validate_transaction(
            TransactionSource::Local,
            transaction.clone(),
            Default::default()
        ));
        let before = zkfusion_runtime::Balances::free_balance(&worker);
        let applied = Executive::apply_extrinsic(transaction).expect("the transaction is valid");
        assert_eq!(applied, Err(pallet_verifier::Error::<Runtime>::UnknownApp.into()));
        assert!(zkfusion_runtime::Balances::free_balance(&worker) < before);
    });
}
