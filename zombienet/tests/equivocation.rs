//! Validators that say two things.

use frame_system::Phase;
use sp_keyring::Sr25519Keyring;
use sp_staking::offence::OffenceSeverity;
use std::{collections::BTreeSet, time::Duration};
use zkfusion_runtime::{Runtime, RuntimeEvent};
use zkfusion_zombienet::{client::until, network::Network, spec::Sessions};

const SESSIONS: Sessions = Sessions {
    slots: 20,
    per_era: 6,
};
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn validator_that_authors_and_votes_twice_is_slashed_and_disabled() {
    let mut network = Network::start(SESSIONS, &["alice", "bob", "charlie", "dave"])
        .await
        .unwrap();
    let bob = network.client("bob").await.unwrap();
    until(
        "a final block",
        3 * MINUTE,
        || bob.finalized(),
        |block| *block > 2,
    )
    .await
    .unwrap();

    // A second node that has the keys of Alice as well.
    network.join("twin", true, vec!["--alice".into()]).await.unwrap();
    let mut kinds = BTreeSet::new();
    let mut next = 1;
    let start = std::time::Instant::now();
    while kinds.len() < 2 {
        assert!(start.elapsed() < 5 * MINUTE, "only {kinds:?} were reported");
        while next <= bob.best().await.unwrap() {
            for record in bob.events(next).await.unwrap() {
                if let RuntimeEvent::Offences(pallet_offences::Event::Offence { kind, .. }) = record.event {
                    assert!(matches!(record.phase, Phase::ApplyExtrinsic(_)));
                    kinds.insert(String::from_utf8_lossy(&kind).into_owned());
                }
            }
            next += 1;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("reported: {kinds:?}");
    assert!(kinds.iter().any(|kind| kind.starts_with("babe:")), "{kinds:?}");
    assert!(kinds.iter().any(|kind| kind.starts_with("grandpa:")), "{kinds:?}");

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
}
