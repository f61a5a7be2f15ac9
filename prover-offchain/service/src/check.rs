//! The service's own look at jobs and results: what a backend returns must be what was asked for.

use crate::Failure;
use zkfusion_primitives::{
    ids::Hash,
    job::{BatchJob, BatchResult, FailureKind, SettlementJob},
    merkle::SparseTree,
    statement::Statement,
};

/// Checks that a batch job agrees with itself: its leaves have the root that it names, and its
/// fields are field elements.
///
/// # Errors
/// [`FailureKind::InvalidJob`] naming the field.
pub fn check_batch_job(job: &BatchJob) -> Result<(), Failure> {
    let invalid = |message: String| Failure::permanent(FailureKind::InvalidJob, message);
    if job.batch.messages.is_empty() {
        return Err(invalid("the batch has no messages".into()));
    }
    if let Some(pair) = job
        .batch
        .messages
        .windows(2)
        .find(|pair| pair[0].index.checked_add(1) != Some(pair[1].index))
    {
        return Err(invalid(format!(
            "message {} does not follow message {}",
            pair[1].index, pair[0].index
        )));
    }
    let root = tree(job).root();
    if root != job.batch.pre_root {
        return Err(invalid(format!(
            "the leaves have root {}, the job says pre_root {}",
            hex::encode(root),
            hex::encode(job.batch.pre_root)
        )));
    }
    let statement = expected(job)?;
    statement
        .to_instances()
        .map_err(|error| invalid(error.to_string()))?;
    Ok(())
}

/// Checks that a result is one of the job: every field of its statement follows from the job and
/// the effects.
///
/// # Errors
/// [`FailureKind::SelfCheck`] naming the field.
pub fn check_batch_result(job: &BatchJob, result: &BatchResult) -> Result<(), Failure> {
    let differs = |field: &str| {
        Failure::permanent(
            FailureKind::SelfCheck,
            format!("the proved {field} is not that of the job"),
        )
    };
    if result.effects.outcomes.len() != job.batch.messages.len() {
        return Err(differs("number of outcomes"));
    }
    let mut tree = tree(job);
    for (index, leaf) in result.effects.writes() {
        tree.set(*index, *leaf);
    }
    let expected = Statement {
        post_root: tree.root(),
        writes_hash: result.effects.writes_hash(),
        outbox_root: result.effects.outbox_root(),
        ..expected(job)?
    };
    let Statement {
        genesis_hash,
        app_id,
        program_id,
        batch_index,
        pre_root,
        post_root,
        inbox_hash_pre,
        inbox_hash_post,
        writes_hash,
        outbox_root,
        vrf_seed,
        deposit_hash_pre,
        deposit_hash_post,
    } = &result.statement;
    let fields = [
        ("genesis_hash", *genesis_hash == expected.genesis_hash),
        ("app_id", *app_id == expected.app_id),
        ("program_id", *program_id == expected.program_id),
        ("batch_index", *batch_index == expected.batch_index),
        ("pre_root", *pre_root == expected.pre_root),
        ("post_root", *post_root == expected.post_root),
        ("inbox_hash_pre", *inbox_hash_pre == expected.inbox_hash_pre),
        ("inbox_hash_post", *inbox_hash_post == expected.inbox_hash_post),
        ("writes_hash", *writes_hash == expected.writes_hash),
        ("outbox_root", *outbox_root == expected.outbox_root),
        ("vrf_seed", *vrf_seed == expected.vrf_seed),
        ("deposit_hash_pre", *deposit_hash_pre == expected.deposit_hash_pre),
        (
            "deposit_hash_post",
            *deposit_hash_post == expected.deposit_hash_post,
        ),
    ];
    fields
        .into_iter()
        .find(|(_, same)| !same)
        .map_or(Ok(()), |(field, _)| Err(differs(field)))
}

/// Checks that the batches of a settlement follow each other.
///
/// # Errors
/// [`FailureKind::InvalidJob`] naming the batch and the field.
pub fn check_settlement_job(job: &SettlementJob) -> Result<(), Failure> {
    let invalid = |message: String| Failure::permanent(FailureKind::InvalidJob, message);
    if job.batches.is_empty() {
        return Err(invalid("the settlement has no batches".into()));
    }
    for pair in job.batches.windows(2) {
        let (before, next) = (&pair[0].statement, &pair[1].statement);
        let links = [
            ("genesis_hash", before.genesis_hash == next.genesis_hash),
            ("app_id", before.app_id == next.app_id),
            ("program_id", before.program_id == next.program_id),
            (
                "batch_index",
                before.batch_index.checked_add(1) == Some(next.batch_index),
            ),
            ("pre_root", before.post_root == next.pre_root),
            ("inbox_hash_pre", before.inbox_hash_post == next.inbox_hash_pre),
            (
                "deposit_hash_pre",
                before.deposit_hash_post == next.deposit_hash_pre,
            ),
        ];
        if let Some((field, _)) = links.into_iter().find(|(_, holds)| !holds) {
            return Err(invalid(format!(
                "batch {} does not continue batch {}: {field}",
                next.batch_index, before.batch_index
            )));
        }
    }
    Ok(())
}

/// Returns the statement as far as the job alone decides it.
fn expected(job: &BatchJob) -> Result<Statement, Failure> {
    let batch = &job.batch;
    let inbox_hash_post: Hash = batch
        .inbox_hash_post()
        .map_err(|_| Failure::permanent(FailureKind::InvalidJob, "inbox_hash_pre is not a field element"))?;
    Ok(Statement {
        genesis_hash: batch.genesis_hash,
        app_id: batch.app_id,
        program_id: batch.program_id,
        batch_index: batch.batch_index,
        pre_root: batch.pre_root,
        inbox_hash_pre: batch.inbox_hash_pre,
        inbox_hash_post,
        vrf_seed: batch.vrf_seed,
        ..Statement::default()
    })
}

fn tree(job: &BatchJob) -> SparseTree {
    SparseTree::from_leaves(job.leaves.iter().copied())
}
