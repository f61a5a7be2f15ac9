//! Proofs in a process of their own, which dies at bad moments.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{atomic::Ordering, Arc},
    time::{Duration, Instant},
};
use support::{batch_job, config, settlement_job, Client, TestBackend};
use zkfusion_primitives::job::{FailureKind, JobState};
use zkfusion_prover::{
    Backend, Config, Failure, Handle, ProcessBackend, ProofSize, ProvingProcess, Service, Watch,
};

/// Tells a test process that it is a proving process, and which folder it shares with the test.
const FOLDER: &str = "ZKFUSION_TEST_PROVING_PROCESS";

/// Not a test of its own: what the other tests run as a proving process. In the folder it notes its
/// processes' ids, and finds what it is to do.
#[test]
fn proving_process() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    note(&folder, "pids", &std::process::id().to_string());
    let backend = TestBackend::scripted(move |_| {
        let plan = fs::read_to_string(folder.join("plan")).unwrap_or_default();
        match plan.trim() {
            "hang" => loop {
                std::thread::park();
            },
            "abort once" => {
                fs::remove_file(folder.join("plan")).unwrap();
                std::process::abort()
            }
            "abort" => std::process::abort(),
            "panic once" => {
                fs::remove_file(folder.join("plan")).unwrap();
                panic!("boom")
            }
            "overflow once" => {
                fs::remove_file(folder.join("plan")).unwrap();
                println!("{}", overflow(1));
                Ok(())
            }
            "refuse" => Err(Failure::permanent(FailureKind::TooLarge, "k = 21")),
            _ => {
                println!("a library prints");
                Ok(())
            }
        }
    });
    backend.holds_settlements.store(true, Ordering::SeqCst);
    ProvingProcess::serve(&*backend)
}

/// Calls itself until the stack ends.
#[allow(unconditional_recursion)]
fn overflow(depth: u64) -> u64 {
    let deeper = std::hint::black_box([depth; 1000]);
    overflow(depth + 1) + deeper[7]
}

fn note(folder: &Path, file: &str, line: &str) {
    use std::io::Write;
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(folder.join(file))
        .unwrap();
    writeln!(file, "{line}").unwrap();
}

fn backend(folder: &Path) -> Arc<ProcessBackend> {
    let folder = folder.to_owned();
    Arc::new(ProcessBackend::of(move || {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["proving_process", "--exact", "--nocapture"])
            .env(FOLDER, &folder);
        command
    }))
}

/// A running service whose proofs are made in processes of this test's.
struct Running {
    folder: tempfile::TempDir,
    client: Client,
    runtime: tokio::runtime::Runtime,
    handle: Handle,
}

fn start(plan: &str) -> Running {
    start_with(plan, |config| config)
}

fn start_with(plan: &str, change: impl FnOnce(Config) -> Config) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    fs::write(folder.path().join("plan"), plan).unwrap();
    let config = change(config(&folder.path().join("data")));
    let handle = runtime
        .block_on(Service::start(config, backend(folder.path())))
        .unwrap();
    let client = Client::new(handle.url_with_token());
    client.post_program();
    fs::remove_file(folder.path().join("pids")).unwrap();
    Running {
        folder,
        client,
        runtime,
        handle,
    }
}

impl Running {
    /// Returns the ids of the proving processes that there were since the start.
    fn pids(&self) -> Vec<u32> {
        let pids = fs::read_to_string(self.folder.path().join("pids")).unwrap_or_default();
        pids.lines().map(|line| line.parse().unwrap()).collect()
    }

    fn replan(&self, plan: &str) {
        fs::write(self.folder.path().join("plan"), plan).unwrap();
    }

    fn attempts(&self) -> u64 {
        self.client.get("/v1/jobs").json()[0]["attempts"]
            .as_u64()
            .unwrap()
    }

    fn end(self) {
        self.runtime.block_on(self.handle.shutdown());
    }
}

fn lives(pid: u32) -> bool {
    // A zombie is dead.
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

fn kill(pid: u32) {
    let status = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(status.unwrap().success());
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn batches_are_proved_one_after_another_by_one_process() {
    let service = start("");
    for batch in 0..3 {
        let id = service.client.post_batch(&batch_job(batch));
        let JobState::Done(result) = service.client.await_end(&id) else {
            panic!("not done")
        };
        assert_eq!(result.statement.batch_index, batch);
    }
    assert_eq!(service.pids().len(), 1);
    service.end();
}

#[test]
fn a_process_killed_in_the_middle_costs_one_attempt() {
    let service = start("hang");
    let id = service.client.post_batch(&batch_job(0));
    let proving = |state: &JobState<_>| matches!(state, JobState::Running { percent: 50, .. });
    service.client.await_batch(&id, proving);
    service.replan("");
    kill(service.pids()[0]);
    assert!(matches!(service.client.await_end(&id), JobState::Done(_)));
    assert_eq!((service.attempts(), service.pids().len()), (2, 2));
    service.end();
}

#[test]
fn an_idle_process_that_was_killed_costs_nothing() {
    let service = start("");
    let first = service.client.post_batch(&batch_job(0));
    service.client.await_end(&first);
    let pid = service.pids()[0];
    kill(pid);
    wait_until("it dies", || !lives(pid));
    let second = service.client.post_batch(&batch_job(1));
    assert!(matches!(service.client.await_end(&second), JobState::Done(_)));
    assert_eq!(service.attempts(), 1);
    service.end();
}

#[test]
fn aborts_and_overflows_of_the_stack_and_panics_leave_the_service_alone() {
    for plan in ["abort once", "overflow once", "panic once"] {
        let service = start(plan);
        let id = service.client.post_batch(&batch_job(0));
        assert!(
            matches!(service.client.await_end(&id), JobState::Done(_)),
            "{plan}"
        );
        assert_eq!((service.attempts(), service.pids().len()), (2, 2), "{plan}");
        service.end();
    }
}

#[test]
fn a_job_whose_process_always_dies_is_given_up_with_the_reason() {
    let service = start("abort");
    let id = service.client.post_batch(&batch_job(0));
    let JobState::Failed {
        kind,
        message,
        retryable,
    } = service.client.await_end(&id)
    else {
        panic!("not failed")
    };
    assert_eq!((kind, retryable), (FailureKind::Prover, true));
    assert!(
        message.starts_with("the proving process died (signal: 6"),
        "{message}"
    );
    assert_eq!(service.pids().len(), 3);
    service.end();
}

#[test]
fn a_process_that_hangs_is_killed_after_the_time_limit_and_costs_one_attempt() {
    let service = start_with("hang", |config| Config {
        proof_time_limit: Duration::from_millis(500),
        max_attempts: 2,
        ..config
    });
    let hanging = service.client.post_batch(&batch_job(0));
    let JobState::Failed {
        kind,
        message,
        retryable,
    } = service.client.await_end(&hanging)
    else {
        panic!("not failed")
    };
    assert_eq!((kind, retryable), (FailureKind::TimeLimit, true), "{message}");
    assert!(message.starts_with("not done within 0.5 s"), "{message}");
    let pids = service.pids();
    assert_eq!((service.attempts(), pids.len()), (2, 2));
    assert!(!pids.into_iter().any(lives));
    service.replan("");
    let next = service.client.post_batch(&batch_job(1));
    assert!(matches!(service.client.await_end(&next), JobState::Done(_)));
    service.end();
}

#[test]
fn a_process_that_is_stopped_is_killed_after_the_time_limit() {
    let service = start_with("", |config| Config {
        proof_time_limit: Duration::from_millis(500),
        ..config
    });
    let first = service.client.post_batch(&batch_job(0));
    service.client.await_end(&first);
    let pid = service.pids()[0];
    let stopped = Command::new("kill").args(["-STOP", &pid.to_string()]).status();
    assert!(stopped.unwrap().success());
    let second = service.client.post_batch(&batch_job(1));
    assert!(matches!(service.client.await_end(&second), JobState::Done(_)));
    assert_eq!(service.attempts(), 2);
    assert!(!lives(pid));
    service.end();
}

#[test]
fn a_shutdown_ends_the_process_and_leaves_the_job_to_the_next_start() {
    let service = start("hang");
    let id = service.client.post_batch(&batch_job(0));
    let proving = |state: &JobState<_>| matches!(state, JobState::Running { percent: 50, .. });
    service.client.await_batch(&id, proving);
    let pids = service.pids();
    let Running {
        folder,
        runtime,
        handle,
        ..
    } = service;
    runtime.block_on(handle.shutdown());
    assert!(!pids.into_iter().any(lives));
    let data = folder.path().join("data");
    let handle = runtime
        .block_on(Service::start(config(&data), TestBackend::new()))
        .unwrap();
    let client = Client::new(handle.url_with_token());
    assert!(matches!(client.await_end(&id), JobState::Done(_)));
    assert_eq!(client.get("/v1/jobs").json()[0]["attempts"], 1);
    runtime.block_on(handle.shutdown());
}

#[test]
fn failures_come_through_as_they_are_and_leave_the_process_its_keys() {
    let service = start("refuse");
    let id = service.client.post_batch(&batch_job(0));
    let JobState::Failed {
        kind,
        message,
        retryable,
    } = service.client.await_end(&id)
    else {
        panic!("not failed")
    };
    assert_eq!((kind, retryable), (FailureKind::TooLarge, false));
    assert_eq!(message, "k = 21");
    service.replan("");
    let next = service.client.post_batch(&batch_job(1));
    assert!(matches!(service.client.await_end(&next), JobState::Done(_)));
    assert_eq!(service.pids().len(), 1);
    service.end();
}

#[test]
fn a_settlement_has_a_process_that_ends_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let result = backend(folder.path())
        .prove_settlement(&settlement_job(&[3, 4]), &())
        .unwrap();
    assert_eq!((result.first, result.last), (3, 4));
    let pids = fs::read_to_string(folder.path().join("pids")).unwrap();
    assert!(!lives(pids.trim().parse().unwrap()));
}

#[test]
fn the_system_kills_a_proving_process_before_its_service() {
    let service = start("");
    let id = service.client.post_batch(&batch_job(0));
    service.client.await_end(&id);
    let adjusted = |pid: &dyn std::fmt::Display| {
        let text = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
        text.trim().parse::<i32>().unwrap()
    };
    let own = adjusted(&"self");
    assert_eq!(adjusted(&service.pids()[0]), (own + 500).min(1000));
    service.end();
}

/// Refuses what asks for memory.
struct Stingy;

impl Watch for Stingy {
    fn hold(&self, proof: ProofSize) -> Result<(), Failure> {
        Err(Failure::transient(
            FailureKind::OutOfMemory,
            format!("none left for {proof}"),
        ))
    }
}

#[test]
fn the_service_decides_about_the_memory_of_its_proving_processes() {
    let folder = tempfile::tempdir().unwrap();
    let failure = backend(folder.path())
        .prove_batch(&batch_job(0), support::WASM, &Stingy)
        .unwrap_err();
    assert_eq!(failure.kind, FailureKind::OutOfMemory);
    assert_eq!(failure.message, "none left for a batch proof with k = 14");
}

#[test]
fn an_idle_process_ends_when_a_settlement_lacks_memory() {
    let folder = tempfile::tempdir().unwrap();
    let backend = backend(folder.path());
    backend.prove_batch(&batch_job(0), support::WASM, &()).unwrap();
    let pids = fs::read_to_string(folder.path().join("pids")).unwrap();
    let idle = pids.trim().parse().unwrap();
    backend.prove_settlement(&settlement_job(&[3]), &()).unwrap();
    assert!(lives(idle));
    let failure = backend
        .prove_settlement(&settlement_job(&[3]), &Stingy)
        .unwrap_err();
    assert_eq!(failure.message, "none left for a settlement proof");
    assert!(!lives(idle));
    backend.prove_batch(&batch_job(1), support::WASM, &()).unwrap();
}
