//! The service is killed while it proves.

mod support;

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use support::{app_job, batch_job, config, Client, TestBackend};
use zkfusion_primitives::job::{FailureKind, JobState};
use zkfusion_prover::Service;

/// Tells a test process that it is the service to be killed, and where its store is.
const DATA: &str = "ZKFUSION_TEST_SERVICE_DATA";

/// Not a test of its own: what the other tests run in a process of its own and kill. Its backend
/// never answers.
#[test]
fn service_process() {
    let Some(data) = std::env::var_os(DATA).map(PathBuf::from) else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let backend = TestBackend::scripted(|_| loop {
        std::thread::park();
    });
    let handle = runtime.block_on(Service::start(config(&data), backend)).unwrap();
    println!("\nlistening on {}", handle.url_with_token());
    loop {
        std::thread::park();
    }
}

/// Starts the service process and returns it with a client.
fn spawn(data: &Path) -> (Child, Client) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["service_process", "--exact", "--nocapture"])
        .env(DATA, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let url = lines
        .map_while(Result::ok)
        .find_map(|line| line.strip_prefix("listening on ").map(str::to_owned))
        .expect("the service starts");
    (child, Client::new(url))
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn jobs_survive_a_kill_in_the_middle_of_proving() {
    let data = tempfile::tempdir().unwrap();
    let (child, client) = spawn(data.path());
    client.post_program();
    let (first, second) = (
        client.post_batch(&app_job(0, 0)),
        client.post_batch(&app_job(1, 0)),
    );
    client.await_batch(&first, |state| matches!(state, JobState::Running { .. }));
    kill(child);

    let runtime = tokio::runtime::Runtime::new().unwrap();
    let handle = runtime
        .block_on(Service::start(config(data.path()), TestBackend::new()))
        .unwrap();
    let client = Client::new(handle.url_with_token());
    assert!(matches!(client.await_end(&first), JobState::Done(_)));
    assert!(matches!(client.await_end(&second), JobState::Done(_)));
    runtime.block_on(handle.shutdown());
}

#[test]
fn a_job_that_is_always_running_when_the_service_dies_is_given_up() {
    let data = tempfile::tempdir().unwrap();
    let mut id = None;
    for _ in 0..config(data.path()).max_attempts {
        let (child, client) = spawn(data.path());
        let id = *id.get_or_insert_with(|| {
            client.post_program();
            client.post_batch(&batch_job(0))
        });
        client.await_batch(&id, |state| matches!(state, JobState::Running { .. }));
        kill(child);
    }
    let (child, client) = spawn(data.path());
    let JobState::Failed { kind, retryable, .. } = client.await_end(&id.unwrap()) else {
        panic!("not failed")
    };
    assert_eq!((kind, retryable), (FailureKind::AttemptsExhausted, true));
    kill(child);
}
