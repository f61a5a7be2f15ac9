//! Sets of validators that change: new keys, validators that join and leave by stake.

use codec::{Decode, Encode};
use serde_json::{json, Value};
use sp_keyring::Sr25519Keyring;
use std::{collections::BTreeSet, time::Duration};
use zkfusion_runtime::{constants::UNIT, AccountId, Runtime, SessionKeys};
use zkfusion_zombienet::{
    client::{until, Client},
    network::Network,
    spec::Sessions,
};

const SESSIONS: Sessions = Sessions {
    slots: 10,
    per_era: 2,
};
const MINUTE: Duration = Duration::from_secs(60);

/// Makes session keys on a node, and returns them with the proof that the node has them.
async fn new_keys(node: &Client, owner: Sr25519Keyring) -> (SessionKeys, Vec<u8>) {
    let owner = format!("0x{}", hex::encode(owner.to_account_id().encode()));
    let made = node
        .call("author_rotateKeysWithOwner", &[json!(owner)])
        .await
        .unwrap();
    let bytes = |field: &Value| hex::decode(field.as_str().unwrap().trim_start_matches("0x")).unwrap();
    let keys = SessionKeys::decode(&mut &bytes(&made["keys"])[..]).unwrap();
    (keys, bytes(&made["proof"]))
}

/// Returns the validators of the session.
async fn validators(node: &Client) -> zkfusion_zombienet::Result<BTreeSet<AccountId>> {
    let key = pallet_session::Validators::<Runtime>::hashed_key();
    let validators: Option<Vec<AccountId>> = node.storage(key).await?;
    Ok(validators.unwrap_or_default().into_iter().collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_change_keys_join_and_leave() {
    use Sr25519Keyring::{Alice, Bob, Charlie, Dave, Eve};

    let mut network = Network::start(SESSIONS, &["alice", "bob", "charlie", "dave"])
        .await
        .unwrap();
    let alice = network.client("alice").await.unwrap();
    alice.started().await.unwrap();

    let bob = network.client("bob").await.unwrap();
    let (keys, proof) = new_keys(&bob, Bob).await;
    let babe = keys.babe.clone();
    alice
        .send(pallet_session::Call::set_keys { keys, proof }, Bob)
        .await
        .unwrap();

    network.join("eve", true, Vec::new()).await.unwrap();
    let eve = network.client("eve").await.unwrap();
    let bond = pallet_staking::Call::bond {
        value: 200_000 * UNIT,
        payee: pallet_staking::RewardDestination::Staked,
    };
    alice.send(bond, Eve).await.unwrap();
    let (keys, proof) = new_keys(&eve, Eve).await;
    alice
        .send(pallet_session::Call::set_keys { keys, proof }, Eve)
        .await
        .unwrap();
    let prefs = Default::default();
    alice
        .send(pallet_staking::Call::validate { prefs }, Eve)
        .await
        .unwrap();
    alice.send(pallet_staking::Call::chill {}, Dave).await.unwrap();

    let new_authority = |authorities: &Vec<(sp_consensus_babe::AuthorityId, u64)>| {
        authorities.iter().any(|(authority, _)| *authority == babe)
    };
    let authorities = || async {
        let key = pallet_babe::Authorities::<Runtime>::hashed_key();
        Ok(alice.storage(key).await?.unwrap_or_default())
    };
    until("Bob's new keys", 4 * MINUTE, authorities, new_authority)
        .await
        .unwrap();
    println!("Bob's new keys author");

    let expected: BTreeSet<_> = [Alice, Bob, Charlie, Eve]
        .map(|validator| validator.to_account_id())
        .into();
    until(
        "Eve in place of Dave",
        6 * MINUTE,
        || validators(&alice),
        |seen| *seen == expected,
    )
    .await
    .unwrap();
    println!("Eve validates, Dave does not any more");

    // The new set finalizes, and signs for Ethereum.
    let now = alice.best().await.unwrap();
    until("finality", 2 * MINUTE, || alice.finalized(), |block| *block > now)
        .await
        .unwrap();
    let signed = || alice.signed_for_ethereum();
    until("a signature for Ethereum", 2 * MINUTE, signed, |block| {
        *block > now
    })
    .await
    .unwrap();
    alice.keep_state("staking").await.unwrap();
}
