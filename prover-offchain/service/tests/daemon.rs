//! `fusion-prover serve` with real proofs, and its proving processes.

mod support;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use support::Client;
use zkfusion_primitives::{
    batch::Batch,
    ids::ProgramId,
    job::{BatchJob, JobState, Stage},
    merkle::SparseTree,
    message::{Message, Payload},
};
use zkfusion_prover::blake2_256;

/// Runs until its fuel is used up.
const PROGRAM: &str = r#"(module (func (export "zkmain") (loop (br 0))))"#;

/// A daemon, killed when it is dropped.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the daemon and returns it with a client.
fn start(data: &Path) -> (Daemon, Client) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fusion-prover"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .env("NO_COLOR", "1")
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("proving for ")?;
        rest.split_whitespace().next().map(str::to_owned)
    });
    // Its log must be read, or it waits.
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| eprintln!("{line}")));
    let token = fs::read_to_string(data.join("token")).unwrap();
    let url = url.expect("the daemon starts");
    let url = url.replace("http://", &format!("http://prover:{}@", token.trim()));
    (Daemon(child), Client::new(url))
}

/// Calls `fusion-prover` with the daemon's token and returns whether it succeeds, and its answer.
fn fusion_prover(data: &Path, client: &Client, arguments: &[&str]) -> (bool, serde_json::Value) {
    let token_file = data.join("token").display().to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_fusion-prover"))
        .args(arguments)
        .args(["--json", "--url", client.url(), "--token-file", &token_file])
        .output()
        .unwrap();
    let answer = match output.status.success() || output.stderr.is_empty() {
        true => output.stdout,
        false => output.stderr,
    };
    let document = serde_json::from_slice(&answer);
    (
        output.status.success(),
        document.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&answer))),
    )
}

#[test]
fn a_failed_job_is_listed_and_tried_again_by_command() {
    let wasm = wat::parse_str(PROGRAM).unwrap();
    let data = tempfile::tempdir().unwrap();
    let (_daemon, client) = start(data.path());
    assert_eq!(client.post("/v1/programs?prepare=false", &wasm).status, 202);
    // It names another program.
    let id = client.post_batch(&job([9; 32], &wasm));
    assert!(matches!(client.await_end(&id), JobState::Failed { .. }));
    let run = |arguments: &[&str]| fusion_prover(data.path(), &client, arguments);
    let (listed, jobs) = run(&["jobs", "--failed"]);
    assert!(listed);
    assert_eq!(
        (&jobs[0]["state"], &jobs[0]["id"]),
        (&"failed".into(), &hex::encode(id).into())
    );
    let digits = &hex::encode(id)[..6];
    for arguments in [&["retry", digits][..], &["retry", "--all-failed"]] {
        let (retried, answer) = run(arguments);
        assert!(retried);
        assert_eq!(answer[0]["id"], hex::encode(id));
        // It fails again, and can be tried again.
        assert!(matches!(client.await_end(&id), JobState::Failed { .. }));
    }
    let (retried, answer) = run(&["retry", "ffffff"]);
    assert!(!retried);
    assert!(
        answer["error"]
            .as_str()
            .unwrap()
            .contains("there is no job ffffff"),
        "{answer}"
    );
}

#[test]
fn who_has_another_token_is_told_so() {
    let data = tempfile::tempdir().unwrap();
    let (_daemon, client) = start(data.path());
    let other = tempfile::tempdir().unwrap();
    zkfusion_prover::Token::read_or_make(&other.path().join("token")).unwrap();
    let (listed, answer) = fusion_prover(other.path(), &client, &["jobs"]);
    assert!(!listed);
    let error = answer["error"].as_str().unwrap();
    assert!(
        error.contains("not the prover's token") && error.contains("token-file"),
        "{error}"
    );
}

/// Returns the processes that the daemon has started.
fn children(daemon: &Daemon) -> Vec<u32> {
    let parent = daemon.0.id().to_string();
    let pids = fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let pid = entry.ok()?.file_name().to_str()?.parse().ok()?;
        // Pid, name in parentheses, state, parent.
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ');
        (fields.next()? != "Z" && fields.next()? == parent).then_some(pid)
    });
    pids.collect()
}

fn job(program_id: ProgramId, wasm: &[u8]) -> BatchJob {
    BatchJob {
        batch: Batch {
            genesis_hash: [0; 32],
            app_id: 0,
            program_id,
            batch_index: 0,
            pre_root: SparseTree::new().root(),
            inbox_hash_pre: [0; 32],
            vrf_seed: [0; 32],
            messages: vec![Message {
                index: 0,
                sender: [1; 32],
                at_block: 1,
                fuel_limit: 1_000,
                payload: Payload::default(),
            }],
        },
        wasm_hash: blake2_256(wasm),
        leaves: vec![],
    }
}

#[test]
fn a_job_whose_process_is_killed_in_the_middle_is_proved_and_nothing_outlives_the_daemon() {
    let wasm = wat::parse_str(PROGRAM).unwrap();
    let data = tempfile::tempdir().unwrap();
    let (daemon, client) = start(data.path());
    let program = client.post("/v1/programs", &wasm).json();
    let mut program_id = [0; 32];
    hex::decode_to_slice(program["program_id"].as_str().unwrap(), &mut program_id).unwrap();
    let id = client.post_batch(&job(program_id, &wasm));
    client.await_batch(&id, |state| {
        matches!(
            state,
            JobState::Running {
                stage: Stage::Proving,
                ..
            }
        )
    });
    for pid in children(&daemon) {
        assert!(Command::new("kill")
            .args(["-9", &pid.to_string()])
            .status()
            .unwrap()
            .success());
    }
    let JobState::Done(result) = client.await_end(&id) else {
        panic!("not done")
    };
    assert_eq!((result.k, result.statement.program_id), (14, program_id));
    assert_eq!(client.get("/v1/jobs").json()[0]["attempts"], 2);
    // The process lives on with its keys, until the daemon is killed.
    let pids = children(&daemon);
    assert_eq!(pids.len(), 1);
    drop(daemon);
    let start = Instant::now();
    while fs::read_to_string(format!("/proc/{}/stat", pids[0])).is_ok_and(|stat| !stat.contains(") Z ")) {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "the proving process outlives its service"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
