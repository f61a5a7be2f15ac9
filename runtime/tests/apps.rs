//! Apps in the whole runtime: programs that are refused, and the transactions that workers sign.

use codec::{Decode, Encode};
use frame_support::{
    dispatch::DispatchClass,
    storage::{storage_prefix, with_transaction_unchecked},
    weights::Weight,
};
use frame_system::{
    offchain::{SendSignedTransaction, Signer},
    RawOrigin,
};
use pallet_kv_store::KvState;
use pallet_sequencer::{
    App, Apps, Batches, Inbox, Inboxes, Program, ProgramChecks, ProgramFault, SealedBatch,
};
use pallet_verifier::{crypto::WorkerKey, KEY_TYPE};
use sp_core::offchain::{testing::TestTransactionPoolExt, TransactionPoolExt};
use sp_keyring::Sr25519Keyring;
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use sp_runtime::{
    traits::{Dispatchable, Header as _},
    transaction_validity::{InvalidTransaction, TransactionSource},
    BuildStorage, TransactionOutcome,
};
use zkfusion_primitives::{effects::BatchEffects, message::EMPTY_INBOX_HASH, statement::Statement};
use zkfusion_runtime::{
    constants::UNIT, Balances, BalancesConfig, Executive, Header, KvStore, Runtime, RuntimeCall,
    RuntimeGenesisConfig, Sequencer, System, Treasury, UncheckedExtrinsic, VmPrograms,
};

fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the text is well-formed")
}

fn fault(wasm: &[u8]) -> Option<ProgramFault> {
    let keys = [(14, vec![0])];
    genesis().execute_with(|| VmPrograms::check(wasm, &keys)).err()
}

fn genesis() -> sp_io::TestExternalities {
    let balances = [Sr25519Keyring::Ferdie, Sr25519Keyring::Eve];
    let balances = balances.map(|key| (key.to_account_id(), 1_000 * UNIT)).to_vec();
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

/// Adds app 0, and returns its program.
fn add_app() -> Program {
    let program = Program {
        wasm_hash: [0; 32],
        program_id: [0; 32],
    };
    let app = App {
        owner: Sr25519Keyring::Alice.to_account_id(),
        program,
        first_program_id: program.program_id,
        registered_at: 0,
    };
    Apps::<Runtime>::insert(0, app);
    program
}

/// Adds app 0 with a batch of one message that can be proved, and returns what the chain expects a
/// proof of it to state.
fn add_provable() -> Statement {
    let program = add_app();
    let inbox = Inbox {
        next_message: 1,
        next_batch: 1,
        next_seed: 1,
        ..Inbox::default()
    };
    Inboxes::<Runtime>::insert(0, inbox);
    let batch = SealedBatch {
        first: 0,
        count: 1,
        sealed_at: 0,
        inbox_hash_pre: EMPTY_INBOX_HASH,
        inbox_hash_post: [1; 32],
        seed: Some([2; 32]),
        program,
        end: None,
    };
    Batches::<Runtime>::insert(0, 0, batch);
    Statement {
        genesis_hash: Sequencer::genesis_hash(),
        pre_root: KvStore::root(0),
        inbox_hash_pre: EMPTY_INBOX_HASH,
        inbox_hash_post: [1; 32],
        vrf_seed: [2; 32],
        ..Statement::default()
    }
}

/// Makes a chain at its first block, in which Ferdie's worker signs, and runs `part` there. `part`
/// gets what signs a call.
fn as_worker(part: impl FnOnce(&dyn Fn(RuntimeCall) -> UncheckedExtrinsic)) {
    let (pool, state) = TestTransactionPoolExt::new();
    let keystore = MemoryKeystore::new();
    keystore
        .sr25519_generate_new(KEY_TYPE, Some("//Ferdie"))
        .expect("the path is valid");
    let mut ext = genesis();
    ext.register_extension(TransactionPoolExt::new(pool));
    ext.register_extension(KeystoreExt::new(keystore));
    let sign = |call: RuntimeCall| {
        let worker = Sr25519Keyring::Ferdie.to_account_id();
        let nonce = System::account_nonce(&worker);
        let sent = Signer::<Runtime, WorkerKey>::any_account().send_signed_transaction(|_| call.clone());
        assert!(sent.is_some_and(|(_, result)| result.is_ok()));
        // The worker's own view of its nonce is never persisted.
        frame_system::Account::<Runtime>::mutate(&worker, |account| account.nonce = nonce);
        let bytes = state
            .write()
            .transactions
            .pop()
            .expect("a transaction is submitted");
        let transaction = UncheckedExtrinsic::decode(&mut &bytes[..]).expect("it decodes");
        assert_eq!(transaction.encode(), bytes);
        transaction
    };
    ext.execute_with(|| {
        let header = Header::new(
            1,
            Default::default(),
            Default::default(),
            Default::default(),
            Default::default(),
        );
        Executive::initialize_block(&header);
        part(&sign);
    });
}

fn submit_proof(statement: Statement) -> RuntimeCall {
    let submit = pallet_verifier::Call::<Runtime>::submit_proof {
        app: 0,
        batch: 0,
        k: 14,
        statement: Box::new(statement),
        effects: BatchEffects::default(),
        proof: vec![1, 2, 3],
    };
    submit.into()
}

#[test]
fn proof_should_come_into_a_full_block_and_cost_its_sender_when_it_is_wrong() {
    as_worker(|sign| {
        let transaction = sign(submit_proof(add_provable()));
        let valid = Executive::validate_transaction(
            TransactionSource::Local,
            transaction.clone(),
            Default::default(),
        );
        assert!(valid.expect("it is valid").priority == u64::MAX);
        // Others have filled what they may fill of the block.
        let limits = <Runtime as frame_system::Config>::BlockWeights::get();
        let (room, _) = <Runtime as pallet_verifier::Config>::RoomForProofs::get();
        let most = limits
            .get(DispatchClass::Normal)
            .max_total
            .expect("there is a limit");
        let others = Weight::from_parts((most - room).ref_time(), 0);
        frame_system::BlockWeight::<Runtime>::mutate(|all| all.set(others, DispatchClass::Normal));
        let remark = sign(frame_system::Call::<Runtime>::remark { remark: vec![] }.into());
        // As who makes a block takes back a transaction that does not fit.
        let tried =
            with_transaction_unchecked(|| TransactionOutcome::Rollback(Executive::apply_extrinsic(remark)));
        assert_eq!(tried, Err(InvalidTransaction::ExhaustsResources.into()));

        let (worker, treasury) = (Sr25519Keyring::Ferdie.to_account_id(), Treasury::account_id());
        let before = (Balances::free_balance(&worker), Balances::free_balance(&treasury));
        let applied = Executive::apply_extrinsic(transaction).expect("the transaction is valid");
        let error = pallet_verifier::Error::<Runtime>::OutcomeCountMismatch;
        assert_eq!(applied, Err(error.into()));
        let paid = before.0 - Balances::free_balance(&worker);
        assert!(paid > UNIT, "there is a fee too");
        // The block has no author here.
        assert_eq!(Balances::free_balance(&treasury), before.1 + paid);
    });
}

#[test]
fn proof_should_stay_out_when_no_batch_waits_for_it() {
    as_worker(|sign| {
        let transaction = sign(submit_proof(Statement::default()));
        assert_eq!(
            Executive::apply_extrinsic(transaction),
            Err(InvalidTransaction::Call.into())
        );
        // Within another call it is one like others, and pays for failing.
        let calls = vec![submit_proof(Statement::default())];
        let batch = sign(pallet_utility::Call::<Runtime>::batch_all { calls }.into());
        let applied = Executive::apply_extrinsic(batch).expect("the transaction is valid");
        assert_eq!(applied, Err(pallet_verifier::Error::<Runtime>::UnknownApp.into()));
    });
}

#[test]
fn fees_should_go_to_the_author_and_the_treasury() {
    as_worker(|sign| {
        let (author, treasury) = (Sr25519Keyring::Eve.to_account_id(), Treasury::account_id());
        let worker = Sr25519Keyring::Ferdie.to_account_id();
        sp_io::storage::set(&storage_prefix(b"Authorship", b"Author"), &author.encode());
        let balance = |account| Balances::free_balance(account);
        let before = [&author, &treasury, &worker].map(balance);
        let remark = sign(frame_system::Call::<Runtime>::remark { remark: vec![] }.into());
        assert_eq!(Executive::apply_extrinsic(remark), Ok(Ok(())));
        let after = [&author, &treasury, &worker].map(balance);
        let fee = before[2] - after[2];
        assert!(fee > 0);
        assert_eq!(after[0] - before[0], fee / 2);
        assert_eq!(after[1] - before[1], fee - fee / 2);
    });
}

#[test]
fn message_should_weigh_less_when_the_block_has_touched_its_storage() {
    genesis().execute_with(|| {
        System::set_block_number(1);
        add_app();
        let weight = |sender: Sr25519Keyring| {
            let call: RuntimeCall = pallet_sequencer::Call::<Runtime>::submit {
                app: 0,
                payload: Vec::new(),
                fuel_limit: 1,
                max_fee: UNIT,
            }
            .into();
            let origin = RawOrigin::Signed(sender.to_account_id());
            let info = call.dispatch(origin.into()).expect("the message is good");
            info.actual_weight.map(|weight| weight.ref_time())
        };
        type Weights = <Runtime as pallet_sequencer::Config>::WeightInfo;
        let next = <Weights as pallet_sequencer::WeightInfo>::submit_next(0).ref_time();
        let access = <Runtime as frame_system::Config>::DbWeight::get()
            .reads_writes(1, 1)
            .ref_time();
        assert_eq!(weight(Sr25519Keyring::Ferdie), None, "it opens a batch");
        assert_eq!(
            weight(Sr25519Keyring::Eve),
            Some(next - access),
            "the app was touched"
        );
        assert_eq!(
            weight(Sr25519Keyring::Eve),
            Some(next - 2 * access),
            "the sender too"
        );
        System::set_block_number(2);
        assert_eq!(weight(Sr25519Keyring::Eve), Some(next), "another block");
    });
}
