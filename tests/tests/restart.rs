//! Node, prover and Ethereum are killed while they work on a batch, and started again: every
//! message is proved and settled once.

use serde_json::json;
use zkfusion_tests::{
    demo,
    network::{Network, Plan},
    progress::Progress,
    scenario, state, wait,
};

#[tokio::test(flavor = "multi_thread")]
async fn everything_is_proved_and_settled_once_when_all_are_killed() {
    let progress = Progress::new();
    let plan = Plan {
        relay: true,
        prover_daemon: true,
        durable_l1: true,
        ..Plan::default()
    };
    let mut network = Network::start(plan, &progress).await.unwrap();
    let app = demo::register(&network, &progress).await.unwrap();
    let prover = network.prover().unwrap();
    let chain = network.chain().await.unwrap();
    let mut sent = Vec::new();
    sent.push(
        scenario::send(&chain, app.id, &scenario::long_batch())
            .await
            .unwrap(),
    );
    wait::sealed(&chain, app.id, 1).await.unwrap();

    wait::proving(&prover, "batch", app.id, 0).await.unwrap();
    progress.done("Killing the prover while it proves");
    network.prover_daemon.as_mut().unwrap().kill().unwrap();
    // What is not final may be lost with the node, and a proof may take less time than that.
    wait::finalized(&chain).await.unwrap();
    network.prover_daemon.as_mut().unwrap().restart().await.unwrap();

    wait::proving(&prover, "batch", app.id, 0).await.unwrap();
    progress.done("Killing the node while its batch is proved");
    drop(chain);
    network.node.restart().await.unwrap();

    let chain = network.chain().await.unwrap();
    sent.push(
        scenario::send(&chain, app.id, &scenario::batches()[0])
            .await
            .unwrap(),
    );
    wait::sealed(&chain, app.id, 2).await.unwrap();
    wait::finalized(&chain).await.unwrap();

    wait::proving(&prover, "settlement", app.id, 0).await.unwrap();
    progress.done("Killing Ethereum, the node and the prover while a settlement is proved");
    drop(chain);
    network.anvil.restart().await.unwrap();
    network.node.restart().await.unwrap();
    network.prover_daemon.as_mut().unwrap().restart().await.unwrap();

    let chain = network.chain().await.unwrap();
    let report = demo::conclude(&mut network, &chain, &app, &sent, true, &progress)
        .await
        .unwrap();
    eprintln!("{}", report.tables());
    let document = chain.call("fusion_app", &[json!(app.id)]).await.unwrap();
    let messages: usize = sent.iter().map(Vec::len).sum();
    assert_eq!(document["processed"], json!(messages), "{document}");
    state::keep(&chain, "restart").await.unwrap();
    let balances: Vec<_> = report.balances.iter().map(|(_, balance)| *balance).collect();
    assert_eq!(balances, [1_970, 510, 260, 10]);
}
