//! A new version of the runtime, which needs a migration of the storage.

use codec::{Decode, Encode};
use frame_support::{instances::Instance1, storage::storage_prefix};
use serde_json::json;
use sp_keyring::Sr25519Keyring;
use sp_runtime::{
    traits::{BlakeTwo256, Hash},
    DispatchError,
};
use std::{fs, time::Duration};
use zkfusion_runtime::{AccountId, BlockNumber, Runtime, RuntimeCall, RuntimeEvent};
use zkfusion_zombienet::{
    client::{until, Client, Version},
    network::Network,
    spec::Sessions,
    Failure, Result,
};

const VALIDATORS: [&str; 4] = ["alice", "bob", "charlie", "dave"];
const SESSIONS: Sessions = Sessions {
    slots: 20,
    per_era: 6,
};
const MINUTE: Duration = Duration::from_secs(60);
/// The pallet whose storage moves, before and after: see `runtime/src/migrations.rs`.
const RENAMED: (&[u8], &[u8]) = (b"Vrf", b"Randomness");

/// Returns the wasm of the next version, which `scripts/zombienet.sh` has built.
fn next_version() -> Result<Vec<u8>> {
    let path = std::env::var("ZKFUSION_NEXT_RUNTIME")
        .map_err(|_| Failure("ZKFUSION_NEXT_RUNTIME names no wasm: run scripts/zombienet.sh".into()))?;
    fs::read(&path).map_err(|error| Failure::of(path, error))
}

/// Returns how many entries a pallet has in storage.
async fn entries(node: &Client, pallet: &[u8]) -> Result<usize> {
    let prefix = format!("0x{}", hex::encode(&storage_prefix(pallet, b"")[..16]));
    let keys = node
        .call("state_getKeysPaged", &[json!(prefix), json!(1_000)])
        .await?;
    Ok(keys.as_array().map_or(0, Vec::len))
}

/// Returns the author and the VRF output of a block, as a pallet of this name has recorded them.
async fn output(node: &Client, pallet: &[u8], block: BlockNumber) -> Result<Option<(AccountId, [u8; 32])>> {
    let mut key = pallet_vrf::Outputs::<Runtime>::hashed_key_for(block);
    key[..32].copy_from_slice(&storage_prefix(pallet, b"Outputs"));
    node.storage(key).await
}

/// Sends the code of a runtime, as anybody may.
async fn apply(node: &Client, code: &[u8]) -> Result<Vec<RuntimeEvent>> {
    let code = code.to_vec();
    let call = frame_system::Call::apply_authorized_upgrade { code };
    node.send(call, Sr25519Keyring::Bob).await
}

/// Expects that the call of a transaction was refused for this reason.
fn assert_refused(result: Result<Vec<RuntimeEvent>>, expected: frame_system::Error<Runtime>) {
    // A node tells the error's number and not its name.
    let expected = DispatchError::from(expected).encode();
    let expected = DispatchError::decode(&mut &expected[..]).unwrap();
    let seen = result.unwrap_err().to_string();
    assert!(seen.contains(&format!("{expected:?}")), "{seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn runtime_is_upgraded_after_the_notice_and_moves_what_is_stored() {
    use frame_system::Error::{NothingAuthorized, Unauthorized};

    let code = next_version().unwrap();
    let code_hash = BlakeTwo256::hash(&code);
    let network = Network::start(SESSIONS, &VALIDATORS).await.unwrap();
    let mut nodes = Vec::new();
    for name in VALIDATORS {
        nodes.push(network.client(name).await.unwrap());
    }
    let alice = &nodes[0];
    let started = alice.started().await.unwrap();
    let old = alice.version().await.unwrap();
    let next = Version {
        spec: old.spec + 1,
        ..old
    };

    // The council decides, and the notice period begins.
    let authorize: RuntimeCall = frame_system::Call::authorize_upgrade { code_hash }.into();
    let schedule: RuntimeCall = pallet_governance::Call::schedule {
        call: Box::new(authorize),
    }
    .into();
    let propose = pallet_collective::Call::<Runtime, Instance1>::propose {
        threshold: 1,
        length_bound: schedule.encoded_size() as u32,
        proposal: Box::new(schedule),
    };
    let events = alice.send(propose, Sr25519Keyring::Alice).await.unwrap();
    let scheduled = events.iter().find_map(|event| match event {
        RuntimeEvent::Governance(pallet_governance::Event::RootCallScheduled { at, .. }) => Some(*at),
        _ => None,
    });
    let at = scheduled.expect("the council's call is scheduled");
    let notice: Option<BlockNumber> = alice
        .storage(pallet_governance::Notice::<Runtime>::hashed_key())
        .await
        .unwrap();
    assert!(
        at > started + notice.unwrap(),
        "the notice is shorter than it says"
    );
    assert_refused(apply(alice, &code).await, NothingAuthorized);
    println!("scheduled for block {at}: until then, the code is refused");

    let over = |block: &BlockNumber| *block >= at;
    until("the end of the notice", 2 * MINUTE, || alice.finalized(), over)
        .await
        .unwrap();
    for block in started..=at {
        let authorizes = |event: &RuntimeEvent| match event {
            RuntimeEvent::System(frame_system::Event::UpgradeAuthorized { code_hash: seen, .. }) => {
                *seen == code_hash
            }
            _ => false,
        };
        let events = alice.events(block).await.unwrap();
        let is_authorized = events.iter().any(|record| authorizes(&record.event));
        assert_eq!(is_authorized, block == at, "block {block}");
    }
    assert_refused(apply(alice, &[&code[..], b"!"].concat()).await, Unauthorized);
    for node in &nodes {
        assert_eq!(node.version().await.unwrap(), old);
    }
    println!("authorized: other code is refused");

    let recorded = output(alice, RENAMED.0, started).await.unwrap();
    assert!(recorded.is_some(), "block {started} has no VRF output");
    assert_eq!(entries(alice, RENAMED.1).await.unwrap(), 0);
    let events = apply(alice, &code).await.unwrap();
    let updated = |event: &RuntimeEvent| {
        matches!(
            event,
            RuntimeEvent::System(frame_system::Event::CodeUpdated { .. })
        )
    };
    assert!(events.iter().any(updated), "{events:?}");
    for (name, node) in VALIDATORS.iter().zip(&nodes) {
        let upgraded = |version: &Version| *version == next;
        until(name, MINUTE, || node.version(), upgraded).await.unwrap();
    }
    println!("all nodes run version {}", next.spec);

    // The next block migrates. A session later, everything still works.
    let upgraded = alice.best().await.unwrap();
    let end = upgraded + SESSIONS.slots + 5;
    for (name, node) in VALIDATORS.iter().zip(&nodes) {
        let enough = |block: &BlockNumber| *block >= end;
        until(name, 4 * MINUTE, || node.finalized(), enough)
            .await
            .unwrap();
        assert_eq!(node.hash(end).await.unwrap(), alice.hash(end).await.unwrap());
        assert_eq!(node.version().await.unwrap(), next);
        assert_eq!(output(node, RENAMED.1, started).await.unwrap(), recorded);
        assert!(output(node, RENAMED.1, end).await.unwrap().is_some());
        assert_eq!(entries(node, RENAMED.0).await.unwrap(), 0);
    }
    let signed = || alice.signed_for_ethereum();
    until("a signature for Ethereum", 2 * MINUTE, signed, |block| {
        *block > upgraded
    })
    .await
    .unwrap();
    println!("what Vrf had stored is Randomness's; block {end} is final");

    // Transactions are for the version that the signer knows. The node says no more than that one
    // is invalid, but nothing else differs between these two.
    let remark = || frame_system::Call::remark_with_event {
        remark: b"upgraded".to_vec(),
    };
    let refused = alice.send_for(old, remark(), Sr25519Keyring::Charlie).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("Invalid Transaction"), "{refused}");
    alice.send(remark(), Sr25519Keyring::Charlie).await.unwrap();
    println!("a transaction for version {} is refused: {refused}", old.spec);

    // A hardware wallet signs the hash of the metadata by which it shows the call.
    let metadata = Some(alice.metadata_hash().await.unwrap());
    let shown = Version { metadata, ..next };
    let signer = Sr25519Keyring::Charlie;
    alice.send_for(shown, remark(), signer).await.unwrap();
    let metadata = Some([1; 32]);
    let other = Version { metadata, ..next };
    let refused = alice.send_for(other, remark(), signer).await.unwrap_err();
    assert!(refused.to_string().contains("Invalid Transaction"), "{refused}");
    println!("a signature of the metadata is accepted, and of other metadata refused");
    alice.keep_state("upgrade").await.unwrap();
}
