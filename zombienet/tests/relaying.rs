//! Several nodes that prove and relay.

use codec::{Decode, Encode};
use frame_system::Event::ExtrinsicFailed;
use pallet_verifier::{Error::AlreadyVerified, Event};
use serde_json::{json, Value};
use sp_runtime::DispatchError;
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::task::spawn_blocking;
use zkfusion_cli::ethereum::Settlement;
use zkfusion_primitives::message::Message;
use zkfusion_runtime::{BlockNumber, Runtime, RuntimeEvent};
use zkfusion_tests::{
    anvil::Anvil,
    build,
    contracts::{Contracts, Validator},
    demo::{self, ExampleApp},
    node::Relayer,
    progress::Progress,
    prover::{ProverClient, ProverDaemon},
    scenario, wait,
};
use zkfusion_zombienet::{
    client::{until, Client},
    network::{self, Network},
    spec::{self, Sessions},
    Result,
};
use zombienet_sdk::Arg;

const SESSIONS: Sessions = Sessions {
    slots: 20,
    per_era: 6,
};
const MINUTE: Duration = Duration::from_secs(60);
/// The accounts on Ethereum of the relayers of Alice and Dave: anvil's ninth and sixth.
const RELAYERS: [&str; 2] = [
    "0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
    "0x976EA74026E726554dB657fA54763abd0C3a0aa9",
];

/// Returns the arguments of a development validator that proves and relays.
fn roles(relayer: &Relayer, validator: &str, prover: &str) -> Vec<Arg> {
    let options = relayer.options();
    let options = options.iter().map(|(flag, value)| (*flag, value.as_str()).into());
    let flags = [validator, "--relayer", "--detailed-log-output"].map(Arg::from);
    let prover = [("--prover", prover).into()];
    flags.into_iter().chain(prover).chain(options).collect()
}

/// Returns the file with the token of the prover inside a node.
fn token_file(node: &Path) -> PathBuf {
    let mut chains = std::fs::read_dir(node.join("data/chains")).unwrap();
    chains.next().unwrap().unwrap().path().join("prover/token")
}

/// Returns the log of a node.
async fn log(network: &Network, name: &str) -> String {
    network.node(name).unwrap().logs().await.unwrap()
}

/// Waits until so many batches of an app are verified on the appchain and settled on Ethereum.
async fn settled(node: &Client, settlement: &Settlement, app: u32, batches: u64) {
    let verified = || async { Ok(app_of(node, app).await?["verified"].as_u64().unwrap_or_default()) };
    let enough = |count: &u64| *count >= batches;
    until("verified batches", 10 * MINUTE, verified, enough)
        .await
        .unwrap();
    let settled = || async {
        let apps = settlement.apps(Some(app), 0).await?;
        Ok(apps.first().map_or(0, |app| app.next_batch))
    };
    until("settled batches", 15 * MINUTE, settled, enough)
        .await
        .unwrap();
}

async fn app_of(node: &Client, app: u32) -> Result<Value> {
    node.call("fusion_app", &[json!(app)]).await
}

/// What happened on the appchain.
#[derive(Debug, Default)]
struct Happened {
    /// The batches that were verified, in their order.
    batches: Vec<u64>,
    /// The messages that were processed, in their order, and whether they succeeded.
    messages: Vec<(u64, bool)>,
    /// The proofs that came second.
    second: usize,
}

/// Reads what happened to an app from a block on. Nothing may fail but the proofs that came second.
async fn happened(node: &Client, app: u32, from: BlockNumber) -> Happened {
    // A node tells the error's number and not its name.
    let second = DispatchError::from(AlreadyVerified::<Runtime>).encode();
    let second = DispatchError::decode(&mut &second[..]).unwrap();
    let mut happened = Happened::default();
    for block in from..=node.best().await.unwrap() {
        for record in node.events(block).await.unwrap() {
            match record.event {
                RuntimeEvent::Verifier(Event::BatchVerified { app: of, batch, .. }) if of == app => {
                    happened.batches.push(batch);
                }
                RuntimeEvent::Verifier(Event::MessageProcessed {
                    app: of,
                    index,
                    status,
                    ..
                }) if of == app => happened.messages.push((index, status.is_ok())),
                RuntimeEvent::System(ExtrinsicFailed { dispatch_error, .. }) => {
                    assert_eq!(dispatch_error, second, "in block {block}");
                    happened.second += 1;
                }
                _ => {}
            }
        }
    }
    happened
}

/// Checks that each batch and each message had its effect on the appchain once, and returns the
/// state's root.
async fn check_appchain(node: &Client, app: &ExampleApp, sent: &[Vec<Message>], from: BlockNumber) -> Value {
    let happened = happened(node, app.id, from).await;
    println!("{} proofs came second on the appchain", happened.second);
    assert_eq!(happened.batches, [0, 1, 2]);
    let messages: Vec<_> = happened.messages.iter().map(|(index, _)| *index).collect();
    let expected: Vec<_> = sent.iter().flatten().map(|message| message.index).collect();
    assert_eq!(messages, expected);
    let failed = happened.messages.iter().filter(|(_, ok)| !ok).count();
    let plain = demo::plain(node.chain(), app, sent).await.unwrap();
    assert_eq!(failed, plain.failed.iter().sum::<usize>());
    let balances = demo::balances(node.chain(), app.id).await.unwrap();
    let balances: Vec<_> = balances.iter().map(|(_, balance)| *balance).collect();
    assert_eq!(balances, [915, 530, 245, 60]);
    let root = json!(format!("0x{}", hex::encode(plain.root)));
    assert_eq!(app_of(node, app.id).await.unwrap()["root"], root);
    root
}

/// Checks that each batch was settled once, and that no transaction of a relayer had its effect
/// twice. `deployed` transactions made the contracts.
async fn check_ethereum(anvil: &Anvil, contracts: &Contracts, app: u32, root: &Value, deployed: usize) {
    let settlement = Settlement::connect(&anvil.http(), contracts.settlement)
        .await
        .unwrap();
    let apps = settlement.apps(Some(app), 0).await.unwrap();
    assert_eq!(apps.len(), 1);
    assert_eq!(apps[0].to_json()["rootL2"], *root);
    let settlements = settlement.settlements(&apps, 0).await.unwrap();
    let range = |it: &Value| Some((it["first"].as_u64()?, it["last"].as_u64()?));
    let ranges: Vec<_> = settlements.iter().map(|it| range(it).unwrap()).collect();
    assert!(demo::covers(ranges.iter().copied(), 3), "{ranges:?}");

    let transactions = anvil.transactions().await.unwrap().split_off(deployed);
    let relayers = RELAYERS.map(|account| account.parse::<Validator>().unwrap());
    for relayer in relayers {
        let of_it = transactions.iter().filter(|it| it.from == relayer);
        let succeeded = of_it.clone().filter(|it| it.succeeded).count();
        let reverted = of_it.count() - succeeded;
        println!("{relayer}: {succeeded} transactions succeeded, {reverted} came second");
        assert!(succeeded > 0);
    }
    let others = transactions.iter().filter(|it| !relayers.contains(&it.from));
    assert_eq!(others.count(), 0);
    let took = |to| {
        let took = transactions.iter().filter(|it| it.succeeded && it.to == Some(to));
        took.count()
    };
    let commitments = settlement.commitments(contracts.order, 0).await.unwrap();
    assert_eq!(took(contracts.order), commitments.len());
    // Registering an app again does nothing.
    let registrations = took(contracts.settlement) - settlements.len();
    assert!((1..=2).contains(&registrations), "{registrations} registrations");
    for settled in &settlements {
        let hash = &settled["transaction"];
        let transaction = transactions.iter().find(|it| json!(it.hash) == *hash).unwrap();
        println!("batch {} was settled by {}", settled["first"], transaction.from);
        // Nobody but Dave was there for the last.
        assert!(settled["first"] != 2 || transaction.from == relayers[1]);
    }
}

/// Checks that the roles of a node met no error.
async fn check_log(network: &Network, name: &str) {
    let log = log(network, name).await;
    let is_error = |line: &&str| line.contains("ERROR") && line.contains("runtime::");
    let errors: Vec<_> = log.lines().filter(is_error).collect();
    assert!(errors.is_empty(), "{name}: {errors:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_are_settled_once_by_two_relayers_and_two_provers_of_which_one_came_late() {
    let progress = Progress::new();
    let folder = network::folder().unwrap();
    let path = folder.path().to_owned();
    let chain = spec::write(&path, SESSIONS).unwrap();
    let validators = spec::validators(&chain).unwrap();
    assert_eq!(validators.len(), 4);
    let artifacts = spawn_blocking(build::contracts).await.unwrap().unwrap();
    let anvil = Anvil::start(&path, 0, false).await.unwrap();
    let contracts = Contracts::deploy_for(&anvil.http(), &artifacts, &validators)
        .await
        .unwrap();
    let deployed = anvil.transactions().await.unwrap().len();
    let relayer = Relayer {
        l1: anvil.http(),
        contracts,
    };
    let settlement = Settlement::connect(&anvil.http(), contracts.settlement)
        .await
        .unwrap();

    // Alice alone tells Ethereum of a new session.
    let arguments = |name: &str| match name {
        "alice" => roles(&relayer, "--alice", "embedded"),
        _ => Vec::new(),
    };
    let mut network = Network::start_in(folder, &chain, &["alice", "bob", "charlie"], arguments)
        .await
        .unwrap();
    let bob = network.client("bob").await.unwrap();
    let commitments = || async { Ok(settlement.commitments(contracts.order, 0).await?.len()) };
    until("a commitment", 5 * MINUTE, commitments, |count| *count > 0)
        .await
        .unwrap();
    progress.done("Ethereum follows the four validators");

    // Dave comes late, with a daemon that proves for it.
    let daemon = ProverDaemon::start(&path.join("prover"), "127.0.0.1:0")
        .await
        .unwrap();
    let mut dave = roles(&relayer, "--dave", daemon.url());
    let token = daemon.token_file().display().to_string();
    dave.push(("--prover-token-file", token.as_str()).into());
    network.join("dave", true, dave).await.unwrap();
    let dave = network.client("dave").await.unwrap();
    let joined = bob.best().await.unwrap();
    let synced = |block: &BlockNumber| *block >= joined;
    until("sync", 3 * MINUTE, || dave.finalized(), synced)
        .await
        .unwrap();
    progress.done("Dave has come");

    let app = demo::register_at(bob.chain(), &progress).await.unwrap();
    let [first, second, third] = scenario::batches();
    let mut sent = Vec::new();
    for orders in [first, second] {
        sent.push(scenario::send(bob.chain(), app.id, &orders).await.unwrap());
        wait::sealed(bob.chain(), app.id, sent.len() as u64)
            .await
            .unwrap();
    }
    settled(&bob, &settlement, app.id, 2).await;
    progress.done("Two batches are settled");
    let alice_log = log(&network, "alice").await;
    let embedded = alice_log.split_once("embedded, at ").unwrap().1;
    let embedded = embedded.lines().next().unwrap().trim();
    let token = token_file(network.node("alice").unwrap().base_dir());
    let embedded = ProverClient::new(embedded, &token).unwrap();
    let daemon_client = ProverClient::new(daemon.url(), &daemon.token_file()).unwrap();
    for (name, prover) in [("Alice", &embedded), ("Dave", &daemon_client)] {
        let jobs = prover.jobs().await.unwrap();
        for job in &jobs {
            let state = &job.state;
            println!("prover of {name}: {} {} is {state}", job.kind, job.first);
        }
        assert!(jobs.iter().any(|job| job.kind == "batch"), "{name} did not prove");
    }

    // Dave does all of it while Alice is away.
    network.node("alice").unwrap().pause().await.unwrap();
    sent.push(scenario::send(bob.chain(), app.id, &third).await.unwrap());
    settled(&bob, &settlement, app.id, 3).await;
    progress.done("The third batch is settled without Alice");
    network.node("alice").unwrap().resume().await.unwrap();
    let alice = network.client("alice").await.unwrap();
    let returned = bob.best().await.unwrap() + SESSIONS.slots;
    for node in [&alice, &dave] {
        let caught_up = |block: &BlockNumber| *block >= returned;
        until("the next session", 5 * MINUTE, || node.finalized(), caught_up)
            .await
            .unwrap();
    }

    let root = check_appchain(&bob, &app, &sent, joined).await;
    check_ethereum(&anvil, &contracts, app.id, &root, deployed).await;
    check_log(&network, "alice").await;
    check_log(&network, "dave").await;
    bob.keep_state("relaying").await.unwrap();
}
