//! Validators that say two things.

use serde_json::json;
use sp_keyring::Sr25519Keyring;
use sp_staking::offence::OffenceSeverity;
use std::time::Duration;
use zkfusion_runtime::{Runtime, RuntimeEvent};
use zkfusion_zombienet::{network::Network, spec::Sessions};

const SESSIONS: Sessions = Sessions {
    slots: 20,
    per_era: 6,
};
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn validator_that_authors_twice_is_slashed_and_disabled() {
    let mut network = Network::start(SESSIONS, &["alice", "bob", "charlie", "dave"])
        .await
        .unwrap();
    let bob = network.client("bob").await.unwrap();
    bob.started().await.unwrap();

    // A second node authors with Alice's key. It has none to vote with, or votes might be reported
    // first, and Alice would author no more.
    network.join("twin", true, Vec::new()).await.unwrap();
    let key = json!(format!("0x{}", hex::encode(Sr25519Keyring::Alice.public())));
    let arguments = [json!("babe"), json!("//Alice"), key];
    let twin = network.client("twin").await.unwrap();
    twin.call("author_insertKey", &arguments).await.unwrap();
    // Both nodes author in Alice's slots, each its own block.
    let offence = |event: &RuntimeEvent| match event {
        RuntimeEvent::Offences(pallet_offences::Event::Offence { kind, .. }) => {
            kind.starts_with(b"babe:").then_some(())
        }
        _ => None,
    };
    bob.find_event("report of the blocks", 1, 5 * MINUTE, offence)
        .await
        .unwrap();
    println!("reported: two blocks in a slot");

    // The slash waits for some eras, in which governance could cancel it.
    let alice = Sr25519Keyring::Alice.to_account_id();
    let slashed = bob
        .find_event("slash of Alice", 1, 2 * MINUTE, |event| match event {
            RuntimeEvent::Staking(pallet_staking::Event::SlashReported {
                validator, fraction, ..
            }) if *validator == alice => Some(*fraction),
            _ => None,
        })
        .await
        .unwrap();
    assert!(!slashed.is_zero(), "nothing is slashed");
    println!("slashed: {slashed:?}");
    let disabled = pallet_session::DisabledValidators::<Runtime>::hashed_key();
    let disabled: Vec<(u32, OffenceSeverity)> = bob.storage(disabled).await.unwrap().unwrap_or_default();
    assert_eq!(disabled.len(), 1, "the offender is disabled, and nobody else");
    bob.keep_state("equivocation").await.unwrap();
}
