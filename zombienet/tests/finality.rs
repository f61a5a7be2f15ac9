//! Finality of four validators, of which more than two thirds must vote.

use std::time::Duration;
use tokio::time::sleep;
use zkfusion_zombienet::{
    client::{until, Client},
    network::Network,
    spec::Sessions,
};

const VALIDATORS: [&str; 4] = ["alice", "bob", "charlie", "dave"];
const SESSIONS: Sessions = Sessions {
    slots: 20,
    per_era: 6,
};
/// Blocks that finality may be behind.
const LAG: u32 = 4;
const MINUTE: Duration = Duration::from_secs(60);

/// Waits until so many more blocks are final.
async fn advance(client: &Client, blocks: u32, within: Duration) -> u32 {
    let start = client.finalized().await.unwrap();
    let enough = |finalized: &u32| *finalized >= start + blocks;
    until("more final blocks", within, || client.finalized(), enough)
        .await
        .unwrap()
}

/// Returns how far finality is behind, at its worst over so many blocks.
async fn worst_lag(client: &Client, blocks: u32) -> u32 {
    let end = client.best().await.unwrap() + blocks;
    let mut worst = 0;
    loop {
        let best = client.best().await.unwrap();
        // Asked for later, so the lag is never made smaller by a block between the two questions.
        worst = worst.max(best.saturating_sub(client.finalized().await.unwrap()));
        if best >= end {
            return worst;
        }
        sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn finality_goes_on_without_one_halts_without_two_and_recovers() {
    let network = Network::start(SESSIONS, &VALIDATORS).await.unwrap();
    let alice = network.client("alice").await.unwrap();
    advance(&alice, 3, 3 * MINUTE).await;
    let lag = worst_lag(&alice, 10).await;
    println!("four validators: at most {lag} blocks behind");
    assert!(lag <= LAG, "finality is {lag} blocks behind");
    let signed = until(
        "a block signed for Ethereum",
        MINUTE,
        || async { Ok(alice.signed_for_ethereum().await.unwrap_or_default()) },
        |block| *block > 0,
    );
    println!("signed for Ethereum: block {}", signed.await.unwrap());

    network.node("dave").unwrap().pause().await.unwrap();
    advance(&alice, 6, 2 * MINUTE).await;
    println!("three validators: goes on");

    network.node("charlie").unwrap().pause().await.unwrap();
    // Votes that were under way may still finalize a block.
    sleep(Duration::from_secs(6)).await;
    let halted = alice.finalized().await.unwrap();
    let best = alice.best().await.unwrap();
    let grown = |seen: &u32| *seen >= best + 4;
    until("blocks of two validators", MINUTE, || alice.best(), grown)
        .await
        .unwrap();
    assert_eq!(
        alice.finalized().await.unwrap(),
        halted,
        "two of four must not finalize"
    );
    println!("two validators: halted at block {halted}");

    // One wakes up where it was; the other starts again as after a power cut.
    network.node("charlie").unwrap().resume().await.unwrap();
    network.node("dave").unwrap().restart(None).await.unwrap();
    let recovered = |seen: &u32| *seen > best;
    until("recovery", 2 * MINUTE, || alice.finalized(), recovered)
        .await
        .unwrap();
    let dave = network.client("dave").await.unwrap();
    until("recovery of dave", 2 * MINUTE, || dave.finalized(), recovered)
        .await
        .unwrap();
    let at = best.min(dave.finalized().await.unwrap());
    assert_eq!(alice.hash(at).await.unwrap(), dave.hash(at).await.unwrap());
    println!("four validators again: recovered");
    alice.keep_state("finality").await.unwrap();
}
