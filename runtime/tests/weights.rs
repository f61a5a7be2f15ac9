//! What calls and hooks of our own pallets are charged, against what a block can hold.

use frame_support::{
    dispatch::{DispatchClass, GetDispatchInfo},
    instances::Instance1,
    traits::{Get, Hooks},
    weights::Weight,
};
use pallet_sequencer::{WeightInfo as _, MAX_WASM};
use pallet_verifier::{WeightInfo as _, MAX_PROTOCOL};
use pallet_vrf::WeightInfo as _;
use sp_keyring::Sr25519Keyring;
use zkfusion_primitives::{
    cost::MAX_BATCH_COST,
    effects::{BatchEffects, MessageOutcome},
    message::MAX_PAYLOAD,
    program::SIZES,
    status::MessageStatus,
};
use zkfusion_runtime::{Runtime, RuntimeCall, Sequencer, Vrf};
use zkfusion_vm::host::HostFn;

/// Returns wasm as large as can be, with as many keys as can be.
fn largest_program() -> (Vec<u8>, Vec<(u8, Vec<u8>)>) {
    let keys = SIZES.map(|k| (k, vec![0; 2_048]));
    (vec![0; MAX_WASM as usize], keys.collect())
}

fn register() -> RuntimeCall {
    let owner = Sr25519Keyring::Alice.to_account_id();
    let (wasm, keys) = largest_program();
    pallet_sequencer::Call::<Runtime>::register { owner, wasm, keys }.into()
}

fn upgrade() -> RuntimeCall {
    let (wasm, keys) = largest_program();
    pallet_sequencer::Call::<Runtime>::upgrade { app: 0, wasm, keys }.into()
}

fn void_batch() -> RuntimeCall {
    pallet_verifier::Call::<Runtime>::void_batch { app: 0, batch: 0 }.into()
}

fn set_protocol() -> RuntimeCall {
    let protocol = vec![0; MAX_PROTOCOL as usize];
    pallet_verifier::Call::<Runtime>::set_protocol { protocol }.into()
}

fn submit() -> RuntimeCall {
    let payload = vec![0; MAX_PAYLOAD as usize];
    pallet_sequencer::Call::<Runtime>::submit {
        app: 0,
        payload,
        fuel_limit: 1,
        max_fee: u128::MAX,
    }
    .into()
}

/// Returns the proof of a full batch that calls `function` as often as its fuel allows.
fn submit_proof(function: HostFn) -> RuntimeCall {
    let calls = (MAX_BATCH_COST / (function.fuel() + 1)) as u32;
    let messages: u32 = <Runtime as pallet_sequencer::Config>::MaxBatchMessages::get();
    let outcome = MessageOutcome {
        status: MessageStatus::Ok,
        fuel_used: 1,
        writes: Vec::new(),
    };
    let mut effects = BatchEffects {
        outcomes: vec![outcome; messages as usize],
        outbox: Vec::new(),
    };
    match function {
        HostFn::KvStore => effects.outcomes[0].writes = (0..calls).map(|index| (index, [1; 32])).collect(),
        _ => effects.outbox = vec![[1; 32]; calls as usize],
    }
    pallet_verifier::Call::<Runtime>::submit_proof {
        app: 0,
        batch: 0,
        k: 20,
        statement: Box::default(),
        effects,
        proof: Vec::new(),
    }
    .into()
}

fn schedule() -> RuntimeCall {
    let remark = vec![0; 1 << 20];
    let call = Box::new(frame_system::Call::<Runtime>::remark { remark }.into());
    pallet_governance::Call::<Runtime>::schedule { call }.into()
}

fn weight(call: RuntimeCall) -> Weight {
    call.get_dispatch_info().call_weight
}

#[test]
fn call_should_fit_into_a_block_when_it_is_as_large_as_can_be() {
    let limits = <Runtime as frame_system::Config>::BlockWeights::get();
    let normal = limits.get(DispatchClass::Normal).max_extrinsic;
    let normal = normal.expect("transactions of users are limited");
    for (name, call) in [
        ("register", register()),
        ("upgrade", upgrade()),
        ("submit", submit()),
        ("submit_proof with writes", submit_proof(HostFn::KvStore)),
        ("submit_proof with an outbox", submit_proof(HostFn::OutboxPush)),
        ("void_batch", void_batch()),
        ("set_protocol", set_protocol()),
        ("schedule", schedule()),
    ] {
        let weight = weight(call);
        assert!(weight.ref_time() > 0, "{name}");
        assert!(weight.all_lte(normal), "{name}: {weight}, the limit is {normal}");
    }
}

#[test]
fn largest_proof_should_fit_into_the_room_that_others_leave() {
    let (room, _) = <Runtime as pallet_verifier::Config>::RoomForProofs::get();
    let limits = <Runtime as frame_system::Config>::BlockWeights::get();
    let any = limits.get(DispatchClass::Normal).base_extrinsic;
    let checks = <Runtime as pallet_verifier::Config>::WeightInfo::check_proofs();
    for function in [HostFn::KvStore, HostFn::OutboxPush] {
        let proof = weight(submit_proof(function)) + any + checks;
        assert!(proof.ref_time() <= room.ref_time(), "{proof}, the room is {room}");
    }
}

#[test]
fn council_should_be_able_to_make_its_calls_when_they_are_as_large_as_can_be() {
    let limit: Weight = <Runtime as pallet_collective::Config<Instance1>>::MaxProposalWeight::get();
    for (name, call) in [
        ("register", register()),
        ("upgrade", upgrade()),
        ("void_batch", void_batch()),
    ] {
        let weight = weight(call);
        assert!(weight.all_lte(limit), "{name}: {weight}, the limit is {limit}");
    }
}

#[test]
fn block_should_be_charged_at_its_beginning_for_what_its_end_does() {
    sp_io::TestExternalities::default().execute_with(|| {
        let sequencer = <Runtime as pallet_sequencer::Config>::WeightInfo::on_finalize();
        assert!(sequencer.ref_time() > 0);
        assert_eq!(Sequencer::on_initialize(1), sequencer);
        let vrf = <Runtime as pallet_vrf::Config>::WeightInfo::on_finalize();
        assert!(vrf.ref_time() > 0);
        assert_eq!(Vrf::on_initialize(1), vrf);
    });
}
