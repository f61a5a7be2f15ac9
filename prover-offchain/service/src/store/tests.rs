use super::*;
use crate::ProgramInfo;
use std::time::Duration;

const LEASE_MS: u64 = 100;
const VERSION: ProverVersion = ProverVersion {
    binary: [1; 32],
    keys: Some([2; 32]),
};

fn config(data: &Path) -> Config {
    Config {
        max_attempts: 2,
        retry_after: Duration::from_millis(10),
        max_open_jobs: 3,
        ..Config::new(data)
    }
}

fn open(data: &Path) -> Store {
    Store::open(&config(data), VERSION).unwrap()
}

fn store() -> (tempfile::TempDir, Store) {
    let data = tempfile::tempdir().unwrap();
    let store = open(data.path());
    (data, store)
}

/// Returns the label of a batch.
fn label(app: u32, batch: u64) -> Label {
    Label {
        genesis: [7; 32],
        app,
        program: None,
        first: batch,
        last: batch,
    }
}

/// Submits a batch of an app that has no other.
fn submit(store: &Store, id: u8) {
    submit_as(store, id, JobKind::Batch, label(id.into(), 0));
}

/// Submits a job and returns those that it superseded.
fn submit_as(store: &Store, id: u8, kind: JobKind, label: Label) -> Vec<u8> {
    let superseded = store.submit(&[id; 32], kind, label, &[id], 0).unwrap();
    superseded.into_iter().map(|id| id[0]).collect()
}

fn transient() -> Failure {
    Failure::transient(FailureKind::Prover, "no memory")
}

#[test]
fn jobs_are_claimed_in_order_and_once() {
    let (_data, store) = store();
    submit(&store, 2);
    submit(&store, 1);
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [2; 32]);
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [1; 32]);
    assert_eq!(store.claim(0, LEASE_MS).unwrap(), None);
}

#[test]
fn a_worker_takes_only_the_jobs_it_wants() {
    let (_data, store) = store();
    submit_as(&store, 1, JobKind::Settlement, label(1, 0));
    submit(&store, 2);
    let batch = |job: &JobRecord| (job.kind == JobKind::Batch).then_some(());
    let claim = store.claim_least(batch, 0, LEASE_MS).unwrap().unwrap();
    assert_eq!(claim.id, [2; 32]);
    assert_eq!(store.claim_least(batch, 0, LEASE_MS).unwrap(), None);
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [1; 32]);
}

#[test]
fn a_worker_takes_the_first_job_of_the_least_rank() {
    let (_data, store) = store();
    for (id, app) in [(1, 5), (2, 3), (3, 4)] {
        submit_as(&store, id, JobKind::Batch, label(app, 0));
    }
    let claim = |apps: [u32; 2]| {
        let rank = |job: &JobRecord| Some(apps.contains(&job.label.app));
        store.claim_least(rank, 0, LEASE_MS).unwrap().unwrap().id[0]
    };
    assert_eq!(claim([5, 3]), 3);
    assert_eq!(claim([5, 3]), 1);
    assert_eq!(claim([5, 5]), 2);
}

#[test]
fn a_job_submitted_twice_is_one_job() {
    let (_data, store) = store();
    submit(&store, 1);
    submit(&store, 1);
    assert_eq!(store.counts().unwrap().open, 1);
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    store.complete(&claim, 5, b"result").unwrap();
    submit(&store, 1);
    assert_eq!(store.claim(0, LEASE_MS).unwrap(), None);
    assert_eq!(store.result(&[1; 32]).unwrap().unwrap(), b"result");
}

#[test]
fn an_expired_lease_lets_another_worker_take_the_job() {
    let (_data, store) = store();
    submit(&store, 1);
    let first = store.claim(0, LEASE_MS).unwrap().unwrap();
    assert_eq!(store.claim(LEASE_MS - 1, LEASE_MS).unwrap(), None);
    let second = store.claim(LEASE_MS, LEASE_MS).unwrap().unwrap();
    assert_eq!((second.id, second.attempt), (first.id, 2));
    assert!(!store.renew(&first, LEASE_MS, LEASE_MS).unwrap());
    assert!(!store.complete(&first, LEASE_MS, b"late").unwrap());
    assert!(store.complete(&second, LEASE_MS, b"in time").unwrap());
    assert_eq!(store.result(&first.id).unwrap().unwrap(), b"in time");
}

#[test]
fn a_renewed_lease_holds() {
    let (_data, store) = store();
    submit(&store, 1);
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    assert!(store.renew(&claim, LEASE_MS - 1, LEASE_MS).unwrap());
    assert_eq!(store.claim(LEASE_MS, LEASE_MS).unwrap(), None);
}

#[test]
fn a_job_that_never_ends_is_given_up_and_can_be_asked_for_again() {
    let (_data, store) = store();
    submit(&store, 1);
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().attempt, 1);
    assert_eq!(store.claim(1000, LEASE_MS).unwrap().unwrap().attempt, 2);
    assert_eq!(store.claim(2000, LEASE_MS).unwrap(), None);
    let Status::Failed { failure, .. } = store.job(&[1; 32]).unwrap().unwrap().status else {
        panic!("not failed");
    };
    assert_eq!(failure.kind, FailureKind::AttemptsExhausted);
    submit(&store, 1);
    assert_eq!(store.claim(3000, LEASE_MS).unwrap().unwrap().attempt, 1);
}

#[test]
fn a_transient_failure_is_tried_again_after_a_pause() {
    let (_data, store) = store();
    submit(&store, 1);
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    assert!(store.fail(&claim, 1, &transient()).unwrap());
    assert_eq!(store.claim(10, LEASE_MS).unwrap(), None);
    let claim = store.claim(11, LEASE_MS).unwrap().unwrap();
    assert!(store.fail(&claim, 12, &transient()).unwrap());
    let Status::Failed { failure, .. } = store.job(&[1; 32]).unwrap().unwrap().status else {
        panic!("not failed");
    };
    assert_eq!(failure, transient());
}

#[test]
fn a_permanent_failure_stays() {
    let (_data, store) = store();
    submit(&store, 1);
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    store
        .fail(&claim, 1, &Failure::permanent(FailureKind::InvalidJob, "no"))
        .unwrap();
    submit(&store, 1);
    assert_eq!(store.claim(1000, LEASE_MS).unwrap(), None);
}

#[test]
fn a_released_claim_costs_no_attempt() {
    let (_data, store) = store();
    submit(&store, 1);
    for _ in 0..5 {
        let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
        assert_eq!(claim.attempt, 1);
        assert!(store.release(&claim, 0).unwrap());
    }
}

#[test]
fn a_reopened_store_has_its_jobs_and_no_leases() {
    let (data, store) = store();
    submit(&store, 1);
    submit(&store, 2);
    store.claim(0, u64::MAX).unwrap().unwrap();
    drop(store);
    let store = open(data.path());
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    assert_eq!((claim.id, claim.attempt, claim.input), ([1; 32], 2, vec![1]));
}

#[test]
fn a_store_serves_one_owner() {
    let (data, _store) = store();
    assert!(matches!(
        Store::open(&config(data.path()), VERSION),
        Err(StoreError::InUse(_))
    ));
}

#[test]
fn a_full_queue_refuses_new_jobs_but_knows_the_old() {
    let (_data, store) = store();
    (1..=3).for_each(|id| submit(&store, id));
    let refused = store.submit(&[4; 32], JobKind::Batch, label(4, 0), &[], 0);
    assert!(matches!(refused, Err(StoreError::Full(3))));
    submit(&store, 3);
}

#[test]
fn the_oldest_ended_jobs_are_forgotten() {
    let data = tempfile::tempdir().unwrap();
    let config = Config {
        max_finished_jobs: 1,
        ..config(data.path())
    };
    let store = Store::open(&config, VERSION).unwrap();
    for id in [1, 2] {
        submit(&store, id);
        let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
        store.complete(&claim, 0, &[id]).unwrap();
    }
    assert_eq!(store.job(&[1; 32]).unwrap(), None);
    assert_eq!(store.result(&[1; 32]).unwrap(), None);
    assert_eq!(store.result(&[2; 32]).unwrap(), Some(vec![2]));
}

#[test]
fn a_damaged_store_is_set_aside_and_another_begun() {
    let (data, store) = store();
    for id in 0..3 {
        submit(&store, id);
    }
    store.put_program(&[7; 32], &vec![1; 100_000]).unwrap();
    drop(store);
    let path = file(data.path());
    let good = std::fs::read(&path).unwrap();
    let middle = good.len() / 2;
    let zeroed = [&good[..middle], &vec![0; good.len() - middle][..]].concat();
    for damaged in [&good[..middle], &good[..100], &zeroed, b"not a database at all"] {
        std::fs::write(&path, damaged).unwrap();
        let store = open(data.path());
        let aside = path.with_extension("redb.damaged");
        assert_eq!(std::fs::read(aside).unwrap().len(), damaged.len());
        assert_eq!(store.counts().unwrap(), Counts::default());
        submit(&store, 1);
        assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [1; 32]);
    }
    std::fs::write(&path, &good).unwrap();
    assert_eq!(open(data.path()).counts().unwrap().open, 3);
}

#[test]
fn a_job_that_a_defect_failed_can_be_posted_again_after_a_restart() {
    let (data, store) = store();
    let fail = |store: &Store, id: u8, kind| {
        submit(store, id);
        let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
        store.fail(&claim, 0, &Failure::permanent(kind, "no")).unwrap();
    };
    fail(&store, 1, FailureKind::SelfCheck);
    fail(&store, 2, FailureKind::InvalidJob);
    for id in [1, 2] {
        submit(&store, id);
    }
    assert_eq!(store.claim(0, LEASE_MS).unwrap(), None);
    drop(store);
    let store = open(data.path());
    for id in [1, 2] {
        submit(&store, id);
    }
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [1; 32]);
    assert_eq!(store.claim(0, LEASE_MS).unwrap(), None);
}

#[test]
fn a_later_batch_of_the_app_supersedes_those_that_wait() {
    let (_data, store) = store();
    assert!(submit_as(&store, 1, JobKind::Batch, label(0, 5)).is_empty());
    assert!(submit_as(&store, 2, JobKind::Batch, label(1, 5)).is_empty());
    assert_eq!(submit_as(&store, 3, JobKind::Batch, label(0, 6)), [1]);
    assert_eq!(store.job(&[1; 32]).unwrap(), None);
    let claims = [(); 3].map(|()| store.claim(0, LEASE_MS).unwrap().map(|claim| claim.id[0]));
    assert_eq!(claims, [Some(2), Some(3), None]);
}

#[test]
fn the_same_batch_of_another_fork_supersedes_and_comes_back_when_posted_again() {
    let (_data, store) = store();
    submit_as(&store, 1, JobKind::Batch, label(0, 5));
    assert_eq!(submit_as(&store, 2, JobKind::Batch, label(0, 5)), [1]);
    assert_eq!(submit_as(&store, 1, JobKind::Batch, label(0, 5)), [2]);
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    assert_eq!((claim.id, claim.input), ([1; 32], vec![1]));
    // Posted again while it is there, it drops nothing.
    submit_as(&store, 2, JobKind::Batch, label(0, 5));
    assert!(submit_as(&store, 1, JobKind::Batch, label(0, 5)).is_empty());
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [2; 32]);
}

#[test]
fn a_job_that_is_worked_on_or_has_ended_is_not_superseded() {
    let (_data, store) = store();
    submit_as(&store, 1, JobKind::Batch, label(0, 5));
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    assert!(submit_as(&store, 2, JobKind::Batch, label(0, 6)).is_empty());
    store.complete(&claim, 0, b"result").unwrap();
    assert_eq!(submit_as(&store, 3, JobKind::Batch, label(0, 7)), [2]);
    assert_eq!(store.result(&[1; 32]).unwrap().unwrap(), b"result");
}

#[test]
fn earlier_batches_and_other_chains_and_kinds_supersede_nothing() {
    let (_data, store) = store();
    submit_as(&store, 1, JobKind::Batch, label(0, 5));
    assert!(submit_as(&store, 2, JobKind::Batch, label(0, 4)).is_empty());
    let other_chain = Label {
        genesis: [8; 32],
        ..label(0, 6)
    };
    assert!(submit_as(&store, 3, JobKind::Batch, other_chain).is_empty());
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    store.complete(&claim, 0, b"result").unwrap();
    assert!(submit_as(&store, 4, JobKind::Settlement, label(0, 9)).is_empty());
}

#[test]
fn a_full_queue_takes_a_job_that_supersedes_another() {
    let (_data, store) = store();
    (1..=3).for_each(|id| submit(&store, id));
    assert_eq!(submit_as(&store, 4, JobKind::Batch, label(3, 1)), [3]);
}

#[test]
fn jobs_in_the_form_of_another_version_are_forgotten_and_programs_are_not() {
    let (data, store) = store();
    submit(&store, 1);
    store.put_program(&[7; 32], b"wasm").unwrap();
    drop(store);
    let database = Database::create(file(data.path())).unwrap();
    let write = database.begin_write().unwrap();
    write.open_table(META).unwrap().remove("format").unwrap();
    write
        .open_table(JOBS)
        .unwrap()
        .insert(&[1; 32], &b"?"[..])
        .unwrap();
    write.commit().unwrap();
    drop(database);
    let store = open(data.path());
    let counts = store.counts().unwrap();
    assert_eq!((counts.open, counts.programs), (0, 1));
    submit(&store, 1);
    assert_eq!(store.claim(0, LEASE_MS).unwrap().unwrap().id, [1; 32]);
}

/// Runs a job to its end under a version.
fn end(store: &Store, id: u8, kind: JobKind, outcome: Result<&[u8], Failure>) {
    submit_as(store, id, kind, label(id.into(), 0));
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    match outcome {
        Ok(result) => store.complete(&claim, 0, result).unwrap(),
        Err(failure) => store.fail(&claim, 0, &failure).unwrap(),
    };
}

#[test]
fn what_failed_under_another_version_can_be_posted_again() {
    let (data, store) = store();
    end(
        &store,
        1,
        JobKind::Batch,
        Err(Failure::permanent(FailureKind::TooLarge, "k = 21")),
    );
    drop(store);
    let posted = |version| {
        let store = Store::open(&config(data.path()), version).unwrap();
        submit(&store, 1);
        let claim = store.claim(0, LEASE_MS).unwrap();
        if let Some(claim) = &claim {
            store
                .fail(claim, 0, &Failure::permanent(FailureKind::TooLarge, "k = 21"))
                .unwrap();
        }
        claim.is_some()
    };
    assert!(!posted(VERSION));
    let newer = ProverVersion {
        binary: [9; 32],
        ..VERSION
    };
    assert!(posted(newer));
    assert!(!posted(newer));
    assert!(posted(ProverVersion {
        keys: Some([8; 32]),
        ..newer
    }));
}

#[test]
fn proofs_stay_as_long_as_they_are_valid() {
    let (data, store) = store();
    end(&store, 1, JobKind::Batch, Ok(b"batch"));
    end(&store, 2, JobKind::Settlement, Ok(b"settlement"));
    drop(store);
    let kept = |version| {
        let store = Store::open(&config(data.path()), version).unwrap();
        [1, 2].map(|id| {
            (
                store.job(&[id; 32]).unwrap().is_some(),
                store.result(&[id; 32]).unwrap().is_some(),
            )
        })
    };
    let (yes, no) = ((true, true), (false, false));
    assert_eq!(kept(VERSION), [yes, yes]);
    let unusable = ProverVersion {
        keys: None,
        ..VERSION
    };
    assert_eq!(kept(unusable), [yes, yes]);
    let other_binary = ProverVersion {
        binary: [9; 32],
        ..VERSION
    };
    assert_eq!(kept(other_binary), [yes, no]);
    let other_keys = ProverVersion {
        keys: Some([8; 32]),
        ..VERSION
    };
    assert_eq!(kept(other_keys), [no, no]);
}

#[test]
fn a_failed_job_is_tried_again_when_asked_for_and_no_other_is() {
    let (_data, store) = store();
    let no = || Failure::permanent(FailureKind::InvalidJob, "no");
    end(&store, 1, JobKind::Batch, Err(no()));
    end(&store, 2, JobKind::Batch, Ok(b"result"));
    submit(&store, 3);
    store.retry(&[1; 32], 5).unwrap();
    let claim = store.claim(5, LEASE_MS).unwrap().unwrap();
    assert_eq!((claim.id, claim.attempt, claim.input), ([1; 32], 1, vec![1]));
    assert!(matches!(
        store.retry(&[1; 32], 5),
        Err(RetryError::NotFailed("runs"))
    ));
    assert!(matches!(
        store.retry(&[2; 32], 5),
        Err(RetryError::NotFailed("is done"))
    ));
    assert!(matches!(
        store.retry(&[3; 32], 5),
        Err(RetryError::NotFailed("waits"))
    ));
    assert!(matches!(store.retry(&[4; 32], 5), Err(RetryError::Unknown(_))));
    let counts = store.counts().unwrap();
    assert_eq!((counts.open, counts.finished), (2, 1));
}

#[test]
fn failed_jobs_are_kept_as_far_as_there_is_room() {
    let data = tempfile::tempdir().unwrap();
    let config = Config {
        max_failed_bytes: 25,
        ..config(data.path())
    };
    let store = Store::open(&config, VERSION).unwrap();
    for id in 1..=3 {
        store
            .submit(&[id; 32], JobKind::Batch, label(id.into(), 0), &[id; 10], 0)
            .unwrap();
        let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
        store
            .fail(&claim, 0, &Failure::permanent(FailureKind::InvalidJob, "no"))
            .unwrap();
    }
    assert!(matches!(store.retry(&[1; 32], 0), Err(RetryError::InputGone)));
    store.retry(&[2; 32], 0).unwrap();
    store.retry(&[3; 32], 0).unwrap();
}

/// Opens a store with room for two programs of 30 bytes together.
fn small_store(data: &Path) -> Store {
    let config = Config {
        max_programs: 2,
        max_programs_bytes: 30,
        ..config(data)
    };
    Store::open(&config, VERSION).unwrap()
}

#[test]
fn programs_that_no_job_needs_make_room_for_others() {
    let data = tempfile::tempdir().unwrap();
    let store = small_store(data.path());
    let needs = Label {
        program: Some([1; 32]),
        ..label(1, 0)
    };
    store.put_program(&[1; 32], &[0; 10]).unwrap();
    submit_as(&store, 1, JobKind::Batch, needs);
    store.put_program(&[2; 32], &[0; 10]).unwrap();
    let info = ProgramInfo {
        program_id: [0; 32],
        ks: vec![14],
    };
    store.put_program_info(&[2; 32], &info).unwrap();
    // Too many.
    store.put_program(&[3; 32], &[0; 10]).unwrap();
    let known = |id| store.has_program(&[id; 32]).unwrap();
    assert_eq!([1, 2, 3].map(known), [true, false, true]);
    assert_eq!(store.program_info(&[2; 32]).unwrap(), None);
    // Too large.
    store.put_program(&[4; 32], &[0; 20]).unwrap();
    assert_eq!([1, 3, 4].map(known), [true, false, true]);
    assert_eq!(store.program(&[4; 32]).unwrap().unwrap().len(), 20);
}

#[test]
fn a_program_is_refused_when_jobs_need_all_that_are_stored() {
    let data = tempfile::tempdir().unwrap();
    let store = small_store(data.path());
    for id in 1..=2 {
        store.put_program(&[id; 32], &[0; 10]).unwrap();
        let needs = Label {
            program: Some([id; 32]),
            ..label(id.into(), 0)
        };
        submit_as(&store, id, JobKind::Batch, needs);
    }
    let refused = store.put_program(&[3; 32], &[0]);
    assert!(matches!(
        refused,
        Err(StoreError::ProgramsFull {
            programs: 2,
            bytes: 20
        })
    ));
    // One that is known is no more than before.
    store.put_program(&[1; 32], &[0; 10]).unwrap();
    drop(store);
    let store = small_store(data.path());
    let claim = store.claim(0, LEASE_MS).unwrap().unwrap();
    store.complete(&claim, 0, b"result").unwrap();
    store.put_program(&[3; 32], &[0]).unwrap();
}
