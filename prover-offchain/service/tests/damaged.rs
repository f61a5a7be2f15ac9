//! The API with bodies and paths that were damaged: each gets an answer, none is the service's
//! fault, and the service goes on.

mod support;

use codec::Encode;
use rand::{rngs::StdRng, Rng, SeedableRng};
use support::{batch_job, config, Answer, Client, TestBackend, WASM};
use zkfusion_primitives::{
    job::{FailureKind, SettlementBatch, SettlementJob},
    program::SIZE_COUNT,
    statement::Statement,
};
use zkfusion_prover::{Failure, Service};

/// Damaged bodies for each path.
const BODIES: u64 = 250;

/// Changes, removes or inserts a few bytes.
fn damaged(body: &[u8], random: &mut StdRng) -> Vec<u8> {
    let mut body = body.to_vec();
    for _ in 0..random.gen_range(1..4) {
        let place = random.gen_range(0..body.len().max(1));
        match random.gen_range(0..5) {
            0 => body.truncate(place),
            // A length that no body has.
            1 => drop(body.splice(place..place, [0x03, 0xff, 0xff, 0xff, 0x7f])),
            2 => drop(body.splice(place..body.len().min(place + 1), [])),
            3 => body.insert(place, random.gen()),
            _ => {
                if let Some(byte) = body.get_mut(place) {
                    *byte ^= 1 << random.gen_range(0..8);
                }
            }
        }
    }
    body
}

fn settlement_job() -> SettlementJob {
    SettlementJob {
        batches: vec![SettlementBatch {
            k: 14,
            key: vec![1, 2, 3],
            key_digests: [[0; 32]; SIZE_COUNT],
            statement: Statement::default(),
            proof: vec![6; 50],
        }],
    }
}

/// Checks that an answer is a result or says what was wrong with the request.
fn check(answer: &Answer, what: &str) {
    match answer.status {
        200 => {}
        400..=499 => assert!(!answer.error().1.is_empty(), "{what}: {answer:?}"),
        _ => panic!("{what}: {answer:?}"),
    }
}

#[test]
fn damaged_requests_are_answered_and_the_service_goes_on() {
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // What is accepted by chance is given up at once.
    let backend = TestBackend::scripted(|_| Err(Failure::permanent(FailureKind::InvalidJob, "damaged")));
    let service = runtime
        .block_on(Service::start(config(data.path()), backend))
        .unwrap();
    let client = Client::new(service.url_with_token());
    client.post_program();
    let mut random = StdRng::seed_from_u64(1);
    let mut refused = 0;
    for round in 0..BODIES {
        for (path, body) in [
            ("/v1/programs", WASM.to_vec()),
            ("/v1/batches", batch_job(round).encode()),
            ("/v1/settlements", settlement_job().encode()),
        ] {
            let body = damaged(&body, &mut random);
            let answer = client.post(path, &body);
            check(&answer, &format!("{path} {}", hex::encode(&body)));
            refused += u32::from(answer.status != 200);
        }
        let id = hex::encode(damaged(&[7; 32], &mut random));
        for path in ["/v1/batches", "/v1/settlements"] {
            check(&client.get(&format!("{path}/{id}")), &id);
        }
    }
    assert!(refused > 300, "only {refused} requests were refused");
    assert_eq!(client.get("/health").status, 200);
    runtime.block_on(service.shutdown());
}

#[test]
fn paths_and_queries_of_another_form_are_named() {
    let data = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let service = runtime
        .block_on(Service::start(config(data.path()), TestBackend::new()))
        .unwrap();
    let client = Client::new(service.url_with_token());
    let status = |answer: Answer| answer.error();
    assert_eq!(
        status(client.post("/v1/programs?prepare=perhaps", WASM)),
        (400, "bad_request".into())
    );
    assert_eq!(status(client.get("/v1/batches/%ff")), (400, "bad_request".into()));
    assert_eq!(
        status(client.get("/v1/batches")),
        (405, "method_not_allowed".into())
    );
    assert_eq!(status(client.get("/v1/")), (404, "not_found".into()));
    runtime.block_on(service.shutdown());
}
