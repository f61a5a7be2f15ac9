//! The API as its users see it.

mod support;

use codec::{Decode, Encode};
use serde_json::json;
use std::sync::{atomic::Ordering, Arc, Condvar, Mutex};
use support::{app_job, batch_job, config, settlement_job, Client, TestBackend, WASM};
use zkfusion_primitives::job::{BatchJob, FailureKind, JobState, SettlementResult, Stage};
use zkfusion_prover::{blake2_256, Config, Failure, Handle, Service, StartError};

/// A running service with its client.
struct Running {
    client: Client,
    runtime: tokio::runtime::Runtime,
    handle: Handle,
    _data: tempfile::TempDir,
}

fn start(backend: Arc<TestBackend>) -> Running {
    start_with(backend, |config| config)
}

fn start_with(backend: Arc<TestBackend>, change: impl FnOnce(Config) -> Config) -> Running {
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let config = change(config(data.path()));
    let handle = runtime.block_on(Service::start(config, backend)).unwrap();
    Running {
        client: Client::new(handle.url_with_token()),
        runtime,
        handle,
        _data: data,
    }
}

/// A gate that a backend waits at.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn open(&self) {
        *self.0 .0.lock().unwrap() = true;
        self.0 .1.notify_all();
    }

    fn pass(&self) {
        drop(
            self.0
                 .1
                .wait_while(self.0 .0.lock().unwrap(), |open| !*open)
                .unwrap(),
        );
    }
}

fn gated(gate: &Gate) -> Arc<TestBackend> {
    let gate = gate.clone();
    TestBackend::scripted(move |_| {
        gate.pass();
        Ok(())
    })
}

#[test]
fn a_batch_is_proved() {
    let service = start(TestBackend::new());
    let client = &service.client;
    client.post_program();
    let job = batch_job(0);
    let id = client.post_batch(&job);
    assert_eq!(id, blake2_256(&job.encode()));
    let JobState::Done(result) = client.await_end(&id) else {
        panic!("not done")
    };
    assert_eq!((result.statement.batch_index, result.proof), (0, vec![1, 2, 3]));
    let view = client
        .get(&format!("/v1/batches/{}?json", hex::encode(id)))
        .json();
    assert_eq!(view["state"], "done");
    assert_eq!(
        view["result"]["statement"]["pre_root"],
        hex::encode(job.batch.pre_root)
    );
    assert_eq!(view["result"]["stats"]["prove_s"], 1.5);
    assert_eq!(view["result"]["outcomes"][0]["status"], "ok");
}

#[test]
fn the_same_batch_is_proved_once() {
    let backend = TestBackend::new();
    let service = start(backend.clone());
    service.client.post_program();
    let first = service.client.post_batch(&batch_job(0));
    service.client.await_end(&first);
    assert_eq!(service.client.post_batch(&batch_job(0)), first);
    assert!(matches!(service.client.batch(&first), JobState::Done(_)));
    assert_eq!(backend.batches.load(Ordering::SeqCst), 1);
}

#[test]
fn a_program_is_prepared_once_and_described() {
    let backend = TestBackend::new();
    let service = start(backend.clone());
    for _ in 0..2 {
        let answer = service.client.post("/v1/programs", WASM);
        let expected = json!({
            "wasm_hash": hex::encode(blake2_256(WASM)),
            "program_id": hex::encode([1; 32]),
            "ks": [14, 15],
        });
        assert_eq!((answer.status, answer.json()), (200, expected));
    }
    assert_eq!(backend.prepared.load(Ordering::SeqCst), 1);
}

#[test]
fn a_program_can_be_stored_without_waiting_for_its_keys() {
    let backend = TestBackend::new();
    let service = start(backend.clone());
    assert_eq!(
        service.client.post("/v1/programs?prepare=false", WASM).status,
        202
    );
    assert_eq!(backend.prepared.load(Ordering::SeqCst), 0);
    let id = service.client.post_batch(&batch_job(0));
    assert!(matches!(service.client.await_end(&id), JobState::Done(_)));
}

#[test]
fn waiting_jobs_know_their_position_and_running_ones_their_stage() {
    let gate = Gate::default();
    let service = start(gated(&gate));
    service.client.post_program();
    let ids = [0, 1, 2].map(|app| service.client.post_batch(&app_job(app, 0)));
    let running = JobState::Running {
        stage: Stage::Proving,
        percent: 50,
    };
    service.client.await_batch(&ids[0], |state| *state == running);
    assert_eq!(service.client.batch(&ids[2]), JobState::Queued { position: 2 });
    let list = service.client.get("/v1/jobs").json();
    let states: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|job| job["state"].clone())
        .collect();
    assert_eq!(states, ["queued", "queued", "running"]);
    gate.open();
    assert!(matches!(service.client.await_end(&ids[2]), JobState::Done(_)));
}

#[test]
fn long_jobs_keep_their_lease() {
    let backend = TestBackend::scripted(|_| {
        std::thread::sleep(std::time::Duration::from_millis(1200));
        Ok(())
    });
    let service = start(backend.clone());
    service.client.post_program();
    let id = service.client.post_batch(&batch_job(0));
    assert!(matches!(service.client.await_end(&id), JobState::Done(_)));
    assert_eq!(service.client.get("/v1/jobs").json()[0]["attempts"], 1);
}

#[test]
fn transient_failures_and_panics_are_tried_again() {
    let backend = TestBackend::scripted(|call| match call {
        0 => Err(Failure::transient(FailureKind::Prover, "no memory")),
        1 => panic!("boom"),
        _ => Ok(()),
    });
    let service = start(backend);
    service.client.post_program();
    let id = service.client.post_batch(&batch_job(0));
    assert!(matches!(service.client.await_end(&id), JobState::Done(_)));
    let metrics = String::from_utf8(service.client.get("/metrics").body).unwrap();
    for line in [
        "zkfusion_prover_open_jobs 0",
        "zkfusion_prover_running_jobs 0",
        r#"zkfusion_prover_attempts_total{job="batch",outcome="done"} 1"#,
        r#"zkfusion_prover_failures_total{job="batch",kind="prover error"} 2"#,
        r#"zkfusion_prover_proving_seconds_sum{job="batch"} 1.5"#,
        r#"zkfusion_prover_steps_total{job="batch"} 7"#,
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
}

#[test]
fn permanent_failures_are_told_with_their_kind() {
    let backend = TestBackend::scripted(|_| Err(Failure::permanent(FailureKind::TooLarge, "k = 21")));
    let service = start(backend);
    service.client.post_program();
    let id = service.client.post_batch(&batch_job(0));
    let JobState::Failed {
        kind,
        message,
        retryable,
    } = service.client.await_end(&id)
    else {
        panic!("not failed");
    };
    assert_eq!(
        (kind, message.as_str(), retryable),
        (FailureKind::TooLarge, "k = 21", false)
    );
}

#[test]
fn a_result_that_is_not_the_jobs_is_refused() {
    type Tamper = fn(&mut zkfusion_primitives::job::BatchResult);
    let tampers: [(&str, Tamper); 4] = [
        ("post_root", |result| result.statement.post_root[0] ^= 1),
        ("vrf_seed", |result| result.statement.vrf_seed[0] ^= 1),
        ("writes_hash", |result| result.effects.outcomes[0].fuel_used += 1),
        ("number of outcomes", |result| result.effects.outcomes.clear()),
    ];
    for (field, tamper) in tampers {
        let service = start(TestBackend::tampering(tamper));
        service.client.post_program();
        let id = service.client.post_batch(&batch_job(0));
        let JobState::Failed { kind, message, .. } = service.client.await_end(&id) else {
            panic!("{field} was accepted");
        };
        assert_eq!(kind, FailureKind::SelfCheck);
        assert!(message.contains(field), "{message}");
    }
}

#[test]
fn a_job_whose_leaves_have_another_root_is_refused() {
    let service = start(TestBackend::new());
    service.client.post_program();
    let id = service.client.post_batch(&BatchJob {
        leaves: vec![],
        ..batch_job(0)
    });
    let JobState::Failed { kind, message, .. } = service.client.await_end(&id) else {
        panic!("accepted")
    };
    assert_eq!(kind, FailureKind::InvalidJob);
    assert!(message.contains("pre_root"), "{message}");
}

#[test]
fn a_batch_of_an_unknown_program_asks_for_it() {
    let service = start(TestBackend::new());
    let answer = service.client.post("/v1/batches", &batch_job(0).encode());
    assert_eq!(answer.error(), (404, "unknown_program".into()));
}

#[test]
fn a_batch_with_another_program_id_is_refused() {
    let service = start(TestBackend::new());
    service.client.post_program();
    let mut job = batch_job(0);
    job.batch.program_id = [7; 32];
    let answer = service.client.post("/v1/batches", &job.encode());
    assert_eq!(answer.error(), (422, "invalid_job".into()));
}

#[test]
fn an_invalid_program_is_refused_with_the_place() {
    let service = start(TestBackend::new());
    let answer = service.client.post("/v1/programs", b"\0asm\x01\0\0\0\0");
    assert_eq!(answer.error(), (422, "invalid_program".into()));
    assert_eq!(answer.json()["message"], "f32.add in function 0 at 0x2a");
    assert_eq!(
        service.client.post("/v1/programs", b"#!/bin/sh").error(),
        (400, "bad_request".into())
    );
}

#[test]
fn oversized_bodies_are_refused() {
    let service = start_with(TestBackend::new(), |config| Config {
        max_program_bytes: 10,
        max_job_bytes: 20,
        ..config
    });
    assert_eq!(
        service.client.post("/v1/programs", &[0; 11]).error(),
        (413, "too_large".into())
    );
    assert_eq!(
        service.client.post("/v1/batches", &[0; 21]).error(),
        (413, "too_large".into())
    );
    assert_eq!(
        service.client.post("/v1/settlements", &[0; 21]).error(),
        (413, "too_large".into())
    );
}

#[test]
fn bodies_that_are_not_jobs_are_refused() {
    let service = start(TestBackend::new());
    let mut trailing = batch_job(0).encode();
    trailing.push(0);
    for body in [&b"{}"[..], &[], &trailing] {
        assert_eq!(
            service.client.post("/v1/batches", body).error(),
            (400, "bad_request".into())
        );
    }
}

#[test]
fn a_full_queue_is_told() {
    let gate = Gate::default();
    let service = start_with(gated(&gate), |config| Config {
        max_open_jobs: 1,
        ..config
    });
    service.client.post_program();
    service.client.post_batch(&app_job(0, 0));
    let answer = service.client.post("/v1/batches", &app_job(1, 0).encode());
    assert_eq!(answer.error(), (429, "queue_full".into()));
    gate.open();
}

#[test]
fn unknown_jobs_and_paths_are_told() {
    let service = start(TestBackend::new());
    let unknown = "00".repeat(32);
    let cases = [
        (format!("/v1/batches/{unknown}"), 404, "not_found"),
        (format!("/v1/settlements/{unknown}"), 404, "not_found"),
        ("/v1/batches/xyz".into(), 400, "bad_request"),
        ("/v2".into(), 404, "not_found"),
    ];
    for (path, status, error) in cases {
        assert_eq!(
            service.client.get(&path).error(),
            (status, error.into()),
            "{path}"
        );
    }
}

#[test]
fn web_pages_are_refused() {
    let service = start(TestBackend::new());
    let answer = service
        .client
        .get_with("/health", &[("Origin", "https://example.com")]);
    assert_eq!(answer.error(), (403, "forbidden".into()));
    assert_eq!(service.client.get("/health").json()["status"], "ok");
}

#[test]
fn a_settlement_is_proved() {
    let service = start(TestBackend::new());
    let id = service
        .client
        .post("/v1/settlements", &settlement_job(&[3, 4]).encode())
        .body;
    let path = format!("/v1/settlements/{}", hex::encode(&id));
    let state = loop {
        let answer = service.client.get(&path);
        match JobState::<SettlementResult>::decode(&mut &answer.body[..]).unwrap() {
            JobState::Queued { .. } | JobState::Running { .. } => {}
            state => break state,
        }
    };
    let JobState::Done(result) = state else {
        panic!("{state:?}")
    };
    assert_eq!((result.first, result.last, result.proof), (3, 4, vec![4, 5]));
    assert_eq!(
        service.client.get(&format!("{path}?json")).json()["result"]["proof"],
        "0405"
    );
    let batches = format!("/v1/batches/{}", hex::encode(&id));
    assert_eq!(service.client.get(&batches).error(), (404, "not_found".into()));
}

#[test]
fn a_settlement_with_a_gap_is_refused() {
    let service = start(TestBackend::new());
    for indices in [&[3, 5][..], &[]] {
        let answer = service
            .client
            .post("/v1/settlements", &settlement_job(indices).encode());
        assert_eq!(answer.error(), (422, "invalid_job".into()));
    }
}

#[test]
fn a_shutdown_leaves_the_running_job_to_the_next_start() {
    let gate = Gate::default();
    let Running {
        client,
        runtime,
        handle,
        _data,
    } = start(gated(&gate));
    client.post_program();
    let id = client.post_batch(&batch_job(0));
    client.await_batch(&id, |state| matches!(state, JobState::Running { .. }));
    runtime.block_on(handle.shutdown());
    gate.open();
    let restarted = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(20));
        runtime
            .block_on(Service::start(config(_data.path()), TestBackend::new()))
            .ok()
    });
    let handle = restarted.expect("the store was freed");
    let client = Client::new(handle.url_with_token());
    assert!(matches!(client.await_end(&id), JobState::Done(_)));
    runtime.block_on(handle.shutdown());
}

#[test]
fn an_idle_service_shuts_down_and_frees_its_store() {
    let Running {
        runtime,
        handle,
        _data,
        ..
    } = start(TestBackend::new());
    runtime.block_on(handle.shutdown());
    runtime
        .block_on(Service::start(config(_data.path()), TestBackend::new()))
        .unwrap();
}

#[test]
fn an_address_beyond_loopback_must_be_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let open = Config {
        listen: ([0, 0, 0, 0], 0).into(),
        ..config(data.path())
    };
    let refused = runtime.block_on(Service::start(open, TestBackend::new()));
    assert!(matches!(refused, Err(StartError::NotLoopback(_))));
}

#[test]
fn a_job_that_its_app_has_passed_is_forgotten_and_works_again_when_posted_again() {
    let gate = Gate::default();
    let service = start(gated(&gate));
    let client = &service.client;
    client.post_program();
    let running = client.post_batch(&batch_job(0));
    client.await_batch(&running, |state| matches!(state, JobState::Running { .. }));
    let fork = |root: u8| {
        let mut job = batch_job(1);
        job.batch.inbox_hash_pre = [root; 32];
        job
    };
    let first = client.post_batch(&fork(0));
    let second = client.post_batch(&fork(1));
    let path = format!("/v1/batches/{}", hex::encode(first));
    assert_eq!(client.get(&path).error(), (404, "not_found".into()));
    let metrics = String::from_utf8(client.get("/metrics").body).unwrap();
    assert!(metrics.contains(r#"zkfusion_prover_superseded_total{job="batch"} 1"#));
    // The chain is on the first fork again.
    assert_eq!(client.post_batch(&fork(0)), first);
    gate.open();
    for id in [running, first] {
        assert!(matches!(client.await_end(&id), JobState::Done(_)));
    }
    let path = format!("/v1/batches/{}", hex::encode(second));
    assert_eq!(client.get(&path).error(), (404, "not_found".into()));
}

#[test]
fn an_app_that_takes_much_time_waits_for_the_others() {
    let gate = Gate::default();
    let (begun, first) = (Arc::new(Mutex::new(Vec::new())), gate.clone());
    let notes = begun.clone();
    let backend = TestBackend::watched(move |call, job| {
        notes
            .lock()
            .unwrap()
            .push((job.batch.app_id, job.batch.batch_index));
        if call == 0 {
            first.pass();
        }
        if job.batch.app_id == 1 {
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
        Ok(())
    });
    let service = start(backend);
    let client = &service.client;
    client.post_program();
    let running = client.post_batch(&app_job(1, 0));
    client.await_batch(&running, |state| matches!(state, JobState::Running { .. }));
    // The expensive app is first in the queue again, before all others.
    let ids: Vec<_> = [(1, 1), (2, 0), (3, 0), (4, 0)]
        .map(|(app, batch)| client.post_batch(&app_job(app, batch)))
        .into();
    gate.open();
    for id in ids {
        assert!(matches!(client.await_end(&id), JobState::Done(_)));
    }
    assert_eq!(*begun.lock().unwrap(), [(1, 0), (2, 0), (3, 0), (4, 0), (1, 1)]);
}

#[test]
fn a_failed_job_is_tried_again_by_request() {
    let backend = TestBackend::scripted(|call| match call {
        0 => Err(Failure::permanent(FailureKind::TooLarge, "k = 21")),
        _ => Ok(()),
    });
    let service = start(backend);
    let client = &service.client;
    client.post_program();
    let id = client.post_batch(&batch_job(0));
    assert!(matches!(client.await_end(&id), JobState::Failed { .. }));
    let retry = |id: &str| client.post(&format!("/v1/jobs/{id}/retry"), &[]);
    let id_text = hex::encode(id);
    assert_eq!(retry(&id_text).status, 204);
    client.await_batch(&id, |state| matches!(state, JobState::Done(_)));
    assert_eq!(retry(&id_text).error(), (409, "not_failed".into()));
    assert_eq!(retry(&"00".repeat(32)).error(), (404, "not_found".into()));
    assert_eq!(retry("xyz").error(), (400, "bad_request".into()));
}

#[test]
fn nothing_but_health_and_metrics_is_open_without_the_token() {
    let service = start(TestBackend::new());
    let stranger = Client::new(service.handle.url());
    let id = "00".repeat(32);
    for path in [
        "/v1/jobs",
        &format!("/v1/batches/{id}"),
        &format!("/v1/settlements/{id}"),
        "/v1/nothing",
        "/health/",
        "//metrics",
    ] {
        assert_eq!(stranger.get(path).error(), (401, "unauthorized".into()), "{path}");
    }
    for path in [
        "/v1/programs",
        "/v1/batches",
        "/v1/settlements",
        &format!("/v1/jobs/{id}/retry"),
    ] {
        assert_eq!(
            stranger.post(path, WASM).error(),
            (401, "unauthorized".into()),
            "{path}"
        );
    }
    assert_eq!(stranger.get("/health").json()["programs"], 0);
    assert_eq!(stranger.get("/metrics").status, 200);
    let token = |text: &str| stranger.get_with("/v1/jobs", &[("Authorization", text)]).status;
    assert_eq!(token(&format!("Bearer {}", "0".repeat(64))), 401);
    assert_eq!(token("Bearer"), 401);
    let url = service.handle.url_with_token();
    let right = url.split_once("prover:").unwrap().1.split_once('@').unwrap().0;
    assert_eq!(token(&format!("Bearer {right}")), 200);
    assert_eq!(token(&format!("Bearer {}", &right[1..])), 401);
}

#[test]
fn the_token_is_in_a_file_that_only_its_user_can_read_and_stays_the_same() {
    use std::os::unix::fs::PermissionsExt;
    let Running {
        runtime,
        handle,
        _data,
        ..
    } = start(TestBackend::new());
    let (file, url) = (_data.path().join("token"), handle.url_with_token());
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let token = std::fs::read_to_string(&file).unwrap();
    assert!(url.contains(token.trim()));
    runtime.block_on(handle.shutdown());
    let handle = runtime
        .block_on(Service::start(config(_data.path()), TestBackend::new()))
        .unwrap();
    assert!(handle.url_with_token().contains(token.trim()));
    assert!(!format!("{handle:?}").contains(token.trim()));
    runtime.block_on(handle.shutdown());
}

#[test]
fn a_page_under_a_name_that_leads_here_is_refused() {
    let service = start_with(TestBackend::new(), |config| Config {
        hosts: vec!["prover.example".into()],
        ..config
    });
    let status = |host: &str| service.client.get_with("/health", &[("Host", host)]).status;
    assert_eq!(status("evil.example"), 403);
    assert_eq!(status("evil.example:9955"), 403);
    assert_eq!(status("localhost:9955"), 200);
    assert_eq!(status("prover.example"), 200);
}

#[test]
fn keys_of_one_program_are_made_at_a_time_and_the_others_are_stored() {
    let gate = Gate::default();
    let waiting = gate.clone();
    let backend = TestBackend::preparing(move || waiting.pass());
    let service = start(backend.clone());
    let client = &service.client;
    std::thread::scope(|scope| {
        let first = scope.spawn(|| client.post("/v1/programs", WASM).status);
        while backend.prepared.load(Ordering::SeqCst) == 0 {
            std::thread::yield_now();
        }
        let other = [WASM, &[0, 1]].concat();
        let answer = client.post("/v1/programs", &other);
        assert_eq!(answer.error(), (429, "busy".into()));
        assert_eq!(client.get("/health").json()["programs"], 2);
        gate.open();
        assert_eq!(first.join().unwrap(), 200);
    });
}

#[test]
fn programs_beyond_the_limit_are_refused_while_jobs_need_the_others() {
    let gate = Gate::default();
    let service = start_with(gated(&gate), |config| Config {
        max_programs: 1,
        ..config
    });
    let client = &service.client;
    client.post_program();
    let id = client.post_batch(&batch_job(0));
    let other = [WASM, &[0, 1]].concat();
    assert_eq!(
        client.post("/v1/programs?prepare=false", &other).error(),
        (429, "programs_full".into())
    );
    gate.open();
    client.await_end(&id);
    assert_eq!(client.post("/v1/programs?prepare=false", &other).status, 202);
}
