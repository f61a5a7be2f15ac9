//! Nodes that come late.

use serde_json::json;
use std::time::Duration;
use zkfusion_zombienet::{client::until, network::Network, spec::Sessions};

const SESSIONS: Sessions = Sessions {
    slots: 10,
    per_era: 6,
};
const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn late_nodes_sync_and_prove_what_is_in_the_mountain_range() {
    let mut network = Network::start(SESSIONS, &["alice", "bob", "charlie", "dave"])
        .await
        .unwrap();
    let alice = network.client("alice").await.unwrap();
    until(
        "final blocks",
        4 * MINUTE,
        || alice.finalized(),
        |block| *block > 20,
    )
    .await
    .unwrap();

    for (name, sync) in [("late", "full"), ("warped", "warp")] {
        network
            .join(name, false, vec![("--sync", sync).into()])
            .await
            .unwrap();
        let node = network.client(name).await.unwrap();
        let joined = alice.best().await.unwrap();
        until(
            "sync",
            3 * MINUTE,
            || node.finalized(),
            |block| *block > joined + 4,
        )
        .await
        .unwrap();
        // A proof of a leaf that was added after the node had joined, as the relayer needs it.
        let arguments = [json!([joined + 1]), json!(joined + 4)];
        let expected = alice.call("mmr_generateProof", &arguments).await.unwrap();
        let proved = node.call("mmr_generateProof", &arguments).await.unwrap();
        assert_eq!(proved["proof"], expected["proof"], "{name}");
        println!("{name} proves block {} from its own data", joined + 1);
    }
    alice.keep_state("sync").await.unwrap();
}
