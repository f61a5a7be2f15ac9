//! The demo in test form.

use zkfusion_tests::{
    demo,
    network::{Network, Plan},
    progress::Progress,
    scenario, state,
};

/// The most gas of a settlement.
const MAX_GAS: u64 = 561_800;

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_sequenced_proved_verified_and_settled() {
    let progress = Progress::new();
    let plan = Plan {
        relay: true,
        ..Plan::default()
    };
    let mut network = Network::start(plan, &progress).await.unwrap();
    let report = demo::run(&mut network, true, &progress).await.unwrap();
    eprintln!("{}", report.tables());

    // The demo has compared the roots; what follows is what it does not look at.
    assert_eq!(report.batches.len(), scenario::batches().len());
    for batch in &report.batches {
        assert!(
            batch.steps > 0 && batch.prove_s > 0.0 && batch.peak_mb > 0,
            "{batch:?}"
        );
        assert!(batch.proof_bytes > 0 && batch.verify_ms > 0.0, "{batch:?}");
    }
    for settlement in &report.settlements {
        assert!(settlement.l1_gas < MAX_GAS, "{settlement:?}");
    }
    assert!(
        report.verifier_code_bytes <= 24_576,
        "{}",
        report.verifier_code_bytes
    );
    state::keep(&network.chain().await.unwrap(), "end_to_end")
        .await
        .unwrap();
    let balances: Vec<_> = report.balances.iter().map(|(_, balance)| *balance).collect();
    assert_eq!(balances, [915, 530, 245, 60]);
}
